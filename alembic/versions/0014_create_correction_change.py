"""create correction change"""

import sqlalchemy as sa
from alembic import op


revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correction_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=True),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.member_id"],
            name=op.f("fk_correction_change_member_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_change")),
    )
    with op.batch_alter_table("correction_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_correction_change_member_id"), ["member_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("correction_change")
