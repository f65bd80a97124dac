"""The outbox as staff look through it: by state, and how many emails each MP gets."""

from collections.abc import Sequence

from sqlmodel import Session, col, func, select

from tracker.rules.sending import HELD_SIGNED, HELD_UNCONFIRMED
from tracker.store.tables import Message, MessageKind, MessageState


def newest_messages(
    session: Session, state: MessageState, *, limit: int, before_id: int | None = None
) -> Sequence[Message]:
    """Return Messages in this state, the newest first, from the one before `before_id`."""
    query = select(Message).where(Message.state == state)
    if before_id is not None:
        query = query.where(col(Message.id) < before_id)
    return session.exec(query.order_by(col(Message.id).desc()).limit(limit)).all()


def releasable_count(session: Session) -> int:
    """Return how many held Messages `release_all` would queue."""
    return session.exec(
        select(func.count(col(Message.id)))
        .where(Message.state == MessageState.HELD)
        .where(
            col(Message.error).is_(None)
            | col(Message.error).not_in((HELD_SIGNED, HELD_UNCONFIRMED))
        )
    ).one()


def letter_counts(session: Session, *, limit: int) -> list[tuple[int, int, int]]:
    """Return (motion id, Member's id, emails to that MP with their text), most first."""
    count = func.count(col(Message.id))
    rows = session.exec(
        select(Message.motion_id, Message.member_id, count)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(col(Message.state) != MessageState.CANCELLED)
        .where(col(Message.body).is_not(None))
        .group_by(col(Message.motion_id), col(Message.member_id))
        .order_by(count.desc(), col(Message.member_id))
        .limit(limit)
    ).all()
    return [
        (motion_id, member_id, number)
        for motion_id, member_id, number in rows
        if motion_id is not None and member_id is not None
    ]
