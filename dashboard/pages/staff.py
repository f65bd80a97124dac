"""The staff board: whom to ring next. Logging what an office said is in staff_contacts.py."""

from datetime import datetime

from fastapi import APIRouter, Request, Response

from dashboard.board_asked import asked_of
from dashboard.board_views import board_page
from dashboard.call_words import CHANNELS, OUTCOMES, STANCES
from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.pages import staff_charts, staff_contacts, staff_mp
from dashboard.pages.staff_contacts import kept_lately
from dashboard.sign_in import Person, ViewerDep
from dashboard.staff_desk import motion_name, motion_query, named_motion
from dashboard.staff_rendering import staff_response
from tracker import board, store
from tracker.board.staff import staff_view
from tracker.clock import london_date
from tracker.contacts import LONGEST_NOTE
from tracker.rules.visits import is_look_news, new_since
from tracker.store import DatabaseBusyError, Session, users

router = APIRouter(include_in_schema=False)
router.include_router(staff_contacts.router)
router.include_router(staff_mp.router)
router.include_router(staff_charts.router)


@router.get("/staff")
def staff_board(
    request: Request, desk: DeskDep, session: SessionDep, person: ViewerDep
) -> Response:
    """The work list, read top to bottom, as its address asks for it."""
    now = desk.clock()
    watched = named_motion(desk, request.query_params.get("motion", ""))
    asked = asked_of(request.query_params, motion=motion_query(desk, watched))
    order: board.Order = "likely" if asked.order == "likely" else "rank"
    since = _look(desk, session, person, now=now)
    view = staff_view(
        session, desk.settings, watched, now=now, order=order, since=since
    )
    return staff_response(
        request,
        desk,
        person,
        "staff/board.html",
        board=board_page(view, asked, since=since, now=now),
        motion=motion_name(watched),
        motion_number=watched.number,
        stream=f"/api/v1/motions/{motion_name(watched)}/stream",
        channels=CHANNELS,
        outcomes=OUTCOMES,
        stances=STANCES,
        longest_note=LONGEST_NOTE,
        today=london_date(now),
        kept=kept_lately(session, desk, person, watched)
        if "logged" in request.query_params
        else None,
    )


def _look(
    desk: Desk, session: Session, person: Person, *, now: datetime
) -> datetime | None:
    """Return since when things are new to this person, and keep that they look now."""
    looked_at, looked_before_at = users.looks_of(session, person.user_id)
    if is_look_news(looked_at, now=now):
        try:
            with store.write(desk.engine) as writing:
                users.record_look(writing, person.user_id, now=now)
        except DatabaseBusyError:
            pass  # an import is writing: the next look is kept, and the page is shown
    return new_since(looked_at, looked_before_at, now=now)
