"""create the ledger and the house"""

import sqlalchemy as sa
from alembic import op


revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("byte_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
        sa.UniqueConstraint("sha256", name=op.f("uq_answer_sha256")),
    )
    op.create_table(
        "brake",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("until_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brake")),
    )
    op.create_table(
        "closed_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_day")),
        sa.UniqueConstraint(
            "from_on", "to_on", name=op.f("uq_closed_day_from_on_to_on")
        ),
    )
    op.create_table(
        "job_done",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("done_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_done")),
    )
    op.create_table(
        "member",
        sa.Column("member_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("list_as", sa.String(), nullable=True),
        sa.Column("full_title", sa.String(), nullable=True),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("gender", sa.String(), nullable=True),
        sa.Column("thumbnail_url", sa.String(), nullable=True),
        sa.Column("synced_at", sa.DateTime(), nullable=False),
        sa.Column("contacts_checked_at", sa.DateTime(), nullable=True),
        sa.Column("posts_checked_at", sa.DateTime(), nullable=True),
        sa.Column("position_url", sa.String(), nullable=True),
        sa.Column("no_email_reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member")),
    )
    op.create_table(
        "motion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parliament_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=True),
        sa.Column("tabled_on", sa.Date(), nullable=True),
        sa.Column("primary_member_id", sa.Integer(), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("status_at", sa.DateTime(), nullable=True),
        sa.Column("baseline_poll_id", sa.Integer(), nullable=True),
        sa.Column("not_found_since_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_motion")),
        sa.UniqueConstraint("parliament_id", name=op.f("uq_motion_parliament_id")),
        sa.UniqueConstraint("session", "number", name=op.f("uq_motion_session_number")),
    )
    op.create_table(
        "session_date",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("checked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_session_date")),
    )
    op.create_table(
        "member_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.member_id"],
            name=op.f("fk_member_contact_member_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_contact")),
        sa.UniqueConstraint(
            "member_id",
            "kind",
            "value",
            name=op.f("uq_member_contact_member_id_kind_value"),
        ),
    )
    op.create_table(
        "member_name",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_member_name_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_name")),
    )
    with op.batch_alter_table("member_name", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_member_name_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("as_of_on", sa.Date(), nullable=True),
        sa.Column("constituency_id", sa.Integer(), nullable=True),
        sa.Column("constituency", sa.String(), nullable=False),
        sa.Column("ons_code", sa.String(), nullable=True),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_membership_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_as_of_on"), ["as_of_on"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_membership_member_id"), ["member_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_membership_ons_code"), ["ons_code"], unique=False
        )

    op.create_table(
        "poll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "changed",
                "unchanged",
                "suspect",
                "stale",
                "failed",
                "braked",
                "busy",
                name="outcome",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column(
            "failure_kind",
            sa.Enum(
                "blocked",
                "unavailable",
                "timeout",
                "not_found",
                "throttled",
                "connection",
                "unreadable",
                name="failurekind",
                native_enum=False,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("answer_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("fresh_until_at", sa.DateTime(), nullable=True),
        sa.Column("missing_polls", sa.Integer(), nullable=False),
        sa.Column("missing_seconds", sa.Float(), nullable=False),
        sa.Column("is_accepted", sa.Boolean(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_poll_answer_id")
        ),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_poll_motion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
    )
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_poll_motion_id"), ["motion_id"], unique=False
        )

    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_post_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_post_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "signature",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("signature_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("list_as", sa.String(), nullable=True),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("constituency", sa.String(), nullable=True),
        sa.Column("sponsoring_order", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=True),
        sa.Column("is_withdrawn", sa.Boolean(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("last_happened_at", sa.DateTime(), nullable=False),
        sa.Column("missing_count", sa.Integer(), nullable=False),
        sa.Column("missing_since_at", sa.DateTime(), nullable=True),
        sa.Column("revived_count", sa.Integer(), nullable=False),
        sa.Column("revived_since_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_signature_motion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        sa.UniqueConstraint(
            "motion_id",
            "signature_id",
            name=op.f("uq_signature_motion_id_signature_id"),
        ),
    )
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signature_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "signature_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("signature_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "signed",
                "withdrawn",
                "removed",
                name="changekind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("party", sa.String(), nullable=True),
        sa.Column("constituency", sa.String(), nullable=True),
        sa.Column("happened_at", sa.DateTime(), nullable=False),
        sa.Column(
            "time_from",
            sa.Enum(
                "parliament", "observed", name="timefrom", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("observed_at", sa.DateTime(), nullable=False),
        sa.Column("backfilled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_signature_event_motion_id")
        ),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["poll.id"], name=op.f("fk_signature_event_poll_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature_event")),
        sa.UniqueConstraint(
            "motion_id",
            "signature_id",
            "ordinal",
            name=op.f("uq_signature_event_motion_id_signature_id_ordinal"),
        ),
    )
    with op.batch_alter_table("signature_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_signature_event_member_id"), ["member_id"], unique=False
        )
        batch_op.create_index(
            "ix_signature_event_motion_id_id", ["motion_id", "id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("signature_event", schema=None) as batch_op:
        batch_op.drop_index("ix_signature_event_motion_id_id")
        batch_op.drop_index(batch_op.f("ix_signature_event_member_id"))

    op.drop_table("signature_event")
    with op.batch_alter_table("signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signature_member_id"))

    op.drop_table("signature")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_member_id"))

    op.drop_table("post")
    with op.batch_alter_table("poll", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_poll_motion_id"))

    op.drop_table("poll")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_ons_code"))
        batch_op.drop_index(batch_op.f("ix_membership_member_id"))
        batch_op.drop_index(batch_op.f("ix_membership_as_of_on"))

    op.drop_table("membership")
    with op.batch_alter_table("member_name", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_member_name_member_id"))

    op.drop_table("member_name")
    op.drop_table("member_contact")
    op.drop_table("session_date")
    op.drop_table("motion")
    op.drop_table("member")
    op.drop_table("job_done")
    op.drop_table("closed_day")
    op.drop_table("brake")
    op.drop_table("answer")
