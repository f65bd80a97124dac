"""What other programs and staff are told: events, webhooks, and what was last told."""

from datetime import datetime

from sqlmodel import BigInteger, Field, Index, SQLModel

from tracker.rules.event_types import EventType
from tracker.rules.status import NudgeStatus
from tracker.store.tables.types import at_field, enum_column


class OutgoingEvent(SQLModel, table=True):
    """Something that other programs are told of, whoever listens. Written once.

    Ids are in the order of commits, so a reader of "id > last" misses none. `data` is
    the JSON object that webhooks carry, but for `event_id`, which is this id.
    `dedupe_key` names the cause, so that it is told once. `member_id` may be of somebody
    whom the Members API has not told us of yet.
    """

    __tablename__ = "outgoing_event"
    __table_args__ = (Index("ix_outgoing_event_occurred_at", "occurred_at"),)

    id: int | None = Field(default=None, primary_key=True)
    type: EventType = Field(sa_type=enum_column(EventType))
    occurred_at: datetime = at_field(nullable=False)
    motion_id: int | None = Field(default=None, foreign_key="motion.id")
    member_id: int | None = Field(default=None, sa_type=BigInteger)
    data: str
    dedupe_key: str = Field(unique=True)


class WebhookState(SQLModel, table=True):
    """How a webhook fares, by its name in the configuration.

    `failing_since_at` is the first failure since it last took something. `off_at` is
    when it was switched off (by its 410, or after three days), None while it is on.
    """

    __tablename__ = "webhook_state"

    name: str = Field(primary_key=True)
    last_ok_at: datetime | None = at_field()
    failing_since_at: datetime | None = at_field()
    off_at: datetime | None = at_field()
    off_reason: str | None = None


class WebhookTry(SQLModel, table=True):
    """One try to deliver a Message to a webhook, and what the receiver answered.

    `answer` is cut short; `error` is why it failed, None if it was taken.
    """

    __tablename__ = "webhook_try"

    id: int | None = Field(default=None, primary_key=True)
    message_id: int = Field(foreign_key="message.id", index=True)
    tried_at: datetime = at_field(nullable=False)
    took_seconds: float
    status_code: int | None = None
    answer: str | None = None
    error: str | None = None


class ToldStanding(SQLModel, table=True):
    """Where a Member stood on a motion when it was last told.

    `status` is the true one, `public_status` the one that anyone may see.
    """

    __tablename__ = "told_standing"

    motion_id: int = Field(foreign_key="motion.id", primary_key=True)
    member_id: int = Field(
        sa_type=BigInteger,
        primary_key=True,
        sa_column_kwargs={"autoincrement": False},
    )
    status: NudgeStatus = Field(sa_type=enum_column(NudgeStatus))
    public_status: NudgeStatus = Field(sa_type=enum_column(NudgeStatus))
    is_sitting: bool
    told_at: datetime = at_field(nullable=False)
