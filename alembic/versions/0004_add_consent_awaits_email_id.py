"""add consent awaits email id"""

import sqlalchemy as sa
from alembic import op


revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("consent") as table:
        table.add_column(sa.Column("awaits_email_id", sa.Integer(), nullable=True))
        table.create_foreign_key(
            op.f("fk_consent_awaits_email_id"),
            "supporter_email",
            ["awaits_email_id"],
            ["id"],
        )
        table.create_index(
            op.f("ix_consent_awaits_email_id"), ["awaits_email_id"], unique=False
        )


def downgrade() -> None:
    # What was never confirmed must not come into force.
    op.execute("DELETE FROM consent WHERE awaits_email_id IS NOT NULL")
    with op.batch_alter_table("consent") as table:
        table.drop_index(op.f("ix_consent_awaits_email_id"))
        table.drop_constraint(op.f("fk_consent_awaits_email_id"), type_="foreignkey")
        table.drop_column("awaits_email_id")
