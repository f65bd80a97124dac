"""What a receiver's answer means, when it is told again, when it is given up. Pure.

Owns checks.md W22: ten tries over three days, as Standard Webhooks has it; anything but
a 2xx is a failure, a redirect too; 410 is a receiver that wants no more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

HELD_OFF = "the webhook is switched off"

WAITS = (
    timedelta(seconds=5),
    *(timedelta(minutes=minutes) for minutes in (5, 30)),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
"""How long after each try the next one is: ten tries within 75 hours and 35 minutes."""

OFF_AFTER = timedelta(days=3)
"""A webhook that took nothing for so long is switched off."""

GONE_STATUS = 410
GAVE_UP = "the receiver did not take it in ten tries over three days"
ASKED_TO_STOP = "the receiver answered 410: it wants no more"
FAILING = "the receiver has taken nothing for three days"


@dataclass(frozen=True, slots=True)
class Answered:
    """What one try brought: the status and the begin of the answer, or why there is none.

    `error` is None exactly when the receiver took it.
    """

    took_seconds: float
    status_code: int | None = None
    answer: str | None = None
    error: str | None = None

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it now."""
        return self.error is None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more, ever."""
        return self.status_code == GONE_STATUS


def error_of_status(status_code: int) -> str | None:
    """Return why an answer with this status is a failure, None for a 2xx."""
    if 200 <= status_code < 300:
        return None
    if 300 <= status_code < 400:
        return f"the receiver answered {status_code}: redirects are not followed"
    return f"the receiver answered {status_code}"


def next_try_at(attempt_count: int, *, now: datetime) -> datetime | None:
    """Return when to try again after so many tries, None when there were ten."""
    if attempt_count > len(WAITS):
        return None
    return now + WAITS[max(attempt_count, 1) - 1]


def why_off(
    answered: Answered, failing_since_at: datetime, now: datetime
) -> str | None:
    """Return why the webhook is switched off after this failure, None if it is not."""
    if answered.is_gone:
        return ASKED_TO_STOP
    return FAILING if now - failing_since_at >= OFF_AFTER else None
