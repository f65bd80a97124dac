"""What the charts and the tables behind them show, and the finding in their title. Pure.

Owns the findings. Counting is in `tallies.py`, drawing in `charts.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard import tallies, words
from dashboard.tallies import CountPoint, DayCount, EventFacts, PartyShare
from tracker.board import MembersView, MotionView
from tracker.clock import london_date
from tracker.rules.calendar import MotionState, end_of_day

NO_PARTY = ("Independent", "Speaker", "Unknown")
"""What stands in a party's place and is none."""


@dataclass(frozen=True, slots=True)
class TimeChart:
    """Signatures over time. `points` go from the first day to `ends_at`, a step line."""

    finding: str
    points: tuple[CountPoint, ...]
    days: tuple[DayCount, ...]
    goal: int


@dataclass(frozen=True, slots=True)
class PartyChart:
    """The share of each party's Members who can sign, and have.

    `shares` are all parties, for the table; `drawn` those with a signature.
    """

    finding: str
    shares: tuple[PartyShare, ...]
    drawn: tuple[PartyShare, ...]


def time_chart(
    motion: MotionView, events: Sequence[EventFacts], *, goal: int, now: datetime
) -> TimeChart:
    """Return the running count from the first day to now, or to the closing."""
    points = tallies.running_counts(events)
    if points:
        first, last = points[0], points[-1]
        ends_at = max(now, last.at)
        if motion.state is not MotionState.OPEN and motion.closes_on:
            ends_at = max(end_of_day(motion.closes_on), last.at)
        points = [
            CountPoint(first.at - timedelta(seconds=1), 0),
            *points,
            CountPoint(ends_at, last.count),
        ]
    return TimeChart(
        _time_finding(motion, events, now),
        tuple(points),
        tuple(tallies.daily_counts(events)),
        goal,
    )


def party_chart(members: MembersView, *, is_read: bool) -> PartyChart:
    """Return the shares of the parties; the finding names the most signatures.

    Not the largest share: one of one is no finding. Without `is_read` Parliament has not
    told yet who signed, and no party has a share: none is not what is known of it.
    """
    if not is_read:
        return PartyChart("Signatures by party", (), ())
    shares = tuple(tallies.party_shares(members.members))
    signed = tuple(share for share in shares if share.signed_count)
    return PartyChart(_party_finding(signed), shares, signed)


def _party_finding(signed: Sequence[PartyShare]) -> str:
    named = [share for share in signed if share.party not in NO_PARTY]
    if not named:
        return "No party's MPs have signed yet"
    most = max(named, key=lambda share: (share.signed_count, share.share))
    part = f"{most.signed_count} of {words.counted(most.eligible_count, 'MP')}"
    return f"Most names are from {most.party}: {part}"


def _time_finding(
    motion: MotionView, events: Sequence[EventFacts], now: datetime
) -> str:
    if motion.last_good_poll_at is None:
        return "Signatures over time"
    week_ends_on = tallies.first_week(events, motion.tabled_on)
    if week_ends_on is None:
        return "No signature yet"
    starts_on = week_ends_on - timedelta(days=6)
    signed = tallies.signers_between(events, starts_on, week_ends_on)
    if london_date(now) <= week_ends_on:
        return f"{words.counted(signed, 'MP')} signed since {words.day(starts_on)}"
    who = words.counted(signed, "MP") if signed else "No MP"
    return f"{who} signed in the first week"
