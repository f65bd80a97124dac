"""create sign alert"""

import sqlalchemy as sa
from alembic import op


revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("stopped_at", sa.DateTime(), nullable=True),
        sa.Column("told_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_sign_alert_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_sign_alert_motion_id")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_sign_alert_supporter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_alert")),
        sa.UniqueConstraint(
            "supporter_id",
            "motion_id",
            "member_id",
            name=op.f("uq_sign_alert_supporter_id_motion_id_member_id"),
        ),
    )
    with op.batch_alter_table("sign_alert", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sign_alert_untold",
            ["motion_id", "told_at", "member_id"],
            unique=False,
        )


def downgrade() -> None:
    op.drop_table("sign_alert")
