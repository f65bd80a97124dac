"""The wall clock: the only module that reads it. Everything else is given `now`.

A `Clock` is passed to the shells (poll, scheduler, dashboard), so that tests and the
rehearsal can run on a time of their own.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]

LONDON = ZoneInfo("Europe/London")


def utc_now() -> datetime:
    """Return the machine's time as an aware UTC datetime."""
    return datetime.now(UTC)


def london_date(moment: datetime) -> date:
    """Return the calendar day in London on which `moment` (aware) falls."""
    return moment.astimezone(LONDON).date()
