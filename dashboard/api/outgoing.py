"""`/api/v1/outgoing`: what webhooks carried, for a program that was away for a while."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, Field

from dashboard.api.access import Caller, needs
from dashboard.api.models import Moment, problem_answers
from dashboard.api.parameters import LARGEST_ID, TAKES, After, Limit
from dashboard.api.staff import never_kept
from dashboard.desk import DeskDep, SessionDep
from tracker import store
from tracker.rules.access import TokenScope
from tracker.rules.event_types import EventType

KEPT_FOR = timedelta(days=30)

router = APIRouter(
    tags=["staff"],
    responses=problem_answers(400, 401, 403, 422, 503),
    dependencies=[Depends(never_kept)],
)


def types_in(text: str | None) -> frozenset[EventType] | None:
    """Return the types that a query names, None for all; ValueError for one that is none."""
    names = [one.strip() for one in (text or "").split(",") if one.strip()]
    return frozenset(EventType(name) for name in names) if names else None


def _known(text: str | None) -> str | None:
    types_in(text)
    return text


EventsReader = Annotated[Caller, Depends(needs(TokenScope.EVENTS_READ))]
Types = Annotated[
    str | None,
    Query(max_length=500, description=TAKES["types"]),
    AfterValidator(_known),
]


class OutgoingAnswer(BaseModel):
    """What a webhook carried, and its id."""

    id: int
    type: EventType
    timestamp: Moment
    data: dict[str, Any] = Field(
        description="event_id, session, number, member_id, ons_code, and what the type"
        " adds; no personal data"
    )


class OutgoingEventsAnswer(BaseModel):
    """Events after an id, oldest first; `last_id` is what to ask after next."""

    events: list[OutgoingAnswer]
    last_id: int


@router.get("/api/v1/outgoing")
def outgoing(
    caller: EventsReader,
    desk: DeskDep,
    session: SessionDep,
    after: After = 0,
    types: Types = None,
    limit: Limit = 100,
) -> OutgoingEventsAnswer:
    """What webhooks were told in the last 30 days, whether or not they took it."""
    del caller
    since: datetime = desk.clock() - KEPT_FOR
    rows = store.outgoing_after(
        session,
        min(after, LARGEST_ID),
        types=types_in(types),
        since=since,
        limit=limit,
    )
    answers = [
        OutgoingAnswer.model_validate({"id": row.id, **store.outgoing_object(row)})
        for row in rows
    ]
    last_id = answers[-1].id if answers else after
    return OutgoingEventsAnswer(events=answers, last_id=last_id)
