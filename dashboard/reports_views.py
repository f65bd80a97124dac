"""What `/staff/reports` shows: replies that supporters reported, by MP. Pure.

Owns the words for each kind. It has numbers and no supporter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from tracker.rules.nudge import Stance
from tracker.rules.reports import (
    SAID_MINISTER,
    Acceptance,
    ReportDecision,
    ReportKind,
    acceptance_of,
)
from tracker.store import DecidedReports, ReportCount

PATH = "/staff/reports"

_SAID = {
    ReportKind.SIGNED_OR_WILL: "that the MP has signed, or will",
    ReportKind.SIGNS_NO_EDMS: "that the MP signs no EDMs",
    ReportKind.CANNOT_MINISTER: "that the MP can't sign, as a minister",
    ReportKind.DISAGREES: "that the MP disagrees with this motion",
    ReportKind.THANKS_ONLY: "thanks only, nothing of the motion",
}
_ACCEPTED = {
    Stance.WILL_SIGN: "Will sign",
    Stance.SIGNS_NO_EDMS: "Signs no EDMs",
    Stance.WILL_NOT_SIGN: "Will not sign this one",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Who a Member is, in words, and the page about them."""

    name: str
    place: str
    url: str


@dataclass(frozen=True, slots=True)
class KindLine:
    """The open reports of one kind; `accept` is None if they say nothing to accept."""

    kind: str
    said: str
    last: str
    accept: str | None


@dataclass(frozen=True, slots=True)
class MpCard:
    """One MP with what was reported; `total` is of distinct supporters."""

    member_id: int
    who: Place
    total: int
    lines: tuple[KindLine, ...]


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """What was decided with one press, and by whom and when."""

    report_id: int
    what: str
    who: str


def mp_cards(
    counts: Sequence[ReportCount], places: Mapping[int, Place], *, now: datetime
) -> tuple[MpCard, ...]:
    """Return the MPs with open reports, those with most first, then by name."""
    by_member: dict[int, list[ReportCount]] = {}
    for row in counts:
        by_member.setdefault(row.member_id, []).append(row)
    cards = [
        MpCard(
            member_id=member_id,
            who=_place(places, member_id),
            total=sum(row.count for row in rows),
            lines=tuple(
                kind_line(row, now=now)
                for row in sorted(rows, key=lambda row: (-row.count, row.kind))
            ),
        )
        for member_id, rows in by_member.items()
    ]
    return tuple(sorted(cards, key=lambda card: (-card.total, card.who.name)))


def kind_line(row: ReportCount, *, now: datetime) -> KindLine:
    """Return the open reports of one kind in words."""
    people = words.counted(row.count, "supporter")
    return KindLine(
        kind=row.kind.value,
        said=f"{people} reported {_SAID[row.kind]}.",
        last=f"The last at {words.moment_words(row.last_at, now=now)}.",
        accept=_accept(acceptance_of(row.kind)),
    )


def decided_line(
    row: DecidedReports, places: Mapping[int, Place], *, now: datetime
) -> DecidedLine:
    """Return a decision in words."""
    did = "Accepted" if row.decision is ReportDecision.ACCEPTED else "Put aside"
    people = words.counted(row.count, "report")
    name = _place(places, row.member_id).name
    return DecidedLine(
        report_id=row.report_id,
        what=f"{name}: {did.lower()}, {people}: {_SAID.get(row.kind, row.kind)}",
        who=f"{row.decided_by}, {words.moment_words(row.decided_at, now=now)}",
    )


def _accept(acceptance: Acceptance | None) -> str | None:
    if acceptance is None:
        return None
    if acceptance.cannot_sign == SAID_MINISTER:
        return "Cannot sign, as a minister"
    return _ACCEPTED[acceptance.stance]


def _place(places: Mapping[int, Place], member_id: int) -> Place:
    return places.get(member_id) or Place(f"Member {member_id}", "", "")
