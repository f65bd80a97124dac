"""Counting events for charts and their tables. Pure: events in, numbers out.

Owns the running count, the days and the shares of parties; not how they are drawn
(`charts.py`) nor how they are said (`views.py`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from tracker.board import MemberView
from tracker.clock import london_date
from tracker.rules.changes import ChangeKind, TimeFrom
from tracker.rules.eligibility import charted_party
from tracker.rules.status import NudgeStatus


class EventFacts(Protocol):
    """What the pages read of a SignatureEvent; a `store.PastEvent` is one."""

    @property
    def id(self) -> int | None: ...
    @property
    def kind(self) -> ChangeKind: ...
    @property
    def again(self) -> bool: ...
    @property
    def signature_id(self) -> int: ...
    @property
    def member_id(self) -> int: ...
    @property
    def name(self) -> str | None: ...
    @property
    def party(self) -> str | None: ...
    @property
    def constituency(self) -> str | None: ...
    @property
    def happened_at(self) -> datetime: ...
    @property
    def time_from(self) -> TimeFrom: ...


@dataclass(frozen=True, slots=True)
class CountPoint:
    """How many Members had signed from this moment on."""

    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """One London day on which something changed; `total` is that of its end."""

    on: date
    signed_count: int
    gone_count: int
    total: int


@dataclass(frozen=True, slots=True)
class PartyShare:
    """A party of the House: how many of those who can sign have signed."""

    party: str
    signed_count: int
    eligible_count: int

    @property
    def share(self) -> float:
        """Return the share from 0 to 1."""
        return self.signed_count / self.eligible_count


def running_counts(events: Iterable[EventFacts]) -> list[CountPoint]:
    """Return the count of Members signed after each moment of change, oldest first.

    A Member with two live rows counts once, as everywhere (product.md 3.2).
    """
    live: dict[int, set[int]] = {}
    points: dict[datetime, int] = {}
    for event in _in_time(events):
        rows = live.setdefault(event.member_id, set())
        if event.kind is ChangeKind.SIGNED:
            rows.add(event.signature_id)
        else:
            rows.discard(event.signature_id)
        if not rows:
            del live[event.member_id]
        points[event.happened_at] = len(live)
    return [CountPoint(at, count) for at, count in points.items()]


def daily_counts(events: Sequence[EventFacts]) -> list[DayCount]:
    """Return the days on which something changed, oldest first."""
    totals = {london_date(point.at): point.count for point in running_counts(events)}
    signed = dict.fromkeys(totals, 0)
    gone = dict.fromkeys(totals, 0)
    for event in events:
        tally = signed if event.kind is ChangeKind.SIGNED else gone
        tally[london_date(event.happened_at)] += 1
    return [DayCount(on, signed[on], gone[on], totals[on]) for on in totals]


def signers_between(events: Iterable[EventFacts], first: date, last: date) -> int:
    """Return how many Members signed from `first` to `last` (London, both included)."""
    return len(
        {
            event.member_id
            for event in events
            if event.kind is ChangeKind.SIGNED
            and first <= london_date(event.happened_at) <= last
        }
    )


def first_week(events: Sequence[EventFacts], tabled_on: date | None) -> date | None:
    """Return the last day of the motion's first week, None while nothing happened."""
    starts_on = started_on(events, tabled_on)
    return starts_on + timedelta(days=6) if starts_on else None


def started_on(events: Sequence[EventFacts], tabled_on: date | None) -> date | None:
    """Return the day it was tabled, or of the first event if that is not known."""
    if not events:
        return None
    return tabled_on or min(london_date(event.happened_at) for event in events)


def party_shares(members: Iterable[MemberView]) -> list[PartyShare]:
    """Return the parties of the House, the largest share first.

    Counts Members who sit and may sign or have signed; a party without one is left out.
    "Labour (Co-op)" is counted with Labour. Ties: more signatures, then the name.
    """
    signed: dict[str, int] = {}
    eligible: dict[str, int] = {}
    for member in members:
        if not member.is_sitting or member.status is NudgeStatus.CANNOT_SIGN:
            continue
        party = charted_party(member.party)
        eligible[party] = eligible.get(party, 0) + 1
        signed[party] = signed.get(party, 0) + (member.status is NudgeStatus.SIGNED)
    shares = [
        PartyShare(party, signed[party], count) for party, count in eligible.items()
    ]
    return sorted(shares, key=lambda s: (-s.share, -s.signed_count, s.party))


def _in_time(events: Iterable[EventFacts]) -> list[EventFacts]:
    return sorted(events, key=lambda event: (event.happened_at, event.id or 0))
