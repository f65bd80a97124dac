"""`…/mps/{member_id}/alert` and `/alerts/{token}`: tell me when this MP signs.

Anybody may ask for any address; only a button in what that address gets puts it in
force. There is no cookie and no other authority, and no token against other sites.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from dashboard.alert_views import (
    alert_offer,
    alert_page,
    asked_sentences,
    is_awaited,
)
from dashboard.desk import Desk, DeskDep, SessionDep, WatchedDep
from dashboard.forms import personal_page, read_form
from dashboard.frames import bare_frame, frame_of
from dashboard.mp_views import member_path
from dashboard.places import one_member
from dashboard.views import motion_path
from tracker import store
from tracker.board import MemberView, MotionView
from tracker.config import MotionSettings
from tracker.outbox.links import links_of
from tracker.outbox.wording import TextError
from tracker.rules.status import NudgeStatus
from tracker.supporters.alerting import (
    Alert,
    alert_of,
    ask_alert,
    confirm_alert,
    stop_alert,
)

ASK_LIMIT = "20/minute"
LIMIT = "60/minute"
UNSUBSCRIBE_LIMIT = "1000/minute"
"""Higher: a mail provider presses the button for all its customers from few addresses."""

MemberId = Annotated[str, Path()]

router = APIRouter(include_in_schema=False)


@router.get("/motions/{session}/{number}/mps/{member_id}/alert")
def look(
    request: Request, desk: DeskDep, watched: WatchedDep, member_id: MemberId
) -> Response:
    """The form: one address, and what is agreed to with it."""
    request.app.state.rates.count(request, "alert", LIMIT)
    return _form(desk, watched, member_id, "", None)


@router.post("/motions/{session}/{number}/mps/{member_id}/alert")
async def ask(
    request: Request, desk: DeskDep, watched: WatchedDep, member_id: MemberId
) -> Response:
    """Have an address confirm that it is to be told; the answer tells nothing of it."""
    request.app.state.rates.count(request, "alert-ask", ASK_LIMIT)
    given = await read_form(request)
    return await run_in_threadpool(
        _ask, desk, watched, member_id, given.get("email", "")
    )


@router.get("/alerts/{token}")
@router.get("/alerts/{token}/unsubscribe")
def see_alert(
    request: Request, desk: DeskDep, session: SessionDep, token: str
) -> Response:
    """What a link is for, with a button: looking changes nothing."""
    request.app.state.rates.count(request, "alerts", LIMIT)
    links = links_of(desk.settings)
    return _answer(desk, alert_of(session, links, token, now=desk.clock()), token)


@router.post("/alerts/{token}")
def press(request: Request, desk: DeskDep, token: str) -> Response:
    """Confirm, once."""
    request.app.state.rates.count(request, "alerts", LIMIT)
    links, now = links_of(desk.settings), desk.clock()
    found = confirm_alert(desk.engine, desk.settings, links, token, now=now)
    return _answer(desk, found, token)


@router.post("/alerts/{token}/unsubscribe")
def unsubscribe(request: Request, desk: DeskDep, token: str) -> Response:
    """Stop with one click from a mail program (RFC 8058), however often."""
    request.app.state.rates.count(request, "unsubscribe", UNSUBSCRIBE_LIMIT)
    links = links_of(desk.settings)
    found = stop_alert(desk.engine, links, token, now=desk.clock())
    return _answer(desk, found, token)


def _ask(desk: Desk, watched: MotionSettings, member_id: str, typed: str) -> Response:
    with store.read(desk.engine) as session:
        motion, member = _known(desk, session, watched, member_id)
    if not is_awaited(motion, member):
        return _form(desk, watched, member_id, "", None)
    try:
        address = ask_alert(
            desk.engine,
            desk.settings,
            watched,
            member.member_id,
            typed,
            now=desk.clock(),
        )
    except TextError as error:
        return _form(desk, watched, member_id, typed[:300], str(error))
    return personal_page(
        "gone.html",
        frame=frame_of(desk, motion),
        heading="Look into your mailbox"
        if desk.settings.mail.mode == "send"
        else "Your wish is kept",
        sentences=asked_sentences(
            member.name, address, is_held=desk.settings.mail.mode == "hold"
        ),
        button=None,
    )


def _form(
    desk: Desk,
    watched: MotionSettings,
    member_id: str,
    typed: str,
    wrong: str | None,
) -> Response:
    with store.read(desk.engine) as session:
        motion, member = _known(desk, session, watched, member_id)
    path = member_path(motion_path(watched.session, watched.number), member.member_id)
    return personal_page(
        "alert.html",
        status_code=422 if wrong else 200,
        frame=frame_of(desk, motion),
        mp=member.name,
        mp_url=path,
        offer=alert_offer(motion, member, desk.settings, path=path),
        has_signed=member.status is NudgeStatus.SIGNED,
        typed=typed,
        wrong=wrong,
    )


def _known(
    desk: Desk, session: store.Session, watched: MotionSettings, member_id: str
) -> tuple[MotionView, MemberView]:
    one = one_member(desk, session, watched, member_id, now=desk.clock())
    return one.motion, one.member


def _answer(desk: Desk, found: Alert | None, token: str) -> Response:
    if found is None:
        return personal_page(
            "gone.html",
            status_code=404,
            frame=bare_frame(desk),
            heading="There is nothing at this address",
            sentences=["The link is not whole, or what it was for has been deleted."],
            button=None,
        )
    page = alert_page(found, path=f"/alerts/{token}")
    return personal_page("alert_state.html", frame=bare_frame(desk), page=page)
