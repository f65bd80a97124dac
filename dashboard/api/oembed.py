"""`/api/oembed`: how another site shows a link to one of our pages (oembed.com).

Only for our own pages: any other address is a 404. JSON is the one format.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from dashboard.api.models import problem_answers
from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.embed_views import (
    WIDGET_SIZE,
    fitted,
    frame_html,
    motion_of_address,
)
from dashboard.problems import ProblemError
from dashboard.share_views import PICTURE_SIZE, motion_social
from dashboard.views import motion_path
from tracker import board

CACHE_SECONDS = 3_600
_LONGEST_URL = 1_000
_LARGEST = 10_000

router = APIRouter(tags=["files"], responses=problem_answers(404, 422, 501, 503))

Address = Annotated[
    str, Query(max_length=_LONGEST_URL, description="the address of one of our pages")
]
Pixels = Annotated[
    int | None, Query(ge=1, le=_LARGEST, description="a whole number of pixels from 1")
]
Format = Annotated[str, Query(max_length=20, description="json")]


class OembedAnswer(BaseModel):
    """A rich link of oEmbed 1.0; `html` is the widget's iframe."""

    version: str = "1.0"
    type: str = "rich"
    title: str
    provider_name: str
    provider_url: str
    cache_age: int = CACHE_SECONDS
    thumbnail_url: str
    thumbnail_width: int = PICTURE_SIZE[0]
    thumbnail_height: int = PICTURE_SIZE[1]
    html: str
    width: int
    height: int


@router.get("/api/oembed")
def oembed(
    desk: DeskDep,
    session: SessionDep,
    url: Address,
    maxwidth: Pixels = None,
    maxheight: Pixels = None,
    format: Format = "json",
) -> OembedAnswer:
    """The widget of the motion that a page of ours is about."""
    if format != "json":
        raise ProblemError(501, "This address answers in JSON only: format takes json.")
    watched = motion_of_address(url, desk.settings)
    if watched is None:
        raise ProblemError(404, "url takes the address of one of this site's pages.")
    motion = board.motion_view(session, desk.settings, watched, now=desk.clock())
    return _answer(desk, motion, fitted(WIDGET_SIZE, (maxwidth, maxheight)))


def _answer(
    desk: Desk, motion: board.MotionView, size: tuple[int, int]
) -> OembedAnswer:
    social = motion_social(motion, desk.settings)
    base = desk.settings.web.base_url
    page = base + motion_path(motion.session, motion.number)
    return OembedAnswer(
        title=social.title,
        provider_name=desk.settings.campaign.name,
        provider_url=base,
        thumbnail_url=social.picture_url,
        html=frame_html(page, social.title, size),
        width=size[0],
        height=size[1],
    )
