"""Answers of the calendar (What's On) service: sessions, and days without a sitting.

Owns their shapes, taken from what public clients read; no recorded answer shows them.
"""

from datetime import date

from tracker.rehearsal.member_answers import Json
from tracker.rehearsal.motions import text_day
from tracker.rehearsal.query import Query
from tracker.rehearsal.sessions import CATEGORY_CODES, NonSitting, RehearsalSession
from tracker.rehearsal.wire import Answer, json_answer
from tracker.rehearsal.world import World


def sessions(world: World) -> Answer:
    """Return every session known, newest first, a bare array."""
    return json_answer(
        [_session_json(number, s) for number, s in enumerate(world.sessions)]
    )


def non_sitting(world: World, query: Query) -> Answer:
    """Return the events that touch the days asked for, both included, a flat array."""
    prefix = "queryParameters."
    first = query.day(f"{prefix}startDate") or date.min
    last = query.day(f"{prefix}endDate") or date.max
    house = (query.text(f"{prefix}house") or "Commons").lower()
    return json_answer(
        [
            _event_json(event)
            for event in world.non_sitting
            if house == "commons" and event.starts_on <= last and event.ends_on >= first
        ]
    )


def _session_json(number: int, session: RehearsalSession) -> Json:
    return {
        "SessionId": session.session_id,
        "Number": number + 1,
        "StartDate": text_day(session.starts_on),
        "EndDate": text_day(session.ends_on),
        "CommonsDescription": session.name,
        "LordsDescription": session.name,
        "ParliamentNumber": 59,
        "SessionNumber": number + 1,
    }


def _event_json(event: NonSitting) -> Json:
    return {
        "Id": event.event_id,
        "StartDate": text_day(event.starts_on),
        "EndDate": text_day(event.ends_on),
        "StartTime": None,
        "EndTime": None,
        "Category": event.kind,
        "CategoryCode": CATEGORY_CODES[event.kind],
        "House": "Commons",
        "Description": event.description,
    }
