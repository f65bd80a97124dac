"""`/staff/review`: emails that no MP could be told for, and deciding about them."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.own_path import own_path
from dashboard.problems import ProblemError
from dashboard.review_views import (
    LONGEST_QUERY,
    PAGE_GROUPS,
    PATH,
    Asked,
    Card,
    Found,
    decided_line,
    group_card,
    member_words,
    page_of,
    single_card,
)
from dashboard.sign_in import Person, StaffDep
from dashboard.staff_forms import FormDep, SentForm, whole_number
from dashboard.staff_rendering import see, staff_response
from tracker import store
from tracker.store import ReviewError, Session, alike
from tracker.store.tables import EmailState, SupporterEmail
from tracker.supporters import queue

DECIDED_SHOWN = 15
GONE = "Somebody has decided about this meanwhile: it is under “Decided lately”."

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def review_queue(
    request: Request, desk: DeskDep, session: SessionDep, person: StaffDep
) -> Response:
    """What waits for a decision, oldest first, and what was decided last."""
    return _page(request, desk, session, person)


@router.post(f"{PATH}/assign")
def assign(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep
) -> Response:
    """Count an email, or all that tell the same, for an MP."""
    email_id, member_id = form.id("email_id"), form.id("member_id")
    is_alike, last_id = form.ticked("alike"), form.id("last_id")
    by, at = person.name, desk.clock()

    def act(session: Session) -> object:
        if is_alike:
            return alike.assign_alike(
                session, email_id, member_id, last_id=last_id, by=by, at=at
            )
        return store.assign_review(session, email_id, member_id, by=by, at=at)

    return _decided(request, desk, person, form, act, member_id)


@router.post(f"{PATH}/dismiss")
def dismiss(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep
) -> Response:
    """Put an email, or all that tell the same, aside: they count for nobody."""
    email_id, is_alike = form.id("email_id"), form.ticked("alike")
    last_id = form.id("last_id")
    by, at = person.name, desk.clock()

    def act(session: Session) -> object:
        if is_alike:
            return alike.dismiss_alike(session, email_id, last_id=last_id, by=by, at=at)
        return store.dismiss_review(session, email_id, by=by, at=at)

    return _decided(request, desk, person, form, act, None)


@router.post(f"{PATH}/undo")
def undo(request: Request, desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Let what was decided with one press wait again."""
    email_id = form.id("email_id")
    try:
        with store.write(desk.engine) as session:
            alike.undo_batch(session, email_id, by=person.name, at=desk.clock())
    except ReviewError:
        problem = "That was undone already."
        return _refused(request, desk, person, problem)
    return see(PATH)


def _decided(
    request: Request,
    desk: Desk,
    person: Person,
    form: SentForm,
    act: Callable[[Session], object],
    member_id: int | None,
) -> Response:
    """Decide, and go back to the queue; the same press twice decides once."""
    email_id = form.id("email_id")
    try:
        with store.write(desk.engine) as session:
            act(session)
    except ReviewError as error:
        with store.read(desk.engine) as session:
            known = session.get(SupporterEmail, email_id)
        if known is None or known.state is EmailState.REVIEW:
            raise ProblemError(422, f"{str(error).capitalize()}.") from error
        if not _is_so(known, member_id):
            return _refused(request, desk, person, GONE)
    return see(_back(form, email_id))


def _is_so(email: SupporterEmail, member_id: int | None) -> bool:
    """Return whether an email is decided already as somebody asks."""
    return email.decided_by is not None and email.member_id == member_id


def _refused(request: Request, desk: Desk, person: Person, problem: str) -> Response:
    with store.read(desk.engine) as session:
        return _page(request, desk, session, person, problem=problem)


def _page(
    request: Request,
    desk: Desk,
    session: Session,
    person: Person,
    *,
    problem: str | None = None,
) -> Response:
    asked = _asked(request)
    decided = queue.decided_lately(session, limit=DECIDED_SHOWN)
    now = desk.clock()
    page = page_of(
        _cards(session, asked),
        [decided_line(one, now=now) for one in decided],
        asked,
        count=store.review_count(session),
        done_id=whole_number(request.query_params.get("done", "")),
    )
    return staff_response(
        request,
        desk,
        person,
        "staff/review.html",
        status_code=409 if problem else 200,
        page=page,
        problem=problem,
        member_words=member_words,
    )


def _cards(session: Session, asked: Asked) -> list[Card]:
    found = _found(session, asked)
    if asked.like_id is None:
        groups = queue.waiting_groups(
            session, after_id=asked.after_id, limit=PAGE_GROUPS
        )
        return [group_card(group, asked, found) for group in groups]
    first = session.get(SupporterEmail, asked.like_id)
    if first is None:
        return []
    emails = alike.alike_emails(
        session, first, after_id=asked.after_id, limit=PAGE_GROUPS
    )
    told = queue.told_emails(session, emails)
    return [single_card(one, asked, found) for one in told]


def _found(session: Session, asked: Asked) -> Found | None:
    if asked.email_id is None or not asked.query:
        return None
    return Found(asked.query, tuple(queue.members_like(session, asked.query)))


def _asked(request: Request) -> Asked:
    told = request.query_params
    return Asked(
        after_id=whole_number(told.get("after", "")) or 0,
        like_id=whole_number(told.get("like", "")),
        email_id=whole_number(told.get("email", "")),
        query=told.get("find", "").strip()[:LONGEST_QUERY],
    )


def _back(form: SentForm, email_id: int) -> str:
    path = own_path(form.raw("back"))
    path = path if path.partition("?")[0] == PATH else PATH
    return f"{path}{'&' if '?' in path else '?'}done={email_id}#done"
