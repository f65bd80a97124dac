"""create supporter report"""

import sqlalchemy as sa
from alembic import op


revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supporter_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(), nullable=True),
        sa.Column("is_standing", sa.Boolean(), nullable=False),
        sa.Column("decision", sa.String(length=24), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.Column("contact_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contact.id"],
            name=op.f("fk_supporter_report_contact_id"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.member_id"],
            name=op.f("fk_supporter_report_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_supporter_report_motion_id")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"],
            ["supporter.id"],
            name=op.f("fk_supporter_report_supporter_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_report")),
    )
    with op.batch_alter_table("supporter_report", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_supporter_report_contact_id"), ["contact_id"], unique=False
        )
        batch_op.create_index(
            "ix_supporter_report_standing",
            ["motion_id", "is_standing", "member_id", "kind"],
            unique=False,
        )
        batch_op.create_index(
            "ix_supporter_report_supporter_id",
            ["supporter_id", "motion_id"],
            unique=False,
        )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        # What staff heard themselves; a stance that supporters reported says so.
        batch_op.add_column(
            sa.Column(
                "source", sa.String(length=24), nullable=False, server_default="staff"
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_column("source")
    op.drop_table("supporter_report")
