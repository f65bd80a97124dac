"""How long MPs take to sign once they were written to: a survival curve. Pure.

The Kaplan-Meier estimate (Kaplan and Meier 1958): those who have not signed yet are no
answer "never", they are known to have taken longer than so far, and count for as long as
they were watched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From the first email until a signature, or (not signed) until the watch ended."""

    days: float
    is_signed: bool


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """The share not signed yet from so many days on.

    `at_risk_count` were watched and not signed just before, `signed_count` signed then.
    """

    days: float
    at_risk_count: int
    signed_count: int
    unsigned_share: float


def span_of(
    first_email_at: datetime, signed_at: datetime | None, *, until: datetime
) -> Span | None:
    """Return one MP's span, in days of 24 hours; `until` is when the watch ends.

    None for whoever signed before anybody wrote: an email had no part in that. What
    happened after `until` is not seen.
    """
    if signed_at is not None and signed_at < first_email_at:
        return None
    is_signed = signed_at is not None and signed_at <= until
    ended_at = signed_at if is_signed and signed_at is not None else until
    return Span(max((ended_at - first_email_at) / _DAY, 0.0), is_signed)


def survival(spans: Iterable[Span]) -> list[SurvivalPoint]:
    """Return the curve, a point wherever somebody signed; at first the share is 1.

    Somebody whose watch ended at the very moment of another's signature was still at
    risk then.
    """
    left = sorted(spans, key=lambda span: span.days)
    share, points = 1.0, []
    for days in sorted({span.days for span in left if span.is_signed}):
        at_risk = sum(span.days >= days for span in left)
        signed = sum(span.is_signed and span.days == days for span in left)
        share *= 1 - signed / at_risk
        points.append(SurvivalPoint(days, at_risk, signed, share))
    return points


def median_days(points: Sequence[SurvivalPoint]) -> float | None:
    """Return after how many days half had signed, None if that has not come yet."""
    return next((point.days for point in points if point.unsigned_share <= 0.5), None)
