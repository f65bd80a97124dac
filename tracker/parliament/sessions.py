"""The table of sessions since 2010, and when Parliament was dissolved.

Owns what is known of sessions without asking Parliament; `tracker/data/sessions.csv`
names the source of every row. What Parliament's calendar says is in `calendar.py`.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from tracker.parliament.calendar import SessionDates, normal_session

_LONGEST_SESSION_YEARS = 5  # a Parliament's longest life


@dataclass(frozen=True, slots=True)
class Dissolution:
    """A House dissolved on one day, the next elected on the other."""

    dissolved_on: date
    election_on: date


# Parliament's pages on its general elections; README.md of tracker/data.
DISSOLUTIONS = (
    Dissolution(date(2010, 4, 12), date(2010, 5, 6)),
    Dissolution(date(2015, 3, 30), date(2015, 5, 7)),
    Dissolution(date(2017, 5, 3), date(2017, 6, 8)),
    Dissolution(date(2019, 11, 6), date(2019, 12, 12)),
    Dissolution(date(2024, 5, 30), date(2024, 7, 4)),
)


def session_dates(session: str) -> SessionDates | None:
    """Return first and last day of a session, None if the table does not have it.

    The first day is the State Opening, the last the day of prorogation (or the last
    sitting before a dissolution without one). ValueError for what is no session.
    """
    return _table().get(normal_session(session))


def search_range(session: str) -> tuple[date, date]:
    """Return the days between which a session's motions were tabled, both included.

    Of a session not in the table: 1 January of its first year to 31 December of its
    last, and so is the end of one whose last day is not known yet.
    ValueError for what is no session.
    """
    first_year, last_year = _years(session)
    known = session_dates(session)
    starts_on = known.starts_on if known else date(first_year, 1, 1)
    ends_on = known.ends_on if known else None
    return starts_on, ends_on or date(last_year, 12, 31)


def is_dissolved_on(day: date) -> bool:
    """Return whether there are no MPs on `day`: from dissolution to the eve of polling."""
    return any(d.dissolved_on <= day < d.election_on for d in DISSOLUTIONS)


def _years(session: str) -> tuple[int, int]:
    first, _, last = normal_session(session).partition("-")
    first_year = int(first)
    if not last:
        return first_year, first_year
    length = (int(last) - first_year) % 100
    if first_year < 1800 or length > _LONGEST_SESSION_YEARS:
        raise ValueError(f"{session!r} is no session, these are written 2014-15")
    return first_year, first_year + length


@cache
def _table() -> dict[str, SessionDates]:
    text = files("tracker").joinpath("data", "sessions.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["session"]: _dates(row) for row in rows}


def _dates(row: dict[str, str]) -> SessionDates:
    ends_on = date.fromisoformat(row["ends_on"]) if row["ends_on"] else None
    return SessionDates(row["session"], date.fromisoformat(row["starts_on"]), ends_on)
