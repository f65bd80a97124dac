"""The action page: first the postcode, then the MP, then the form for one email.

Owns the steps and which of them is shown; what they are answered with is in act_pages.py,
how a form is taken in act_taking.py. No cookie gives authority here, so there is no token
against other sites either: whoever sends the form only causes a question to the address
in it.
"""

import asyncio
import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from dashboard import act_views
from dashboard.api.lookup import LIMIT
from dashboard.desk import Desk, DeskDep, WatchedDep
from dashboard.forms import PERSONAL_HEADERS, personal_page, read_form
from dashboard.frames import frame_of
from dashboard.pages.act_pages import choice_page, form_page, over_page, suggested
from dashboard.pages.act_taking import Refused, written
from dashboard.problems import ProblemError
from dashboard.views import motion_path
from tracker import store
from tracker.board import MemberView
from tracker.config import MotionSettings
from tracker.rules.postcodes import PlaceFound, PostcodeError
from tracker.supporters.action import DAILY_CAP
from tracker.supporters.addressee import Occasion, addressee, occasion
from tracker.supporters.letter_form import Typed, typed_from
from tracker.supporters.lookup import Lookup

FORM_LIMIT = "20/minute"
_PATH = "/motions/{session}/{number}/act"

router = APIRouter(include_in_schema=False)

Asked = Annotated[str, Query(max_length=100)]


@router.get(_PATH)
async def act(
    request: Request,
    desk: DeskDep,
    watched: WatchedDep,
    postcode: Asked = "",
    member: Asked = "",
) -> Response:
    """The box for a postcode, or the MP of one with the form to write to them."""
    place, wrong = None, None
    if postcode.strip():
        request.app.state.rates.count(request, "lookup", LIMIT)
        place, wrong = await _look_up(request, watched, postcode)
    found = await _occasion(desk, watched)
    return await asyncio.to_thread(
        _show, desk, found, postcode.strip(), member, place, wrong
    )


@router.post(_PATH)
async def send(request: Request, desk: DeskDep, watched: WatchedDep) -> Response:
    """Take the form: kept on disk before the answer, asked for at the address in it."""
    given = await read_form(request)
    typed = typed_from(given)
    found = await _occasion(desk, watched)
    wrong: dict[str, str] = {}
    place = None
    try:
        request.app.state.rates.count(request, "form", FORM_LIMIT)
        place = await _place(request, found, typed.postcode)
    except ProblemError as error:
        wrong["form"] = f"{error.problem.detail} Nothing was sent or kept so far."
    member = _member_meant(found, given.get("member", ""), place)
    if found.over is not None or member is None:
        return await asyncio.to_thread(_without_form, desk, found, typed)
    key = given.get("key", "") or secrets.token_urlsafe(16)
    mismatch = act_views.postcode_problem(place, member)
    refused = await written(desk, watched, member, typed, key, _with(wrong, mismatch))
    if refused is not None:
        return await asyncio.to_thread(
            _form_again, desk, found, member, typed, key, refused
        )
    return RedirectResponse(
        f"{motion_path(watched.session, watched.number)}/act/sent"
        f"?member={member.member_id}",
        status_code=303,
        headers=PERSONAL_HEADERS,
    )


@router.get(_PATH + "/sent")
async def sent(desk: DeskDep, watched: WatchedDep, member: Asked = "") -> Response:
    """What to do now. It is the same for everybody, and may be loaded again."""
    found = await _occasion(desk, watched)
    known = found.member(int(member)) if _is_id(member) else None
    return personal_page(
        "act_done.html",
        frame=frame_of(desk, found.motion),
        mp=known.name if known else "your MP",
        cap=DAILY_CAP,
        is_held=desk.settings.mail.mode == "hold",
    )


async def _look_up(
    request: Request, watched: MotionSettings, text: str
) -> tuple[PlaceFound | None, str | None]:
    """Return what is known of a postcode, or what is wrong with it."""
    try:
        return await request.app.state.lookup.place(watched, text), None
    except PostcodeError as error:
        return None, str(error)


async def _place(request: Request, found: Occasion, text: str) -> PlaceFound | None:
    """Return what is known of a postcode, None for what is none: the form says that."""
    lookup: Lookup = request.app.state.lookup
    try:
        return await lookup.place_before(found.house.stands, text)
    except PostcodeError:
        return None


def _show(
    desk: Desk,
    found: Occasion,
    postcode: str,
    member_text: str,
    place: PlaceFound | None,
    wrong: str | None,
) -> Response:
    frame = frame_of(desk, found.motion)
    if found.over is not None:
        return over_page(frame, found, 200)
    member = found.member(int(member_text)) if _is_id(member_text) else None
    if member is None and place is not None and place.has_seat:
        member = found.holder_of(place.ons_code or "")
        wrong = None if member else _vacant(place, found)
    if member is None:
        if wrong is None and place is not None:
            wrong = place.reason
        return choice_page(frame, found, postcode, wrong)
    with store.read(desk.engine) as session:
        to = addressee(session, member)
    shown = place.postcode if place else postcode
    typed = Typed(postcode=shown, text=suggested(desk, found, to))
    mismatch = act_views.postcode_problem(place, member)
    return form_page(
        desk, frame, found, to, typed, {"postcode": mismatch} if mismatch else {}
    )


async def _occasion(desk: Desk, watched: MotionSettings) -> Occasion:
    """Return the occasion, read at most a second ago: in a rush all share one reading."""

    def read() -> Occasion:
        with store.read(desk.engine) as session:
            return occasion(session, desk.settings, watched, now=desk.clock())

    return await desk.occasions.read(watched, read)


def _without_form(desk: Desk, found: Occasion, typed: Typed) -> Response:
    """Answer a form that cannot be taken: the motion is over, or nobody is meant by it."""
    frame = frame_of(desk, found.motion)
    if found.over is not None:
        return over_page(frame, found, 409)
    return choice_page(frame, found, typed.postcode, "Choose your MP first.")


def _form_again(
    desk: Desk,
    found: Occasion,
    member: MemberView,
    typed: Typed,
    key: str,
    refused: Refused,
) -> Response:
    with store.read(desk.engine) as session:
        to = addressee(session, member)
    return form_page(
        desk,
        frame_of(desk, found.motion),
        found,
        to,
        typed,
        refused.wrong,
        key=key,
        status_code=refused.status,
    )


def _with(wrong: dict[str, str], mismatch: str | None) -> dict[str, str]:
    return {**wrong, "postcode": mismatch} if mismatch else wrong


def _member_meant(
    found: Occasion, text: str, place: PlaceFound | None
) -> MemberView | None:
    if _is_id(text):
        return found.member(int(text))
    return found.holder_of(place.ons_code) if place and place.ons_code else None


def _vacant(place: PlaceFound, found: Occasion) -> str:
    if not found.house.seats:
        return "The list of MPs has not been read from Parliament yet: try again later."
    seat = place.constituency or "This seat"
    return f"{seat} has no MP at the moment: the seat is vacant."


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
