"""add suppressed until at"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("suppressed", schema=None) as batch_op:
        batch_op.add_column(sa.Column("until_at", sa.DateTime(), nullable=True))


def downgrade() -> None:
    # Without the column a hash means an erasure: whose time was over would be refused
    # for ever.
    op.execute("DELETE FROM suppressed WHERE until_at IS NOT NULL")
    with op.batch_alter_table("suppressed", schema=None) as batch_op:
        batch_op.drop_column("until_at")
