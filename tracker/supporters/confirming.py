"""Confirming an address: what its page shows, and what the button does, once.

Looking changes nothing, since mail scanners follow links. A link says nothing more once
it was used, has expired, or its email was taken back: all of that is one answer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import store
from tracker.config import Settings
from tracker.outbox.links import Links
from tracker.store import Engine, Letter, Session
from tracker.store.tables import (
    EmailState,
    Member,
    Message,
    MessageState,
    Motion,
    Supporter,
)

LINK_LASTS = timedelta(days=7)
"""How long an email waits for its confirmation."""
REPLACED = "another email to the same MP was confirmed instead"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An email that waits for its supporter: to whom it goes, and every word of it."""

    session: str
    number: int
    member_name: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An email that was just confirmed. `own_page` is its supporter's, for them only."""

    session: str
    number: int
    member_name: str
    is_held: bool
    own_page: str


def waiting_letter(
    session: Session, links: Links, token: str, *, now: datetime
) -> Waiting | None:
    """Return what a link would send; None if it is unknown, used or expired."""
    message = _waiting(session, links, token, now)
    if message is None:
        return None
    motion = session.get_one(Motion, message.motion_id)
    return Waiting(
        motion.session,
        motion.number,
        session.get_one(Member, message.member_id).name,
        message.subject or "",
        message.body or "",
    )


def confirm(
    engine: Engine, settings: Settings, links: Links, token: str, *, now: datetime
) -> Confirmed | None:
    """Confirm the address and release its email; None if there is nothing to confirm.

    The boxes ticked in that form come into force. Other emails of the same person to the
    same MP that still waited are given up, so that the office gets one.
    """
    is_held = settings.mail.mode == "hold"
    with store.write(engine) as session:
        store.lock_emails(session)
        message = _waiting(session, links, token, now)
        if message is None or message.supporter_email_id is None:
            return None
        store.confirm_message(
            session, message.supporter_email_id, is_held=is_held, now=now
        )
        store.put_in_force(session, message.supporter_email_id)
        person = _take_over(session, message, now)
        _give_up_others(session, message, now)
        motion = session.get_one(Motion, message.motion_id)
        return Confirmed(
            motion.session,
            motion.number,
            session.get_one(Member, message.member_id).name,
            is_held,
            links.own_page(person.ref),
        )


def is_waiting(letter: Letter, *, now: datetime) -> bool:
    """Return whether an email of ours may still be confirmed."""
    message = letter.message
    return (
        message is not None
        and message.state is MessageState.HELD
        and message.confirmed_at is None
        and letter.email.state is EmailState.OUTGOING
        and now < message.created_at + LINK_LASTS
    )


def _waiting(
    session: Session, links: Links, token: str, now: datetime
) -> Message | None:
    email_id = links.confirmed_id(token)
    letter = store.letter_with(session, email_id) if email_id is not None else None
    if letter is None or not is_waiting(letter, now=now):
        return None
    person = session.get(Supporter, letter.email.supporter_id)
    is_there = person is not None and person.email is not None
    return letter.message if is_there else None


def _take_over(session: Session, message: Message, now: datetime) -> Supporter:
    """Take over what the form said of the person: now it is they who said it."""
    person = session.get_one(Supporter, message.supporter_id)
    letter = store.letter_with(session, message.supporter_email_id or 0)
    if letter is not None:
        person.name = letter.email.told_name or person.name
        person.ons_code = letter.email.told_ons_code or person.ons_code
        letter.email.told_name = letter.email.told_ons_code = None
        session.add(letter.email)
    person.confirmed_at = person.last_act_at = now
    session.add(person)
    session.flush()
    return person


def _give_up_others(session: Session, message: Message, now: datetime) -> None:
    for other in store.unsent_letters(
        session, message.supporter_id or 0, member_id=message.member_id
    ):
        is_same_motion = other.motion_id == message.motion_id
        if other.id != message.id and is_same_motion and other.confirmed_at is None:
            store.cancel_unsent(session, other, REPLACED, now, is_told=False)
