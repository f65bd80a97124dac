"""The staff JSON: whom to nudge, what offices said, supporters' emails from elsewhere.

Owns the addresses and who may use them; what they do is in tracker/.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Response

from dashboard.api.access import Caller, needs
from dashboard.api.models import problem_answers
from dashboard.api.motions import PREFIX
from dashboard.api.repeats import Repeat
from dashboard.api.staff_models import (
    ContactAnswer,
    ImportAnswer,
    NewContact,
    NewEmails,
    NudgesAnswer,
    SupporterAnswer,
)
from dashboard.desk import DeskDep, SessionDep, WatchedDep, find_watched
from dashboard.problems import ProblemError
from tracker import board, store
from tracker.board.objects import nudge_object
from tracker.clock import london_date
from tracker.keys import secret_key
from tracker.rules.access import TokenScope
from tracker.store.tables import ConsentKind, Contact, Way
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.rows import read_object

router = APIRouter(tags=["staff"], responses=problem_answers(401, 403, 404, 422, 503))

Key = Annotated[str | None, Header(alias="Idempotency-Key")]
NudgesReader = Annotated[Caller, Depends(needs(TokenScope.NUDGES_READ))]
ContactsWriter = Annotated[Caller, Depends(needs(TokenScope.CONTACTS_WRITE))]
EmailsWriter = Annotated[Caller, Depends(needs(TokenScope.EMAILS_WRITE))]
SupportersReader = Annotated[Caller, Depends(needs(TokenScope.SUPPORTERS_READ))]


@router.get(f"{PREFIX}/nudges")
def nudges(
    caller: NudgesReader,
    desk: DeskDep,
    session: SessionDep,
    watched: WatchedDep,
    response: Response,
    order: Annotated[board.Order, Query(description="rank, or likely")] = "rank",
) -> NudgesAnswer:
    """The nudge list in rank order, with the numbers to ring and the reasons."""
    del caller
    response.headers["Cache-Control"] = "no-store"
    view = board.nudges_view(
        session, desk.settings, watched, now=desk.clock(), order=order
    )
    return NudgesAnswer.model_validate(
        {"nudges": [nudge_object(row) for row in view.rows]}
    )


@router.post(f"{PREFIX}/contacts")
def contacts(
    caller: ContactsWriter,
    desk: DeskDep,
    watched: WatchedDep,
    new: NewContact,
    key: Key = None,
) -> ContactAnswer:
    """Log a contact with a Member's office."""
    path = f"{watched.session}/{watched.number}/contacts"
    repeat = Repeat(caller.name, path, key, new.model_dump_json())
    if (known := repeat.known(desk.engine)) is not None:
        return ContactAnswer.model_validate_json(known)
    now = desk.clock()
    if new.call_back_on is not None and new.call_back_on < london_date(now):
        raise ProblemError(422, "call_back_on takes a day from today on, or null.")
    with store.write(desk.engine) as session:
        motion = store.record_motion(session, watched.session, watched.number)
        if not store.members_by_id(session, [new.member_id]):
            raise ProblemError(404, "No Member with that id is known.")
        assert motion.id is not None, "a stored motion has an id"
        contact = store.record_contact(
            session,
            Contact(
                motion_id=motion.id,
                contacted_at=now,
                logged_by=caller.name,
                **new.model_dump(),
            ),
        )
        answer = ContactAnswer.model_validate(contact, from_attributes=True)
        store.record_audit(
            session, caller.name, "contact logged", f"Member {new.member_id}", at=now
        )
        repeat.remember(session, answer.model_dump_json(), desk.clock)
    return answer


@router.post("/api/v1/emails")
def emails(
    caller: EmailsWriter, desk: DeskDep, new: NewEmails, key: Key = None
) -> ImportAnswer:
    """Take in supporters' emails that another program sent; sending nobody anything.

    The same emails again change nothing, with or without a key.
    """
    watched = find_watched(desk.settings, new.session, str(new.number))
    repeat = Repeat(caller.name, "emails", key, new.model_dump_json())
    if (known := repeat.known(desk.engine)) is not None:
        return ImportAnswer.model_validate_json(known)
    now = desk.clock()
    result = import_emails(
        ImportDesk(desk.engine, secret_key(desk.settings), desk.clock),
        watched,
        [read_object(line, one, now) for line, one in enumerate(new.emails, start=1)],
        source=f"API, {caller.name}",
        way=Way.API,
    )
    answer = ImportAnswer.model_validate(result.document())
    with store.write(desk.engine) as session:
        repeat.remember(session, answer.model_dump_json(), desk.clock)
    return answer


@router.get("/api/v1/supporters/{ref}")
def supporter(
    caller: SupportersReader,
    desk: DeskDep,
    response: Response,
    ref: Annotated[str, Path(max_length=64, description="a supporter_ref")],
) -> SupporterAnswer:
    """Who a `supporter_ref` is, if they agreed to hear from the campaign."""
    response.headers["Cache-Control"] = "no-store"
    with store.write(desk.engine) as session:
        found = store.supporter_by_ref(session, ref)
        if found is None or found.id is None or found.email is None:
            raise ProblemError(404, "No supporter who agreed has that reference.")
        reminders = store.has_agreed(session, found.id, ConsentKind.REMINDERS)
        campaigns = store.has_agreed(session, found.id, ConsentKind.CAMPAIGNS)
        if not (reminders or campaigns):
            raise ProblemError(404, "No supporter who agreed has that reference.")
        store.record_audit(
            session, caller.name, "supporter read", f"ref {ref}", at=desk.clock()
        )
        return SupporterAnswer(
            ref=ref,
            email=found.email,
            name=found.name,
            agreed_reminders=reminders,
            agreed_campaigns=campaigns,
        )
