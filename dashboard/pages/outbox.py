"""`/staff/outbox`: what goes out, and reading it. Deciding is in outbox_acts.py."""

from fastapi import APIRouter, Request, Response

from dashboard import outbox_reading as reading
from dashboard import outbox_views as views
from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.outbox_views import PATH
from dashboard.outbox_words import ABOUT, EMPTY
from dashboard.review_views import member_words
from dashboard.sign_in import Person, StaffDep
from dashboard.staff_forms import whole_number
from dashboard.staff_rendering import staff_response
from tracker import store
from tracker.rules.likeness import likeness
from tracker.store import Session, outbox_desk
from tracker.supporters.queue import suggested_members

MOST_MPS = 25

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def outbox(
    request: Request, desk: DeskDep, session: SessionDep, person: StaffDep
) -> Response:
    """The messages of one state, and how sending goes."""
    told, now = request.query_params, desk.clock()
    counts = store.message_counts(session)
    state = views.chosen_state(told.get("state", ""), counts)
    rows = reading.rows_of(session, desk, reading.messages_listed(session, state, told))
    return staff_response(
        request,
        desk,
        person,
        "staff/outbox.html",
        links=views.state_links(counts, state),
        state=state,
        about=ABOUT[state],
        empty=EMPTY[state],
        rows=rows,
        next_url=views.next_url(rows, state),
        back=views.list_url(state),
        is_holding=desk.settings.mail.mode == "hold",
        pause=views.pause_of(store.sender_pause(session), now=now),
        releasable_count=outbox_desk.releasable_count(session),
        done=reading.done_of(session, desk, whole_number(told.get("done", ""))),
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
    return message_response(
        request, desk, session, person, reading.number_of(message_id)
    )


def message_response(
    request: Request,
    desk: Desk,
    session: Session,
    person: Person,
    number: int,
    *,
    problem: str | None = None,
) -> Response:
    """Return a message's own page, with what could not be done, if anything."""
    message, now = reading.message_of(session, number), desk.clock()
    mp = reading.names_of(session, [message]).get(message.member_id or 0)
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
        acts=views.acts_of(
            message, has_signed=reading.has_signed_since(session, message)
        ),
        list_url=views.list_url(message.state),
        alike=reading.likeness_of(session, message, mp),
        done=reading.done_of(session, desk, number)
        if "done" in request.query_params
        else None,
    )
