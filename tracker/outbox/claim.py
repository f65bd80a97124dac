"""An email that a sender has claimed, and how it is written out for the server."""

from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.config import Settings
from tracker.outbox.envelope import (
    POLICY,
    Outgoing,
    Sender,
    to_alerted,
    to_follower,
    to_member,
    to_supporter,
)
from tracker.outbox.follow_up_texts import own_words
from tracker.outbox.links import Links
from tracker.outbox.wording import fitted_line
from tracker.store import Session, follow_ups
from tracker.store.tables import Message, MessageKind, Supporter


@dataclass(frozen=True, slots=True)
class Claim:
    """An email that is ours to send: its number, this claim's name, and what it says."""

    id: int
    claimed_by: str
    kind: MessageKind
    outgoing: Outgoing
    supporter_ref: str
    supporter_email_id: int | None
    alert_id: int | None = None


def claim_of(session: Session, message: Message) -> Claim:
    """Return the values of a Message that was just claimed."""
    supporter = session.get(Supporter, message.supporter_id or 0)
    assert message.id is not None, "a stored Message has an id"
    return Claim(
        id=message.id,
        claimed_by=message.claimed_by or "",
        kind=message.kind,
        outgoing=Outgoing(
            to_address=message.to_address or "",
            subject=_subject(message),
            body=message.body or "",
            message_id=message.message_id,
            reply_to=message.reply_to,
            quoted=_first_words(session, message),
        ),
        supporter_ref=supporter.ref if supporter else "",
        supporter_email_id=message.supporter_email_id,
        alert_id=_alert_id(session, message),
    )


def _subject(message: Message) -> str:
    """Return the subject; in one of ours a name may be as Parliament has it."""
    subject = message.subject or ""
    if message.kind is MessageKind.TO_MEMBER:
        return subject  # composed of what was typed, and refused where that is not fit
    return fitted_line(subject, max_length=250)


def _alert_id(session: Session, message: Message) -> int | None:
    """Return the alert that a Message is about, None if it is about none."""
    found = store.alert_of_message(session, message)
    return found.id if found else None


def _first_words(session: Session, message: Message) -> str:
    """Return what the supporter wrote, for a follow-up that asks to chase the MP.

    Put in when it leaves, so that nobody's words are kept for longer because of it.
    """
    row = follow_ups.follow_up_of(session, message)
    if row is None or not row.is_chase:
        return ""
    body = follow_ups.first_body(
        session, row.supporter_id, row.motion_id, row.member_id
    )
    return own_words(body)


def written(claim: Claim, settings: Settings, links: Links, *, now: datetime) -> bytes:
    """Return the email as it goes to the server.

    Raises ValueError (an AddressError or TextError) or email.errors.MessageError for
    what can't be written as an email.
    """
    sender = Sender(
        address=settings.mail.sender,
        campaign=settings.campaign.name,
        controller=settings.privacy.controller,
    )
    if claim.kind is MessageKind.TO_MEMBER:
        return to_member(claim.outgoing, sender, now=now).as_bytes(policy=POLICY)
    if claim.kind is MessageKind.FOLLOW_UP:
        return to_follower(
            claim.outgoing, sender, links, ref=claim.supporter_ref, now=now
        ).as_bytes(policy=POLICY)
    if claim.alert_id is not None:
        return to_alerted(
            claim.outgoing,
            sender,
            links,
            ref=claim.supporter_ref,
            alert_id=claim.alert_id,
            now=now,
        ).as_bytes(policy=POLICY)
    is_confirmation = claim.kind is MessageKind.CONFIRMATION
    return to_supporter(
        claim.outgoing,
        sender,
        links,
        ref=claim.supporter_ref,
        confirmation_of=claim.supporter_email_id if is_confirmation else None,
        now=now,
    ).as_bytes(policy=POLICY)
