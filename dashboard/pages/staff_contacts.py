"""Logging what offices said, one or several at once, and taking it back."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from fastapi import APIRouter, Response

from dashboard import words
from dashboard.desk import Desk, DeskDep
from dashboard.problems import ProblemError
from dashboard.sign_in import Person, StaffDep
from dashboard.staff_desk import LONGEST_NAME, back_to, named_motion
from dashboard.staff_forms import FormDep, SentForm
from dashboard.staff_rendering import see
from tracker import store
from tracker.config import MotionSettings
from tracker.contacts import (
    LONGEST_NOTE,
    UNDO_LASTS,
    ContactError,
    ContactGoneError,
    NewContact,
    log_contact,
    take_back,
)
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Session
from tracker.store.calls import contacts_logged_at
from tracker.store.contacts import last_contact_by

PICK = "pick-"
"""How the boxes of rows are named in a form for several MPs: with the Member's id."""
MOST_AT_ONCE = 100

Choice = TypeVar("Choice", bound=StrEnum)

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Kept:
    """What somebody logged last, as it is told, and by what it is taken back."""

    contact_id: int
    words: str


@router.post("/staff/contacts")
def keep_call(desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Keep what an office said; the row goes where its new status puts it."""
    _keep(desk, person, form, [form.id("member_id")])
    return see(back_to(form, "logged=1"))


@router.post("/staff/contacts/many")
def keep_calls(desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Keep the same for several MPs: a message left with each, an email to them all."""
    picked = form.picked(PICK)
    if not 0 < len(picked) <= MOST_AT_ONCE:
        raise ProblemError(422, f"Tick from 1 to {MOST_AT_ONCE} MPs of the list first.")
    _keep(desk, person, form, picked)
    return see(back_to(form, "logged=1"))


@router.post("/staff/contacts/undo")
def undo_contact(desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Take back what this person logged at one moment."""
    contact_id = form.id("contact_id")
    with store.write(desk.engine) as session:
        try:
            take_back(session, contact_id, by=person.name, at=desk.clock())
        except ContactGoneError as error:
            raise ProblemError(404, str(error)) from error
    return see(back_to(form))


def kept_lately(
    session: Session, desk: Desk, person: Person, watched: MotionSettings
) -> Kept | None:
    """Return what this person logged last, while it can be taken back."""
    motion = store.motion_by_number(session, watched.session, watched.number)
    if motion is None or motion.id is None:
        return None
    since = desk.clock() - UNDO_LASTS
    last = last_contact_by(session, motion.id, person.name, since=since)
    if last is None or last.id is None:
        return None
    batch = contacts_logged_at(session, person.name, last.contacted_at)
    if len(batch) > 1:
        return Kept(last.id, f"{words.counted(len(batch), 'contact')} are kept.")
    known = store.members_by_id(session, [last.member_id]).get(last.member_id)
    name = known.name if known else f"Member {last.member_id}"
    return Kept(last.id, f"The contact with {name} is kept.")


def _keep(desk: Desk, person: Person, form: SentForm, member_ids: list[int]) -> None:
    watched = named_motion(desk, form.text("motion", longest=LONGEST_NAME))
    contacts = [_contact(form, member_id) for member_id in member_ids]
    at = desk.clock()
    with store.write(desk.engine) as session:
        try:
            for contact in contacts:
                log_contact(session, watched, contact, by=person.name, at=at)
        except ContactError as error:
            raise ProblemError(422, f"{error}.") from error


def _contact(form: SentForm, member_id: int) -> NewContact:
    return NewContact(
        member_id=member_id,
        channel=_choice(Channel, form, "channel", Channel.PHONE),
        outcome=_choice(ContactOutcome, form, "outcome"),
        stance=_choice(Stance, form, "stance"),
        may_be_shown=form.ticked("may_be_shown"),
        call_back_on=form.day("call_back_on"),
        note=form.text("note", longest=LONGEST_NOTE),
    )


def _choice(
    kind: type[Choice], form: SentForm, name: str, default: Choice | None = None
) -> Choice:
    text = form.text(name, longest=LONGEST_NAME)
    if not text and default is not None:
        return default
    try:
        return kind(text)
    except ValueError:
        raise ProblemError(422, f"{name} takes one of the choices shown.") from None
