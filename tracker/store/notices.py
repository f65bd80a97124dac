"""Notices to supporters about their own email, written beside what caused them."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session

from tracker.outbox.compose import Draft
from tracker.outbox.notices import About
from tracker.store.outbox import NewMessage, queue_message
from tracker.store.tables import (
    Member,
    Message,
    MessageKind,
    Motion,
    Supporter,
)

Wording = Callable[[About], Draft]


def tell_supporter(
    session: Session,
    message: Message,
    kind: MessageKind,
    wording: Wording,
    *,
    is_held: bool,
    now: datetime,
    cause: str,
) -> Message | None:
    """Return the notice to the supporter whose email to their MP `message` is.

    None if there is nobody to tell: an erased person, or an address that was never
    confirmed. `cause` with the email's number makes it be written once.
    """
    about = about_email(session, message)
    supporter = session.get(Supporter, message.supporter_id or 0)
    if about is None or supporter is None or supporter.email is None:
        return None
    if message.kind is not MessageKind.TO_MEMBER or message.confirmed_at is None:
        return None
    draft = wording(about)
    return queue_message(
        session,
        NewMessage(
            kind=kind,
            dedupe_key=f"{cause}:{message.id}",
            to_address=supporter.email,
            subject=draft.subject,
            body=draft.body,
            motion_id=message.motion_id,
            member_id=message.member_id,
            supporter_id=supporter.id,
            supporter_email_id=message.supporter_email_id,
        ),
        is_held=is_held,
        domain=message.message_id.rstrip(">").rpartition("@")[2],
        now=now,
    )


def about_email(session: Session, message: Message) -> About | None:
    """Return whose email it is and about what, in the words of a notice."""
    motion = session.get(Motion, message.motion_id or 0)
    member = session.get(Member, message.member_id or 0)
    supporter = session.get(Supporter, message.supporter_id or 0)
    if motion is None or member is None or supporter is None:
        return None
    return About(supporter.name, member.name, motion.session, motion.number)
