"""One box for a postcode, a name or a constituency: the answer is the card of an MP.

Owns which of the three it is. Names are looked for on the motion's page, which lists
whom they fit.
"""

import asyncio
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from dashboard import act_views
from dashboard.api.lookup import LIMIT
from dashboard.desk import Desk, DeskDep, WatchedDep
from dashboard.forms import PERSONAL_HEADERS, personal_page
from dashboard.frames import frame_of
from dashboard.places import place_of
from dashboard.views import motion_path
from tracker import store
from tracker.config import MotionSettings
from tracker.rules.calendar import MotionState
from tracker.rules.postcodes import PlaceFound, PostcodeError, compact_postcode
from tracker.supporters.addressee import occasion

router = APIRouter(include_in_schema=False)


@router.get("/motions/{session}/{number}/find")
async def find(
    request: Request,
    desk: DeskDep,
    watched: WatchedDep,
    q: Annotated[str, Query(max_length=100)] = "",
    part: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The MP of a postcode; for anything else, the motion's page and whom it fits.

    `part` "card" gives the answer alone, for a page that is there already.
    """
    if not is_postcode(q):
        path = motion_path(watched.session, watched.number)
        asked = f"?{urlencode({'q': q})}#find" if q.strip() else "#find"
        return RedirectResponse(path + asked, status_code=303)
    request.app.state.rates.count(request, "lookup", LIMIT)
    place = await place_of(request, watched, q)
    return await asyncio.to_thread(_answer, desk, watched, q.strip(), part, place)


def see_find(watched: MotionSettings, query: str) -> Response:
    """Return the way to the answer for a postcode that was typed elsewhere."""
    path = motion_path(watched.session, watched.number)
    return RedirectResponse(
        f"{path}/find?{urlencode({'q': query.strip()})}",
        status_code=303,
        headers=PERSONAL_HEADERS,
    )


def is_postcode(text: str) -> bool:
    """Return whether a text is of a postcode's shape."""
    try:
        compact_postcode(text)
    except PostcodeError:
        return False
    return True


def _answer(
    desk: Desk, watched: MotionSettings, query: str, part: str, place: PlaceFound
) -> Response:
    with store.read(desk.engine) as session:
        found = occasion(session, desk.settings, watched, now=desk.clock())
    frame = frame_of(desk, found.motion)
    member = found.holder_of(place.ons_code) if place.ons_code else None
    seat = place.constituency or "This seat"
    vacant = (
        f"{seat} has no MP at the moment: the seat is vacant."
        if found.house.seats
        else "The list of MPs has not been read from Parliament yet: try again later."
    )
    return personal_page(
        "found.html" if part == "card" else "find.html",
        frame=frame,
        query=query,
        card=act_views.card(
            member, found.motion, path=frame.path, postcode=place.postcode
        )
        if member
        else None,
        words=place.reason if not place.has_seat else vacant,
        is_open=found.motion.state is MotionState.OPEN and found.over is None,
    )
