"""When follow-ups come due, and the hours in which they go. Pure.

Days are of 24 hours from the email itself; time in a recess counts for none of them
(product.md 6). They go in daytime, on weekdays, outside recess, by London's clock.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta

from tracker.clock import LONDON, london_date
from tracker.rules.calendar import (
    Spell,
    end_of_day,
    merged_spells,
    spell_on,
    start_of_day,
)

STARTS, ENDS = time(9), time(18)
"""From nine in the morning, before six in the evening: offices are there, people awake."""

NIGHT = "they go from 9 to 18 o'clock"
WEEKEND = "they go on weekdays"


def due_after(days: int, spells: Sequence[Spell]) -> Callable[[datetime], datetime]:
    """Return what tells when so many counted days after an email are over.

    The first moment of which calendar.counting_time gives `days`.
    """
    closed = [
        (start_of_day(spell.from_on), end_of_day(spell.to_on))
        for spell in merged_spells(spells)
    ]
    patience = timedelta(days=days)

    def due_at(first_email_at: datetime) -> datetime:
        start, left = first_email_at, patience
        for from_at, to_at in closed:
            if to_at <= start:
                continue
            counted = max(from_at - start, timedelta(0))
            if left <= counted:
                break
            start, left = to_at, left - counted
        return start + left if left else first_email_at

    return due_at


def shut_reason_at(moment: datetime, spells: Sequence[Spell]) -> str | None:
    """Return why nothing goes at this moment, None if it does."""
    spell = spell_on(spells, london_date(moment))
    if spell is not None:
        return f"they stop in a recess, until {spell.to_on.day} {spell.to_on:%B %Y}"
    local = moment.astimezone(LONDON)
    if local.weekday() >= 5:
        return WEEKEND
    return None if STARTS <= local.time() < ENDS else NIGHT


def when_open(moment: datetime, spells: Sequence[Spell]) -> datetime:
    """Return the first moment from this one on at which they go."""
    if shut_reason_at(moment, spells) is None:
        return moment
    day = london_date(moment)
    if moment.astimezone(LONDON).time() >= STARTS:
        day += timedelta(days=1)
    while (spell := spell_on(spells, day)) is not None or day.weekday() >= 5:
        day = (spell.to_on if spell else day) + timedelta(days=1)
    return datetime.combine(day, STARTS, tzinfo=LONDON).astimezone(UTC)


def closes_at(moment: datetime) -> datetime:
    """Return the end of the hours in which they go, on the London day of a moment."""
    day = london_date(moment)
    return datetime.combine(day, ENDS, tzinfo=LONDON).astimezone(UTC)
