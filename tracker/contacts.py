"""The story of a logged contact: what staff were told by an office, checked and kept.

The one way in for the API, the commands and the staff pages, so that all three take the
same and say the same of what they don't.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracker import store
from tracker.clock import london_date
from tracker.config import MotionSettings
from tracker.parliament.seats import normal_name
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Session
from tracker.store.calls import contacts_logged_at
from tracker.store.contacts import contact_by_id, take_back_contact
from tracker.store.tables import Contact, Member

LONGEST_NOTE = 2000
LONGEST_WAIT = timedelta(days=366)
UNDO_LASTS = timedelta(minutes=15)
"""For so long a contact can be taken back by who logged it; later it is history."""
_SHOWN = 5


class ContactError(ValueError):
    """A contact that can't be kept; the text says which field takes what."""

    def __init__(self, field: str, takes: str) -> None:
        super().__init__(f"{field} takes {takes}")
        self.field, self.takes = field, takes


class ContactGoneError(ValueError):
    """A contact that can't be taken back; the text says why."""


class NotOneMemberError(ValueError):
    """No Member or more than one is meant; the text names those who may be."""


@dataclass(frozen=True, slots=True)
class NewContact:
    """What was said, and how. `may_be_shown` is about the stance; notes name nobody."""

    member_id: int
    channel: Channel
    outcome: ContactOutcome
    stance: Stance = Stance.UNKNOWN
    may_be_shown: bool = False
    call_back_on: date | None = None
    note: str | None = None


def log_contact(
    session: Session,
    watched: MotionSettings,
    new: NewContact,
    *,
    by: str,
    at: datetime,
) -> Contact:
    """Keep a contact about the motion, and that `by` logged it; ContactError if it can't be.

    The audit log has the Member, not what was said.
    """
    _check_call_back(new.call_back_on, london_date(at))
    if not store.members_by_id(session, [new.member_id]):
        raise ContactError("member_id", "the id of a Member who is known here")
    motion = store.record_motion(session, watched.session, watched.number)
    assert motion.id is not None, "a stored motion has an id"
    contact = store.record_contact(
        session,
        Contact(
            motion_id=motion.id,
            member_id=new.member_id,
            channel=new.channel,
            outcome=new.outcome,
            stance=new.stance,
            may_be_shown=new.may_be_shown,
            call_back_on=new.call_back_on,
            note=_clean_note(new.note),
            contacted_at=at,
            logged_by=by,
        ),
    )
    store.record_audit(session, by, "contact logged", f"Member {new.member_id}", at=at)
    return contact


def take_back(session: Session, contact_id: int, *, by: str, at: datetime) -> int:
    """Take back a contact, with those that `by` logged at the same moment; how many.

    ContactGoneError if it is another's, older than UNDO_LASTS, or gone already.
    """
    contact = contact_by_id(session, contact_id)
    if contact is None or contact.logged_by != by:
        raise ContactGoneError("That contact is not yours, or was taken back already.")
    if at - contact.contacted_at >= UNDO_LASTS:
        raise ContactGoneError(
            "That contact is older than a quarter of an hour and stays: log a new one,"
            " whose words count from now on."
        )
    batch = contacts_logged_at(session, by, contact.contacted_at)
    for one in batch:
        store.record_audit(
            session, by, "contact taken back", f"Member {one.member_id}", at=at
        )
        take_back_contact(session, one)
    return len(batch)


def member_meant(
    session: Session, day: date, *, name: str | None, constituency: str | None
) -> Member:
    """Return the one sitting Member of that name, or for that seat; compared as in 5c.

    Raises NotOneMemberError when nobody or more than one fits, naming those who do.
    """
    wanted = normal_name(name or ""), normal_name(constituency or "")
    fitting = [
        (who, seat)
        for who, seat in store.house_on(session, day, is_past=False)
        if (not wanted[0] or wanted[0] in (normal_name(who.name), _listed(who)))
        and (not wanted[1] or wanted[1] == normal_name(seat.constituency))
    ]
    if len(fitting) == 1:
        return fitting[0][0]
    asked = " for ".join(part for part in (name, constituency) if part)
    if not fitting and not store.house_on(session, day, is_past=False):
        raise NotOneMemberError(
            "the list of MPs has not been read yet: run `tracker members sync` first"
        )
    if not fitting:
        raise NotOneMemberError(
            f"no sitting MP is known as {asked}: give the name as Parliament has it, the"
            " constituency, or the id"
        )
    named = "; ".join(
        f"{who.member_id} {who.name} ({seat.constituency})"
        for who, seat in fitting[:_SHOWN]
    )
    raise NotOneMemberError(f"{len(fitting)} MPs are known as {asked}: {named}")


def _check_call_back(day: date | None, today: date) -> None:
    if day is not None and not today <= day <= today + LONGEST_WAIT:
        raise ContactError(
            "call_back_on", "a day from today on, within a year, or none"
        )


def _clean_note(note: str | None) -> str | None:
    """Return a note without control codes but line ends, None if nothing is left."""
    kept = (
        char if char.isprintable() or char == "\n" else " "
        for char in (note or "").replace("\r\n", "\n")
    )
    text = "".join(kept).strip()
    if len(text) > LONGEST_NOTE:
        raise ContactError("note", f"at most {LONGEST_NOTE} characters")
    return text or None


def _listed(who: Member) -> str:
    """Return a name as it is listed, "Carver, Jane", the right way round."""
    last, _, first = (who.list_as or "").partition(",")
    return normal_name(f"{first} {last}")
