"""The staff JSON: whom to nudge, what offices said, supporters' emails from elsewhere.

Owns the addresses and who may use them; what they do is in tracker/.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from dashboard.api.access import Caller, needs
from dashboard.api.models import problem_answers
from dashboard.api.motions import PREFIX
from dashboard.api.parameters import TAKES
from dashboard.api.repeats import Key, Repeat, SentBody
from dashboard.api.staff_models import (
    ContactAnswer,
    ImportAnswer,
    NewContactBody,
    NewEmails,
    NudgesAnswer,
    SupporterAnswer,
)
from dashboard.desk import DeskDep, SessionDep, WatchedDep, find_watched
from dashboard.problems import ProblemError
from tracker import board, store
from tracker.contacts import ContactError, NewContact, log_contact
from tracker.keys import secret_key
from tracker.rules.access import TokenScope
from tracker.store.audit import about_supporter
from tracker.store.tables import ConsentKind, Way
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.rows import read_object

_LONGEST_REF = 64


async def never_kept(response: Response) -> None:
    """Have no cache keep what is for staff."""
    response.headers["Cache-Control"] = "no-store"


router = APIRouter(
    tags=["staff"],
    responses=problem_answers(400, 401, 403, 404, 413, 422, 503),
    dependencies=[Depends(never_kept)],
)

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
    order: Annotated[board.Order, Query(description=TAKES["order"])] = "rank",
) -> NudgesAnswer:
    """The nudge list in rank order, with the numbers to ring and the reasons."""
    del caller
    view = board.nudges_view(
        session, desk.settings, watched, now=desk.clock(), order=order
    )
    return NudgesAnswer.model_validate(
        {"nudges": [board.nudge_object(row) for row in view.rows]}
    )


@router.post(f"{PREFIX}/contacts")
def contacts(
    caller: ContactsWriter,
    desk: DeskDep,
    watched: WatchedDep,
    new: NewContactBody,
    sent: SentBody,
    key: Key = None,
) -> ContactAnswer:
    """Log a contact with a Member's office."""
    path = f"{watched.session}/{watched.number}/contacts"
    repeat = Repeat(caller.name, path, key, sent)
    told = NewContact(**new.model_dump())
    with store.write(desk.engine) as session:
        if (known := repeat.known(session)) is not None:
            return ContactAnswer.model_validate_json(known)
        try:
            contact = log_contact(
                session, watched, told, by=caller.name, at=desk.clock()
            )
        except ContactError as error:
            raise ProblemError(422, f"{error}.") from error
        answer = ContactAnswer.model_validate(contact, from_attributes=True)
        repeat.remember(session, answer.model_dump_json(), desk.clock)
    return answer


@router.post("/api/v1/emails")
def emails(
    caller: EmailsWriter,
    desk: DeskDep,
    new: NewEmails,
    sent: SentBody,
    key: Key = None,
) -> ImportAnswer:
    """Take in supporters' emails that another program sent; sending nobody anything.

    The same emails again change nothing, with or without a key.
    """
    watched = find_watched(desk.settings, new.session, str(new.number))
    repeat = Repeat(caller.name, "emails", key, sent)
    with store.read(desk.engine) as session:
        if (known := repeat.known(session)) is not None:
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
        if (known := repeat.known(session)) is not None:
            return ImportAnswer.model_validate_json(known)  # it was sent twice at once
        repeat.remember(session, answer.model_dump_json(), desk.clock)
    return answer


@router.get("/api/v1/supporters/{ref}")
def supporter(
    caller: SupportersReader,
    desk: DeskDep,
    ref: Annotated[str, Path(description="a supporter_ref")],
) -> SupporterAnswer:
    """Who a `supporter_ref` is, if they agreed to hear from the campaign."""
    nobody = ProblemError(404, "No supporter who agreed has that reference.")
    if not (ref.isascii() and ref.isalnum() and len(ref) <= _LONGEST_REF):
        raise nobody
    with store.write(desk.engine) as session:
        found = store.supporter_by_ref(session, ref)
        if found is None or found.id is None or found.email is None:
            raise nobody
        reminders = store.has_agreed(session, found.id, ConsentKind.REMINDERS)
        campaigns = store.has_agreed(session, found.id, ConsentKind.CAMPAIGNS)
        if not (reminders or campaigns):
            raise nobody
        # By their reference: after a leak these are the people to be told.
        about = about_supporter(ref)
        store.record_audit(
            session, caller.name, "supporter read", about, at=desk.clock()
        )
        return SupporterAnswer(
            ref=ref,
            email=found.email,
            name=found.name,
            agreed_reminders=reminders,
            agreed_campaigns=campaigns,
        )
