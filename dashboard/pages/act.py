"""The action page: first the postcode, then the MP, then the form for one email.

Owns the steps and which of them is shown; the words come from act_views.py and the
templates, what is written from tracker/supporters/action.py. No cookie gives authority
here, so there is no token against other sites either: whoever sends the form only causes
a question to the address in it.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from dashboard import act_views
from dashboard.act_views import Card, OwnMail
from dashboard.api.lookup import LIMIT
from dashboard.desk import Desk, DeskDep, WatchedDep
from dashboard.forms import PERSONAL_HEADERS, personal_page, read_form
from dashboard.frames import Frame, frame_of
from dashboard.problems import ProblemError
from tracker import store
from tracker.board import MemberView
from tracker.config import MotionSettings
from tracker.keys import KeyFileError
from tracker.outbox.templates import suggested_text
from tracker.outbox.wording import TextError
from tracker.rules.postcodes import PlaceFound, PostcodeError
from tracker.store import DatabaseError
from tracker.supporters.action import (
    DAILY_CAP,
    Entry,
    NothingToSendError,
)
from tracker.supporters.addressee import Addressee, Occasion, addressee, occasion
from tracker.supporters.boxes import Box, boxes, controller_name, receivers_note
from tracker.supporters.letter_form import (
    FormError,
    Typed,
    filled_from,
    typed_from,
)

FORM_LIMIT = "20/minute"
_NO_DATABASE = (
    "Nothing was sent or kept: the database does not answer just now. Try again in a few"
    " seconds; what you typed is still here."
)
_NO_DISK = (
    "Nothing was sent or kept: this site cannot write to its disk just now. Try again in"
    " a few seconds; what you typed is still here."
)
_PATH = "/motions/{session}/{number}/act"

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)

Asked = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Form:
    """The form for one MP, as it was typed so far, with what is wrong by field."""

    typed: Typed
    wrong: Mapping[str, str]
    key: str
    boxes: tuple[Box, ...]
    note: str | None
    controller: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The MP who was found: their card, how they are reached, and the email to them."""

    card: Card
    to: Addressee
    mail: OwnMail | None
    letter: OwnMail
    form: Form | None


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
    return await asyncio.to_thread(
        _show, desk, watched, postcode.strip(), member, place, wrong
    )


@router.post(_PATH)
async def send(request: Request, desk: DeskDep, watched: WatchedDep) -> Response:
    """Take the form: kept on disk before the answer, asked for at the address in it."""
    given = await read_form(request)
    typed = typed_from(given)
    wrong: dict[str, str] = {}
    place = None
    try:
        request.app.state.rates.count(request, "form", FORM_LIMIT)
        place, _ = await _look_up(request, watched, typed.postcode)
    except ProblemError as error:
        wrong["form"] = f"{error.problem.detail} Nothing was sent or kept so far."
    return await asyncio.to_thread(_take, desk, watched, given, typed, place, wrong)


@router.get(_PATH + "/sent")
def sent(desk: DeskDep, watched: WatchedDep, member: Asked = "") -> Response:
    """What to do now. It is the same for everybody, and may be loaded again."""
    with store.read(desk.engine) as session:
        found = occasion(session, desk.settings, watched, now=desk.clock())
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


def _show(
    desk: Desk,
    watched: MotionSettings,
    postcode: str,
    member_text: str,
    place: PlaceFound | None,
    wrong: str | None,
) -> Response:
    with store.read(desk.engine) as session:
        now = desk.clock()
        found = occasion(session, desk.settings, watched, now=now)
        frame = frame_of(desk, found.motion)
        if found.over is not None:
            return _over(frame, found, 200)
        member = found.member(int(member_text)) if _is_id(member_text) else None
        if member is None and place is not None and place.has_seat:
            member = found.holder_of(place.ons_code or "")
            wrong = None if member else _vacant(place, found)
        if member is None:
            if wrong is None and place is not None:
                wrong = place.reason
            return _choice(frame, found, postcode, wrong)
        to = addressee(session, member)
    shown = place.postcode if place else postcode
    typed = Typed(postcode=shown, text=_suggested(desk, found, to))
    mismatch = act_views.postcode_problem(place, member)
    return _form_page(
        desk, frame, found, to, typed, {"postcode": mismatch} if mismatch else {}
    )


def _occasion(desk: Desk, watched: MotionSettings) -> Occasion:
    with store.read(desk.engine) as session:
        return occasion(session, desk.settings, watched, now=desk.clock())


def _take(
    desk: Desk,
    watched: MotionSettings,
    given: Mapping[str, str],
    typed: Typed,
    place: PlaceFound | None,
    wrong: dict[str, str],
) -> Response:
    found = desk.occasions.read(watched, partial(_occasion, desk, watched))
    frame = frame_of(desk, found.motion)
    if found.over is not None:
        return _over(frame, found, 409)
    member = _member_meant(found, given.get("member", ""), place)
    if member is None:
        return _choice(frame, found, typed.postcode, "Choose your MP first.")
    with store.read(desk.engine) as session:
        to = addressee(session, member)
    key = given.get("key", "") or secrets.token_urlsafe(16)
    mismatch = act_views.postcode_problem(place, member)
    refused = _written(desk, watched, to, typed, key, _with(wrong, mismatch))
    if refused is None:
        return RedirectResponse(
            f"{frame.path}/act/sent?member={member.member_id}",
            status_code=303,
            headers=PERSONAL_HEADERS,
        )
    return _form_page(
        desk,
        frame,
        found,
        to,
        typed,
        refused.wrong,
        key=key,
        status_code=refused.status,
    )


@dataclass(frozen=True, slots=True)
class _Refused:
    """Why a form was not taken: by field, and the status of the answer."""

    status: int
    wrong: dict[str, str]


def _written(
    desk: Desk,
    watched: MotionSettings,
    to: Addressee,
    typed: Typed,
    key: str,
    wrong: dict[str, str],
) -> _Refused | None:
    """Write down what a form asks for; return why not, if it can't be taken."""
    try:
        filled = filled_from(typed)
        if wrong:
            return _Refused(429 if "form" in wrong else 422, wrong)
        entry = Entry(
            watched=watched,
            member_id=to.member.member_id,
            constituency=to.member.constituency or "",
            ons_code=to.member.ons_code,
            ask=to.ask,
            filled=filled,
            form_key=key,
        )
        desk.forms.take(entry, now=desk.clock())
    except FormError as error:
        return _Refused(422, error.sentences | wrong)
    except TextError as error:
        return _Refused(422, {"form": str(error)})
    except NothingToSendError as error:
        return _Refused(409, {"form": f"Nothing was sent: {error}."})
    except DatabaseError:
        return _Refused(503, {"form": _NO_DATABASE})
    except KeyFileError as error:
        log.error("a form was not taken: %s", error)
        return _Refused(503, {"form": _NO_DISK})
    return None


def _with(wrong: dict[str, str], mismatch: str | None) -> dict[str, str]:
    return {**wrong, "postcode": mismatch} if mismatch else wrong


def _member_meant(
    found: Occasion, text: str, place: PlaceFound | None
) -> MemberView | None:
    if _is_id(text):
        return found.member(int(text))
    return found.holder_of(place.ons_code) if place and place.ons_code else None


def _over(frame: Frame, found: Occasion, status_code: int) -> Response:
    heading, words = act_views.over_words(found.motion, found.over or "")
    return personal_page(
        "act_over.html",
        status_code=status_code,
        frame=frame,
        heading=heading,
        words=words,
    )


def _choice(
    frame: Frame,
    found: Occasion,
    postcode: str,
    wrong: str | None,
    *,
    status_code: int | None = None,
) -> Response:
    return personal_page(
        "act.html",
        status_code=status_code or (422 if wrong else 200),
        frame=frame,
        chosen=None,
        postcode=postcode,
        wrong=wrong,
        members=found.members,
    )


def _form_page(
    desk: Desk,
    frame: Frame,
    found: Occasion,
    to: Addressee,
    typed: Typed,
    wrong: Mapping[str, str],
    *,
    key: str | None = None,
    status_code: int | None = None,
) -> Response:
    settings = desk.settings
    made = Form(
        typed=typed,
        wrong=wrong,
        key=key or secrets.token_urlsafe(16),
        boxes=boxes(settings, to.member.name),
        note=receivers_note(settings),
        controller=controller_name(settings),
    )
    letter = act_views.own_mail(
        found.motion,
        to.member,
        to=to.email or "",
        bcc="" if act_views.is_thanks(to.member) else settings.mail.drop_address,
        subject=settings.campaign.message_subject,
        text=typed.text or _suggested(desk, found, to),
    )
    chosen = Chosen(
        card=replace(
            act_views.card(to.member, found.motion, path=frame.path),
            action=None,
            action_url=None,
        ),
        to=to,
        mail=letter if to.email else None,
        letter=letter,
        form=made if to.can_be_emailed else None,
    )
    return personal_page(
        "act.html",
        status_code=status_code or (422 if wrong else 200),
        frame=frame,
        chosen=chosen,
        typed=typed,
        is_held=settings.mail.mode == "hold",
    )


def _suggested(desk: Desk, found: Occasion, to: Addressee) -> str:
    text = suggested_text(desk.settings.campaign, to.ask)
    return act_views.suggestion(text, found.motion, to.member)


def _vacant(place: PlaceFound, found: Occasion) -> str:
    if not found.members:
        return "The list of MPs has not been read from Parliament yet: try again later."
    seat = place.constituency or "This seat"
    return f"{seat} has no MP at the moment: the seat is vacant."


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
