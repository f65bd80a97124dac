"""Follow-ups: what supporters, staff or programs are to be told, and what became of it."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from tracker.rules.follow_ups import Target
from tracker.store.tables.types import at_field, enum_column


class FollowUpState(StrEnum):
    """Where a follow-up is.

    `planned` waits for its day, hour or condition. `out` was written down for who is
    told: a Message, an entry on staff's list, an outgoing event. `done` was settled by
    staff. `skipped` was past before it came, `cancelled` lost its point.
    """

    PLANNED = "planned"
    OUT = "out"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class FollowUp(SQLModel, table=True):
    """One rule, supporter, Member and motion: at most once (product.md 7).

    `rule` is its name. `event_id` is what an event's rule was planned for: of a
    signature's the SignatureEvent, of others the OutgoingEvent. `told_at` is when it
    went out, `ended_at` when it was settled; `reason` says why, where it did not go. The
    three booleans are the rule's when it was planned, so that a poll that sees a
    signature need not know the rules. Nothing in it says who the supporter is.
    """

    __tablename__ = "follow_up"
    __table_args__ = (
        UniqueConstraint("supporter_id", "member_id", "motion_id", "rule"),
        Index(
            "ix_follow_up_due",
            *("state", "motion_id", "member_id", "rule", "due_at"),
        ),
        Index("ix_follow_up_told_at", "told_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    rule: str
    motion_id: int = Field(foreign_key="motion.id")
    member_id: int = Field(foreign_key="member.member_id")
    supporter_id: int = Field(foreign_key="supporter.id")
    target: Target = Field(sa_type=enum_column(Target))
    state: FollowUpState = Field(sa_type=enum_column(FollowUpState))
    ends_when_signed: bool
    ends_when_left: bool
    is_chase: bool
    event_id: int | None = None
    due_at: datetime = at_field(nullable=False)
    planned_at: datetime = at_field(nullable=False)
    told_at: datetime | None = at_field()
    ended_at: datetime | None = at_field()
    reason: str | None = None
    outbox_id: int | None = Field(default=None, foreign_key="message.id", unique=True)


class FollowUpRuleSeen(SQLModel, table=True):
    """A rule of the configuration, since when it is in force as it is.

    A changed or renamed rule, and one that comes back, begins anew: what was due before
    is not sent.
    """

    __tablename__ = "follow_up_rule"

    name: str = Field(primary_key=True)
    definition: str
    since_at: datetime = at_field(nullable=False)
    is_in_force: bool = True


class FollowUpPause(SQLModel, table=True):
    """Staff's word that nothing goes: `all`, `rule:NAME` or `mp:MEMBER_ID`."""

    __tablename__ = "follow_up_pause"

    scope: str = Field(primary_key=True)
    paused_at: datetime = at_field(nullable=False)
    paused_by: str


class FollowUpMark(SQLModel, table=True):
    """A Member's tally and newest events when their supporters were last planned for.

    As long as they are the same, nothing has come or gone. 0 is no event.
    """

    __tablename__ = "follow_up_mark"

    motion_id: int = Field(foreign_key="motion.id", primary_key=True)
    member_id: int = Field(foreign_key="member.member_id", primary_key=True)
    supporter_count: int
    email_count: int
    event_id: int
    outgoing_id: int
