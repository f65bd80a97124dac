"""Polls and the answers they brought: every query and write about them."""

import hashlib
import zlib
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from tracker.rules.outcomes import Outcome
from tracker.store.tables import Answer, Poll, SignatureEvent

GOOD = [outcome for outcome in Outcome if outcome.is_good]


def body_hash(body: bytes) -> str:
    """Return the name under which an answer is stored: its SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def record_answer(session: Session, body: bytes) -> Answer:
    """Return the stored answer with this body, adding it (compressed) if it is new."""
    digest = body_hash(body)
    answer = session.exec(select(Answer).where(Answer.sha256 == digest)).one_or_none()
    if answer is None:
        packed = zlib.compress(body, level=6)
        answer = Answer(sha256=digest, body=packed, byte_count=len(body))
        session.add(answer)
        session.flush()
    return answer


def answer_body(session: Session, answer_id: int) -> bytes:
    """Return the body of a stored answer as Parliament sent it."""
    answer = session.get_one(Answer, answer_id)
    return zlib.decompress(answer.body)


def answer_hash(session: Session, answer_id: int) -> str:
    """Return the SHA-256 of a stored answer without reading its body."""
    return session.exec(select(Answer.sha256).where(Answer.id == answer_id)).one()


def record_poll(session: Session, poll: Poll) -> Poll:
    """Write one poll and return it with its id."""
    session.add(poll)
    session.flush()
    return poll


def last_good_poll(session: Session, motion_id: int) -> Poll | None:
    """Return the newest poll that brought a good answer, a suspect one included."""
    return _newest(session, motion_id, GOOD)


def last_failed_poll(session: Session, motion_id: int) -> Poll | None:
    """Return the newest poll that failed; one that sent nothing (busy, braked) did not."""
    return _newest(session, motion_id, [Outcome.FAILED])


def first_poll(session: Session, motion_id: int) -> Poll | None:
    """Return the motion's first poll of any outcome."""
    return session.exec(
        select(Poll).where(Poll.motion_id == motion_id).order_by(col(Poll.id)).limit(1)
    ).first()


def recent_polls(session: Session, motion_id: int, *, limit: int) -> Sequence[Poll]:
    """Return the motion's newest polls of any outcome, newest first."""
    return polls_before(session, motion_id, None, limit=limit)


def polls_before(
    session: Session,
    motion_id: int,
    before_id: int | None,
    *,
    limit: int,
    but: Collection[Outcome] = (),
) -> Sequence[Poll]:
    """Return polls older than `before_id` (None: the newest), newest first.

    Those that ended as one of `but` are left out.
    """
    query = select(Poll).where(Poll.motion_id == motion_id)
    if before_id is not None:
        query = query.where(col(Poll.id) < before_id)
    if but:
        query = query.where(col(Poll.outcome).not_in(list(but)))
    return session.exec(query.order_by(col(Poll.id).desc()).limit(limit)).all()


def last_changed_at(session: Session, motion_id: int) -> datetime | None:
    """Return when a poll last brought an event, None if none ever did.

    Asked of the newest event: of a motion that is quiet there may be a year of polls.
    """
    return session.exec(
        select(Poll.finished_at)
        .join(SignatureEvent, col(SignatureEvent.poll_id) == Poll.id)
        .where(SignatureEvent.motion_id == motion_id)
        .order_by(col(SignatureEvent.id).desc())
        .limit(1)
    ).first()


def failing_since(
    session: Session, motion_id: int, *, after_poll: Poll | None
) -> Poll | None:
    """Return the first failed poll after the last good one, None if the newest was good."""
    return session.exec(
        select(Poll)
        .where(Poll.motion_id == motion_id)
        .where(Poll.outcome == Outcome.FAILED)
        .where(col(Poll.id) > ((after_poll.id if after_poll else None) or 0))
        .order_by(col(Poll.id))
        .limit(1)
    ).first()


def failed_count(session: Session, motion_id: int, *, after_poll: Poll | None) -> int:
    """Return how many polls of the motion have failed after `after_poll`, None: ever."""
    return session.exec(
        select(func.count(col(Poll.id)))
        .where(Poll.motion_id == motion_id)
        .where(Poll.outcome == Outcome.FAILED)
        .where(col(Poll.id) > ((after_poll.id if after_poll else None) or 0))
    ).one()


def poll_counts(session: Session, motion_id: int) -> dict[Outcome, int]:
    """Return how many polls of the motion ended how; outcomes that never came are left out."""
    rows = session.exec(
        select(Poll.outcome, func.count(col(Poll.id)))
        .where(Poll.motion_id == motion_id)
        .group_by(col(Poll.outcome))
    ).all()
    return {Outcome(outcome): count for outcome, count in rows}


def good_polls(session: Session, motion_id: int) -> Iterator[Poll]:
    """Give every poll that brought a good answer, oldest first: what replay reads.

    A year has half a million of them, so they are not held all at once.
    """
    with session.exec(
        select(Poll)
        .where(Poll.motion_id == motion_id)
        .where(col(Poll.outcome).in_(GOOD))
        .order_by(col(Poll.id))
        .execution_options(yield_per=1000)
    ) as polls:
        yield from polls


def _newest(
    session: Session, motion_id: int, outcomes: Sequence[Outcome]
) -> Poll | None:
    return session.exec(
        select(Poll)
        .where(Poll.motion_id == motion_id)
        .where(col(Poll.outcome).in_(outcomes))
        .order_by(col(Poll.id).desc())
        .limit(1)
    ).first()
