"""Outgoing events: what other programs are told, written beside what caused it.

One OutgoingEvent whoever listens, and in the same transaction one Message for each
webhook that wants its type. Sending them is outbox/hooks/; what staff are told is in
staff_notices.py.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, delete, func, select

from tracker.rules.audience import Audience
from tracker.rules.event_types import EventType
from tracker.rules.sending import HELD_BY_MODE
from tracker.rules.webhooks import HELD_OFF
from tracker.store.engine import is_sqlite
from tracker.store.tables import (
    Message,
    MessageKind,
    MessageState,
    Motion,
    OutgoingEvent,
    WebhookState,
    WebhookTry,
)

_TOLD = (MessageKind.WEBHOOK, MessageKind.STAFF_NOTICE)
_ON_ITS_WAY = (MessageState.QUEUED, MessageState.SENDING)
_OUTGOING_LOCK = 718_2014_18
"""Key of PostgreSQL's advisory lock under which outgoing events are written."""


@dataclass(frozen=True, slots=True)
class NewOutgoing:
    """What is to be told; `dedupe_key` names its cause, without the type.

    `data` is what the type adds to `event_id`, `session`, `number`, `member_id` and
    `ons_code`: no personal data, a supporter is an opaque `supporter_ref`.
    """

    type: EventType
    dedupe_key: str
    motion: Motion | None = None
    member_id: int | None = None
    ons_code: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def record_outgoing(
    session: Session, new: NewOutgoing, audience: Audience, now: datetime
) -> OutgoingEvent:
    """Return the event of this type and cause, written now if there was none.

    With it one Message for each webhook of the audience that wants the type: held in
    `hold`, and for a webhook that is switched off. Takes the lock of outgoing events
    until the commit: let it be the last lock that a transaction takes.
    """
    lock_outgoing(session)
    key = f"{new.type}:{new.dedupe_key}"
    known = session.exec(
        select(OutgoingEvent).where(OutgoingEvent.dedupe_key == key)
    ).one_or_none()
    if known is not None:
        return known
    event = OutgoingEvent(
        type=new.type,
        occurred_at=now,
        motion_id=new.motion.id if new.motion else None,
        member_id=new.member_id,
        data=json.dumps(_data(new), ensure_ascii=False),
        dedupe_key=key,
    )
    session.add(event)
    session.flush()
    for name in audience.hooks_for(new.type):
        _queue(session, event, name, audience, now)
    session.flush()
    return event


def lock_outgoing(session: Session) -> None:
    """Hold the lock under which outgoing events are written until the transaction ends.

    So that their ids are in the order of commits. On SQLite a `write` holds it already.
    """
    if not is_sqlite(session.connection()):
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _OUTGOING_LOCK}
        )


def outgoing_after(
    session: Session,
    event_id: int,
    *,
    types: Collection[EventType] | None,
    since: datetime,
    limit: int,
) -> Sequence[OutgoingEvent]:
    """Return events newer than `event_id` and than `since`, oldest first, of some types.

    None means of every type.
    """
    query = (
        select(OutgoingEvent)
        .where(col(OutgoingEvent.id) > event_id)
        .where(col(OutgoingEvent.occurred_at) >= since)
        .order_by(col(OutgoingEvent.id))
        .limit(limit)
    )
    if types is not None:
        query = query.where(col(OutgoingEvent.type).in_(list(types)))
    return session.exec(query).all()


def latest_outgoing(
    session: Session, motion_id: int, types: Collection[EventType]
) -> OutgoingEvent | None:
    """Return the newest event of one of these types about a motion, None if there is none."""
    return session.exec(
        select(OutgoingEvent)
        .where(OutgoingEvent.motion_id == motion_id)
        .where(col(OutgoingEvent.type).in_(list(types)))
        .order_by(col(OutgoingEvent.id).desc())
        .limit(1)
    ).first()


def last_outgoing_id(session: Session) -> int:
    """Return the newest outgoing event's id, 0 if there is none."""
    return session.exec(select(func.max(OutgoingEvent.id))).one() or 0


def forget_outgoing(session: Session, *, before: datetime, limit: int) -> int:
    """Delete some of what was told before then, and is not on its way; return how many.

    Events, Messages to webhooks and to staff, and tries, at most `limit` of each kind:
    call it again until it returns 0. The newest event stays, whatever its age: no id is
    given twice.
    """
    messages = session.exec(
        select(Message.id)
        .where(col(Message.kind).in_(_TOLD))
        .where(col(Message.created_at) < before)
        .where(col(Message.state).not_in(_ON_ITS_WAY))
        .order_by(col(Message.id))
        .limit(limit)
    ).all()
    events = session.exec(
        select(OutgoingEvent.id)
        .where(col(OutgoingEvent.occurred_at) < before)
        .where(col(OutgoingEvent.id) < last_outgoing_id(session))
        .order_by(col(OutgoingEvent.id))
        .limit(limit)
    ).all()
    session.exec(delete(WebhookTry).where(col(WebhookTry.message_id).in_(messages)))
    session.exec(delete(Message).where(col(Message.id).in_(messages)))
    session.exec(delete(OutgoingEvent).where(col(OutgoingEvent.id).in_(events)))
    return len(messages) + len(events)


def outgoing_object(event: OutgoingEvent) -> dict[str, Any]:
    """Return what a webhook carries: `{type, timestamp, data}`."""
    return {
        "type": event.type.value,
        "timestamp": _iso(event.occurred_at),
        "data": {"event_id": event.id, **json.loads(event.data)},
    }


def _data(new: NewOutgoing) -> dict[str, Any]:
    return {
        "session": new.motion.session if new.motion else None,
        "number": new.motion.number if new.motion else None,
        "member_id": new.member_id,
        "ons_code": new.ons_code,
        **new.data,
    }


def _queue(
    session: Session,
    event: OutgoingEvent,
    name: str,
    audience: Audience,
    now: datetime,
) -> None:
    """Write the Message to one webhook; its body and its id stay over all tries."""
    reason = HELD_BY_MODE if audience.is_held else None
    state = session.get(WebhookState, name)
    if reason is None and state is not None and state.off_at is not None:
        reason = HELD_OFF
    session.add(
        Message(
            kind=MessageKind.WEBHOOK,
            state=MessageState.HELD if reason else MessageState.QUEUED,
            dedupe_key=f"webhook:{name}:{event.id}",
            motion_id=event.motion_id,
            to_address=name,
            subject=event.type.value,
            body=json.dumps(outgoing_object(event), ensure_ascii=False),
            message_id=f"msg_{secrets.token_hex(16)}",
            created_at=now,
            next_try_at=now,
            error=reason,
        )
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
