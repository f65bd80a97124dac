"""What ends follow-ups that have not left: the rows, and the Messages that carry them.

Called by consequences.py and erasing.py, inside the transaction that records the news.
Messages are locked before follow-ups, as the sender does.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from tracker.rules.follow_ups import Target
from tracker.store.tables import (
    FollowUp,
    FollowUpState,
    Message,
    MessageKind,
    MessageState,
)

_NOT_LEFT = (
    MessageState.HELD,
    MessageState.QUEUED,
    MessageState.PARKED,
    MessageState.SENDING,
)


class FollowUpScope(StrEnum):
    """Which follow-ups some news ends.

    `standing`: all but those that tell of a departure. `unsigned`: those that a
    signature cancels. `chasing`: those that ask somebody to chase the MP.
    """

    STANDING = "standing"
    UNSIGNED = "unsigned"
    CHASING = "chasing"


def follow_up_messages(
    session: Session,
    motion_id: int | None,
    member_ids: Collection[int] | None,
    scope: FollowUpScope,
) -> Sequence[Message]:
    """Return the Messages of a scope that no server was given yet, locked."""
    return _unsent(session, *_about(motion_id, member_ids, scope))


def reminders_of(session: Session, supporter_id: int) -> Sequence[Message]:
    """Return a person's follow-ups in the outbox that no server was given yet, locked."""
    return _unsent(session, col(FollowUp.supporter_id) == supporter_id)


def end_planned(
    session: Session,
    motion_id: int | None,
    member_ids: Collection[int] | None,
    scope: FollowUpScope,
    reason: str,
    now: datetime,
) -> None:
    """End what is planned, and what staff have on their list, in a scope."""
    open_ones = (col(FollowUp.state) == FollowUpState.PLANNED) | (
        (col(FollowUp.state) == FollowUpState.OUT)
        & (col(FollowUp.target) == Target.STAFF)
    )
    _end(session, reason, now, open_ones, *_about(motion_id, member_ids, scope))


def end_reminders_of(
    session: Session, supporter_id: int, reason: str, now: datetime
) -> None:
    """End what a person would have been sent; what staff are to do about their MP stays."""
    _end(
        session,
        reason,
        now,
        col(FollowUp.supporter_id) == supporter_id,
        col(FollowUp.state) == FollowUpState.PLANNED,
        col(FollowUp.target) == Target.SUPPORTER,
    )


def end_of_people(
    session: Session, supporter_ids: Collection[int], reason: str, now: datetime
) -> None:
    """End whatever is planned for people who are erased, or was in the outbox for them."""
    cancelled = select(Message.id).where(Message.state == MessageState.CANCELLED)
    _end(
        session,
        reason,
        now,
        col(FollowUp.supporter_id).in_(list(supporter_ids)),
        (col(FollowUp.state) == FollowUpState.PLANNED)
        | col(FollowUp.outbox_id).in_(cancelled),
    )


def begin_again(
    session: Session, motion_id: int | None, member_id: int, reason: str
) -> None:
    """Plan anew what had ended for a reason that was taken back."""
    conditions = [
        col(FollowUp.member_id) == member_id,
        col(FollowUp.state) == FollowUpState.CANCELLED,
        col(FollowUp.reason) == reason,
        col(FollowUp.outbox_id).is_(None),
    ]
    if motion_id is not None:
        conditions.append(col(FollowUp.motion_id) == motion_id)
    session.connection().execute(
        update(FollowUp)
        .where(*conditions)
        .values(state=FollowUpState.PLANNED, ended_at=None, told_at=None, reason=None)
    )


def end_by_message(
    session: Session, message: Message, reason: str, now: datetime
) -> None:
    """Keep that the follow-up which a Message carries will not be sent."""
    _end(session, reason, now, col(FollowUp.outbox_id) == message.id)


def _about(
    motion_id: int | None,
    member_ids: Collection[int] | None,
    scope: FollowUpScope,
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if motion_id is not None:
        conditions.append(col(FollowUp.motion_id) == motion_id)
    if member_ids is not None:
        conditions.append(col(FollowUp.member_id).in_(list(member_ids)))
    if scope is FollowUpScope.UNSIGNED:
        conditions.append(col(FollowUp.ends_when_signed).is_(True))
    elif scope is FollowUpScope.CHASING:
        conditions.append(col(FollowUp.is_chase).is_(True))
    elif member_ids is not None:
        conditions.append(col(FollowUp.ends_when_left).is_(True))
    return conditions


def _unsent(session: Session, *conditions: ColumnElement[bool]) -> Sequence[Message]:
    """Return Messages as consequences.py takes them: one whose hand-over began is gone."""
    return session.exec(
        select(Message)
        .join(FollowUp, col(FollowUp.outbox_id) == col(Message.id))
        .where(Message.kind == MessageKind.FOLLOW_UP)
        .where(col(Message.state).in_(_NOT_LEFT))
        .where(
            (col(Message.state) != MessageState.SENDING)
            | col(Message.handover_at).is_(None)
        )
        .where(*conditions)
        .order_by(col(Message.id))
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    ).all()


def _end(
    session: Session, reason: str, now: datetime, *conditions: ColumnElement[bool]
) -> None:
    session.flush()
    session.connection().execute(
        update(FollowUp)
        .where(*conditions)
        .values(state=FollowUpState.CANCELLED, ended_at=now, reason=reason)
    )
    for held in list(session.identity_map.values()):
        if isinstance(held, FollowUp):
            session.expire(held)
