"""Claims: which sender has which Message, and how far it came with it.

A claim is a transaction of its own, and so is the beginning of a hand-over: whoever dies
leaves behind how far they were. `claimed_by` is new with every claim, so that a sender
that was believed dead can't overwrite what another did since.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select, update

from tracker.rules.sending import MOST_DEATHS, PACE_WINDOW
from tracker.store.engine import is_sqlite
from tracker.store.outbox import EMAIL_KINDS
from tracker.store.tables import Message, MessageKind, MessageState

_CLAIMS_LOCK = 718_2014_17
"""Key of PostgreSQL's advisory lock under which claims are made: the pace is exact."""

DIED = "the program stopped while it was handed over: it may have arrived"
PARKED = "the program stopped three times while sending it"


def lock_claims(session: Session) -> None:
    """Hold the one lock under which claims are made until the transaction ends."""
    if not is_sqlite(session.connection()):
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CLAIMS_LOCK}
        )


def next_due(session: Session, now: datetime) -> Message | None:
    """Return the email that waits longest and is due; those to supporters go first.

    So that ten thousand emails to MPs keep nobody waiting for a confirmation.
    """
    due = (
        select(Message)
        .where(Message.state == MessageState.QUEUED)
        .where(col(Message.next_try_at) <= now)
        .order_by(col(Message.next_try_at), col(Message.id))
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    others = [kind for kind in EMAIL_KINDS if kind is not MessageKind.TO_MEMBER]
    first = session.exec(due.where(col(Message.kind).in_(others))).first()
    if first is not None:
        return first
    return session.exec(due.where(Message.kind == MessageKind.TO_MEMBER)).first()


def has_due(session: Session, now: datetime) -> bool:
    """Return whether any email is due, without a lock."""
    found = session.exec(
        select(Message.id)
        .where(Message.state == MessageState.QUEUED)
        .where(col(Message.next_try_at) <= now)
        .where(col(Message.kind).in_(EMAIL_KINDS))
        .limit(1)
    ).first()
    return found is not None


def handovers_at(session: Session, message: Message, now: datetime) -> list[datetime]:
    """Return when other emails were given to this MP's server within the last hour.

    One that is on its way there counts from its claim.
    """
    rows = session.exec(
        select(Message.handover_at, Message.claimed_at)
        .where(Message.member_id == message.member_id)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(col(Message.id) != message.id)
        .where(
            (col(Message.handover_at) > now - PACE_WINDOW)
            | (col(Message.state) == MessageState.SENDING)
        )
    ).all()
    return [at for row in rows if (at := row[0] or row[1]) is not None]


def record_claim(
    session: Session, message: Message, slot: str, now: datetime
) -> Message:
    """Keep that a sender has the Message; committed before it speaks to a server."""
    message.state = MessageState.SENDING
    message.claimed_by = f"{slot}:{secrets.token_hex(4)}"
    message.claimed_at, message.handover_at = now, None
    message.attempt_count += 1
    session.add(message)
    session.flush()
    return message


def claimed_message(
    session: Session, message_id: int, claimed_by: str
) -> Message | None:
    """Return the Message, locked, if it is still this claim's; None: it was taken away."""
    return session.exec(
        select(Message)
        .where(Message.id == message_id)
        .where(Message.claimed_by == claimed_by)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def record_wait(
    session: Session, message: Message, until_at: datetime, now: datetime
) -> None:
    """Put off this email and every other due one to the same MP: the office has enough."""
    let_go(message)
    message.state, message.next_try_at = MessageState.QUEUED, until_at
    session.add(message)
    session.flush()
    session.exec(
        update(Message)
        .where(col(Message.state) == MessageState.QUEUED)
        .where(col(Message.kind) == MessageKind.TO_MEMBER)
        .where(col(Message.member_id) == message.member_id)
        .where(col(Message.next_try_at) <= now)
        .values(next_try_at=until_at)
        .execution_options(synchronize_session=False)
    )


def put_off_message(session: Session, message: Message, until_at: datetime) -> None:
    """Put off this one email; it is looked at again then."""
    let_go(message)
    message.state, message.next_try_at = MessageState.QUEUED, until_at
    session.add(message)
    session.flush()


def record_handover(session: Session, message: Message, now: datetime) -> None:
    """Keep that the text is given to the server from now on; committed before it is."""
    message.handover_at = now
    session.add(message)
    session.flush()


def claimants(session: Session) -> set[str]:
    """Return the slots of the senders that have a Message now, dead or alive."""
    rows = session.exec(
        select(Message.claimed_by)
        .where(Message.state == MessageState.SENDING)
        .where(col(Message.claimed_by).is_not(None))
    ).all()
    return {claimed.partition(":")[0] for claimed in rows if claimed}


def record_deaths(
    session: Session, slot: str, now: datetime, *, is_alive: bool = False
) -> Sequence[Message]:
    """Take back what a dead sender had; return it.

    Where the hand-over had begun nobody knows: `uncertain`. Else nothing had left, and
    it is queued again, or parked when three died on it. `is_alive` means that only the
    database failed: no death is counted.
    """
    left = session.exec(
        select(Message)
        .where(Message.state == MessageState.SENDING)
        .where(col(Message.claimed_by).startswith(f"{slot}:", autoescape=True))
        .order_by(col(Message.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for message in left:
        message.death_count += 0 if is_alive else 1
        if message.handover_at is not None:
            message.state, message.error = MessageState.UNCERTAIN, DIED
        elif message.death_count >= MOST_DEATHS:
            let_go(message)
            message.state, message.error = MessageState.PARKED, PARKED
        else:
            queue_again(message, message.error, now)
        session.add(message)
    session.flush()
    return left


def age_of_oldest(session: Session, now: datetime) -> timedelta | None:
    """Return how long the email that is due longest has waited; None if none is due."""
    at = session.exec(
        select(Message.next_try_at)
        .where(Message.state == MessageState.QUEUED)
        .where(col(Message.next_try_at) <= now)
        .order_by(col(Message.next_try_at))
        .limit(1)
    ).first()
    return now - at if at else None


def queue_again(message: Message, reason: str | None, next_at: datetime) -> None:
    """Put a Message back into the queue: nothing of it has left."""
    let_go(message)
    message.state, message.error = MessageState.QUEUED, reason
    message.next_try_at = next_at


def let_go(message: Message) -> None:
    """End a claim whose text did not leave."""
    message.claimed_by = message.claimed_at = message.handover_at = None
