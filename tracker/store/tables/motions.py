"""Motions, the Polls that read them, and the stored answers that polls brought."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store.tables.types import at_field, enum_column


class Motion(SQLModel, table=True):
    """An Early Day Motion that is watched, or was.

    `number` is the printed one and restarts every session; `parliament_id` is
    Parliament's own and None until it was looked up. `baseline_poll_id` is the first
    good poll that was recorded: its events are history (backfilled).
    """

    __table_args__ = (UniqueConstraint("session", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    session: str
    number: int
    parliament_id: int | None = Field(default=None, unique=True)
    title: str | None = None
    text: str | None = None
    tabled_on: date | None = None
    primary_member_id: int | None = None
    is_withdrawn: bool = False
    status_at: datetime | None = at_field()
    baseline_poll_id: int | None = None
    not_found_since_at: datetime | None = at_field()


class Answer(SQLModel, table=True):
    """A body that Parliament sent, compressed, kept once however often it came."""

    id: int | None = Field(default=None, primary_key=True)
    sha256: str = Field(unique=True, max_length=64)
    body: bytes
    byte_count: int


class Poll(SQLModel, table=True):
    """One attempt to read a motion.

    With the stored answers these rows are all that `tracker replay` needs: when, which
    answer (`answer_id`), the limits then in force, and whether a person accepted it.
    `answered_at` is the answer's Date minus its Age; `fresh_until_at` when Parliament's
    cache lets it go. `error` is set when the outcome is not ok, `note` tells what was
    seen but is no event.
    """

    id: int | None = Field(default=None, primary_key=True)
    motion_id: int = Field(foreign_key="motion.id", index=True)
    started_at: datetime = at_field(nullable=False)
    finished_at: datetime = at_field(nullable=False)
    outcome: Outcome = Field(sa_type=enum_column(Outcome))
    error: str | None = None
    note: str | None = None
    failure_kind: FailureKind | None = Field(
        default=None, sa_type=enum_column(FailureKind)
    )
    answer_id: int | None = Field(default=None, foreign_key="answer.id")
    answered_at: datetime | None = at_field()
    fresh_until_at: datetime | None = at_field()
    missing_polls: int
    missing_seconds: float
    is_accepted: bool = False
    event_count: int = 0
