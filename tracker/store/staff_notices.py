"""Notices to staff: one line for each thing that happened, written beside it.

Lines wait a little and leave together (rules/staff_notices.py); sending them is
outbox/staff_digest.py. None of them names a supporter.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from tracker.rules.audience import Audience
from tracker.rules.sending import HELD_BY_MODE
from tracker.rules.staff_notices import COLLECT, due_at, retry_at
from tracker.store.claims import let_go, queue_again
from tracker.store.outbox import message_by_key
from tracker.store.tables import Message, MessageKind, MessageState


def tell_staff(
    session: Session,
    line: str,
    *,
    cause: str,
    audience: Audience,
    now: datetime,
    is_urgent: bool = False,
) -> Message | None:
    """Return the notice that this cause has written, now or before; None without staff.

    `line` is a sentence. In `hold` it is held, as everything is.
    """
    if not audience.has_staff:
        return None
    known = message_by_key(session, f"staff:{cause}")
    if known is not None:
        return known
    message = Message(
        kind=MessageKind.STAFF_NOTICE,
        state=MessageState.HELD if audience.is_held else MessageState.QUEUED,
        dedupe_key=f"staff:{cause}",
        body=line,
        message_id=f"staff_{secrets.token_hex(16)}",
        created_at=now,
        next_try_at=due_at(now, is_urgent=is_urgent),
        error=HELD_BY_MODE if audience.is_held else None,
    )
    session.add(message)
    session.flush()
    return message


def record_notified(
    session: Session, message: Message, reason: str | None, now: datetime
) -> None:
    """Keep that staff have it, or (a reason) that it is tried again, for a day at most."""
    next_at = retry_at(message.attempt_count, now=now) if reason else None
    if reason and next_at:
        queue_again(message, reason, next_at)
    else:
        let_go(message)
        message.state = MessageState.FAILED if reason else MessageState.SENT
        message.error, message.finished_at = reason, now
        message.sent_at = None if reason else now
    session.add(message)
    session.flush()


def has_due_notices(session: Session, now: datetime) -> bool:
    """Return whether any notice to staff is due, without a lock."""
    return session.exec(_queued(now).limit(1)).first() is not None


def due_notices(session: Session, now: datetime) -> Sequence[Message]:
    """Return, locked, all notices that leave together now, oldest first.

    None if none is due; else also those that would be due in a moment.
    """
    if not has_due_notices(session, now):
        return []
    return session.exec(
        _queued(now + COLLECT)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def _queued(until_at: datetime) -> SelectOfScalar[Message]:
    return (
        select(Message)
        .where(Message.kind == MessageKind.STAFF_NOTICE)
        .where(Message.state == MessageState.QUEUED)
        .where(col(Message.next_try_at) <= until_at)
        .order_by(col(Message.id))
    )
