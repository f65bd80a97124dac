"""create the drop mailbox"""

import sqlalchemy as sa
from alembic import op


revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mailbox_note",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("uid", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("noted_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "uid", name=op.f("pk_mailbox_note")),
    )
    op.create_table(
        "mailbox_state",
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=True),
        sa.Column("failing_since_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_mailbox_state")),
    )
    op.create_table(
        "pending_erasure",
        sa.Column("email_key", sa.String(length=64), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("email_key", name=op.f("pk_pending_erasure")),
    )


def downgrade() -> None:
    op.drop_table("pending_erasure")
    op.drop_table("mailbox_state")
    op.drop_table("mailbox_note")
