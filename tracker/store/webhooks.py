"""Webhooks: what is due to be delivered, what each try brought, and being switched off.

Claims are those of every sender (claims.py). What an answer means is
rules/webhooks.py; what staff may do is each audited.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from tracker.rules.audience import Audience
from tracker.rules.webhooks import GAVE_UP, HELD_OFF, Answered, next_try_at, why_off
from tracker.store.audit import record_audit
from tracker.store.claims import let_go, lock_claims, queue_again
from tracker.store.outbox_staff import OutboxError
from tracker.store.staff_notices import tell_staff
from tracker.store.tables import (
    Message,
    MessageKind,
    MessageState,
    WebhookState,
    WebhookTry,
)

NOT_CONFIGURED = "no webhook of this name is configured any more"
_CAN_BE_RETRIED = (MessageState.FAILED, MessageState.QUEUED)


def next_delivery(session: Session, name: str, now: datetime) -> Message | None:
    """Return, locked, what this webhook is to be told next; None while it is off."""
    state = session.get(WebhookState, name)
    if state is not None and state.off_at is not None:
        return None
    return session.exec(
        _due(name, now)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).first()


def has_delivery(session: Session, name: str, now: datetime) -> bool:
    """Return whether anything is due to this webhook, without a lock."""
    state = session.get(WebhookState, name)
    is_off = state is not None and state.off_at is not None
    return not is_off and session.exec(_due(name, now)).first() is not None


def record_delivery(
    session: Session,
    message: Message,
    answered: Answered,
    audience: Audience,
    now: datetime,
) -> None:
    """Keep what one try brought: taken, tried again later, or given up.

    A webhook that wants no more, or has taken nothing for three days, is switched off,
    and staff are told.
    """
    lock_claims(session)
    name = message.to_address or ""
    session.add(
        WebhookTry(
            message_id=message.id or 0,
            tried_at=now,
            took_seconds=answered.took_seconds,
            status_code=answered.status_code,
            answer=answered.answer,
            error=answered.error,
        )
    )
    state = _state(session, name)
    if answered.is_taken:
        _settle(message, MessageState.SENT, None, now)
        message.sent_at = now
        state.last_ok_at, state.failing_since_at = now, None
    else:
        _record_failure(session, message, state, answered, audience, now)
    session.add(message)
    session.flush()


def switch_on(session: Session, name: str, *, actor: str, now: datetime) -> int:
    """Switch a webhook on again, and queue what it was not told meanwhile; return how much.

    OutboxError if it is not off.
    """
    lock_claims(session)
    state = session.get(WebhookState, name)
    if state is None or state.off_at is None:
        raise OutboxError(f"the webhook {name} is not switched off.")
    state.off_at = state.off_reason = state.failing_since_at = None
    session.add(state)
    waiting = (
        update(Message)
        .where(*_of(name), col(Message.state) == MessageState.HELD)
        .where(col(Message.error) == HELD_OFF)
        .values(state=MessageState.QUEUED, error=None, next_try_at=now)
        .execution_options(synchronize_session=False)
    )
    count: int = session.connection().execute(waiting).rowcount
    record_audit(session, actor, "webhook.on", name, at=now)
    return count


def retry_delivery(
    session: Session, message_id: int, *, actor: str, now: datetime
) -> Message:
    """Have one delivery tried at once. OutboxError if that can't be done."""
    message = session.exec(
        select(Message)
        .where(Message.id == message_id)
        .where(Message.kind == MessageKind.WEBHOOK)
        .with_for_update()
    ).one_or_none()
    if message is None:
        raise OutboxError(f"there is no delivery {message_id}.")
    if message.state not in _CAN_BE_RETRIED:
        raise OutboxError(
            f"delivery {message_id} is {message.state}: only one that failed or waits"
            " can be tried again."
        )
    state = session.get(WebhookState, message.to_address)
    if state is not None and state.off_at is not None:
        raise OutboxError(f"the webhook {state.name} is off: switch it on first.")
    queue_again(message, message.error, now)
    message.finished_at = None
    session.add(message)
    record_audit(session, actor, "webhook.retry", f"message {message_id}", at=now)
    session.flush()
    return message


def cancel_forgotten(session: Session, names: Collection[str], now: datetime) -> int:
    """Cancel what is queued for webhooks that are not configured; return how much."""
    gone = (
        update(Message)
        .where(col(Message.kind) == MessageKind.WEBHOOK)
        .where(col(Message.state) == MessageState.QUEUED)
        .where(col(Message.to_address).not_in(list(names)))
        .values(state=MessageState.CANCELLED, error=NOT_CONFIGURED, finished_at=now)
        .execution_options(synchronize_session=False)
    )
    count: int = session.connection().execute(gone).rowcount
    return count


def webhook_states(session: Session) -> dict[str, WebhookState]:
    """Return how each webhook fares that was ever told anything, by name."""
    found = session.exec(select(WebhookState).order_by(col(WebhookState.name))).all()
    return {state.name: state for state in found}


def latest_deliveries(
    session: Session, name: str, *, limit: int
) -> Sequence[tuple[Message, WebhookTry | None]]:
    """Return what a webhook was told last, newest first, each with its newest try."""
    messages = session.exec(
        select(Message).where(*_of(name)).order_by(col(Message.id).desc()).limit(limit)
    ).all()
    ids = [message.id for message in messages]
    tries = session.exec(
        select(WebhookTry)
        .where(col(WebhookTry.message_id).in_(ids))
        .order_by(col(WebhookTry.id))
    ).all()
    newest = {one.message_id: one for one in tries}
    return [(message, newest.get(message.id or 0)) for message in messages]


def _record_failure(
    session: Session,
    message: Message,
    state: WebhookState,
    answered: Answered,
    audience: Audience,
    now: datetime,
) -> None:
    state.failing_since_at = state.failing_since_at or now
    next_at = next_try_at(message.attempt_count, now=now)
    if answered.is_gone:
        _settle(message, MessageState.FAILED, answered.error, now)
    elif next_at is None:
        reason = f"{GAVE_UP} (last: {answered.error})"
        _settle(message, MessageState.FAILED, reason, now)
    else:
        queue_again(message, answered.error, next_at)
    session.flush()
    reason_off = why_off(answered, state.failing_since_at, now)
    if reason_off is not None and state.off_at is None:
        _switch_off(session, state, reason_off, audience, now)


def _switch_off(
    session: Session,
    state: WebhookState,
    reason: str,
    audience: Audience,
    now: datetime,
) -> None:
    state.off_at, state.off_reason = now, reason
    session.add(state)
    session.flush()
    session.connection().execute(
        update(Message)
        .where(*_of(state.name), col(Message.state) == MessageState.QUEUED)
        .values(state=MessageState.HELD, error=HELD_OFF)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    tell_staff(
        session,
        f"The webhook {state.name} was switched off: {reason}.",
        cause=f"webhook:{state.name}:{now.isoformat()}",
        audience=audience,
        now=now,
        is_urgent=True,
    )


def _state(session: Session, name: str) -> WebhookState:
    state = session.get(WebhookState, name) or WebhookState(name=name)
    session.add(state)
    return state


def _settle(
    message: Message, state: MessageState, error: str | None, now: datetime
) -> None:
    let_go(message)
    message.state, message.error, message.finished_at = state, error, now


def _of(name: str) -> tuple[Any, ...]:
    return (
        col(Message.kind) == MessageKind.WEBHOOK,
        col(Message.to_address) == name,
    )


def _due(name: str, now: datetime) -> SelectOfScalar[Message]:
    return (
        select(Message)
        .where(*_of(name), col(Message.state) == MessageState.QUEUED)
        .where(col(Message.next_try_at) <= now)
        .order_by(col(Message.next_try_at), col(Message.id))
        .limit(1)
    )
