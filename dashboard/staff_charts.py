"""What staff's charts and the tables behind them show, with the finding of each. Pure.

Owns the findings. Counting is in `tallies.py` and tracker/rules, drawing in
`staff_figures.py`.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dashboard import tallies, words
from dashboard.call_words import OUTCOMES, STANCES
from dashboard.tallies import CountPoint
from tracker.board.answers import AnswersView
from tracker.clock import london_date
from tracker.rules.nudge import Stance
from tracker.rules.survival import Span, SurvivalPoint, median_days, survival


@dataclass(frozen=True, slots=True)
class EmailDay:
    """One day with emails or changes of signature; `total` is of signatures at its end."""

    on: date
    emails: int
    total: int


@dataclass(frozen=True, slots=True)
class PaceChart:
    """Signatures against emails over time. `points` are a step line up to now."""

    finding: str
    points: tuple[CountPoint, ...]
    emails: tuple[tuple[date, int], ...]
    days: tuple[EmailDay, ...]


@dataclass(frozen=True, slots=True)
class SilenceChart:
    """The share of the MPs written to who have not signed, by days since the first email.

    `ends` is the longest that anybody was watched.
    """

    finding: str
    points: tuple[SurvivalPoint, ...]
    asked_count: int
    signed_count: int
    ends: float


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One outcome of contacts: its words, how many, and with which stances."""

    outcome: str
    count: int
    stances: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class OutcomeChart:
    """What came of the contacts, the most frequent first."""

    finding: str
    rows: tuple[OutcomeRow, ...]


def pace_chart(view: AnswersView, *, now: datetime) -> PaceChart:
    """Return signatures and emails from the first of either to now."""
    points = tallies.running_counts(view.events)
    totals = {london_date(point.at): point.count for point in points}
    emails = dict(view.email_days)
    days, total = [], 0
    for on in sorted({*emails, *totals}):
        total = totals.get(on, total)
        days.append(EmailDay(on, emails.get(on, 0), total))
    if points:
        points.append(CountPoint(max(now, points[-1].at), points[-1].count))
    return PaceChart(
        _pace_finding(emails, total), tuple(points), tuple(view.email_days), tuple(days)
    )


def silence_chart(spans: Sequence[Span]) -> SilenceChart:
    """Return the curve; those who have not signed count for as long as they were watched."""
    points = survival(spans)
    return SilenceChart(
        finding=_silence_finding(spans, points),
        points=tuple(points),
        asked_count=len(spans),
        signed_count=sum(span.is_signed for span in spans),
        ends=max((span.days for span in spans), default=0.0),
    )


def outcome_chart(view: AnswersView) -> OutcomeChart:
    """Return how often each outcome was logged, and the stances that came with it."""
    counts: Counter[str] = Counter()
    stances: dict[str, list[tuple[str, int]]] = {}
    for outcome, stance, count in view.outcomes:
        said = OUTCOMES[outcome]
        counts[said] += count
        if stance is not Stance.UNKNOWN:
            stances.setdefault(said, []).append((STANCES[stance], count))
    rows = tuple(
        OutcomeRow(said, count, tuple(stances.get(said, ())))
        for said, count in counts.most_common()
    )
    return OutcomeChart(_outcome_finding(view), rows)


def _pace_finding(emails: dict[date, int], signed: int) -> str:
    if not emails:
        return "No email is counted yet"
    sent = words.counted(sum(emails.values()), "email")
    since = words.day(min(emails))
    return f"{sent} since {since}; {words.counted(signed, 'MP')} signed by now"


def _silence_finding(spans: Sequence[Span], points: Sequence[SurvivalPoint]) -> str:
    if not spans:
        return "Nobody who can sign has been written to yet"
    if not points:
        asked = words.counted(len(spans), "MP")
        return f"None of the {asked} written to has signed since"
    half = median_days(points)
    if half is not None:
        return f"Half had signed {_days(half)} after the first email"
    last = points[-1]
    signed = words.percent(round(1000 * (1 - last.unsigned_share)), 1000)
    return f"{signed} had signed {_days(last.days)} after the first email"


def _outcome_finding(view: AnswersView) -> str:
    total = sum(count for _, _, count in view.outcomes)
    if not total:
        return "No contact is logged yet"
    reached = sum(count for outcome, _, count in view.outcomes if outcome.reached)
    contacts = words.counted(total, "contact")
    return f"{words.number(reached)} of {contacts} reached the office"


def _days(days: float) -> str:
    return "within a day" if days < 1 else words.counted(round(days), "day")
