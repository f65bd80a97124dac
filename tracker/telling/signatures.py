"""Telling of signatures: each event of a poll, in the transaction that records it."""

from collections.abc import Sequence
from datetime import datetime

from tracker import store
from tracker.board import event_object
from tracker.rules.audience import Audience
from tracker.rules.changes import ChangeKind
from tracker.rules.event_types import EventType
from tracker.store import NewOutgoing, Session
from tracker.store.tables import Motion, SignatureEvent

_TYPES = {
    ChangeKind.SIGNED: EventType.SIGNATURE_SIGNED,
    ChangeKind.WITHDRAWN: EventType.SIGNATURE_WITHDRAWN,
    ChangeKind.REMOVED: EventType.SIGNATURE_REMOVED,
}


def tell_signatures(
    session: Session,
    motion: Motion,
    events: Sequence[SignatureEvent],
    audience: Audience,
    now: datetime,
) -> None:
    """Tell other programs and staff of these events; those that are history are not told."""
    fresh = [event for event in events if not event.backfilled]
    if not fresh:
        return
    codes = store.seat_codes(session, {event.member_id for event in fresh})
    for event in fresh:
        store.record_outgoing(
            session,
            NewOutgoing(
                type=_TYPES[event.kind],
                dedupe_key=str(event.id),
                motion=motion,
                member_id=event.member_id,
                ons_code=codes.get(event.member_id),
                data=event_object(event),
            ),
            audience,
            now,
        )
        store.tell_staff(
            session,
            staff_line(event, motion),
            cause=f"signature:{event.id}",
            audience=audience,
            now=now,
        )


def staff_line(event: SignatureEvent, motion: Motion) -> str:
    """Return the event in a sentence that gives it no motive."""
    where = ", ".join(part for part in (event.party, event.constituency) if part)
    who = event.name or f"Member {event.member_id}"
    who += f" ({where})" if where else ""
    edm = f"EDM {motion.number} of {motion.session}"
    match event.kind:
        case ChangeKind.SIGNED:
            return f"{who} signed {edm}{' again' if event.again else ''}."
        case ChangeKind.WITHDRAWN:
            return f"Parliament shows the signature of {who} on {edm} as withdrawn."
        case ChangeKind.REMOVED:
            return f"{who} is no longer on Parliament's list for {edm}."
