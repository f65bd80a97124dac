"""create follow ups"""

import sqlalchemy as sa
from alembic import op


revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=24), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("ends_when_signed", sa.Boolean(), nullable=False),
        sa.Column("ends_when_left", sa.Boolean(), nullable=False),
        sa.Column("is_chase", sa.Boolean(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("planned_at", sa.DateTime(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("outbox_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_follow_up_motion_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_follow_up_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_follow_up_supporter_id")
        ),
        sa.ForeignKeyConstraint(
            ["outbox_id"], ["message.id"], name=op.f("fk_follow_up_outbox_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_up")),
        sa.UniqueConstraint("outbox_id", name=op.f("uq_follow_up_outbox_id")),
        sa.UniqueConstraint(
            *("supporter_id", "member_id", "motion_id", "rule"),
            name=op.f("uq_follow_up_supporter_id_member_id_motion_id_rule"),
        ),
    )
    op.create_index(
        op.f("ix_follow_up_due"),
        "follow_up",
        ["state", "motion_id", "member_id", "rule", "due_at"],
    )
    op.create_index(op.f("ix_follow_up_told_at"), "follow_up", ["told_at"])
    op.create_table(
        "follow_up_rule",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("since_at", sa.DateTime(), nullable=False),
        sa.Column("is_in_force", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_follow_up_rule")),
    )
    op.create_table(
        "follow_up_pause",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("paused_at", sa.DateTime(), nullable=False),
        sa.Column("paused_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_follow_up_pause")),
    )
    op.create_table(
        "follow_up_mark",
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("supporter_count", sa.Integer(), nullable=False),
        sa.Column("email_count", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("outgoing_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_follow_up_mark_motion_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.member_id"],
            name=op.f("fk_follow_up_mark_member_id"),
        ),
        sa.PrimaryKeyConstraint(
            "motion_id", "member_id", name=op.f("pk_follow_up_mark")
        ),
    )


def downgrade() -> None:
    op.drop_table("follow_up_mark")
    op.drop_table("follow_up_pause")
    op.drop_table("follow_up_rule")
    op.drop_index(op.f("ix_follow_up_told_at"), table_name="follow_up")
    op.drop_index(op.f("ix_follow_up_due"), table_name="follow_up")
    op.drop_table("follow_up")
