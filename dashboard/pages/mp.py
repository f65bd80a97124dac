"""An MP's own page for one motion: addresses only; what it says is in `mp_page_views.py`."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from dashboard.alert_views import alert_offer
from dashboard.desk import DeskDep, SessionDep, WatchedDep
from dashboard.frames import frame_of
from dashboard.mp_page_views import mp_page
from dashboard.places import one_member
from dashboard.rendering import html_response
from dashboard.share_views import mp_social, share
from dashboard.views import motion_notices
from tracker import store
from tracker.supporters.addressee import addressee

router = APIRouter(include_in_schema=False)

MemberId = Annotated[str, Path()]


@router.get("/motions/{session}/{number}/mps/{member_id}")
def member_page(
    request: Request,
    desk: DeskDep,
    session: SessionDep,
    watched: WatchedDep,
    member_id: MemberId,
) -> Response:
    """One Member, where they stand on the motion, and what to do now."""
    now = desk.clock()
    one = one_member(desk, session, watched, member_id, now=now)
    known = store.motion_by_number(session, watched.session, watched.number)
    events = store.past_events(session, known.id) if known and known.id else ()
    shown = mp_page(one, events, now=now)
    social = mp_social(one.motion, shown.line, desk.settings)
    return html_response(
        request,
        "mp.html",
        frame=frame_of(desk, one.motion),
        mp=shown,
        notices=motion_notices(one.motion),
        to=addressee(session, one.member) if shown.action else None,
        alert=alert_offer(one.motion, one.member, desk.settings, path=shown.line.url),
        social=social,
        share=share(social),
    )
