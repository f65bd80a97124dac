"""create supporters and the outbox"""

import sqlalchemy as sa
from alembic import op


revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_used_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("read_count", sa.Integer(), nullable=False),
        sa.Column("counted_count", sa.Integer(), nullable=False),
        sa.Column("duplicate_count", sa.Integer(), nullable=False),
        sa.Column("review_count", sa.Integer(), nullable=False),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
    )
    op.create_table(
        "postcode_answer",
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("constituency", sa.String(), nullable=True),
        sa.Column("ons_code", sa.String(), nullable=True),
        sa.Column("asked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_postcode_answer")),
    )
    op.create_table(
        "postcode_seat",
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("ons_code", sa.String(length=9), nullable=False),
        sa.Column("is_terminated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_postcode_seat")),
    )
    op.create_table(
        "postcode_table",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("boundaries", sa.String(length=4), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postcode_table")),
    )
    op.create_table(
        "sender_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("is_alert", sa.Boolean(), nullable=False),
        sa.Column("since_at", sa.DateTime(), nullable=False),
        sa.Column("until_at", sa.DateTime(), nullable=False),
        sa.Column("failure_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sender_pause")),
    )
    op.create_table(
        "supporter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=32), nullable=False),
        sa.Column("email_key", sa.String(length=64), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("postcode", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("ons_code", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("last_act_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("erased_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter")),
        sa.UniqueConstraint("email_key", name=op.f("uq_supporter_email_key")),
        sa.UniqueConstraint("ref", name=op.f("uq_supporter_ref")),
    )
    op.create_table(
        "suppressed",
        sa.Column("email_key", sa.String(length=64), nullable=False),
        sa.Column("erased_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("email_key", name=op.f("pk_suppressed")),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "send",
                "reminders",
                "campaigns",
                name="consentkind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column(
            "way",
            sa.Enum(
                "form", "api", "import", "bcc", name="way", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column("given_at", sa.DateTime(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_consent_supporter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_consent_supporter_id"), ["supporter_id"], unique=False
        )

    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum(
                "phone",
                "email",
                "letter",
                "in_person",
                name="channel",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "outcome",
            sa.Enum(
                "contact",
                "message_left",
                "unavailable",
                "busy",
                "wrong_number",
                name="contactoutcome",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "stance",
            sa.Enum(
                "will_sign",
                "considering",
                "will_not_sign",
                "signs_no_edms",
                "unknown",
                name="stance",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("may_be_shown", sa.Boolean(), nullable=False),
        sa.Column("call_back_on", sa.Date(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("contacted_at", sa.DateTime(), nullable=False),
        sa.Column("logged_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_contact_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_contact_motion_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_contact_member_id"), ["member_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_contact_motion_id"), ["motion_id"], unique=False
        )

    op.create_table(
        "correction",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_correction_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_correction")),
    )
    op.create_table(
        "supporter_email",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("supporter_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column(
            "way",
            sa.Enum(
                "form", "api", "import", "bcc", name="way", native_enum=False, length=24
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "counted",
                "review",
                "dismissed",
                "outgoing",
                "failed",
                "bounced",
                "cancelled",
                name="emailstate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "method",
            sa.Enum(
                "recipient",
                "postcode",
                "constituency",
                "name",
                "staff",
                "form",
                name="matchmethod",
                native_enum=False,
                length=24,
            ),
            nullable=True,
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("suggested_ids", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        sa.Column("sent_minute", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("row_key", sa.String(length=64), nullable=True),
        sa.Column("told_recipient", sa.String(), nullable=True),
        sa.Column("told_ons_code", sa.String(), nullable=True),
        sa.Column("told_constituency", sa.String(), nullable=True),
        sa.Column("told_name", sa.String(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_supporter_email_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["member.member_id"],
            name=op.f("fk_supporter_email_member_id"),
        ),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_supporter_email_motion_id")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"],
            ["supporter.id"],
            name=op.f("fk_supporter_email_supporter_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supporter_email")),
        sa.UniqueConstraint(
            "motion_id",
            "member_id",
            "message_id",
            name=op.f("uq_supporter_email_motion_id_member_id_message_id"),
        ),
        sa.UniqueConstraint(
            "supporter_id",
            "member_id",
            "motion_id",
            "sent_minute",
            name=op.f(
                "uq_supporter_email_supporter_id_member_id_motion_id_sent_minute"
            ),
        ),
    )
    with op.batch_alter_table("supporter_email", schema=None) as batch_op:
        batch_op.create_index(
            "ix_supporter_email_review",
            ["motion_id", "state"],
            unique=False,
            sqlite_where=sa.text("member_id IS NULL"),
            postgresql_where=sa.text("member_id IS NULL"),
        )
        batch_op.create_index(
            "uq_supporter_email_row_key",
            ["motion_id", "row_key"],
            unique=True,
            sqlite_where=sa.text("row_key IS NOT NULL"),
            postgresql_where=sa.text("row_key IS NOT NULL"),
        )

    op.create_table(
        "tally",
        sa.Column("motion_id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("supporter_count", sa.Integer(), nullable=False),
        sa.Column("email_count", sa.Integer(), nullable=False),
        sa.Column("first_email_at", sa.DateTime(), nullable=False),
        sa.Column("last_email_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_tally_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_tally_motion_id")
        ),
        sa.PrimaryKeyConstraint("motion_id", "member_id", name=op.f("pk_tally")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "to_member",
                "confirmation",
                "receipt",
                "failure_notice",
                "last_note",
                "follow_up",
                "webhook",
                "staff_notice",
                name="messagekind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "held",
                "queued",
                "sending",
                "sent",
                "failed",
                "uncertain",
                "cancelled",
                "parked",
                name="messagestate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("dedupe_key", sa.String(), nullable=False),
        sa.Column("motion_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("supporter_id", sa.Integer(), nullable=True),
        sa.Column("supporter_email_id", sa.Integer(), nullable=True),
        sa.Column("to_address", sa.String(), nullable=True),
        sa.Column("reply_to", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("body", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("next_try_at", sa.DateTime(), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("death_count", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("claimed_at", sa.DateTime(), nullable=True),
        sa.Column("handover_at", sa.DateTime(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.member_id"], name=op.f("fk_message_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["motion_id"], ["motion.id"], name=op.f("fk_message_motion_id")
        ),
        sa.ForeignKeyConstraint(
            ["supporter_email_id"],
            ["supporter_email.id"],
            name=op.f("fk_message_supporter_email_id"),
        ),
        sa.ForeignKeyConstraint(
            ["supporter_id"], ["supporter.id"], name=op.f("fk_message_supporter_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_message_dedupe_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_message_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_member_id_handover_at",
            ["member_id", "handover_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_message_state_next_try_at", ["state", "next_try_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_message_supporter_email_id"),
            ["supporter_email_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_message_supporter_id"), ["supporter_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_supporter_id"))
        batch_op.drop_index(batch_op.f("ix_message_supporter_email_id"))
        batch_op.drop_index("ix_message_state_next_try_at")
        batch_op.drop_index("ix_message_member_id_handover_at")

    op.drop_table("message")
    op.drop_table("tally")
    with op.batch_alter_table("supporter_email", schema=None) as batch_op:
        batch_op.drop_index("uq_supporter_email_row_key")
        batch_op.drop_index("ix_supporter_email_review")

    op.drop_table("supporter_email")
    op.drop_table("correction")
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_contact_motion_id"))
        batch_op.drop_index(batch_op.f("ix_contact_member_id"))

    op.drop_table("contact")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_consent_supporter_id"))

    op.drop_table("consent")
    op.drop_table("suppressed")
    op.drop_table("supporter")
    op.drop_table("sender_pause")
    op.drop_table("postcode_table")
    op.drop_table("postcode_seat")
    op.drop_table("postcode_answer")
    op.drop_table("import_run")
    op.drop_table("idempotency_key")
    op.drop_table("audit_entry")
    op.drop_table("api_token")
