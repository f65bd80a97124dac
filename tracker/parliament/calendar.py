"""Parliament's calendar (What's On): its sessions, and when the Commons does not sit.

Owns the parsing of `/calendar/sessions/list.json` and `/calendar/events/nonsitting.json`.
Marks: [client] said or relied on by public client code, [inferred] concluded from it.
Keys are PascalCase [client]; camelCase is read as well, should it change one day.
"""

import re
from dataclasses import dataclass
from datetime import date

from tracker.parliament.decode import decode_json
from tracker.parliament.fields import (
    Fields,
    day_or_none,
    list_of,
    object_of,
    required,
    required_day,
    text_or_none,
)

_RECESS, _PROROGATION, _NON_SITTING_FRIDAY = "2", "3", "6"
_LONG_ABSENCES = ("recess", "prorog", "dissol")
_HOUSE_ENDING = re.compile(r"\s*-\s*(Commons|Lords)\s*$", re.IGNORECASE)
_SESSION = re.compile(r"(\d{4})(?:[-/‐‑‒–—](\d{2}|\d{4}))?", re.ASCII)  # noqa: RUF001


@dataclass(frozen=True, slots=True)
class SessionDates:
    """A session of Parliament, both days included; None: its end is not known."""

    session: str
    starts_on: date
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class NonSitting:
    """Days on which the Commons does not sit, both included [client: the House rose on
    21 May 2026 for a recess given as 22 to 31 May, and sat on 1 June]."""

    from_on: date
    to_on: date
    name: str


def normal_session(session: str) -> str:
    """Return "2014-15" however it is written ("2014/15", "2014-2015", with a dash).

    The short session of 2019 is "2019"; Parliament writes it "2019-19". What is no
    session is a ValueError.
    """
    match = _SESSION.fullmatch(session.strip())
    if match is None:
        raise ValueError(f"{session!r} is no session, these are written 2014-15")
    first, last = match[1], (match[2] or match[1])[-2:]
    return first if last == first[-2:] else f"{first}-{last}"


def parse_sessions(body: bytes) -> tuple[SessionDates, ...]:
    """Return the sessions in Parliament's order, those without a Commons name left out.

    A bare list of {SessionId, StartDate, EndDate, CommonsDescription "2014-15"}
    [client]. `EndDate` null in the session under way, and whether a session starts
    with its State Opening or with the first meeting before it, are [inferred]: prefer
    the dates of `sessions.py` where it has them.
    """
    items = list_of(decode_json(body), "the answer")
    found = (_session(item, f"item {i}") for i, item in enumerate(items, start=1))
    return tuple(session for session in found if session is not None)


def parse_nonsitting(body: bytes) -> tuple[NonSitting, ...]:
    """Return recesses, prorogations and dissolutions of the Commons, earliest first.

    A flat list of {Id, StartDate, EndDate, Category, CategoryCode, House, Description}
    [client]. Category is "Recess - Commons" (code "2"), a prorogation (code "3") or
    "Non-sitting Friday - Commons" (code "6") [client]; Description is null in practice
    [client], so the category is the name. The category of a dissolution is [inferred]
    by its word. Fridays, other single days and the Lords' own periods are left out.
    """
    items = list_of(decode_json(body), "the answer")
    found = [_nonsitting(item, f"item {i}") for i, item in enumerate(items, start=1)]
    kept = {period for period in found if period is not None}
    return tuple(sorted(kept, key=lambda p: (p.from_on, p.to_on, p.name)))


def _session(item: object, where: str) -> SessionDates | None:
    fields = _lower_keys(item, where)
    written = text_or_none(required(fields, "commonsdescription", where))
    if written is None or not _SESSION.fullmatch(written.strip()):
        return None
    return SessionDates(
        session=normal_session(written),
        starts_on=required_day(fields, "startdate", where),
        ends_on=day_or_none(fields.get("enddate")),
    )


def _nonsitting(item: object, where: str) -> NonSitting | None:
    fields = _lower_keys(item, where)
    starts_on = required_day(fields, "startdate", where)
    ends_on = max(starts_on, day_or_none(fields.get("enddate")) or starts_on)
    category = text_or_none(fields.get("category")) or ""
    code = str(fields.get("categorycode"))
    if fields.get("cancelleddate") or _is_lords(fields, category):
        return None
    if not _is_absence(category, code, is_single=starts_on == ends_on):
        return None
    return NonSitting(starts_on, ends_on, _name(fields, category, code))


def _is_lords(fields: Fields, category: str) -> bool:
    house = text_or_none(fields.get("house")) or category
    return "lords" in house.lower() and "commons" not in house.lower()


def _is_absence(category: str, code: str, *, is_single: bool) -> bool:
    lower = category.lower()
    if code == _NON_SITTING_FRIDAY or "friday" in lower:
        return False
    if code in (_RECESS, _PROROGATION) or any(w in lower for w in _LONG_ABSENCES):
        return True
    return not is_single


def _name(fields: Fields, category: str, code: str) -> str:
    described = (text_or_none(fields.get("description")) or "").strip()
    named = _HOUSE_ENDING.sub("", category).strip()
    by_code = {_RECESS: "Recess", _PROROGATION: "Prorogation"}
    return described or named or by_code.get(code, "Not sitting")


def _lower_keys(item: object, where: str) -> Fields:
    return {key.lower(): value for key, value in object_of(item, where).items()}
