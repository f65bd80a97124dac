"""The ledger, rebuilt from the polls and the stored answers alone (product.md 3.5).

Owns the comparison of what comes out with what is stored. Decides nothing: rules/diff.py
does, with the limits that were in force at each poll. Changes nothing.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

from tracker import store
from tracker.parliament.decode import AnswerError
from tracker.parliament.motions import parse_motion
from tracker.parliament.snapshot import Snapshot
from tracker.rules.changes import ChangeKind, SignatureChange, mark_again
from tracker.rules.diff import HeldSignature, IdConflictError, Limits, decide
from tracker.store import Engine, Session
from tracker.store.copies import steady
from tracker.store.tables import Motion, Poll, SignatureEvent


@dataclass(frozen=True, slots=True)
class GoodPoll:
    """A poll that brought a good answer, as it was recorded: all that a replay reads."""

    poll_id: int
    finished_at: datetime
    snapshot: Snapshot
    limits: Limits
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class LedgerEvent:
    """An event, rebuilt or as it is stored. All of it but its id."""

    poll_id: int
    change: SignatureChange
    is_again: bool
    observed_at: datetime
    is_backfilled: bool


@dataclass(slots=True)
class Ledger:
    """A motion's ledger: events in order, rows by signature id, the first good poll."""

    events: list[LedgerEvent] = field(default_factory=list)
    held: dict[int, HeldSignature] = field(default_factory=dict)
    baseline_poll_id: int | None = None


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """How many good polls and events were looked at, and every difference in words."""

    poll_count: int
    event_count: int
    differences: tuple[str, ...]


def replayed(polls: Iterable[GoodPoll]) -> Ledger:
    """Return the ledger that these polls, oldest first, make.

    Raises IdConflictError when an answer could not have been recorded after the others.
    """
    ledger = Ledger()
    signed: set[int] = set()
    settled: Snapshot | None = None
    for poll in polls:
        if poll.snapshot is settled:
            continue  # the very answer that the ledger agrees with
        decision = decide(
            ledger.held,
            poll.snapshot,
            is_first=ledger.baseline_poll_id is None,
            limits=poll.limits,
            is_accepted=poll.is_accepted,
            seen_at=poll.finished_at,
        )
        is_settled = not decision.suspicion and not decision.has_doubts
        settled = poll.snapshot if is_settled else None
        if decision.suspicion:
            continue
        is_first = ledger.baseline_poll_id is None
        if is_first:
            ledger.baseline_poll_id = poll.poll_id
        ledger.held |= {row.row.signature_id: row for row in decision.rows}
        for change, is_again in mark_again(decision.changes, signed):
            at = poll.finished_at
            event = LedgerEvent(poll.poll_id, change, is_again, at, is_first)
            ledger.events.append(event)
            if change.kind is ChangeKind.SIGNED:
                signed.add(change.member_id)
    return ledger


def differences(stored: Ledger, rebuilt: Ledger) -> list[str]:
    """Return in words everything in which the stored ledger is not the rebuilt one."""
    found = []
    if stored.baseline_poll_id != rebuilt.baseline_poll_id:
        found.append(
            f"the first good poll is {stored.baseline_poll_id},"
            f" {rebuilt.baseline_poll_id} is right"
        )
    stored_events = {_key(event): event for event in stored.events}
    rebuilt_events = {_key(event): event for event in rebuilt.events}
    found += _one_by_one("event", stored_events, rebuilt_events)
    in_both = stored_events.keys() & rebuilt_events.keys()
    for is_key, right_key in zip(
        [key for key in stored_events if key in in_both],
        [key for key in rebuilt_events if key in in_both],
        strict=True,
    ):
        if is_key != right_key:
            found.append(f"event {is_key} stands where event {right_key} is right")
            break
    found += _one_by_one("signature", _by_name(stored), _by_name(rebuilt))
    return found


def replay(engine: Engine) -> ReplayReport:
    """Return what a replay of every motion in the database finds."""
    found: list[str] = []
    poll_count = event_count = 0
    with store.read(steady(engine)) as session:
        for motion in store.all_motions(session):
            assert motion.id is not None, "a stored motion has an id"
            name = f"EDM {motion.number} of {motion.session}"
            reader = _Reader(session, motion)
            stored = stored_ledger(session, motion)
            try:
                rebuilt = replayed(reader.polls())
                said = differences(stored, rebuilt)
            except IdConflictError as error:
                said = [f"an answer does not fit those before it: {error}"]
            found += [f"{name}: {text}" for text in (*reader.problems, *said)]
            poll_count += reader.count
            event_count += len(stored.events)
    return ReplayReport(poll_count, event_count, tuple(found))


def stored_ledger(session: Session, motion: Motion) -> Ledger:
    """Return the ledger as the database has it."""
    assert motion.id is not None, "a stored motion has an id"
    events = [_stored_event(event) for event in store.all_events(session, motion.id)]
    held = store.held_signatures(session, motion.id)
    return Ledger(events, held, motion.baseline_poll_id)


class _Reader:
    """Reads a motion's good polls with their answers; what can't be read is a problem."""

    def __init__(self, session: Session, motion: Motion) -> None:
        self._session = session
        self._motion = motion
        self._last: tuple[int, Snapshot] | None = None
        self.count = 0
        self.problems: list[str] = []

    def polls(self) -> Iterator[GoodPoll]:
        """Give the polls, oldest first; the same answer in a row as the same object."""
        assert self._motion.id is not None, "a stored motion has an id"
        for poll in store.good_polls(self._session, self._motion.id):
            self.count += 1
            snapshot = self._snapshot(poll)
            if snapshot is not None and poll.id is not None:
                yield GoodPoll(
                    poll.id,
                    poll.finished_at,
                    snapshot,
                    Limits(poll.missing_polls, poll.missing_seconds),
                    poll.is_accepted,
                )

    def _snapshot(self, poll: Poll) -> Snapshot | None:
        if poll.answer_id is None:
            self.problems.append(f"poll {poll.id} has no stored answer")
            return None
        if self._last is None or self._last[0] != poll.answer_id:
            snapshot = self._read(poll.answer_id, poll)
            if snapshot is None:
                return None
            self._last = poll.answer_id, snapshot
        return self._last[1]

    def _read(self, answer_id: int, poll: Poll) -> Snapshot | None:
        """Return the answer, or None where it was doubted before the id was known."""
        if self._motion.parliament_id is None:
            return None
        try:
            body = store.answer_body(self._session, answer_id)
        except zlib.error:
            body = b""
        if store.body_hash(body) != store.answer_hash(self._session, answer_id):
            self.problems.append(f"answer {answer_id} of poll {poll.id} is damaged")
            return None
        try:
            return parse_motion(
                body,
                parliament_id=self._motion.parliament_id,
                number=self._motion.number,
            )
        except AnswerError as error:
            self.problems.append(f"answer {answer_id} of poll {poll.id}: {error}")
            return None


def _stored_event(event: SignatureEvent) -> LedgerEvent:
    change = SignatureChange(
        kind=event.kind,
        signature_id=event.signature_id,
        member_id=event.member_id,
        ordinal=event.ordinal,
        happened_at=event.happened_at,
        time_from=event.time_from,
        name=event.name,
        party=event.party,
        constituency=event.constituency,
    )
    return LedgerEvent(
        event.poll_id, change, event.again, event.observed_at, event.backfilled
    )


def _key(event: LedgerEvent) -> str:
    return f"{event.change.ordinal} of signature {event.change.signature_id}"


def _by_name(ledger: Ledger) -> dict[str, HeldSignature]:
    return {str(key): held for key, held in ledger.held.items()}


def _one_by_one(
    what: str, stored: Mapping[str, object], rebuilt: Mapping[str, object]
) -> list[str]:
    """Return what is missing, too much or different, in the order of the rebuilt ones."""
    found = []
    for key, right in rebuilt.items():
        if key not in stored:
            found.append(f"{what} {key} is missing")
        else:
            found += [f"{what} {key}: {text}" for text in _unlike(stored[key], right)]
    surplus: Sequence[str] = [key for key in stored if key not in rebuilt]
    return found + [f"{what} {key} should not be there" for key in surplus]


def _unlike(stored: object, right: object) -> list[str]:
    """Return each field of two dataclasses of one kind that differs, nested ones too."""
    found = []
    for part in fields(right):  # type: ignore[arg-type]
        is_value, right_value = getattr(stored, part.name), getattr(right, part.name)
        if is_value == right_value:
            continue
        if hasattr(right_value, "__dataclass_fields__") and is_value is not None:
            found += _unlike(is_value, right_value)
        else:
            found.append(f"{part.name} is {is_value}, {right_value} is right")
    return found
