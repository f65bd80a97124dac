"""What news does to emails that have not left: held when the MP signed, cancelled when
there is nobody or nothing left to write about, taken back when they bounce.

Called inside the transaction that records the news, so that no email leaves after it.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from sqlmodel import Session, col, select

from tracker.outbox import notices
from tracker.rules.follow_ups import HAS_SIGNED, NO_REMINDERS
from tracker.rules.sending import HELD_SIGNED
from tracker.store.bulk import lock_emails
from tracker.store.claims import let_go
from tracker.store.follow_up_ends import (
    FollowUpScope,
    end_by_message,
    end_planned,
    end_reminders_of,
    follow_up_messages,
    reminders_of,
)
from tracker.store.follow_up_plans import lock_follow_ups
from tracker.store.notices import Wording, tell_supporter
from tracker.store.own_emails import end_own_email
from tracker.store.tables import (
    EmailState,
    Message,
    MessageKind,
    MessageState,
    Signature,
)

_NOT_LEFT = (
    MessageState.HELD,
    MessageState.QUEUED,
    MessageState.PARKED,
    MessageState.SENDING,
)


def hold_for_signed(
    session: Session, motion_id: int, member_ids: Collection[int], now: datetime
) -> int:
    """Hold every unsent email to Members with a live signature; return how many.

    The supporters are told. `member_ids` are those who may have signed: whose rows are
    not live is left out.
    """
    signed = live_signers(session, motion_id, member_ids)
    waiting = _not_left(session, motion_id, signed)
    return sum(hold_signed(session, message, now) for message in waiting)


def hold_signed(session: Session, message: Message, now: datetime) -> bool:
    """Hold one email, since the MP has signed, and tell the supporter once.

    Return whether that changed anything: one that nobody confirmed is held already.
    """
    if message.confirmed_at is None:
        return False
    if message.state is MessageState.HELD and message.error == HELD_SIGNED:
        return False
    _tell(session, message, notices.held_signed, "signed", now)
    let_go(message)
    message.state, message.error = MessageState.HELD, HELD_SIGNED
    session.add(message)
    session.flush()
    return True


def hold_message(
    session: Session, message: Message, reason: str, now: datetime
) -> None:
    """Hold one email that was about to leave; the supporter is told if the MP signed."""
    if reason == HELD_SIGNED:
        hold_signed(session, message, now)
        return
    let_go(message)
    message.state, message.error = MessageState.HELD, reason
    session.add(message)
    session.flush()


def cancel_for(
    session: Session,
    motion_id: int | None,
    member_ids: Collection[int] | None,
    reason: str,
    now: datetime,
) -> int:
    """Cancel every unsent email to MPs about a motion, to some or all (None) Members.

    `motion_id` None means whatever the motion (a seat is vacant, Parliament dissolved).
    `reason` is a clause; the supporters read it. Return how many were cancelled. Their
    follow-ups end with the same reason.
    """
    cancel_follow_ups(session, motion_id, member_ids, reason, now)
    waiting = _not_left(session, motion_id, member_ids)
    for message in waiting:
        cancel_unsent(session, message, reason, now)
    return len(waiting)


def cancel_follow_ups(
    session: Session,
    motion_id: int | None,
    member_ids: Collection[int] | None,
    reason: str,
    now: datetime,
    scope: FollowUpScope = FollowUpScope.STANDING,
) -> None:
    """End the follow-ups of a scope that have not left, about some or all (None) Members.

    What waits for its day and what is in the outbox alike. Nobody is told.
    """
    if member_ids is not None and not member_ids:
        return
    lock_follow_ups(session)
    for message in follow_up_messages(session, motion_id, member_ids, scope):
        cancel_unsent(session, message, reason, now, is_told=False)
    end_planned(session, motion_id, member_ids, scope, reason, now)


def end_for_signed(
    session: Session, motion_id: int, member_ids: Collection[int], now: datetime
) -> None:
    """End the follow-ups that ask for a signature of Members with a live one.

    `member_ids` as for `hold_for_signed`.
    """
    signed = live_signers(session, motion_id, member_ids)
    cancel_follow_ups(
        session, motion_id, signed, HAS_SIGNED, now, FollowUpScope.UNSIGNED
    )


def cancel_reminders(session: Session, supporter_id: int, now: datetime) -> None:
    """End whatever a person would still be sent by a follow-up rule: they said stop."""
    lock_follow_ups(session)
    for message in reminders_of(session, supporter_id):
        cancel_unsent(session, message, NO_REMINDERS, now, is_told=False)
    end_reminders_of(session, supporter_id, NO_REMINDERS, now)


def cancel_unsent(
    session: Session,
    message: Message,
    reason: str,
    now: datetime,
    *,
    is_told: bool = True,
) -> None:
    """Cancel one email that has not left; its supporter is told why, unless told before."""
    if is_told and message.error != HELD_SIGNED:
        wording = partial(notices.cancelled, reason=reason)
        _tell(session, message, wording, "cancelled", now)
    let_go(message)
    message.state, message.error = MessageState.CANCELLED, reason
    message.finished_at = now
    session.add(message)
    end_own_email(session, message, EmailState.CANCELLED, reason)
    if message.kind is MessageKind.FOLLOW_UP:
        end_by_message(session, message, reason, now)
    session.flush()


def record_bounce(
    session: Session,
    message_id: str,
    recipients: Collection[str],
    reason: str,
    now: datetime,
) -> bool:
    """Take back an email that the receiving server gave back; return whether it was ours.

    `message_id` is that of the email inside the report, `recipients` the addresses (in
    lower case) that it says it failed for. Only an email of ours that was sent, to one
    of them, counts; the supporter is told (checks.md M10).
    """
    lock_emails(session)
    message = session.exec(
        select(Message).where(Message.message_id == message_id).with_for_update()
    ).one_or_none()
    if message is None or message.state not in (
        MessageState.SENT,
        MessageState.UNCERTAIN,
    ):
        return False
    if (message.to_address or "").casefold() not in recipients:
        return False
    wording = partial(notices.bounced, reason=reason)
    tell_supporter(
        session,
        message,
        MessageKind.FAILURE_NOTICE,
        wording,
        is_held=False,
        now=now,
        cause="bounced",
    )
    message.state, message.error = MessageState.FAILED, f"it came back: {reason}"
    message.finished_at = now
    session.add(message)
    end_own_email(session, message, EmailState.BOUNCED, reason)
    session.flush()
    return True


def live_signers(
    session: Session, motion_id: int, member_ids: Collection[int]
) -> set[int]:
    """Return those of the Members whose name is on Parliament's list now."""
    return set(
        session.exec(
            select(Signature.member_id)
            .where(Signature.motion_id == motion_id)
            .where(col(Signature.member_id).in_(list(member_ids)))
            .where(col(Signature.is_withdrawn).is_(False))
            .where(col(Signature.removed_at).is_(None))
        ).all()
    )


def _not_left(
    session: Session, motion_id: int | None, member_ids: Collection[int] | None
) -> Sequence[Message]:
    """Return the emails to MPs that no server was given yet, locked until the commit.

    One in `sending` counts if its hand-over did not begin: its sender looks again before.
    """
    if member_ids is not None and not member_ids:
        return []
    query = (
        select(Message)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(col(Message.state).in_(_NOT_LEFT))
        .where(
            (col(Message.state) != MessageState.SENDING)
            | col(Message.handover_at).is_(None)
        )
        .order_by(col(Message.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if motion_id is not None:
        query = query.where(Message.motion_id == motion_id)
    if member_ids is not None:
        query = query.where(col(Message.member_id).in_(list(member_ids)))
    return session.exec(query).all()


def _tell(
    session: Session, message: Message, wording: Wording, cause: str, now: datetime
) -> None:
    # What was held by mail.mode keeps its notice held too: nothing leaves in hold.
    tell_supporter(
        session,
        message,
        MessageKind.FAILURE_NOTICE,
        wording,
        is_held=message.state is MessageState.HELD,
        now=now,
        cause=cause,
    )
