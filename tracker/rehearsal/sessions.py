"""Sessions and recesses that the stand-in's calendar announces: all of them invented.

Owns the dates. They follow from the day of the rehearsal, so that `tracker demo` works
in any year, and no recess covers that day.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

_STATE_OPENING = (5, 13)
_SETTLED_IN_DAYS = 30

EventKind = Literal["Recess", "Prorogation", "Non-sitting Friday"]
CATEGORY_CODES: dict[EventKind, str] = {
    "Prorogation": "3",
    "Recess": "4",
    "Non-sitting Friday": "6",
}


@dataclass(frozen=True, slots=True)
class RehearsalSession:
    """A session by name ("2026-27"), both days included; `ends_on` None is current."""

    session_id: int
    name: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class NonSitting:
    """Days on which the Commons do not sit, both included."""

    event_id: int
    kind: EventKind
    description: str
    starts_on: date
    ends_on: date


def rehearsal_session(today: date) -> tuple[str, date]:
    """Return name and first day of the session of a rehearsal on `today`.

    It opens on 13 May (as 2026-27 did), at least thirty days before, so that there is
    room for a past.
    """
    year = (today - timedelta(days=_SETTLED_IN_DAYS)).year
    starts_on = date(year, *_STATE_OPENING)
    if starts_on > today - timedelta(days=_SETTLED_IN_DAYS):
        starts_on = date(year - 1, *_STATE_OPENING)
    return session_name(starts_on.year), starts_on


def session_name(year: int) -> str:
    return f"{year}-{(year + 1) % 100:02d}"


def invented_sessions(today: date) -> list[RehearsalSession]:
    """Return the current session and the two before it, newest first."""
    name, starts_on = rehearsal_session(today)
    sessions = [RehearsalSession(300, name, starts_on, None)]
    for back in (1, 2):
        opened_on = starts_on.replace(year=starts_on.year - back)
        prorogued_on = sessions[-1].starts_on - timedelta(days=7)
        sessions.append(
            RehearsalSession(
                300 - back, session_name(opened_on.year), opened_on, prorogued_on
            )
        )
    return sessions


def invented_non_sitting(today: date) -> list[NonSitting]:
    """Return one recess behind, one ahead and a Friday off, none within ten days."""
    behind, ahead = today - timedelta(days=60), today + timedelta(days=40)
    friday = today + timedelta(days=14 + (4 - today.weekday()) % 7)
    return [
        NonSitting(
            50_001, "Recess", "Rehearsal Recess", behind, behind + timedelta(days=9)
        ),
        NonSitting(50_002, "Non-sitting Friday", "Non-sitting Friday", friday, friday),
        NonSitting(
            50_003,
            "Recess",
            "Dress Rehearsal Recess",
            ahead,
            ahead + timedelta(days=13),
        ),
    ]
