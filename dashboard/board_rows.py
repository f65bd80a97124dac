"""One MP of the staff board in words, and the part of the list they stand in. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from dashboard import words
from dashboard.call_words import CallLine, call_line
from dashboard.phones import Phone, phones_of
from tracker.board import NudgeRow
from tracker.board.ways import Way
from tracker.clock import london_date
from tracker.rules.hints import Hint
from tracker.rules.nudge import Stance
from tracker.rules.status import NudgeStatus


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One MP to ring."""

    member_id: int
    name: str
    seat: str | None
    party: str | None
    status: NudgeStatus
    supporters: int
    asked: str | None
    call: CallLine | None
    call_back: str | None
    why: str
    hints: tuple[Hint, ...]
    phones: tuple[Phone, ...]
    emails: tuple[Way, ...]
    is_new: bool


def board_row(row: NudgeRow, *, now: datetime) -> BoardRow:
    """Return a row in words."""
    today = london_date(now)
    return BoardRow(
        member_id=row.member_id,
        name=row.name,
        seat=row.constituency,
        party=row.party,
        status=row.status,
        supporters=row.supporters,
        asked=_asked_words(row.last_email_at, today),
        call=call_line(row.last_call, now=now) if row.last_call else None,
        call_back=_call_back(row.call_back_on, today),
        why=row.why,
        hints=row.hints,
        phones=phones_of(row.phones),
        emails=row.emails,
        is_new=row.is_new,
    )


def part_of(row: NudgeRow, today: date) -> str:
    """Return the key of the part of the list in which a row stands."""
    if row.call_back_on is not None and row.call_back_on <= today:
        return "due"
    if row.stance is Stance.WILL_SIGN:
        return "yes"
    return "new" if row.is_new else "rest"


def _asked_words(last_email_at: datetime | None, today: date) -> str | None:
    if last_email_at is None:
        return None
    on = london_date(last_email_at)
    return words.short_day(on) if on.year == today.year else words.day(on)


def _call_back(on: date | None, today: date) -> str | None:
    if on is None:
        return None
    if on == today:
        return "Call back today"
    return f"Call back {'was' if on < today else 'is'} due on {words.day(on)}"
