"""Dates, times, numbers and plurals as the pages say them. Pure (design.md, "Words").

Owns the voice of small things; what a page says of a motion is in `views.py`. Times and
days are London's. `static/live.js` says "ago" in the same words, between two looks.
"""

from datetime import date, datetime

from tracker.clock import LONDON, london_date

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


def day(on: date) -> str:
    """Return a date as 4 March 2015."""
    return f"{on.day} {on:%B %Y}"


def short_day(on: date) -> str:
    """Return a date as 4 Mar, for tables whose caption or neighbour has the year."""
    return f"{on.day} {on:%b}"


def clock_time(moment: datetime) -> str:
    """Return the time of day in London as 14:05."""
    return f"{moment.astimezone(LONDON):%H:%M}"


def moment_words(moment: datetime, *, now: datetime) -> str:
    """Return a moment as "14:05 today", or "14:05 on 4 March 2015" for another day."""
    on = london_date(moment)
    if on == london_date(now):
        return f"{clock_time(moment)} today"
    return f"{clock_time(moment)} on {day(on)}"


def ago(moment: datetime, *, now: datetime) -> str:
    """Return how long ago `moment` was, in its largest whole unit.

    Below a minute in tens of seconds, so that a ticking page is calm; below ten seconds,
    or in the future (a clock was put back), "just now".
    """
    seconds = int((now - moment).total_seconds())
    if seconds < 10:
        return "just now"
    if seconds < _MINUTE:
        return f"{seconds // 10 * 10} seconds ago"
    if seconds < _HOUR:
        return f"{counted(seconds // _MINUTE, 'minute')} ago"
    if seconds < _DAY:
        return f"{counted(seconds // _HOUR, 'hour')} ago"
    return f"{counted(seconds // _DAY, 'day')} ago"


def number(count: int) -> str:
    """Return a number as 1,234."""
    return f"{count:,}"


def counted(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: "1 MP", "2 MPs"; `many` for odd plurals."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def percent(part: int, whole: int) -> str:
    """Return a share as "17%"; never 0% or 100% of what is not quite that."""
    if not whole:
        return "0%"
    share = round(100 * part / whole)
    if part and share == 0:
        return "under 1%"
    if part != whole and share == 100:
        return "over 99%"
    return f"{share}%"
