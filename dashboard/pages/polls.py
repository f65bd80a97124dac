"""`/staff/polls`: how reading Parliament goes, and vouching for an answer in doubt."""

from fastapi import APIRouter, Request, Response

from dashboard import polls_views as views
from dashboard import words
from dashboard.desk import Desk, DeskDep, SessionDep, find_watched
from dashboard.freshness import freshness
from dashboard.polls_views import PATH, Asked
from dashboard.sign_in import Person, StaffDep, ViewerDep
from dashboard.staff_forms import FormDep, whole_number
from dashboard.staff_rendering import see, staff_response
from tracker import board, store
from tracker.accepting import AcceptError, accept_answer, doubted_answer
from tracker.config import MotionSettings
from tracker.due import poll_due_at
from tracker.rules.schedule import is_brake_on
from tracker.store import Session, jobs, polls
from tracker.supporters.mailbox_health import mailbox_health

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def polls_page(
    request: Request, desk: DeskDep, session: SessionDep, person: ViewerDep
) -> Response:
    """The newest polls, what they say of the data, and what else is done."""
    return _page(request, desk, session, person, _watched(request, desk))


@router.post(f"{PATH}/accept")
def accept(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep
) -> Response:
    """Believe the newest answer, which is in doubt, on this person's word."""
    watched = _named(desk, form.text("motion", longest=40))
    try:
        accept_answer(
            desk.engine,
            desk.settings,
            watched,
            form.id("poll_id"),
            by=person.name,
            clock=desk.clock,
        )
    except AcceptError as error:
        problem = f"{str(error)[0].upper()}{str(error)[1:]}."
        with store.read(desk.engine) as session:
            return _page(request, desk, session, person, watched, problem=problem)
    return see(f"{Asked(_word(desk, watched)).url(done='recorded')}#done")


def _page(
    request: Request,
    desk: Desk,
    session: Session,
    person: Person,
    watched: MotionSettings,
    *,
    problem: str | None = None,
) -> Response:
    now, told = desk.clock(), request.query_params
    view = board.motion_view(session, desk.settings, watched, now=now)
    asked = Asked(
        motion=_word(desk, watched),
        is_all=told.get("show") == "all",
        before_id=whole_number(told.get("before", "")),
    )
    rows = _rows(session, desk, watched, asked)
    brake = store.brake_until(session)
    is_braked = is_brake_on(brake.until_at if brake else None, now=now)
    due_at = poll_due_at(desk.engine, desk.settings, watched, now=now)
    return staff_response(
        request,
        desk,
        person,
        "staff/polls.html",
        status_code=409 if problem else 200,
        problem=problem,
        done="done" in told,
        asked=asked,
        motions=_motions(desk, watched),
        motion=f"{watched.session}/{watched.number}",
        view=view,
        fresh=freshness(view, now=now),
        rows=rows,
        next_url=views.next_url(rows, asked),
        next_poll=views.next_words(due_at, now=now, is_first=not view.first_poll_at),
        brake=brake if brake and is_braked else None,
        brake_until=words.moment_words(brake.until_at, now=now) if brake else "",
        doubt=views.doubt_of(
            doubted_answer(session, desk.settings, watched, now=now), now=now
        ),
        jobs=views.job_rows(jobs.jobs_done(session), now=now),
        mailbox=_mailbox(session, desk),
    )


def _rows(
    session: Session, desk: Desk, watched: MotionSettings, asked: Asked
) -> list[views.PollRow]:
    motion = store.motion_by_number(session, watched.session, watched.number)
    if motion is None or motion.id is None:
        return []
    found = polls.polls_before(
        session,
        motion.id,
        asked.before_id,
        limit=views.PAGE_ROWS,
        but=() if asked.is_all else views.NOTHING_NEW,
    )
    return [views.poll_row(poll, now=desk.clock()) for poll in found]


def _mailbox(session: Session, desk: Desk) -> tuple[bool, str] | None:
    """Return whether the drop mailbox is read as it should be; None without one."""
    account = desk.settings.mail.imap_url
    return mailbox_health(session, account, now=desk.clock()) if account else None


def _watched(request: Request, desk: Desk) -> MotionSettings:
    return _named(desk, request.query_params.get("motion", ""))


def _named(desk: Desk, text: str) -> MotionSettings:
    """Return the motion that "session/number" names, the first if nothing is named."""
    if not text:
        return desk.settings.motions[0]
    session_name, _, number = text.partition("/")
    return find_watched(desk.settings, session_name, number)


def _word(desk: Desk, watched: MotionSettings) -> str:
    """Return what the address says for a motion: nothing for the first."""
    is_first = watched == desk.settings.motions[0]
    return "" if is_first else f"{watched.session}/{watched.number}"


def _motions(desk: Desk, watched: MotionSettings) -> list[tuple[str, str, bool]]:
    """Return the other motions as links, nothing where there is one only."""
    if len(desk.settings.motions) == 1:
        return []
    return [
        (
            Asked(_word(desk, motion)).url(),
            f"EDM {motion.number} of {motion.session}",
            motion == watched,
        )
        for motion in desk.settings.motions
    ]
