"""The widget for other sites, its script, and the page with what to paste.

Owns which page may stand in a frame of another site: the widget, and no other. It knows
nobody: no cookie, no address but our own is asked, and nothing typed stays there.
"""

from fastapi import APIRouter, Request, Response

from dashboard.assets import assets
from dashboard.csp import WIDGET_POLICY
from dashboard.desk import DeskDep, SessionDep, WatchedDep
from dashboard.embed_views import WIDGET_SIZE, snippets, widget
from dashboard.frames import frame_of
from dashboard.rendering import html_response
from dashboard.share_views import motion_social, share
from dashboard.views import motion_notices
from tracker import board

_MOTION = "/motions/{session}/{number}"
_FOR_OTHERS = {
    "Cache-Control": "public, max-age=60",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

router = APIRouter(include_in_schema=False)


@router.get(_MOTION + "/embed")
def embed(
    request: Request, desk: DeskDep, session: SessionDep, watched: WatchedDep
) -> Response:
    """The tally, the parties and the postcode box, in a frame of any site."""
    page = board.page_view(session, desk.settings, watched, now=desk.clock())
    answer = html_response(
        request,
        "embed.html",
        frame=frame_of(desk, page.motion),
        motion=page.motion,
        notices=motion_notices(page.motion),
        goal=desk.settings.campaign.goal,
        widget=widget(page.members),
        social=motion_social(page.motion, desk.settings),
    )
    answer.headers.update(_FOR_OTHERS)
    answer.headers["Content-Security-Policy"] = WIDGET_POLICY
    return answer


@router.get(_MOTION + "/embed.js")
def embed_script(request: Request, watched: WatchedDep) -> Response:
    """The one script for other sites: it puts the widget where it stands."""
    del watched  # 404 for a motion that is not watched
    asset = assets().by_name["embed.js"]
    body, coding = asset.form_for(request.headers.get("accept-encoding"))
    headers = {**_FOR_OTHERS, "Vary": "Accept-Encoding"}
    headers["Cache-Control"] = "public, max-age=3600"
    if coding:
        headers["Content-Encoding"] = coding
    return Response(body, headers=headers, media_type=asset.content_type)


@router.get(_MOTION + "/share")
def share_page(
    request: Request, desk: DeskDep, session: SessionDep, watched: WatchedDep
) -> Response:
    """Links, a picture, and what to paste into another site."""
    motion = board.motion_view(session, desk.settings, watched, now=desk.clock())
    social = motion_social(motion, desk.settings)
    return html_response(
        request,
        "share.html",
        frame=frame_of(desk, motion),
        social=social,
        share=share(social),
        snippets=snippets(motion, social, desk.settings),
        size=WIDGET_SIZE,
    )
