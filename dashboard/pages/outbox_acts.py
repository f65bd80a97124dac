"""What staff decide about what goes out: release, cancel, try again, settle."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, cast

from fastapi import APIRouter, Request, Response

from dashboard import outbox_reading as reading
from dashboard import outbox_views as views
from dashboard.desk import Desk, DeskDep
from dashboard.outbox_views import PATH
from dashboard.own_path import own_path
from dashboard.pages.outbox import message_response
from dashboard.problems import ProblemError
from dashboard.sign_in import Person, StaffDep
from dashboard.staff_forms import FormDep, SentForm
from dashboard.staff_rendering import see
from tracker import store
from tracker.store import OutboxError, outbox_staff
from tracker.store.tables import MessageState

_GOING = (MessageState.QUEUED, MessageState.SENDING)
_LEFT = (*_GOING, MessageState.SENT)

Decision = Literal["sent", "resend"]

router = APIRouter(include_in_schema=False)


@router.post(f"{PATH}/release-all")
def release_all(desk: DeskDep, person: StaffDep) -> Response:
    """Let everything leave that is held and can be released."""
    with store.write(desk.engine) as session:
        count = store.release_all(session, actor=person.name, now=desk.clock())
    return see(views.list_url(MessageState.HELD, released=count))


@router.post(f"{PATH}/resume")
def resume(desk: DeskDep, person: StaffDep) -> Response:
    """Have the mail server tried again at once."""
    with store.write(desk.engine) as session:
        outbox_staff.resume_sending(session, actor=person.name, now=desk.clock())
    return see(PATH)


@router.post(f"{PATH}/{{message_id}}/release")
def release(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep, message_id: str
) -> Response:
    """Let a held message leave."""
    return _act(request, desk, person, form, message_id, store.release_message, _LEFT)


@router.post(f"{PATH}/{{message_id}}/cancel")
def cancel(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep, message_id: str
) -> Response:
    """Never send a message; its supporter is told."""
    ends = (MessageState.CANCELLED,)
    return _act(request, desk, person, form, message_id, store.cancel_message, ends)


@router.post(f"{PATH}/{{message_id}}/unpark")
def unpark(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep, message_id: str
) -> Response:
    """Try a parked message again."""
    return _act(request, desk, person, form, message_id, store.unpark_message, _LEFT)


@router.post(f"{PATH}/{{message_id}}/decide")
def decide(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep, message_id: str
) -> Response:
    """Settle an uncertain message: it was sent, or is sent again."""
    decision = form.text("decision", longest=10)
    if decision not in ("sent", "resend"):
        raise ProblemError(422, "decision takes sent or resend.")
    act = partial(store.decide_message, decision=cast("Decision", decision))
    ends = (MessageState.SENT,) if decision == "sent" else _GOING
    return _act(request, desk, person, form, message_id, act, ends)


def _act(
    request: Request,
    desk: Desk,
    person: Person,
    form: SentForm,
    message_id: str,
    act: Callable[..., object],
    ends: Sequence[MessageState],
) -> Response:
    """Do it, and go back; the same press twice does it once.

    `ends` are the states that it leads to: a message that is there already is left so.
    """
    number = reading.number_of(message_id)
    try:
        with store.write(desk.engine) as session:
            act(session, number, actor=person.name, now=desk.clock())
    except OutboxError as error:
        with store.read(desk.engine) as session:
            message = reading.message_of(session, number)
            if message.state not in ends:
                problem = str(error)[0].upper() + str(error)[1:]
                return message_response(
                    request, desk, session, person, number, problem=problem
                )
    return see(_back(form, number))


def _back(form: SentForm, number: int) -> str:
    path = own_path(form.raw("back"))
    own = path.partition("?")[0]
    path = path if own == PATH or own.startswith(f"{PATH}/") else f"{PATH}/{number}"
    return f"{path}{'&' if '?' in path else '?'}done={number}#done"
