"""From a postcode to the MP, their status and what to do."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from dashboard.api.models import MemberAnswer, problem_answers
from dashboard.api.motions import PREFIX, member_answer
from dashboard.desk import DeskDep, WatchedDep
from dashboard.places import place_of, seat_holder
from dashboard.problems import ProblemError
from tracker.rules.postcodes import LookupKind

LIMIT = "30/minute"
_STATUSES = {
    LookupKind.UNKNOWN: 404,
    LookupKind.NO_MP: 404,
    LookupKind.SEVERAL: 404,
    LookupKind.OTHER_HOUSE: 404,
    LookupKind.CANNOT_NOW: 503,
}

router = APIRouter(
    prefix=PREFIX, tags=["motion"], responses=problem_answers(404, 422, 429, 503)
)


class LookupAnswer(BaseModel):
    """The seat of a postcode, who holds it, and what to do now."""

    postcode: str
    constituency: str | None
    member: MemberAnswer | None = Field(description="null while the seat is vacant")
    advice: str


@router.get("/lookup")
async def lookup(
    request: Request,
    response: Response,
    desk: DeskDep,
    watched: WatchedDep,
    postcode: Annotated[str, Query(max_length=40, description="a UK postcode")],
) -> LookupAnswer:
    """The MP of a postcode, with their status. Nothing of who asks is kept."""
    request.app.state.rates.count(request, "lookup", LIMIT)
    place = await place_of(request, watched, postcode)
    if not place.has_seat:
        headers = {"Retry-After": "60"} if place.kind is LookupKind.CANNOT_NOW else None
        raise ProblemError(_STATUSES[place.kind], place.reason or "", headers)
    found = await seat_holder(desk, watched, place)
    response.headers["Cache-Control"] = "no-store"
    return LookupAnswer(
        postcode=place.postcode,
        constituency=place.constituency,
        member=member_answer(desk, watched, found.member) if found.member else None,
        # A terminated postcode has a seat, and something to be said first.
        advice=f"{place.reason} {found.advice}" if place.reason else found.advice,
    )
