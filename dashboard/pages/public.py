"""The pages that anyone may read, and what they load: addresses only.

Owns which address shows what. The rows come from `tracker`, what is shown from
`views.py`, its form from the templates. Nothing here changes anything, and every page
works without JavaScript.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from dashboard.assets import assets
from dashboard.chart_views import party_chart, time_chart
from dashboard.charts import figure_json, party_figure, time_figure
from dashboard.desk import Desk, DeskDep, SessionDep, WatchedDep
from dashboard.freshness import freshness
from dashboard.map_views import SeatFilter, seat_filter, seat_map
from dashboard.pages.find import is_postcode, see_find
from dashboard.problems import Problem, ProblemError
from dashboard.rendering import html_response
from dashboard.share_views import motion_social
from dashboard.views import PublicPage, last_event_id, motion_path, public_page
from tracker import board, store
from tracker.config import MotionSettings
from tracker.parliament.seats import Boundaries, boundaries_on
from tracker.rules.calendar import MotionState
from tracker.store import PastEvent, Session

_FOR_EVER = "public, max-age=31536000, immutable"
_MOTION = "/motions/{session}/{number}"

router = APIRouter(include_in_schema=False)

Looked = Annotated[str | None, Query()]


async def asked_seats(
    status: Looked = None, party: Looked = None, seat: Looked = None
) -> SeatFilter:
    """Return what the table behind the map is narrowed to."""
    return seat_filter(status, party, seat)


AskedDep = Annotated[SeatFilter, Depends(asked_seats)]


@dataclass(frozen=True, slots=True)
class _Read:
    """What a page is made of, read once."""

    now: datetime
    motion: board.MotionView
    members: board.MembersView
    boundaries: Boundaries
    events: Sequence[PastEvent]


@router.get("/")
def front_page(
    request: Request,
    desk: DeskDep,
    session: SessionDep,
    asked: AskedDep,
    q: Looked = None,
) -> Response:
    """The first motion of the configuration."""
    return _motion_page(request, desk, session, desk.settings.motions[0], q, asked)


@router.get(_MOTION)
def motion_page(
    request: Request,
    desk: DeskDep,
    session: SessionDep,
    watched: WatchedDep,
    asked: AskedDep,
    q: Looked = None,
) -> Response:
    """One motion: its count, the map of the seats, who signed, the latest changes."""
    return _motion_page(request, desk, session, watched, q, asked)


@router.get(_MOTION + "/charts/{name}.json")
def chart(
    desk: DeskDep, session: SessionDep, watched: WatchedDep, name: str
) -> Response:
    """A chart as a plotly figure, without colours: those are the page's."""
    now = desk.clock()
    if name == "over-time":
        motion = board.motion_view(session, desk.settings, watched, now=now)
        events = _events(session, watched)
        goal = desk.settings.campaign.goal
        figure = time_figure(time_chart(motion, events, goal=goal, now=now))
    elif name == "by-party":
        view = board.page_view(session, desk.settings, watched, now=now)
        is_read = view.motion.last_good_poll_at is not None
        figure = party_figure(party_chart(view.members, is_read=is_read))
    else:
        raise ProblemError(404, "There is no chart of this name.")
    return Response(
        figure_json(figure),
        media_type="application/json",
        headers={"Cache-Control": "no-cache"},
    )


@router.get(_MOTION + "/freshness.json")
def fresh(desk: DeskDep, session: SessionDep, watched: WatchedDep) -> dict[str, Any]:
    """How fresh the page's data are now, in the page's own words; count and seats."""
    read = _read(desk, session, watched)
    path = motion_path(watched.session, watched.number)
    seats = seat_map(
        read.members,
        read.boundaries,
        path=path,
        is_open=read.motion.state is MotionState.OPEN,
        asked=SeatFilter(),
    )
    return {
        **asdict(freshness(read.motion, now=read.now)),
        "signature_count": read.motion.signature_count,
        "last_event_id": last_event_id(read.events),
        "seats": seats.keys,
        "now": read.now,
    }


@router.get("/static/{version}/{name}")
def static(request: Request, version: str, name: str) -> Response:
    """A file that pages load; under its current version it may be kept for ever.

    A page from before an update may still ask for the old version: it gets the file as
    it is now.
    """
    files = assets()
    asset = files.by_name.get(name)
    if asset is None:
        raise ProblemError(404, "There is no file of this name.")
    body, coding = asset.form_for(request.headers.get("accept-encoding"))
    is_current = files.versions[name] == version
    headers = {
        "Cache-Control": _FOR_EVER if is_current else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if coding:
        headers["Content-Encoding"] = coding
    return Response(body, headers=headers, media_type=asset.content_type)


def error_page(request: Request, problem: Problem) -> Response:
    """Return an error for people: what happened, and where to go on."""
    desk: Desk = request.app.state.desk
    watched = desk.settings.motions[0]
    return html_response(
        request,
        "error.html",
        status_code=problem.status,
        problem=problem,
        campaign=desk.settings.campaign.name,
        is_rehearsal=desk.is_rehearsal,
        number=watched.number,
    )


def _motion_page(
    request: Request,
    desk: Desk,
    session: Session,
    watched: MotionSettings,
    query: str | None,
    asked: SeatFilter,
) -> Response:
    if query and is_postcode(query):
        return see_find(watched, query)
    read = _read(desk, session, watched)
    return html_response(
        request,
        "public.html",
        page=_page(desk, read, query, asked),
        others=_others(desk, watched),
        social=motion_social(read.motion, desk.settings),
    )


def _read(desk: Desk, session: Session, watched: MotionSettings) -> _Read:
    now = desk.clock()
    view = board.page_view(session, desk.settings, watched, now=now)
    boundaries = boundaries_on(view.house_on)
    events = _events(session, watched)
    return _Read(now, view.motion, view.members, boundaries, events)


def _page(
    desk: Desk, read: _Read, query: str | None, asked: SeatFilter | None = None
) -> PublicPage:
    return public_page(
        read.motion,
        read.members,
        read.events,
        campaign=desk.settings.campaign.name,
        goal=desk.settings.campaign.goal,
        boundaries=read.boundaries,
        query=query,
        asked=asked or SeatFilter(),
        is_rehearsal=desk.is_rehearsal,
        now=read.now,
    )


def _events(session: Session, watched: MotionSettings) -> Sequence[PastEvent]:
    motion = store.motion_by_number(session, watched.session, watched.number)
    return store.past_events(session, motion.id) if motion and motion.id else ()


def _others(desk: Desk, watched: MotionSettings) -> list[tuple[str, str]]:
    """Return the other watched motions: what each is called, and its path."""
    return [
        (
            f"EDM {other.number} of {other.session}",
            motion_path(other.session, other.number),
        )
        for other in desk.settings.motions
        if other is not watched
    ]
