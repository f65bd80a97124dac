"""create related signers"""

import sqlalchemy as sa
from alembic import op


revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "related_signer",
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("related_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("is_sponsor", sa.Boolean(), nullable=False),
        sa.Column("is_continued", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_related_signer_motion_id")
        ),
        sa.PrimaryKeyConstraint(
            "motion_id", "related_id", "member_id", name=op.f("pk_related_signer")
        ),
    )


def downgrade() -> None:
    op.drop_table("related_signer")
