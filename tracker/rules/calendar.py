"""Parliament's days: when a motion closes, when no name can appear, how time counts. Pure.

All days are London dates; all moments are aware UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from tracker.clock import LONDON, london_date


class MotionState(StrEnum):
    """Whether a motion can still be signed (product.md 3.8)."""

    OPEN = "open"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Spell:
    """Days on which the House does not sit and no name can appear; both included."""

    from_on: date
    to_on: date
    name: str

    def covers(self, day: date) -> bool:
        """Return whether `day` is one of them."""
        return self.from_on <= day <= self.to_on


@dataclass(frozen=True, slots=True)
class Standing:
    """A motion's state now, and the moment as of which its board is drawn.

    `last_on` is the last day on which it could be signed, None while that is unknown.
    `board_at` is `now` for an open motion, else the end of its last day; `house_on` is
    the day whose House the board shows.
    """

    state: MotionState
    last_on: date | None
    board_at: datetime
    house_on: date


def standing(
    *,
    closes_on: date | None,
    is_withdrawn: bool,
    withdrawn_at: datetime | None,
    now: datetime,
) -> Standing:
    """Return a motion's state: withdrawn, else closed after `closes_on`, else open.

    A withdrawn motion's last day is the one on which it was withdrawn, or the closing
    day if that came first.
    """
    today = london_date(now)
    last_on = closes_on
    if is_withdrawn:
        withdrawn_on = london_date(withdrawn_at) if withdrawn_at else today
        last_on = min(withdrawn_on, closes_on) if closes_on else withdrawn_on
        state = MotionState.WITHDRAWN
    elif closes_on is not None and today > closes_on:
        state = MotionState.CLOSED
    else:
        return Standing(MotionState.OPEN, closes_on, now, today)
    assert last_on is not None, "a motion that is over has a last day"
    return Standing(state, last_on, min(end_of_day(last_on), now), last_on)


def end_of_day(day: date) -> datetime:
    """Return the first moment after `day` in London, as UTC."""
    return datetime.combine(
        day + timedelta(days=1), time.min, tzinfo=LONDON
    ).astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """Return the first moment of `day` in London, as UTC."""
    return datetime.combine(day, time.min, tzinfo=LONDON).astimezone(UTC)


def spell_on(spells: Iterable[Spell], day: date) -> Spell | None:
    """Return the spell that covers `day`, the one that lasts longest if several do.

    Spells that follow each other without a day between (prorogation, then dissolution)
    are returned as one, so that its `to_on` is the day before a name can appear.
    """
    merged = [spell for spell in merged_spells(spells) if spell.covers(day)]
    return merged[0] if merged else None


def next_spell(spells: Iterable[Spell], day: date) -> Spell | None:
    """Return the first spell that starts after `day`."""
    later = [spell for spell in merged_spells(spells) if spell.from_on > day]
    return later[0] if later else None


def merged_spells(spells: Iterable[Spell]) -> list[Spell]:
    """Return the spells in order, those that touch or overlap made one.

    The merged spell has the name of its first part.
    """
    merged: list[Spell] = []
    for spell in sorted(spells, key=lambda spell: (spell.from_on, spell.to_on)):
        last = merged[-1] if merged else None
        if last and spell.from_on <= last.to_on + timedelta(days=1):
            merged[-1] = Spell(last.from_on, max(last.to_on, spell.to_on), last.name)
        else:
            merged.append(spell)
    return merged


def counting_time(start: datetime, end: datetime, spells: Sequence[Spell]) -> timedelta:
    """Return how much time from `start` to `end` counts: spells count for nothing.

    Days are of 24 hours from the moment itself (product.md 6). Negative spans are zero.
    """
    total = max(end - start, timedelta(0))
    for spell in merged_spells(spells):
        from_at = max(start_of_day(spell.from_on), start)
        to_at = min(end_of_day(spell.to_on), end)
        total -= max(to_at - from_at, timedelta(0))
    return max(total, timedelta(0))
