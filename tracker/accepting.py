"""A person's word that an answer in doubt is right (product.md 3.4).

Owns when it can be given: about the newest good poll's answer only, under that poll's
lock. Asks nothing of Parliament: the stored answer is recorded once more, and what it
changes is recording.py's.
"""

from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.clock import Clock
from tracker.config import MotionSettings, Settings
from tracker.outbox.audience import audience_of
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import Answer
from tracker.parliament.motions import parse_motion
from tracker.recording import PollReport, record_answered, start_poll
from tracker.rules.changes import SignatureChange
from tracker.rules.diff import Limits, decide
from tracker.rules.outcomes import Outcome
from tracker.store import Engine, Session
from tracker.store.locks import waiting_lock
from tracker.store.tables import Motion, Poll


class AcceptError(Exception):
    """An answer that can't be accepted; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class DoubtedAnswer:
    """The newest good poll, whose answer is in doubt, and what believing it would change."""

    poll_id: int
    finished_at: datetime
    note: str | None
    changes: tuple[SignatureChange, ...]


def doubted_answer(
    session: Session, settings: Settings, watched: MotionSettings, *, now: datetime
) -> DoubtedAnswer | None:
    """Return the answer that somebody may vouch for, None if nothing is in doubt."""
    motion = store.motion_by_number(session, watched.session, watched.number)
    if motion is None or motion.id is None:
        return None
    poll = store.last_good_poll(session, motion.id)
    if poll is None or poll.id is None or poll.outcome is not Outcome.SUSPECT:
        return None
    if poll.answer_id is None or _parliament_id(motion, watched) is None:
        return None
    changes = _changes(session, settings, motion, watched, poll.answer_id, now)
    return DoubtedAnswer(poll.id, poll.finished_at, poll.note, changes)


def accept_answer(
    engine: Engine,
    settings: Settings,
    watched: MotionSettings,
    poll_id: int,
    *,
    by: str,
    clock: Clock,
) -> PollReport | None:
    """Record the answer of a suspect poll as believed; None if it was believed already.

    AcceptError unless that poll is still the newest good one when its lock is had: what
    Parliament said since has not been looked at by whoever vouches.
    """
    with store.read(engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
    if motion is None or motion.id is None:
        raise AcceptError("this motion was never polled")
    with waiting_lock(engine, f"poll-{motion.id}"):
        with store.read(engine) as session:
            answer, parliament_id = _answer(session, motion, watched, poll_id)
        if answer is None:
            return None
        # What the person said, whatever comes of it: the poll's row has no name.
        with store.write(engine) as session:
            told = f"poll {poll_id} of EDM {watched.number} of {watched.session}"
            store.record_audit(session, by, "answer accepted", told, at=clock())
        return _record(engine, settings, watched, answer, parliament_id, clock())


def _record(
    engine: Engine,
    settings: Settings,
    watched: MotionSettings,
    answer: Answer,
    parliament_id: int,
    now: datetime,
) -> PollReport:
    start = start_poll(
        engine, watched, _limits(settings), is_accepted=True, started_at=now
    )
    try:
        return record_answered(
            engine,
            start,
            answer,
            parliament_id=parliament_id,
            seen_at=now,
            audience=audience_of(settings),
        )
    except ParliamentError as error:
        raise AcceptError(f"the answer can't be recorded: {error}") from error


def _answer(
    session: Session, motion: Motion, watched: MotionSettings, poll_id: int
) -> tuple[Answer | None, int]:
    """Return the answer to record, None if it was accepted already, with the motion's id."""
    assert motion.id is not None, "a stored motion has an id"
    poll, newest = session.get(Poll, poll_id), store.last_good_poll(session, motion.id)
    if poll is None or newest is None or poll.motion_id != motion.id:
        raise AcceptError("there is no such poll of this motion")
    parliament_id = _parliament_id(motion, watched)
    if poll.outcome is not Outcome.SUSPECT or poll.answer_id is None:
        raise AcceptError("that poll's answer is not in doubt")
    if newest.is_accepted and newest.answer_id == poll.answer_id:
        return None, parliament_id or 0
    if newest.id != poll_id:
        raise AcceptError("Parliament has been read again since: look at what it said")
    if parliament_id is None:
        raise AcceptError("Parliament's id of this motion is not known: poll it first")
    body = store.answer_body(session, poll.answer_id)
    fresh_until_at = poll.fresh_until_at or poll.finished_at
    return Answer(body, poll.answered_at, fresh_until_at), parliament_id


def _changes(
    session: Session,
    settings: Settings,
    motion: Motion,
    watched: MotionSettings,
    answer_id: int,
    now: datetime,
) -> tuple[SignatureChange, ...]:
    assert motion.id is not None, "a stored motion has an id"
    snapshot = parse_motion(
        store.answer_body(session, answer_id),
        parliament_id=_parliament_id(motion, watched) or 0,
        number=motion.number,
    )
    return decide(
        store.held_signatures(session, motion.id),
        snapshot,
        is_first=motion.baseline_poll_id is None,
        limits=_limits(settings),
        is_accepted=True,
        seen_at=now,
    ).changes


def _limits(settings: Settings) -> Limits:
    return Limits(
        settings.parliament.missing_polls, settings.parliament.missing_seconds
    )


def _parliament_id(motion: Motion, watched: MotionSettings) -> int | None:
    return motion.parliament_id or watched.id
