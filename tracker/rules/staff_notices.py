"""When staff are told, and how a burst becomes one digest. Pure.

Nights are quiet: what can wait is kept for the morning. What can't (mail is failing, a
webhook is off) is not.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

from tracker.clock import LONDON

COLLECT = timedelta(minutes=2)
"""How long what happens is collected, so that forty signatures are one message."""

QUIET_FROM, QUIET_TO = time(22), time(7)
"""London's; the first is quiet, the second no longer."""

MOST_LINES = 30
RETRY_WAITS = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15)),
    *(timedelta(hours=hours) for hours in (1, 3, 6, 12)),
)
"""How long after each try the next one is; news a day old is none."""


def due_at(now: datetime, *, is_urgent: bool) -> datetime:
    """Return when something that happens now may be told."""
    collected_at = now + COLLECT
    local = collected_at.astimezone(LONDON)
    is_quiet = local.time() >= QUIET_FROM or local.time() < QUIET_TO
    if is_urgent or not is_quiet:
        return collected_at
    day = local.date() + timedelta(days=1 if local.time() >= QUIET_FROM else 0)
    return datetime.combine(day, QUIET_TO, tzinfo=LONDON).astimezone(UTC)


def retry_at(attempt_count: int, *, now: datetime) -> datetime | None:
    """Return when to try again after so many tries, None when it is given up."""
    if attempt_count > len(RETRY_WAITS):
        return None
    return now + RETRY_WAITS[max(attempt_count, 1) - 1]


def digest(lines: Sequence[str], *, campaign: str, url: str) -> tuple[str, str]:
    """Return the title and the text of one message about all these lines."""
    count = len(lines)
    title = campaign if count == 1 else f"{campaign}: {count} things happened"
    shown = list(lines[:MOST_LINES])
    if count > MOST_LINES:
        shown.append(f"… and {count - MOST_LINES} more.")
    return title, "\n".join([*shown, "", f"{url}/staff"])
