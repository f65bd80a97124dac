"""`/staff/follow-ups`: what is due today and why; a preview; pausing, resuming, settling."""

from collections.abc import Callable

from fastapi import APIRouter, Request, Response

from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.follow_up_views import PATH, follow_ups_page
from dashboard.problems import ProblemError
from dashboard.sign_in import StaffDep, ViewerDep
from dashboard.staff_forms import FormDep, whole_number
from dashboard.staff_rendering import see, staff_response
from tracker import store
from tracker.config import MotionSettings
from tracker.following.overview import FollowUpsView, follow_ups_view
from tracker.following.pausing import ScopeError, pause, resume
from tracker.following.preview import follow_up_preview
from tracker.store import Session, follow_ups

_DONE = {
    "paused": "Paused: nothing of it goes out until somebody resumes it.",
    "resumed": "Resumed: what waited goes out at its pace, if it still has a point.",
    "settled": "Settled: it is off the list.",
}

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def page(
    request: Request, desk: DeskDep, session: SessionDep, person: ViewerDep
) -> Response:
    """What is due today, and how each rule fares."""
    now = desk.clock()
    view = follow_ups_view(session, desk.settings, now=now)
    return staff_response(
        request,
        desk,
        person,
        "staff/follow_ups.html",
        view=follow_ups_page(view, _paused_names(session, view), now=now),
        is_holding=desk.settings.mail.mode == "hold",
        done=_DONE.get(request.query_params.get("done", "")),
    )


@router.get(f"{PATH}/preview")
def preview(
    request: Request, desk: DeskDep, session: SessionDep, person: StaffDep
) -> Response:
    """One follow-up as its supporter would get it now."""
    told = request.query_params
    watched = _watched(desk, told.get("motion", ""))
    found = follow_up_preview(
        session,
        desk.settings,
        watched,
        told.get("rule", ""),
        whole_number(told.get("member", "")) or 0,
        now=desk.clock(),
    )
    if found is None:
        raise ProblemError(404, "Nothing of this rule is planned about this MP now.")
    return staff_response(
        request,
        desk,
        person,
        "staff/follow_up_preview.html",
        preview=found,
        list_url=PATH,
    )


@router.post(f"{PATH}/pause")
def pause_scope(desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Let nothing of a scope go out."""
    scope = form.text("scope", longest=100)

    def act(session: Session) -> None:
        pause(session, desk.settings, scope, by=person.name, now=desk.clock())

    return _act(desk, act, "paused")


@router.post(f"{PATH}/resume")
def resume_scope(desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Let a scope go on."""
    scope = form.text("scope", longest=100)

    def act(session: Session) -> None:
        resume(session, scope, by=person.name, now=desk.clock())

    return _act(desk, act, "resumed")


@router.post(f"{PATH}/settle")
def settle(desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Take an MP's entries of a rule off staff's list: they are done."""
    watched = _watched(desk, form.text("motion", longest=40))
    member_id, rule = form.id("member_id"), form.text("rule", longest=100)

    def act(session: Session) -> None:
        motion = store.motion_by_number(session, watched.session, watched.number)
        motion_id = motion.id if motion and motion.id else 0
        now = desk.clock()
        if follow_ups.settle_staff(session, rule, motion_id, member_id, now):
            detail = f"{rule} for Member {member_id}"
            store.record_audit(
                session, person.name, "follow-up settled", detail, at=now
            )

    return _act(desk, act, "settled")


def _paused_names(session: Session, view: FollowUpsView) -> dict[int, str]:
    scopes = [one.scope.partition(":") for one in view.pauses]
    ids = [int(name) for kind, _, name in scopes if kind == "mp"]
    return {key: one.name for key, one in store.members_by_id(session, ids).items()}


def _act(desk: Desk, act: Callable[[Session], None], done: str) -> Response:
    try:
        with store.write(desk.engine) as session:
            act(session)
    except ScopeError as error:
        text = str(error)
        raise ProblemError(422, f"{text[0].upper()}{text[1:]}.") from error
    return see(f"{PATH}?done={done}")


def _watched(desk: Desk, text: str) -> MotionSettings:
    session_name, _, number = text.partition("/")
    found = desk.settings.motion(session_name, whole_number(number) or 0)
    if found is None:
        raise ProblemError(404, "This program watches no such motion.")
    return found
