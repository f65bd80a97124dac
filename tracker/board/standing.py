"""When a motion closes, whether it is over, and when no name can appear.

Owns which source of a day goes first; what follows from the days is in rules/calendar.
"""

from collections.abc import Sequence
from datetime import date, datetime

from tracker import store
from tracker.config import MotionSettings, Settings
from tracker.parliament.sessions import session_dates
from tracker.rules.calendar import Spell, Standing, merged_spells, standing
from tracker.store import Session
from tracker.store.tables import Motion


def motion_closing(session: Session, watched: MotionSettings) -> date | None:
    """Return the last day on which the motion can be signed, None while unknown.

    What the configuration says goes first, then our table of sessions, whose last days
    are sourced one by one, then Parliament's calendar (product.md 3.8).
    """
    if watched.closes_on is not None:
        return watched.closes_on
    table = session_dates(watched.session)
    if table is not None and table.ends_on is not None:
        return table.ends_on
    known = store.session_date(session, watched.session)
    return known.ends_on if known else None


def motion_standing(
    session: Session, watched: MotionSettings, motion: Motion, *, now: datetime
) -> Standing:
    """Return whether the motion is open, and the moment of which its board is."""
    return standing(
        closes_on=motion_closing(session, watched),
        is_withdrawn=motion.is_withdrawn,
        withdrawn_at=motion.status_at,
        now=now,
    )


def known_spells(session: Session, settings: Settings) -> Sequence[Spell]:
    """Return when no name can appear: from the calendar, and from the configuration."""
    told = [
        Spell(day.from_on, day.to_on, day.name) for day in store.closed_days(session)
    ]
    own = [Spell(recess.from_on, recess.to_on, "Recess") for recess in settings.recess]
    return merged_spells([*told, *own])
