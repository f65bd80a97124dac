"""What staff decide about Messages: release, cancel, decide, unpark. Each is audited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, select

from tracker.rules.sending import HELD_SIGNED, HELD_UNCONFIRMED
from tracker.store.bulk import lock_emails
from tracker.store.consequences import cancel_unsent
from tracker.store.deliveries import record_sent
from tracker.store.outbox import end_pause
from tracker.store.tables import AuditEntry, Message, MessageState

CANCELLED_BY_STAFF = "the campaign's staff cancelled it"
_UNSENT = (MessageState.HELD, MessageState.QUEUED, MessageState.PARKED)


class OutboxError(Exception):
    """Staff asked for what can't be done; the text is one sentence for them."""


def release_message(
    session: Session, message_id: int, *, actor: str, now: datetime
) -> Message:
    """Queue a held Message; it is looked at again before it leaves.

    OutboxError if it is not held, or its supporter has not confirmed it.
    """
    message = _message(session, message_id, (MessageState.HELD,), "released")
    if message.error == HELD_UNCONFIRMED:
        raise OutboxError(
            f"message {message_id} can't be released: {HELD_UNCONFIRMED}."
        )
    _queue(message, now)
    _audit(session, actor, "outbox.release", f"message {message_id}", now)
    return message


def release_all(session: Session, *, actor: str, now: datetime) -> int:
    """Queue every held Message, but those whose MP has signed or that wait for a
    confirmation; return how many.
    """
    held = session.exec(
        select(Message)
        .where(Message.state == MessageState.HELD)
        .where(
            col(Message.error).is_(None)
            | col(Message.error).not_in((HELD_SIGNED, HELD_UNCONFIRMED))
        )
        .order_by(col(Message.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for message in held:
        _queue(message, now)
    _audit(session, actor, "outbox.release", f"all held messages: {len(held)}", now)
    return len(held)


def cancel_message(
    session: Session, message_id: int, *, actor: str, now: datetime
) -> Message:
    """Cancel a Message that has not left; the supporter is told. OutboxError else."""
    message = _message(session, message_id, _UNSENT, "cancelled")
    cancel_unsent(session, message, CANCELLED_BY_STAFF, now)
    _audit(session, actor, "outbox.cancel", f"message {message_id}", now)
    return message


def decide_message(
    session: Session,
    message_id: int,
    decision: Literal["sent", "resend"],
    *,
    actor: str,
    now: datetime,
) -> Message:
    """Settle a Message that is uncertain: it was sent, or is sent again.

    OutboxError if it is not uncertain.
    """
    lock_emails(session)
    message = _message(session, message_id, (MessageState.UNCERTAIN,), "decided")
    if decision == "sent":
        record_sent(session, message, now)
    else:
        _queue(message, now)
    _audit(session, actor, f"outbox.decide.{decision}", f"message {message_id}", now)
    return message


def unpark_message(
    session: Session, message_id: int, *, actor: str, now: datetime
) -> Message:
    """Queue a parked Message, its deaths forgotten. OutboxError if it is not parked."""
    message = _message(session, message_id, (MessageState.PARKED,), "unparked")
    message.death_count = 0
    _queue(message, now)
    _audit(session, actor, "outbox.unpark", f"message {message_id}", now)
    return message


def resume_sending(session: Session, *, actor: str, now: datetime) -> None:
    """Have the mail server tried again at once, whatever it said before."""
    end_pause(session)
    _audit(session, actor, "outbox.resume", "the mail server is tried again", now)


def _message(
    session: Session, message_id: int, states: Sequence[MessageState], verb: str
) -> Message:
    message = session.exec(
        select(Message)
        .where(Message.id == message_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if message is None:
        raise OutboxError(f"there is no message {message_id} in the outbox.")
    if message.state not in states:
        wanted = " or ".join(states)
        raise OutboxError(
            f"message {message_id} is {message.state}: only what is {wanted} can be"
            f" {verb}."
        )
    return message


def _queue(message: Message, now: datetime) -> None:
    message.state, message.error = MessageState.QUEUED, None
    message.claimed_by = message.claimed_at = message.handover_at = None
    message.next_try_at = now


def _audit(
    session: Session, actor: str, action: str, detail: str, now: datetime
) -> None:
    session.add(AuditEntry(at=now, actor=actor, action=action, detail=detail))
    session.flush()
