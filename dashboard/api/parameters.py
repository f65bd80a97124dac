"""What requests bring, query parameters and fields, and what each takes in words."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BeforeValidator

from tracker.clock import LONDON
from tracker.contacts import LONGEST_NOTE
from tracker.rules.event_types import EventType
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome
from tracker.rules.status import NudgeStatus

LARGEST_ID = 2**31 - 1
"""The largest id that the database's columns hold."""

MOST_EMAILS = 10_000
"""How many emails one request may bring; a body has at most a megabyte anyway."""

TAKES = {
    "after": "the id of an event, a whole number from 0",
    "at": "a time such as 2015-03-26T12:00:00Z (without a zone it is London's)",
    "format": "json",
    "limit": "a whole number from 1 to 1000",
    "maxheight": "a whole number of pixels from 1",
    "maxwidth": "a whole number of pixels from 1",
    "order": "rank or likely",
    "party": "the name of a party",
    "postcode": "a UK postcode such as SW1A 1AA",
    "q": "part of a name or of a constituency, at most 200 characters",
    "status": "one of " + ", ".join(status.value for status in NudgeStatus),
    "token": "the token of the calendar's address, as your account page gave it",
    "types": "types with commas between them: "
    + ", ".join(one.value for one in EventType),
    "url": "the address of one of this site's pages, at most 1000 characters",
}


FIELDS = {
    "member_id": "Parliament's id of a Member, a whole number",
    "channel": "one of " + ", ".join(channel.value for channel in Channel),
    "outcome": "one of " + ", ".join(outcome.value for outcome in ContactOutcome),
    "stance": "one of " + ", ".join(stance.value for stance in Stance),
    "may_be_shown": "true or false",
    "call_back_on": "a day as YYYY-MM-DD, or null",
    "note": f"at most {LONGEST_NOTE} characters, or null",
    "session": "a session such as 2014-15",
    "number": "the printed number of a motion",
    "emails": f"a list of at most {MOST_EMAILS} objects, each one email",
    "Idempotency-Key": "1 to 255 characters",
}
"""The fields of bodies, and headers."""


def _moment(text: object) -> object:
    """Return an aware time from a query's text; ValueError if it is none."""
    if not isinstance(text, str) or not text.strip():
        return None
    # In a query a bare + is a blank: "…T12:00:00 01:00" was an offset.
    moment = datetime.fromisoformat(_with_plus(text.strip()))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=LONDON)
    if not 1 < moment.year < 9999:
        raise ValueError("too far away to be put into another zone")
    return moment


def _with_plus(text: str) -> str:
    head, blank, tail = text.rpartition(" ")
    return f"{head}+{tail}" if blank and "T" in head else text


def _or_none(text: object) -> object:
    return text or None


After = Annotated[int, Query(ge=0, description=TAKES["after"])]
Limit = Annotated[int, Query(ge=1, le=1000, description=TAKES["limit"])]
At = Annotated[
    datetime | None, BeforeValidator(_moment), Query(description=TAKES["at"])
]
Party = Annotated[str | None, Query(max_length=200, description=TAKES["party"])]
Words = Annotated[str | None, Query(max_length=200, description=TAKES["q"])]
Status = Annotated[
    NudgeStatus | None, BeforeValidator(_or_none), Query(description=TAKES["status"])
]
