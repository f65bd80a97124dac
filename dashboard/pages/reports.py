"""`/staff/reports`: what supporters say their MPs replied, and deciding about it."""

from collections.abc import Callable, Iterable

from fastapi import APIRouter, Request, Response

from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.problems import ProblemError
from dashboard.reports_views import PATH, Place, decided_line, mp_cards
from dashboard.sign_in import Person, StaffDep
from dashboard.staff_desk import motion_name, motion_query, named_motion
from dashboard.staff_forms import FormDep, SentForm
from dashboard.staff_rendering import see, staff_response
from tracker import board, reported, store
from tracker.config import MotionSettings
from tracker.reported import ReportsError
from tracker.rules.reports import ReportKind
from tracker.store import Session

DECIDED_SHOWN = 20

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def reports(
    request: Request, desk: DeskDep, session: SessionDep, person: StaffDep
) -> Response:
    """The replies that wait for a decision, by MP, and what was decided last."""
    watched = named_motion(desk, request.query_params.get("motion", ""))
    return _page(request, desk, session, person, watched)


@router.post(f"{PATH}/accept")
def accept(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep
) -> Response:
    """Put on record what an MP's reports of one kind say."""
    return _decided(request, desk, person, form, reported.accept_report)


@router.post(f"{PATH}/dismiss")
def dismiss(
    request: Request, desk: DeskDep, person: StaffDep, form: FormDep
) -> Response:
    """Put an MP's reports of one kind aside."""
    return _decided(request, desk, person, form, reported.dismiss_report)


@router.post(f"{PATH}/undo")
def undo(request: Request, desk: DeskDep, person: StaffDep, form: FormDep) -> Response:
    """Undo one press, with what it put on record."""
    report_id, now = form.id("report_id"), desk.clock()
    watched = named_motion(desk, form.text("motion", longest=40))
    try:
        with store.write(desk.engine) as session:
            reported.undo_decision(session, report_id, by=person.name, at=now)
    except ReportsError as error:
        return _refused(request, desk, person, watched, str(error))
    return see(_url(desk, watched))


def _decided(
    request: Request,
    desk: Desk,
    person: Person,
    form: SentForm,
    decide: Callable[..., int],
) -> Response:
    member_id, kind = form.id("member_id"), form.text("kind", longest=40)
    watched = named_motion(desk, form.text("motion", longest=40))
    if kind not in [*ReportKind]:
        raise ProblemError(422, f"kind takes one of: {', '.join(ReportKind)}.")
    try:
        with store.write(desk.engine) as session:
            decide(
                session,
                watched,
                member_id,
                ReportKind(kind),
                by=person.name,
                at=desk.clock(),
            )
    except ReportsError as error:
        return _refused(request, desk, person, watched, str(error))
    return see(_url(desk, watched))


def _refused(
    request: Request,
    desk: Desk,
    person: Person,
    watched: MotionSettings,
    problem: str,
) -> Response:
    with store.read(desk.engine) as session:
        return _page(request, desk, session, person, watched, problem=problem)


def _page(
    request: Request,
    desk: Desk,
    session: Session,
    person: Person,
    watched: MotionSettings,
    *,
    problem: str | None = None,
) -> Response:
    now = desk.clock()
    motion = store.motion_by_number(session, watched.session, watched.number)
    motion_id = motion.id if motion and motion.id else 0
    counts = store.open_reports(session, motion_id)
    decided = store.decided_lately(session, motion_id, limit=DECIDED_SHOWN)
    ids = {row.member_id for row in counts} | {row.member_id for row in decided}
    places = _places(session, desk, watched, ids)
    return staff_response(
        request,
        desk,
        person,
        "staff/reports.html",
        status_code=409 if problem else 200,
        cards=mp_cards(counts, places, now=now),
        decided=[decided_line(row, places, now=now) for row in decided],
        motion=motion_name(watched),
        motion_number=watched.number,
        problem=problem,
    )


def _places(
    session: Session, desk: Desk, watched: MotionSettings, ids: Iterable[int]
) -> dict[int, Place]:
    """Return who these Members are; those who have left the House by name alone."""
    wanted, query = set(ids), motion_query(desk, watched)
    asked = f"?motion={query}" if query else ""
    view = board.members_view(session, desk.settings, watched, now=desk.clock())
    sitting = {
        one.member_id: " · ".join(filter(None, (one.party, one.constituency)))
        for one in view.members
        if one.member_id in wanted
    }
    return {
        member_id: Place(
            member.name, sitting.get(member_id, ""), f"/staff/mps/{member_id}{asked}"
        )
        for member_id, member in store.members_by_id(session, wanted).items()
    }


def _url(desk: Desk, watched: MotionSettings) -> str:
    query = motion_query(desk, watched)
    return f"{PATH}?motion={query}" if query else PATH
