"""The outbox: writing Messages, confirming them, and reading what is in it.

Claims and outcomes of sending are in deliveries.py, what Parliament's news does to
unsent emails in consequences.py, what staff decide in outbox_staff.py.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from tracker.rules.sending import HELD_BY_MODE, HELD_UNCONFIRMED
from tracker.store.tables import Message, MessageKind, MessageState, SenderPause

EMAIL_KINDS = tuple(
    kind
    for kind in MessageKind
    if kind not in (MessageKind.WEBHOOK, MessageKind.STAFF_NOTICE)
)
"""What the sender of emails sends; webhooks and notices to staff have ways of their own."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """An email to be written into the outbox. `dedupe_key` names its cause.

    An email to an MP (`to_member`) waits for its supporter unless `confirmed_at` is set.
    """

    kind: MessageKind
    dedupe_key: str
    to_address: str
    subject: str
    body: str
    motion_id: int | None = None
    member_id: int | None = None
    supporter_id: int | None = None
    supporter_email_id: int | None = None
    reply_to: str | None = None
    confirmed_at: datetime | None = None


def queue_message(
    session: Session, new: NewMessage, *, is_held: bool, domain: str, now: datetime
) -> Message:
    """Return the Message with this dedupe_key, written now if there was none.

    `is_held` is whether mail.mode is "hold"; `domain` is the sender's, for the
    Message-ID, which is fixed here and can't be guessed.
    """
    known = message_by_key(session, new.dedupe_key)
    if known is not None:
        return known
    row = message_row(new, is_held=is_held, domain=domain, now=now)
    return _insert(session, Message(**row))


def message_row(
    new: NewMessage, *, is_held: bool, domain: str, now: datetime
) -> dict[str, Any]:
    """Return a Message's fields as `queue_message` writes them.

    For whoever knows that the cause is new, and writes many at once (`add_rows`).
    """
    reason = HELD_BY_MODE if is_held else None
    if new.kind is MessageKind.TO_MEMBER and new.confirmed_at is None:
        reason = HELD_UNCONFIRMED
    return {
        "kind": new.kind,
        "state": MessageState.HELD if reason else MessageState.QUEUED,
        "dedupe_key": new.dedupe_key,
        "motion_id": new.motion_id,
        "member_id": new.member_id,
        "supporter_id": new.supporter_id,
        "supporter_email_id": new.supporter_email_id,
        "to_address": new.to_address,
        "reply_to": new.reply_to,
        "subject": new.subject,
        "body": new.body,
        "message_id": f"<{secrets.token_hex(16)}@{domain}>",
        "created_at": now,
        "confirmed_at": new.confirmed_at,
        "next_try_at": now,
        "attempt_count": 0,
        "death_count": 0,
        "error": reason,
    }


def confirm_message(
    session: Session, supporter_email_id: int, *, is_held: bool, now: datetime
) -> Message | None:
    """Return the email to the MP, now confirmed by its supporter; None if there is none.

    It is queued, or stays held if mail.mode is "hold". Confirming again changes nothing,
    nor does confirming what was cancelled meanwhile.
    """
    message = session.exec(
        select(Message)
        .where(Message.supporter_email_id == supporter_email_id)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .with_for_update()
    ).first()
    if message is None or message.confirmed_at is not None:
        return message
    if message.state is MessageState.HELD:
        message.confirmed_at = message.next_try_at = now
        message.error = HELD_BY_MODE if is_held else None
        if not is_held:
            message.state = MessageState.QUEUED
        session.add(message)
        session.flush()
    return message


def message_by_key(session: Session, dedupe_key: str) -> Message | None:
    """Return the Message that this cause has written."""
    return session.exec(
        select(Message).where(Message.dedupe_key == dedupe_key)
    ).one_or_none()


def message_by_id(session: Session, message_id: int) -> Message | None:
    """Return one Message, by its number in the outbox."""
    return session.get(Message, message_id)


def message_counts(session: Session) -> dict[MessageState, int]:
    """Return how many Messages there are in each state, also where there are none."""
    rows = session.exec(
        select(Message.state, func.count(col(Message.id))).group_by(Message.state)
    ).all()
    found = {state: count for state, count in rows}  # noqa: C416 - rows are no tuples
    return {state: found.get(state, 0) for state in MessageState}


def messages_in(
    session: Session, states: Collection[MessageState], *, limit: int, after_id: int = 0
) -> Sequence[Message]:
    """Return Messages in these states by number, from the one after `after_id` on."""
    return session.exec(
        select(Message)
        .where(col(Message.state).in_(list(states)))
        .where(col(Message.id) > after_id)
        .order_by(col(Message.id))
        .limit(limit)
    ).all()


def latest_texts(
    session: Session, motion_id: int, member_id: int, *, limit: int = 200
) -> Sequence[str]:
    """Return the texts of the newest emails to one MP, for the meter of likeness."""
    rows = session.exec(
        select(Message.body)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(Message.motion_id == motion_id, Message.member_id == member_id)
        .where(col(Message.state) != MessageState.CANCELLED)
        .where(col(Message.body).is_not(None))
        .order_by(col(Message.id).desc())
        .limit(limit)
    ).all()
    return [body for body in rows if body is not None]


def written_count(session: Session, supporter_id: int, *, since: datetime) -> int:
    """Return how many emails to MPs a supporter has asked for since then, for a cap."""
    return session.exec(
        select(func.count(col(Message.id)))
        .where(Message.supporter_id == supporter_id)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(col(Message.created_at) >= since)
    ).one()


def sender_pause(session: Session) -> SenderPause | None:
    """Return why and until when nothing is sent; None if the last email went well."""
    return session.get(SenderPause, 1)


def record_pause(
    session: Session,
    reason: str,
    *,
    is_alert: bool,
    until_at: datetime,
    now: datetime,
) -> SenderPause:
    """Keep that no sender sends until `until_at`, and how often it has failed in a row."""
    pause = session.get(SenderPause, 1) or SenderPause(
        reason=reason, is_alert=is_alert, since_at=now, until_at=now, failure_count=0
    )
    pause.reason, pause.is_alert, pause.until_at = reason, is_alert, until_at
    pause.failure_count += 1
    session.add(pause)
    session.flush()
    return pause


def end_pause(session: Session) -> None:
    """Forget the pause: an email was taken, or somebody says to try again."""
    pause = session.get(SenderPause, 1)
    if pause is not None:
        session.delete(pause)
        session.flush()


def _insert(session: Session, message: Message) -> Message:
    try:
        with session.begin_nested():
            session.add(message)
            session.flush()
    except IntegrityError:
        # On PostgreSQL another process may write the same cause at the same moment.
        known = message_by_key(session, message.dedupe_key)
        if known is None:
            raise
        return known
    return message
