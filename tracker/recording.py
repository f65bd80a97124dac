"""How a poll is written down: the one transaction in which the ledger changes.

Owns the order of the writes and their idempotence (product.md 3.5). Asks nothing of
Parliament, and decides nothing: rules/diff.py does.
"""

from dataclasses import dataclass
from datetime import date, datetime

from tracker import store
from tracker.config import MotionSettings
from tracker.parliament.decode import AnswerError
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import Answer
from tracker.parliament.motions import parse_motion
from tracker.parliament.sessions import search_range
from tracker.parliament.snapshot import Snapshot
from tracker.rules.audience import NOBODY, Audience
from tracker.rules.changes import ChangeKind, mark_again
from tracker.rules.diff import Decision, IdConflictError, Limits, decide, is_stale
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.rules.sending import WITHDRAWN
from tracker.store import Engine, Session
from tracker.store.tables import Motion, Poll, SignatureEvent
from tracker.telling.signatures import tell_signatures


@dataclass(frozen=True, slots=True)
class PollStart:
    """What is known before a poll asks.

    The motion was tabled from `starts_on` to `ends_on` (London dates, both included);
    `limits` are those in force, `is_accepted` means that a person vouches for the answer.
    """

    motion_id: int
    session: str
    number: int
    parliament_id: int | None
    starts_on: date
    ends_on: date
    started_at: datetime
    limits: Limits
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class PollReport:
    """What one poll brought, backfilled events included; ids are Members'.

    `is_counted` is False until Parliament has given an answer that was recorded: then
    `signature_count` is 0 because nothing is known.
    """

    session: str
    number: int
    outcome: Outcome
    error: str | None
    signature_count: int
    signed: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()
    note: str | None = None
    is_counted: bool = True


def start_poll(
    engine: Engine,
    watched: MotionSettings,
    limits: Limits,
    *,
    is_accepted: bool,
    started_at: datetime,
) -> PollStart:
    """Return what is known of the motion before it is polled; its row is added if new."""
    with store.read(engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
        known = store.session_date(session, watched.session)
    if motion is None:
        with store.write(engine) as session:
            motion = store.record_motion(session, watched.session, watched.number)
    assert motion.id is not None, "a stored motion has an id"
    starts_on, ends_on = search_range(watched.session)
    return PollStart(
        motion_id=motion.id,
        session=watched.session,
        number=watched.number,
        parliament_id=motion.parliament_id,
        starts_on=min(known.starts_on, starts_on) if known else starts_on,
        ends_on=max(known.ends_on or ends_on, ends_on) if known else ends_on,
        started_at=started_at,
        limits=limits,
        is_accepted=is_accepted,
    )


def record_ended(
    engine: Engine,
    start: PollStart,
    outcome: Outcome,
    reason: str,
    *,
    failure_kind: FailureKind | None,
    ended_at: datetime,
) -> PollReport:
    """Record a poll without a believable answer: its reason is kept, nothing else changes."""
    with store.write(engine) as session:
        motion = session.get_one(Motion, start.motion_id)
        if failure_kind is FailureKind.NOT_FOUND:
            store.record_not_found(session, motion, ended_at)
        poll = _poll(start, outcome, ended_at)
        poll.error, poll.failure_kind = reason, failure_kind
        store.record_poll(session, poll)
        return _report(session, start, poll, [])


def record_answered(
    engine: Engine,
    start: PollStart,
    answer: Answer,
    *,
    parliament_id: int,
    seen_at: datetime,
    audience: Audience = NOBODY,
) -> PollReport:
    """Record a poll that was answered, what the answer changes, and who is told of it.

    1. Older than the last good answer: `stale`, ignored.
    2. The very answer that the ledger already agrees with: `unchanged`, not decoded.
    3. Else it is read (outside the transaction), compared and recorded.

    Raises ParliamentError when it can't be read: then nothing was written.
    """
    with store.read(engine) as session:
        outcome = _outcome_without_reading(session, start, answer)
    snapshot = None
    if outcome is None:
        snapshot = _readable(answer.body, parliament_id, start.number)
    try:
        with store.write(engine) as session:
            store.lock_events(session)
            poll = _poll(start, outcome or Outcome.UNCHANGED, seen_at)
            poll.answered_at = answer.answered_at
            poll.fresh_until_at = answer.fresh_until_at
            if outcome is not Outcome.STALE:
                poll.answer_id = store.record_answer(session, answer.body).id
            store.record_poll(session, poll)
            events = _record_snapshot(session, start, poll, snapshot)
            motion = session.get_one(Motion, start.motion_id)
            tell_signatures(session, motion, events, audience, seen_at)
            return _report(session, start, poll, events)
    except IdConflictError as error:
        raise ParliamentError(FailureKind.UNREADABLE, str(error)) from error


def _outcome_without_reading(
    session: Session, start: PollStart, answer: Answer
) -> Outcome | None:
    last = store.last_good_poll(session, start.motion_id)
    if last is None:
        return None
    if is_stale(answer.answered_at, last.answered_at):
        return Outcome.STALE
    if last.outcome is Outcome.SUSPECT or last.answer_id is None:
        return None
    if store.doubted_count(session, start.motion_id):
        return None
    is_same = store.answer_hash(session, last.answer_id) == store.body_hash(answer.body)
    return Outcome.UNCHANGED if is_same else None


def _readable(body: bytes, parliament_id: int, number: int) -> Snapshot:
    try:
        return parse_motion(body, parliament_id=parliament_id, number=number)
    except AnswerError as error:
        raise ParliamentError(FailureKind.UNREADABLE, str(error)) from error


def _record_snapshot(
    session: Session, start: PollStart, poll: Poll, snapshot: Snapshot | None
) -> list[SignatureEvent]:
    """Write what a read answer changes; return the events, oldest first."""
    motion = session.get_one(Motion, start.motion_id)
    store.record_not_found(session, motion, None)
    if snapshot is None:
        return []
    decision = decide(
        store.held_signatures(session, start.motion_id),
        snapshot,
        is_first=motion.baseline_poll_id is None,
        limits=start.limits,
        is_accepted=start.is_accepted,
        seen_at=poll.finished_at,
    )
    poll.outcome, poll.note = _outcome(decision), _note(decision)
    if decision.suspicion:
        return []
    motion.parliament_id = snapshot.parliament_id
    store.record_motion_facts(session, motion, snapshot)
    store.record_signatures(session, start.motion_id, decision.rows)
    is_backfilled = motion.baseline_poll_id is None
    if is_backfilled:
        motion.baseline_poll_id = poll.id
    marked = mark_again(
        decision.changes, store.members_ever_signed(session, start.motion_id)
    )
    poll.event_count = len(marked)
    events = store.record_events(
        session,
        poll,
        marked,
        observed_at=poll.finished_at,
        is_backfilled=is_backfilled,
    )
    _record_consequences(session, motion, events, poll.finished_at)
    return events


def _record_consequences(
    session: Session, motion: Motion, events: list[SignatureEvent], now: datetime
) -> None:
    """Stop emails that have not left: to who has signed, or about a withdrawn motion.

    Follow-ups that ask for the signature end with it.
    """
    assert motion.id is not None, "a stored motion has an id"
    signed = {event.member_id for event in events if event.kind is ChangeKind.SIGNED}
    store.hold_for_signed(session, motion.id, signed, now)
    store.end_for_signed(session, motion.id, signed, now)
    if motion.is_withdrawn:
        store.cancel_for(session, motion.id, None, WITHDRAWN, now)


def _outcome(decision: Decision) -> Outcome:
    if decision.changes:
        return Outcome.CHANGED
    if decision.suspicion or decision.has_doubts:
        return Outcome.SUSPECT
    return Outcome.UNCHANGED


def _note(decision: Decision) -> str | None:
    said = [decision.suspicion] if decision.suspicion else list(decision.notes)
    return "; ".join(text for text in said if text) or None


def _poll(start: PollStart, outcome: Outcome, ended_at: datetime) -> Poll:
    return Poll(
        motion_id=start.motion_id,
        started_at=start.started_at,
        finished_at=ended_at,
        outcome=outcome,
        missing_polls=start.limits.missing_polls,
        missing_seconds=start.limits.missing_seconds,
        is_accepted=start.is_accepted,
    )


def _report(
    session: Session, start: PollStart, poll: Poll, events: list[SignatureEvent]
) -> PollReport:
    def members(kind: ChangeKind) -> tuple[int, ...]:
        return tuple(event.member_id for event in events if event.kind is kind)

    return PollReport(
        session=start.session,
        number=start.number,
        outcome=poll.outcome,
        error=poll.error,
        signature_count=store.signature_count(session, start.motion_id),
        signed=members(ChangeKind.SIGNED),
        withdrawn=members(ChangeKind.WITHDRAWN),
        removed=members(ChangeKind.REMOVED),
        note=poll.note,
        is_counted=store.last_good_poll(session, start.motion_id) is not None,
    )
