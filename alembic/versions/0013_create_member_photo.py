"""create member photo"""

import sqlalchemy as sa
from alembic import op


revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "member_photo",
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("checked_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_member_photo_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_photo")),
    )


def downgrade() -> None:
    op.drop_table("member_photo")
