"""`/staff/outbox`: what goes out; reading it, and what staff decide about it."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, cast

from fastapi import APIRouter, Request, Response

from dashboard import outbox_views as views
from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.outbox_views import PATH
from dashboard.own_path import own_path
from dashboard.problems import ProblemError
from dashboard.review_views import member_words
from dashboard.sign_in import Person, StaffDep
from dashboard.staff_forms import FormDep, SentForm, whole_number
from dashboard.staff_rendering import see, staff_response
from tracker import store
from tracker.rules.likeness import likeness
from tracker.rules.sending import HELD_SIGNED
from tracker.store import OutboxError, Session, outbox_desk, outbox_staff
from tracker.store.tables import Message, MessageKind, MessageState
from tracker.supporters.queue import suggested_members

MOST_MPS = 25
_GOING = (MessageState.QUEUED, MessageState.SENDING)
_LEFT = (*_GOING, MessageState.SENT)

Decision = Literal["sent", "resend"]

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def outbox(
    request: Request, desk: DeskDep, session: SessionDep, person: StaffDep
) -> Response:
    """The messages of one state, and how sending goes."""
    told, now = request.query_params, desk.clock()
    counts = store.message_counts(session)
    state = views.chosen_state(told.get("state", ""), counts)
    rows = _rows(session, desk, _listed(request, session, state))
    return staff_response(
        request,
        desk,
        person,
        "staff/outbox.html",
        links=views.state_links(counts, state),
        state=state,
        about=views.ABOUT[state],
        empty=views.EMPTY[state],
        rows=rows,
        next_url=views.next_url(rows, state),
        back=views.list_url(state),
        is_holding=desk.settings.mail.mode == "hold",
        pause=views.pause_of(store.sender_pause(session), now=now),
        releasable_count=outbox_desk.releasable_count(session),
        done=_done(session, desk, whole_number(told.get("done", ""))),
        released=whole_number(told.get("released", "")),
    )


@router.get(f"{PATH}/likeness")
def likeness_page(
    request: Request, desk: DeskDep, session: SessionDep, person: StaffDep
) -> Response:
    """How alike the emails to the MPs are who get the most."""
    counts = outbox_desk.letter_counts(session, limit=MOST_MPS)
    members = suggested_members(session, {member for _, member, _ in counts})
    rows = [
        views.likeness_row(
            member_words(members[member_id]),
            likeness(store.latest_texts(session, motion_id, member_id)),
            count=count,
        )
        for motion_id, member_id, count in counts
        if member_id in members
    ]
    return staff_response(request, desk, person, "staff/likeness.html", rows=rows)


@router.get(f"{PATH}/{{message_id}}")
def message_page(
    request: Request,
    desk: DeskDep,
    session: SessionDep,
    person: StaffDep,
    message_id: str,
) -> Response:
    """One message, whole."""
    return _message_page(request, desk, session, person, _number(message_id))


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
    number = _number(message_id)
    try:
        with store.write(desk.engine) as session:
            act(session, number, actor=person.name, now=desk.clock())
    except OutboxError as error:
        with store.read(desk.engine) as session:
            message = _message(session, number)
            if message.state not in ends:
                problem = str(error)[0].upper() + str(error)[1:]
                return _message_page(
                    request, desk, session, person, number, problem=problem
                )
    return see(_back(form, number))


def _message_page(
    request: Request,
    desk: Desk,
    session: Session,
    person: Person,
    number: int,
    *,
    problem: str | None = None,
) -> Response:
    message, now = _message(session, number), desk.clock()
    mp = _names(session, [message]).get(message.member_id or 0)
    return staff_response(
        request,
        desk,
        person,
        "staff/message.html",
        status_code=409 if problem else 200,
        problem=problem,
        message=message,
        what=views.what_words(message, mp),
        facts=views.facts_of(message, now=now),
        acts=views.acts_of(message, has_signed=_has_signed(session, message)),
        list_url=views.list_url(message.state),
        alike=_likeness(session, message, mp),
        done=_done(session, desk, number) if "done" in request.query_params else None,
    )


def _likeness(
    session: Session, message: Message, mp: str | None
) -> views.LikenessRow | None:
    if message.kind is not MessageKind.TO_MEMBER or mp is None:
        return None
    motion_id, member_id = message.motion_id or 0, message.member_id or 0
    alike = likeness(store.latest_texts(session, motion_id, member_id))
    return views.likeness_row(mp, alike, count=alike.email_count)


def _listed(
    request: Request, session: Session, state: MessageState
) -> Sequence[Message]:
    told = request.query_params
    if state in views.DONE:
        before_id = whole_number(told.get("before", ""))
        return outbox_desk.newest_messages(
            session, state, limit=views.PAGE_ROWS, before_id=before_id
        )
    after_id = whole_number(told.get("after", "")) or 0
    return store.messages_in(
        session, (state,), limit=views.PAGE_ROWS, after_id=after_id
    )


def _rows(session: Session, desk: Desk, messages: Sequence[Message]) -> list[views.Row]:
    names, now = _names(session, messages), desk.clock()
    return [
        views.row_of(
            message,
            names.get(message.member_id or 0),
            views.acts_of(message, has_signed=_has_signed(session, message)),
            now=now,
        )
        for message in messages
    ]


def _has_signed(session: Session, message: Message) -> bool:
    """Return whether the MP's name is on the list; asked only where it matters."""
    if message.error != HELD_SIGNED or message.state is not MessageState.HELD:
        return False
    return store.has_signed(session, message.motion_id or 0, message.member_id or 0)


def _names(session: Session, messages: Sequence[Message]) -> dict[int, str]:
    """Return the MPs of these messages by id, with their seats."""
    ids = {message.member_id for message in messages if message.member_id}
    return {
        key: member_words(member)
        for key, member in suggested_members(session, ids).items()
    }


def _done(session: Session, desk: Desk, number: int | None) -> str | None:
    message = store.message_by_id(session, number) if number else None
    if message is None:
        return None
    return views.done_words(message, is_holding=desk.settings.mail.mode == "hold")


def _message(session: Session, number: int) -> Message:
    message = store.message_by_id(session, number)
    if message is None:
        raise ProblemError(404, f"There is no message {number} in the outbox.")
    return message


def _number(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise ProblemError(404, "There is no such message in the outbox.")
    return number


def _back(form: SentForm, number: int) -> str:
    path = own_path(form.raw("back"))
    own = path.partition("?")[0]
    path = path if own == PATH or own.startswith(f"{PATH}/") else f"{PATH}/{number}"
    return f"{path}{'&' if '?' in path else '?'}done={number}#done"
