"""At what time the House of Commons usually begins to sit. Pure.

Source: the moments at which Parliament stamps signatures that were held back until a
sitting began, as recorded in June 2026. Of Fridays only some are sitting days.
"""

from datetime import date, time

_STARTS = {0: time(14, 30), 1: time(11, 30), 2: time(11, 30), 3: time(9, 30)}
_FRIDAY = 4
_FRIDAY_STARTS = time(9, 30)


def usual_start(day: date) -> time | None:
    """Return when a sitting usually begins on that weekday (London); None on a weekend."""
    if day.weekday() == _FRIDAY:
        return _FRIDAY_STARTS
    return _STARTS.get(day.weekday())


def is_certain(day: date) -> bool:
    """Return whether the House sits on every such weekday outside a recess."""
    return day.weekday() in _STARTS
