"""A supporter's emails to their MPs, each with the Message that carries it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.outbox import NewMessage
from tracker.store.tables import (
    EmailState,
    FollowUp,
    Message,
    MessageKind,
    MessageState,
    SupporterEmail,
)

_UNSENT = (MessageState.HELD, MessageState.QUEUED, MessageState.PARKED)


@dataclass(frozen=True, slots=True)
class Letter:
    """An email of a supporter; `message` is None if we did not send it ourselves."""

    email: SupporterEmail
    message: Message | None


def letter_with(session: Session, email_id: int) -> Letter | None:
    """Return one email of a supporter with its Message, by the email's id."""
    email = session.get(SupporterEmail, email_id)
    if email is None:
        return None
    message = session.exec(
        select(Message)
        .where(Message.supporter_email_id == email_id)
        .where(Message.kind == MessageKind.TO_MEMBER)
    ).first()
    return Letter(email, message)


def letters_of(session: Session, supporter_id: int) -> Sequence[Letter]:
    """Return a person's emails about any motion, newest first."""
    messages = {
        message.supporter_email_id: message
        for message in session.exec(
            select(Message)
            .where(Message.supporter_id == supporter_id)
            .where(Message.kind == MessageKind.TO_MEMBER)
        ).all()
    }
    emails = session.exec(
        select(SupporterEmail)
        .where(SupporterEmail.supporter_id == supporter_id)
        .order_by(col(SupporterEmail.sent_at).desc(), col(SupporterEmail.id).desc())
    ).all()
    return [Letter(email, messages.get(email.id)) for email in emails]


def reminders_of(session: Session, supporter_id: int) -> Sequence[Message]:
    """Return the reminders and last notes that were sent to a person, newest first."""
    return session.exec(
        select(Message)
        .where(Message.supporter_id == supporter_id)
        .where(col(Message.kind).in_((MessageKind.FOLLOW_UP, MessageKind.LAST_NOTE)))
        .where(Message.state == MessageState.SENT)
        .order_by(col(Message.sent_at).desc(), col(Message.id).desc())
    ).all()


def follow_ups_of(session: Session, supporter_id: int) -> Sequence[FollowUp]:
    """Return a person's follow-ups in every state, by when they are due."""
    return session.exec(
        select(FollowUp)
        .where(FollowUp.supporter_id == supporter_id)
        .order_by(col(FollowUp.due_at), col(FollowUp.id))
    ).all()


def counted_emails(
    session: Session, *, supporter_id: int, motion_id: int, member_id: int
) -> Sequence[SupporterEmail]:
    """Return the emails of a person to that MP about the motion that count, oldest first."""
    return session.exec(
        select(SupporterEmail)
        .where(SupporterEmail.supporter_id == supporter_id)
        .where(SupporterEmail.member_id == member_id)
        .where(SupporterEmail.motion_id == motion_id)
        .where(SupporterEmail.state == EmailState.COUNTED)
        .order_by(col(SupporterEmail.sent_at), col(SupporterEmail.id))
    ).all()


def unsent_letters(
    session: Session, supporter_id: int, *, member_id: int | None = None
) -> Sequence[Message]:
    """Return the Messages of a person to MPs that no sender has taken yet, locked."""
    query = (
        select(Message)
        .where(Message.supporter_id == supporter_id)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(col(Message.state).in_(_UNSENT))
        .order_by(col(Message.id))
        .with_for_update()
    )
    if member_id is not None:
        query = query.where(Message.member_id == member_id)
    return session.exec(query).all()


def same_letter(
    session: Session, new: NewMessage, *, since: datetime
) -> Message | None:
    """Return the Message that says word for word the same, written since then."""
    return session.exec(
        select(Message)
        .where(Message.supporter_id == new.supporter_id)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(Message.motion_id == new.motion_id)
        .where(Message.member_id == new.member_id)
        .where(Message.subject == new.subject, Message.body == new.body)
        .where(col(Message.state) != MessageState.CANCELLED)
        .where(col(Message.created_at) >= since)
        .limit(1)
    ).first()


def free_minute(
    session: Session, *, motion_id: int, member_id: int, supporter_id: int, minute: int
) -> int:
    """Return the first minute from `minute` on that no other such email has.

    An email that was not handed over yet holds a minute only for the while.
    """
    taken = set(
        session.exec(
            select(SupporterEmail.sent_minute)
            .where(SupporterEmail.supporter_id == supporter_id)
            .where(SupporterEmail.member_id == member_id)
            .where(SupporterEmail.motion_id == motion_id)
            .where(SupporterEmail.sent_minute >= minute)
        ).all()
    )
    while minute in taken:
        minute += 1
    return minute
