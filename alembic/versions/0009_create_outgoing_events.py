"""create outgoing events"""

import sqlalchemy as sa
from alembic import op


revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outgoing_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("occurred_at", sa.DateTime(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_outgoing_event_motion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_event")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outgoing_event_dedupe_key")),
    )
    op.create_index(
        op.f("ix_outgoing_event_occurred_at"), "outgoing_event", ["occurred_at"]
    )
    op.create_table(
        "webhook_state",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last_ok_at", sa.DateTime(), nullable=True),
        sa.Column("failing_since_at", sa.DateTime(), nullable=True),
        sa.Column("off_at", sa.DateTime(), nullable=True),
        sa.Column("off_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_webhook_state")),
    )
    op.create_table(
        "webhook_try",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.DateTime(), nullable=False),
        sa.Column("took_seconds", sa.Float(), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_webhook_try_message_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_try")),
    )
    op.create_index(op.f("ix_webhook_try_message_id"), "webhook_try", ["message_id"])
    op.create_table(
        "told_standing",
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("public_status", sa.String(length=24), nullable=False),
        sa.Column("is_sitting", sa.Boolean(), nullable=False),
        sa.Column("told_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_told_standing_motion_id")
        ),
        sa.PrimaryKeyConstraint(
            "motion_id", "member_id", name=op.f("pk_told_standing")
        ),
    )


def downgrade() -> None:
    op.drop_table("told_standing")
    op.drop_index(op.f("ix_webhook_try_message_id"), table_name="webhook_try")
    op.drop_table("webhook_try")
    op.drop_table("webhook_state")
    op.drop_index(op.f("ix_outgoing_event_occurred_at"), table_name="outgoing_event")
    op.drop_table("outgoing_event")
