"""What an office said last time: the newest call of staff's with each Member. Staff only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Session
from tracker.store.calls import last_contacts
from tracker.store.tables import Contact


@dataclass(frozen=True, slots=True)
class LastCall:
    """One contact as it was logged: how, what came of it, and what was said."""

    contact_id: int
    at: datetime
    channel: Channel
    outcome: ContactOutcome
    stance: Stance
    call_back_on: date | None
    note: str | None
    by: str


def last_calls(
    session: Session, motion_id: int, member_ids: Iterable[int]
) -> dict[int, LastCall]:
    """Return the newest contact about the motion with each of these Members, by id."""
    found = last_contacts(session, motion_id, member_ids)
    return {contact.member_id: as_call(contact) for contact in found}


def as_call(contact: Contact) -> LastCall:
    """Return a stored contact as a value."""
    return LastCall(
        contact_id=contact.id or 0,
        at=contact.contacted_at,
        channel=contact.channel,
        outcome=contact.outcome,
        stance=contact.stance,
        call_back_on=contact.call_back_on,
        note=contact.note,
        by=contact.logged_by,
    )
