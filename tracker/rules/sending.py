"""When a Message may leave, and when it is tried again. Pure.

Owns product.md 7's rules: the last look before an email leaves, the pace per office, the
waits between tries, whom an office's email goes to. What a mail server's answer means is
in handover.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

HELD_BY_MODE = "mail.mode was hold when it was written"
HELD_UNCONFIRMED = "the supporter has not confirmed it yet"
HELD_SIGNED = "the MP has signed"

CLOSED = "the motion is closed: its session of Parliament is over"
WITHDRAWN = "the motion was withdrawn by its sponsor"
DISSOLVED = "Parliament is dissolved: there are no MPs"
VACANT = "the MP no longer holds a seat"
ASKED_NOT_TO = "the MP's office asked not to get these emails"
NO_ADDRESS = "no email address of the MP's office is known"
NO_CONSENT = "the supporter took back their consent"

RETRY_WAITS = (
    *(timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=40)),
    *(timedelta(hours=hours) for hours in (1, 2, 4, 8, 16, 24, 24, 16)),
)
"""How long after each try the next one is: together four days, then it has failed."""

MOST_DEATHS = 3
"""A Message that so many workers died on is parked."""

PACE_WINDOW = timedelta(hours=1)
STOPPED_FOR = timedelta(hours=1)
LONGEST_PAUSE = timedelta(minutes=15)


class Action(StrEnum):
    """What becomes of a Message that is due."""

    SEND = "send"
    HOLD = "hold"
    CANCEL = "cancel"
    WAIT = "wait"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with a Message that is due; `until_at` only for WAIT."""

    action: Action
    reason: str | None = None
    until_at: datetime | None = None


SEND = Verdict(Action.SEND)


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What is known, in the transaction that sends, about an email to an MP.

    `over` is why the motion can't be signed any more, None while it is open.
    `handovers_at` are this MP's latest, in any order.
    """

    over: str | None
    has_seat: bool
    has_signed: bool
    has_consent: bool
    is_confirmed: bool
    no_email: bool
    has_address: bool
    handovers_at: Sequence[datetime]


def verdict_on(facts: MemberFacts, *, per_hour: int, now: datetime) -> Verdict:
    """Return whether an email to an MP may leave now (product.md 7, 3.8)."""
    if not facts.has_consent:
        return Verdict(Action.CANCEL, NO_CONSENT)
    if not facts.is_confirmed:
        return Verdict(Action.HOLD, HELD_UNCONFIRMED)
    for is_so, reason in (
        (facts.over is not None, facts.over),
        (not facts.has_seat, VACANT),
        (facts.no_email, ASKED_NOT_TO),
        (not facts.has_address, NO_ADDRESS),
    ):
        if is_so:
            return Verdict(Action.CANCEL, reason)
    if facts.has_signed:
        return Verdict(Action.HOLD, HELD_SIGNED)
    until_at = paced_until(facts.handovers_at, per_hour=per_hour, now=now)
    return Verdict(Action.WAIT, until_at=until_at) if until_at else SEND


def paced_until(
    handovers_at: Sequence[datetime], *, per_hour: int, now: datetime
) -> datetime | None:
    """Return when the next email to this MP may leave, None if it may now.

    In any hour at most `per_hour` hand-overs: an office is not flooded. Exactly an hour
    after the one that is in the way, the next may go.
    """
    within = sorted(at for at in handovers_at if at > now - PACE_WINDOW)
    if len(within) < per_hour:
        return None
    return within[-per_hour] + PACE_WINDOW


def retry_at(attempt_count: int, *, now: datetime) -> datetime | None:
    """Return when to try again after so many tries, None when it has failed for good.

    5 minutes after the first, four days after it for the last (checks.md M3).
    """
    if attempt_count > len(RETRY_WAITS):
        return None
    return now + RETRY_WAITS[max(attempt_count, 1) - 1]


def pause_after(failure_count: int, *, is_stopped: bool) -> timedelta:
    """Return how long nothing is sent after so many failures of the server in a row.

    One minute, doubling up to a quarter of an hour; when only a person can mend it, an
    hour between one probe and the next.
    """
    if is_stopped:
        return STOPPED_FOR
    return min(timedelta(minutes=2 ** min(failure_count - 1, 10)), LONGEST_PAUSE)


def chosen_address(addresses: Sequence[str]) -> str | None:
    """Return the address of an office to write to: Parliament's own first, else the first.

    Labels are not asked: some offices file the parliamentary address under the
    constituency.
    """
    own = [a for a in addresses if a.casefold().endswith("@parliament.uk")]
    return next(iter([*own, *addresses]), None)
