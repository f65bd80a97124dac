"""index decided reviews"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("supporter_email", schema=None) as batch_op:
        batch_op.create_index(
            "ix_supporter_email_decided",
            ["decided_at"],
            unique=False,
            sqlite_where=sa.text("decided_at IS NOT NULL"),
            postgresql_where=sa.text("decided_at IS NOT NULL"),
        )


def downgrade() -> None:
    with op.batch_alter_table("supporter_email", schema=None) as batch_op:
        batch_op.drop_index("ix_supporter_email_decided")
