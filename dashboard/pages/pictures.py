"""`…/card.png`: what networks show of a motion, or of an MP and a motion."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from dashboard.desk import Desk, DeskDep, WatchedDep
from dashboard.mp_page_views import line_of
from dashboard.open_answers import has_tag
from dashboard.picture_views import Picture, motion_picture, mp_picture
from dashboard.pictures import Pictures
from dashboard.places import one_member
from dashboard.views import motion_path
from tracker import board, store
from tracker.config import MotionSettings

LIMIT = "60/minute"
_MOTION = "/motions/{session}/{number}"
_HEADERS = {
    "Cache-Control": "public, max-age=300",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

router = APIRouter(include_in_schema=False)


@router.get(_MOTION + "/card.png")
async def motion_card(request: Request, desk: DeskDep, watched: WatchedDep) -> Response:
    """The number and the goal of a motion."""
    return await _answer(request, await asyncio.to_thread(_of_motion, desk, watched))


@router.get(_MOTION + "/mps/{member_id}/card.png")
async def mp_card(
    request: Request,
    desk: DeskDep,
    watched: WatchedDep,
    member_id: Annotated[str, Path()],
) -> Response:
    """An MP's name and where they stand."""
    picture = await asyncio.to_thread(_of_member, desk, watched, member_id)
    return await _answer(request, picture)


def _of_motion(desk: Desk, watched: MotionSettings) -> Picture:
    with store.read(desk.engine) as session:
        motion = board.motion_view(session, desk.settings, watched, now=desk.clock())
    return motion_picture(motion, desk.settings, is_rehearsal=desk.is_rehearsal)


def _of_member(desk: Desk, watched: MotionSettings, member_id: str) -> Picture:
    with store.read(desk.engine) as session:
        one = one_member(desk, session, watched, member_id, now=desk.clock())
    line = line_of(one, motion_path(watched.session, watched.number))
    return mp_picture(one.motion, line, desk.settings, is_rehearsal=desk.is_rehearsal)


async def _answer(request: Request, picture: Picture) -> Response:
    pictures: Pictures = request.app.state.pictures
    if pictures.known(picture) is None:
        request.app.state.rates.count(request, "card", LIMIT)
    drawn = await pictures.drawn(picture)
    headers = {**_HEADERS, "ETag": drawn.tag}
    if has_tag(request.headers.get("if-none-match", ""), drawn.tag):
        return Response(status_code=304, headers=headers)
    return Response(drawn.body, media_type="image/png", headers=headers)
