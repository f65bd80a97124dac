"""One MP for staff: the full history, a contact by any channel, corrections and undoing them."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from dashboard.call_words import CHANNELS, OUTCOMES, STANCES
from dashboard.desk import DeskDep, SessionDep
from dashboard.file_views import file_page
from dashboard.mp_views import member_path
from dashboard.pages.staff_contacts import kept_lately
from dashboard.problems import ProblemError
from dashboard.sign_in import StaffDep, ViewerDep
from dashboard.staff_desk import back_to, motion_name, motion_query, named_motion
from dashboard.staff_forms import FormDep, whole_number
from dashboard.staff_rendering import see, staff_response
from dashboard.views import motion_path
from tracker import store
from tracker.board.member_file import member_file
from tracker.clock import london_date
from tracker.contacts import LONGEST_NOTE
from tracker.corrections import correct, put_back
from tracker.rules.corrections import LONGEST_URL, CorrectionError, CorrectionKind

PAGE = "/staff/mps/{member_id}"
NOBODY = "No MP of that id sits in this House or has signed this motion."

router = APIRouter(include_in_schema=False)

MemberId = Annotated[str, Path()]


@router.get(PAGE)
def staff_mp(
    request: Request,
    desk: DeskDep,
    session: SessionDep,
    person: ViewerDep,
    member_id: MemberId,
) -> Response:
    """Everything on record of one MP and the motion, for who rings their office."""
    now = desk.clock()
    watched = named_motion(desk, request.query_params.get("motion", ""))
    known_id = whole_number(member_id)
    file = known_id and member_file(session, desk.settings, watched, known_id, now=now)
    if not file:
        raise ProblemError(404, NOBODY)
    path, asked = f"/staff/mps/{member_id}", motion_query(desk, watched)
    told = request.query_params
    return staff_response(
        request,
        desk,
        person,
        "staff/mp.html",
        page=file_page(file, person=person.name, now=now),
        path=path,
        back=f"{path}?motion={asked}" if asked else path,
        board_url=f"/staff?motion={asked}" if asked else "/staff",
        public_url=member_path(
            motion_path(watched.session, watched.number), file.member_id
        ),
        motion=motion_name(watched),
        motion_number=watched.number,
        channels=CHANNELS,
        outcomes=OUTCOMES,
        stances=STANCES,
        longest_note=LONGEST_NOTE,
        today=london_date(now),
        kept=kept_lately(session, desk, person, watched) if "logged" in told else None,
        is_changed="changed" in told,
    )


@router.post(f"{PAGE}/corrections")
def keep_correction(
    desk: DeskDep, person: StaffDep, form: FormDep, member_id: MemberId
) -> Response:
    """Keep what staff wrote down of an MP, or take it away when nothing is left."""
    kind, text = form.text("kind", longest=20), form.text("value", longest=LONGEST_URL)
    if kind not in list(CorrectionKind):
        raise ProblemError(422, "kind takes one of the corrections shown.")
    with store.write(desk.engine) as session:
        try:
            is_changed = correct(
                session,
                _id_of(member_id),
                CorrectionKind(kind),
                text,
                by=person.name,
                at=desk.clock(),
            )
        except CorrectionError as error:
            raise ProblemError(422, str(error)) from error
    return see(back_to(form, "changed=1" if is_changed else ""))


@router.post(f"{PAGE}/corrections/undo")
def undo_correction(
    desk: DeskDep, person: StaffDep, form: FormDep, member_id: MemberId
) -> Response:
    """Put back what was written down before a change."""
    change_id = form.id("change_id")
    with store.write(desk.engine) as session:
        try:
            put_back(
                session,
                _id_of(member_id),
                change_id,
                by=person.name,
                at=desk.clock(),
            )
        except CorrectionError as error:
            raise ProblemError(422, str(error)) from error
    return see(back_to(form))


def _id_of(text: str) -> int:
    found = whole_number(text)
    if found is None:
        raise ProblemError(404, NOBODY)
    return found
