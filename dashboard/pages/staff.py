"""The staff board: whom to ring next, and logging what an office said."""

from datetime import timedelta
from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter, Request, Response

from dashboard.board_views import LONGEST_QUERY, PARTS, Asked, Board, board_page
from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.own_path import own_path
from dashboard.problems import ProblemError
from dashboard.sign_in import Person, StaffDep, ViewerDep
from dashboard.staff_forms import FormDep, SentForm, whole_number
from dashboard.staff_rendering import see, staff_response
from tracker import board, store
from tracker.config import MotionSettings
from tracker.contacts import LONGEST_NOTE, ContactError, NewContact, log_contact
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Session
from tracker.store.contacts import (
    contact_by_id,
    last_contact_by,
    take_back_contact,
)
from tracker.store.tables import Contact

UNDO_LASTS = timedelta(minutes=15)
OUTCOMES = {
    ContactOutcome.CONTACT: "Spoke to them",
    ContactOutcome.MESSAGE_LEFT: "Left a message",
    ContactOutcome.UNAVAILABLE: "Nobody there",
    ContactOutcome.BUSY: "Busy",
    ContactOutcome.WRONG_NUMBER: "Wrong number",
}
STANCES = {
    Stance.UNKNOWN: "Said nothing of it",
    Stance.WILL_SIGN: "Will sign",
    Stance.CONSIDERING: "Considering it",
    Stance.WILL_NOT_SIGN: "Will not sign this one",
    Stance.SIGNS_NO_EDMS: "Signs no motions",
}

Choice = TypeVar("Choice", bound=StrEnum)

router = APIRouter(include_in_schema=False)


@router.get("/staff")
def staff_board(
    request: Request, desk: DeskDep, session: SessionDep, person: ViewerDep
) -> Response:
    """The work list, read top to bottom, as its address asks for it."""
    watched = _watched(desk, request.query_params.get("motion", ""))
    return staff_response(
        request,
        desk,
        person,
        "staff/board.html",
        board=_board(request, desk, session, watched),
        motion=f"{watched.session}/{watched.number}",
        outcomes=OUTCOMES,
        stances=STANCES,
        logged=_logged(session, desk, person, watched)
        if "logged" in request.query_params
        else None,
    )


@router.post("/staff/contacts")
def keep_call(desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Keep what an office said; the row goes where its new status puts it."""
    watched = _watched(desk, form.text("motion", longest=40))
    new = NewContact(
        member_id=form.id("member_id"),
        channel=Channel.PHONE,
        outcome=_choice(ContactOutcome, form, "outcome"),
        stance=_choice(Stance, form, "stance"),
        may_be_shown=form.ticked("may_be_shown"),
        call_back_on=form.day("call_back_on"),
        note=form.text("note", longest=LONGEST_NOTE),
    )
    with store.write(desk.engine) as session:
        try:
            log_contact(session, watched, new, by=person.name, at=desk.clock())
        except ContactError as error:
            raise ProblemError(422, f"{error}.") from error
    return see(_back(form, "logged=1"))


@router.post("/staff/contacts/undo")
def undo_contact(desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Take back the contact that this person logged last."""
    contact_id = form.id("contact_id")
    with store.write(desk.engine) as session:
        contact = contact_by_id(session, contact_id)
        if contact is None or contact.logged_by != person.name:
            raise ProblemError(404, "That contact is not yours, or is gone already.")
        take_back_contact(session, contact)
        detail = f"contact {contact_id}"
        store.record_audit(
            session, person.name, "contact taken back", detail, at=desk.clock()
        )
    return see(_back(form, ""))


def _board(
    request: Request, desk: Desk, session: Session, watched: MotionSettings
) -> Board:
    now = desk.clock()
    asked = _asked(request, desk, watched)
    order: board.Order = "likely" if asked.order == "likely" else "rank"
    return board_page(
        board.nudges_view(session, desk.settings, watched, now=now, order=order),
        board.motion_view(session, desk.settings, watched, now=now),
        asked,
        since=None,
        listed_before=(),
        now=now,
    )


def _asked(request: Request, desk: Desk, watched: MotionSettings) -> Asked:
    """Return what the address asks for; what it can't mean asks for nothing."""
    told = request.query_params
    part = told.get("show", "")
    is_first = watched == desk.settings.motions[0]
    return Asked(
        motion="" if is_first else f"{watched.session}/{watched.number}",
        query=told.get("q", "").strip()[:LONGEST_QUERY],
        party=told.get("party", "")[:LONGEST_QUERY],
        part=part if part in PARTS else "",
        order="likely" if told.get("order") == "likely" else "rank",
        page=whole_number(told.get("page", "")) or 1,
    )


def _watched(desk: Desk, text: str) -> MotionSettings:
    """Return the motion that "session/number" names, the first if nothing is named."""
    session_name, _, number = text.partition("/")
    if not text:
        return desk.settings.motions[0]
    found = desk.settings.motion(session_name, whole_number(number) or 0)
    if found is None:
        raise ProblemError(404, "This program watches no such motion.")
    return found


def _logged(
    session: Session, desk: Desk, person: Person, watched: MotionSettings
) -> Contact | None:
    """Return the contact that this person logged last, so that it can be undone."""
    motion = store.motion_by_number(session, watched.session, watched.number)
    if motion is None or motion.id is None:
        return None
    since = desk.clock() - UNDO_LASTS
    return last_contact_by(session, motion.id, person.name, since=since)


def _choice(kind: type[Choice], form: SentForm, name: str) -> Choice:
    try:
        return kind(form.text(name, longest=40))
    except ValueError:
        raise ProblemError(422, f"{name} takes one of the choices shown.") from None


def _back(form: SentForm, more: str) -> str:
    path = own_path(form.raw("back"))
    if not path.startswith("/staff") or not more:
        return path if path.startswith("/staff") else "/staff"
    return f"{path}{'&' if '?' in path else '?'}{more}"
