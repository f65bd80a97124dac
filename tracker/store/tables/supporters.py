"""Supporters, what they agreed to, and the emails that count for their MP."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import text
from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from tracker.rules.matching import MatchMethod
from tracker.store.tables.types import at_field, enum_column


class Way(StrEnum):
    """How a supporter's email came to us (product.md 5)."""

    FORM = "form"
    API = "api"
    IMPORT = "import"
    BCC = "bcc"


class EmailState(StrEnum):
    """Whether a SupporterEmail counts for its Member.

    Only `counted` does. `review` waits for staff, `dismissed` was put aside by them,
    `outgoing` is one of our own that was not handed over yet, `failed` and `bounced`
    did not arrive, `cancelled` will never be sent.
    """

    COUNTED = "counted"
    REVIEW = "review"
    DISMISSED = "dismissed"
    OUTGOING = "outgoing"
    FAILED = "failed"
    BOUNCED = "bounced"
    CANCELLED = "cancelled"


class ConsentKind(StrEnum):
    """The three boxes of product.md 10."""

    SEND = "send"
    REMINDERS = "reminders"
    CAMPAIGNS = "campaigns"


class Supporter(SQLModel, table=True):
    """A member of the public. Never an MP.

    `email_key` is a keyed hash of the normalised address, by which a person is found
    again; `ref` is what other programs are told instead of a person. `confirmed_at` is
    when the address itself agreed, on the action page. After an erasure the row stays
    without a person, so that numbers stay right: every other field is None.
    """

    id: int | None = Field(default=None, primary_key=True)
    ref: str = Field(unique=True, max_length=32)
    email_key: str | None = Field(default=None, unique=True, max_length=64)
    email: str | None = None
    name: str | None = None
    postcode: str | None = None
    address: str | None = None
    ons_code: str | None = None
    created_at: datetime = at_field(nullable=False)
    last_act_at: datetime = at_field(nullable=False)
    confirmed_at: datetime | None = at_field()
    erased_at: datetime | None = at_field()


class Consent(SQLModel, table=True):
    """One box that was ticked: with its wording, version, time and way; taken back alone.

    `awaits_email_id` is the email of the form it was ticked in, until the address was
    confirmed: so long it is not in force, since anybody can type anybody's address.
    """

    id: int | None = Field(default=None, primary_key=True)
    supporter_id: int = Field(foreign_key="supporter.id", index=True)
    kind: ConsentKind = Field(sa_type=enum_column(ConsentKind))
    wording: str
    version: str
    way: Way = Field(sa_type=enum_column(Way))
    given_at: datetime = at_field(nullable=False)
    withdrawn_at: datetime | None = at_field()
    awaits_email_id: int | None = Field(
        default=None, foreign_key="supporter_email.id", index=True
    )


class Import(SQLModel, table=True):
    """One run of an import: where the data come from and what people were told."""

    __tablename__ = "import_run"

    id: int | None = Field(default=None, primary_key=True)
    source: str
    started_at: datetime = at_field(nullable=False)
    finished_at: datetime | None = at_field()
    read_count: int = 0
    counted_count: int = 0
    duplicate_count: int = 0
    review_count: int = 0
    rejected_count: int = 0


class SupporterEmail(SQLModel, table=True):
    """One email from a supporter to their Member about a motion.

    `member_id` is None while nobody knows whom it reached (state `review`). `sent_minute`
    is minutes since 1970 UTC: the same person, Member and minute is the same email.
    `row_key` is a keyed hash of the cells of a row that came without a Member, and stays
    when staff or a rematch find one. The `told_*` fields are what such an email itself
    said, kept to match it again; of a postcode only the seat's code is kept.
    """

    __tablename__ = "supporter_email"
    # A million rows are imported at the speed of these indexes. The second begins with
    # the person, so that it grows at its end and also finds a person's emails; the first
    # finds a Member's. Most rows have a Member, and few were decided by a person: they
    # stay out of the last three.
    __table_args__ = (
        UniqueConstraint("motion_id", "member_id", "message_id"),
        UniqueConstraint("supporter_id", "member_id", "motion_id", "sent_minute"),
        Index(
            "uq_supporter_email_row_key",
            "motion_id",
            "row_key",
            unique=True,
            sqlite_where=text("row_key IS NOT NULL"),
            postgresql_where=text("row_key IS NOT NULL"),
        ),
        Index(
            "ix_supporter_email_review",
            "motion_id",
            "state",
            sqlite_where=text("member_id IS NULL"),
            postgresql_where=text("member_id IS NULL"),
        ),
        Index(
            "ix_supporter_email_decided",
            "decided_at",
            sqlite_where=text("decided_at IS NOT NULL"),
            postgresql_where=text("decided_at IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    motion_id: int = Field(foreign_key="motion.id")
    member_id: int | None = Field(default=None, foreign_key="member.member_id")
    supporter_id: int = Field(foreign_key="supporter.id")
    import_id: int | None = Field(default=None, foreign_key="import_run.id")
    way: Way = Field(sa_type=enum_column(Way))
    state: EmailState = Field(sa_type=enum_column(EmailState))
    method: MatchMethod | None = Field(default=None, sa_type=enum_column(MatchMethod))
    reason: str | None = None
    suggested_ids: str | None = None
    sent_at: datetime = at_field(nullable=False)
    sent_minute: int
    message_id: str | None = None
    subject: str | None = None
    row_key: str | None = Field(default=None, max_length=64)
    told_recipient: str | None = None
    told_ons_code: str | None = None
    told_constituency: str | None = None
    told_name: str | None = None
    decided_by: str | None = None
    decided_at: datetime | None = at_field()


class Tally(SQLModel, table=True):
    """How many distinct supporters' counted emails a Member has, and from when to when.

    Changed in the transaction that changes an email; checked hourly against a recount.
    """

    motion_id: int = Field(foreign_key="motion.id", primary_key=True)
    member_id: int = Field(foreign_key="member.member_id", primary_key=True)
    supporter_count: int
    email_count: int
    first_email_at: datetime = at_field(nullable=False)
    last_email_at: datetime = at_field(nullable=False)


class Suppressed(SQLModel, table=True):
    """The keyed hash of a person who went: the same file does not bring them back.

    With `until_at` their time was over (retention): what they sent by then is kept out,
    what they send later is new. Without it they were erased: no file brings them in.
    """

    email_key: str = Field(primary_key=True, max_length=64)
    erased_at: datetime = at_field(nullable=False)
    until_at: datetime | None = at_field()
