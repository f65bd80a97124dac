"""The outbox: everything outgoing, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel

from tracker.store.tables.types import at_field, enum_column


class MessageState(StrEnum):
    """Where a Message is (product.md 7).

    `uncertain` was caught between hand-over and record; `parked` is one that three
    workers died on; only staff decide about either.
    """

    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"
    PARKED = "parked"


class MessageKind(StrEnum):
    """What a Message is for."""

    TO_MEMBER = "to_member"
    CONFIRMATION = "confirmation"
    RECEIPT = "receipt"
    FAILURE_NOTICE = "failure_notice"
    LAST_NOTE = "last_note"
    FOLLOW_UP = "follow_up"
    ALERT_CONFIRMATION = "alert_confirmation"
    ALERT = "alert"
    ALERT_OVER = "alert_over"
    WEBHOOK = "webhook"
    STAFF_NOTICE = "staff_notice"


class Message(SQLModel, table=True):
    """One outgoing email or notice, written in the transaction that causes it.

    `message_id` (the Message-ID header) is fixed when it is written, so that a second
    copy could be told. `dedupe_key` makes the same cause write it once. `next_try_at` is
    not before when. `claimed_by` is the sender that has it, `attempt_count` the
    how-manieth claim; `handover_at` is set before the text is given to the server: a
    sender that dies earlier has sent nothing. `death_count` is how many died before
    that. `error` says why it is held, failed, cancelled, uncertain or tried again.
    `confirmed_at` is when the supporter confirmed an email to their MP; until then it is
    held, and nobody can release it.

    `body` of an email to a supporter lacks its last lines (links to their own page),
    which are written when it leaves, so that no key to a page lies in the database.
    """

    __table_args__ = (
        Index("ix_message_state_next_try_at", "state", "next_try_at"),
        Index("ix_message_member_id_handover_at", "member_id", "handover_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: MessageKind = Field(sa_type=enum_column(MessageKind))
    state: MessageState = Field(sa_type=enum_column(MessageState))
    dedupe_key: str = Field(unique=True)
    motion_id: int | None = Field(default=None, foreign_key="motion.id")
    member_id: int | None = Field(default=None, foreign_key="member.member_id")
    supporter_id: int | None = Field(
        default=None, foreign_key="supporter.id", index=True
    )
    supporter_email_id: int | None = Field(
        default=None, foreign_key="supporter_email.id", index=True
    )
    to_address: str | None = None
    reply_to: str | None = None
    subject: str | None = None
    body: str | None = None
    message_id: str = Field(unique=True)
    created_at: datetime = at_field(nullable=False)
    confirmed_at: datetime | None = at_field()
    next_try_at: datetime = at_field(nullable=False)
    attempt_count: int = 0
    death_count: int = 0
    claimed_by: str | None = None
    claimed_at: datetime | None = at_field()
    handover_at: datetime | None = at_field()
    sent_at: datetime | None = at_field()
    finished_at: datetime | None = at_field()
    error: str | None = None


class SenderPause(SQLModel, table=True):
    """Why no sender sends until `until_at`, over all processes; at most one row.

    `since_at` is when the trouble began; `failure_count` how often it was met.
    `is_alert` marks what only a person can mend (a refused password or sender).
    """

    __tablename__ = "sender_pause"

    id: int = Field(default=1, primary_key=True)
    reason: str
    is_alert: bool
    since_at: datetime = at_field(nullable=False)
    until_at: datetime = at_field(nullable=False)
    failure_count: int
