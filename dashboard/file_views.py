"""What `/staff/mps/{member_id}` shows: where an MP stands, whom to ring, what happened. Pure.

It has numbers of supporters, and no supporter.
"""

from dataclasses import dataclass
from datetime import date, datetime

from dashboard import words
from dashboard.history_views import (
    CORRECTIONS,
    HistoryLine,
    Undo,
    correction_undo,
    history_lines,
)
from dashboard.mp_views import shown_status
from dashboard.phones import Phone, phones_of
from dashboard.reports_views import KindLine, Place, mp_cards
from tracker.board.member_file import MemberFile
from tracker.board.ways import Way
from tracker.clock import london_date
from tracker.rules.calendar import MotionState
from tracker.rules.corrections import (
    LONGEST_REASON,
    LONGEST_URL,
    CorrectionKind,
)
from tracker.rules.hints import Hint
from tracker.rules.status import NudgeStatus

_HELP = {
    CorrectionKind.CANNOT_SIGN: "The reason, as it may be read by anyone: a parliamentary"
    " private secretary, a member of the shadow cabinet.",
    CorrectionKind.POSITION_URL: "The address of the page where they say which motions"
    " they sign, if any. With it a refusal is public.",
    CorrectionKind.NO_EMAIL: "Why supporters' emails to them are not sent from here: their"
    " office asked for it, the address is dead.",
}


@dataclass(frozen=True, slots=True)
class CorrectionField:
    """One thing that staff may write down, with what is there now."""

    kind: str
    title: str
    help: str
    value: str
    longest: int
    is_url: bool


@dataclass(frozen=True, slots=True)
class DayOfEmails:
    """How many counted emails went to the MP on a day."""

    on: date
    count: int
    total: int


@dataclass(frozen=True, slots=True)
class FilePage:
    """An MP's page for staff."""

    member_id: int
    name: str
    place: str
    has_left: bool
    status: NudgeStatus
    status_words: str
    why: str
    writers: str
    hints: tuple[Hint, ...]
    phones: tuple[Phone, ...]
    emails: tuple[Way, ...]
    history: tuple[HistoryLine, ...]
    days: tuple[DayOfEmails, ...]
    reports: tuple[KindLine, ...]
    fields: tuple[CorrectionField, ...]
    undo: Undo | None


def file_page(file: MemberFile, *, person: str, now: datetime) -> FilePage:
    """Return the page as `person` sees it."""
    is_open = file.motion.state is MotionState.OPEN
    status, said = shown_status(file.status, is_open=is_open)
    place = " · ".join(part for part in (file.constituency, file.party) if part)
    return FilePage(
        member_id=file.member_id,
        name=file.name,
        place=place,
        has_left=file.has_left,
        status=status,
        status_words=said,
        why=file.why,
        writers=_writers(file),
        hints=tuple(file.hints),
        phones=phones_of(file.phones),
        emails=file.emails,
        history=history_lines(file, person=person, now=now),
        days=_days(file),
        reports=_reports(file, now=now),
        fields=tuple(
            _field(kind, value or "") for kind, value in file.corrections.items()
        ),
        undo=correction_undo(file.member_id, file.changes),
    )


def _writers(file: MemberFile) -> str:
    if file.first_email_at is None or file.last_email_at is None:
        return "Nobody has written to them here yet."
    first, last = (
        words.day(london_date(moment))
        for moment in (file.first_email_at, file.last_email_at)
    )
    people = words.counted(file.supporters, "supporter")
    if first == last:
        return f"{people} wrote, on {first}."
    return f"{people} wrote, first on {first}, last on {last}."


def _days(file: MemberFile) -> tuple[DayOfEmails, ...]:
    days, total = [], 0
    for on, count in file.email_days:
        total += count
        days.append(DayOfEmails(on, count, total))
    return tuple(days)


def _reports(file: MemberFile, *, now: datetime) -> tuple[KindLine, ...]:
    places = {file.member_id: Place(file.name, "", "")}
    cards = mp_cards(file.reports, places, now=now)
    return cards[0].lines if cards else ()


def _field(kind: CorrectionKind, value: str) -> CorrectionField:
    is_url = kind is CorrectionKind.POSITION_URL
    return CorrectionField(
        kind=kind.value,
        title=CORRECTIONS[kind],
        help=_HELP[kind],
        value=value,
        longest=LONGEST_URL if is_url else LONGEST_REASON,
        is_url=is_url,
    )
