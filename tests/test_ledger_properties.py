"""Over any history of answers and faults: no false event, none twice, none out of place.

The rules alone with many histories; then the same on the database with fewer, where
`tracker replay` has to agree as well.
"""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from itertools import combinations, groupby
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import PARLIAMENT_ID, motion_answer, signature_row
from tests.histories import Kind, Recount, Seen, Step, polls_of, starts, steps
from tests.pure_ledger import PureLedger, at
from tracker import store
from tracker.board import history_view, signature_lines
from tracker.clock import LONDON
from tracker.config import MotionSettings
from tracker.parliament.http import Answer
from tracker.parliament.snapshot import SignatureRow
from tracker.recording import PollReport, record_answered, record_ended, start_poll
from tracker.replay import replay
from tracker.rules.changes import ChangeKind, SignatureChange, TimeFrom
from tracker.rules.diff import Decision, Limits, members_signed
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store import Engine
from tracker.store.schema import open_database

WATCHED = MotionSettings(number=718, session="2026-27")
IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None

limits = st.builds(
    Limits,
    missing_polls=st.integers(1, 4),
    missing_seconds=st.sampled_from([0, 1, 60, 100, 600]),
)
stories = st.lists(steps, min_size=4, max_size=16)
short_stories = st.lists(steps, min_size=4, max_size=8)


# The rules alone


def ledger_after(polls: list[Seen], limits: Limits) -> PureLedger:
    ledger = PureLedger(limits)
    for poll in polls:
        if poll.is_read:
            ledger.poll(poll.rows.values(), poll.seconds, is_accepted=poll.is_accepted)
    return ledger


@settings(max_examples=300, deadline=None)
@given(start=starts, story=stories, limits=limits)
def test_whatever_happens_the_ledger_holds(
    start: int, story: list[Step], limits: Limits
) -> None:
    ledger = PureLedger(limits)
    recount = Recount(limits.missing_polls, limits.missing_seconds)
    believed: list[Seen] = []
    for poll in polls_of(start, story):
        is_believed = recount.take(poll)
        if not poll.is_read:
            continue
        before, signed = len(ledger.events), members_signed(ledger.held.values())
        decision = ledger.poll(
            poll.rows.values(), poll.seconds, is_accepted=poll.is_accepted
        )
        assert (decision.suspicion is None) is is_believed
        if is_believed:
            believed.append(poll)
        else:
            assert len(ledger.events) == before
        assert ledger.count == recount.count
        check_events_of_poll(decision, poll, believed, limits)
        check_members(signed, members_signed(ledger.held.values()), decision)
    check_events(ledger)


@settings(max_examples=100, deadline=None)
@given(start=starts, story=stories, limits=limits)
def test_the_same_answers_give_the_same_ledger(
    start: int, story: list[Step], limits: Limits
) -> None:
    polls = polls_of(start, story)
    first, second = ledger_after(polls, limits), ledger_after(polls, limits)
    assert (first.events, first.held) == (second.events, second.held)


@settings(max_examples=100, deadline=None)
@given(start=starts, story=stories, limits=limits)
def test_an_answer_that_the_ledger_agrees_with_changes_nothing(
    start: int, story: list[Step], limits: Limits
) -> None:
    polls = polls_of(start, story)
    ledger = ledger_after(polls, limits)
    last = Seen(polls[-1].seconds + 60, Kind.ACCEPTED, polls[-1].rows)
    ledger.poll(last.rows.values(), last.seconds, is_accepted=True)
    for seconds in (60, 120, 86_400):
        again = ledger.poll(last.rows.values(), last.seconds + seconds)
        assert again == Decision()


def check_events_of_poll(
    decision: Decision, poll: Seen, believed: list[Seen], limits: Limits
) -> None:
    for change in decision.changes:
        row = poll.rows.get(change.signature_id)
        if change.kind is ChangeKind.WITHDRAWN:
            assert row
            assert row.is_withdrawn
        elif change.kind is ChangeKind.REMOVED:
            assert row is None
            check_absence(change.signature_id, believed, limits)
        if change.time_from is TimeFrom.OBSERVED:
            assert change.happened_at == at(poll.seconds)
        assert change.happened_at <= at(poll.seconds)
    check_order(decision.changes)


def check_members(before: set[int], after: set[int], decision: Decision) -> None:
    """Whoever is counted, or no longer, has an event that says so; one removal is enough."""

    def members(*kinds: ChangeKind) -> list[int]:
        return [c.member_id for c in decision.changes if c.kind in kinds]

    removed = members(ChangeKind.REMOVED)
    assert after - before <= set(members(ChangeKind.SIGNED))
    assert before - after <= {*members(ChangeKind.WITHDRAWN), *removed}
    assert len(removed) == len(set(removed))
    assert not after & set(removed)


def check_absence(signature_id: int, believed: list[Seen], limits: Limits) -> None:
    """A removal is believed only after enough good polls without the row, far apart."""
    if believed[-1].is_accepted:
        return
    without: list[float] = []
    for poll in reversed(believed):
        if signature_id in poll.rows:
            break
        without.append(poll.seconds)
    assert len(without) >= limits.missing_polls
    assert without[0] - min(without) >= limits.missing_seconds


def check_order(changes: tuple[SignatureChange, ...]) -> None:
    """By happened_at, but where a withdrawal had to come before a new signing."""
    for earlier, later in combinations(range(len(changes)), 2):
        first, second = changes[earlier], changes[later]
        if first.happened_at > second.happened_at:
            assert any(
                other.kind is ChangeKind.WITHDRAWN
                and other.member_id == second.member_id
                and other.happened_at >= first.happened_at
                for other in changes[:later]
            )
    seen_now = {change.signature_id for change in changes if change.ordinal == 1}
    for first, second in combinations(changes, 2):
        if first.member_id == second.member_id and second.signature_id not in seen_now:
            assert (first.kind, second.kind) != (
                ChangeKind.SIGNED,
                ChangeKind.WITHDRAWN,
            ), "a row known before was withdrawn: that goes before the new signing"


def check_events(ledger: PureLedger) -> None:
    changes = [change for change, _ in ledger.events]
    by_row = sorted(changes, key=lambda change: change.signature_id)
    for _, own in groupby(by_row, key=lambda change: change.signature_id):
        ordinals = [change.ordinal for change in own]
        assert ordinals == list(range(1, len(ordinals) + 1))
    signed: set[int] = set()
    for change, is_again in ledger.events:
        is_signed = change.kind is ChangeKind.SIGNED
        assert is_again is (is_signed and change.member_id in signed)
        signed |= {change.member_id} if is_signed else set()
    newest = {change.member_id: change.kind for change in changes}
    for held in ledger.held.values():
        if held.is_live:
            assert newest[held.row.member_id] is not ChangeKind.REMOVED


# On the database


@contextmanager
def ledger_database(template: Path) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        path = Path(folder) / "ledger.db"
        shutil.copy(template, path)
        engine = open_database(f"sqlite:///{path}", is_upgraded=False)
        try:
            yield engine
        finally:
            engine.dispose()


def body_of(rows: Mapping[int, SignatureRow]) -> bytes:
    """Return the answer as Parliament words it: London's time without a zone."""

    def worded(row: SignatureRow) -> dict[str, Any]:
        told = row.created_at and row.created_at.astimezone(LONDON).replace(tzinfo=None)
        ended = row.withdrawn_at and row.withdrawn_at.astimezone(LONDON)
        return signature_row(
            row.signature_id,
            member_id=row.member_id,
            created=told and told.isoformat(),
            IsWithdrawn=row.is_withdrawn,
            WithdrawnDate=ended and ended.replace(tzinfo=None).isoformat(),
        )

    return motion_answer([worded(row) for row in rows.values()])


def polled(engine: Engine, poll: Seen, limits: Limits, number: int) -> PollReport:
    """Record a poll as the program does; `number` counts Parliament's answers up."""
    seen_at = at(poll.seconds)
    start = start_poll(
        engine, WATCHED, limits, is_accepted=poll.is_accepted, started_at=seen_at
    )
    if poll.kind is Kind.FAILED:
        return record_ended(
            engine,
            start,
            Outcome.FAILED,
            "answered 503, 200 is right",
            failure_kind=FailureKind.UNAVAILABLE,
            ended_at=seen_at,
        )
    age = 1000 if poll.kind is Kind.STALE else 0
    answer = Answer(
        body=body_of(poll.rows),
        answered_at=at(number - age),
        fresh_until_at=seen_at + timedelta(seconds=60),
    )
    return record_answered(
        engine, start, answer, parliament_id=PARLIAMENT_ID, seen_at=seen_at
    )


@settings(max_examples=25, deadline=None)
@given(start=starts, story=short_stories, limits=limits)
def test_the_database_holds_what_the_rules_say(
    sqlite_template: Path, start: int, story: list[Step], limits: Limits
) -> None:
    polls = polls_of(start, story)
    while polls and not polls[0].is_read:
        polls = polls[1:]  # nothing is older than a first answer
    ledger = PureLedger(limits)
    with ledger_database(sqlite_template) as engine:
        for number, poll in enumerate(polls):
            report = polled(engine, poll, limits, number)
            is_ignored = report.outcome in (Outcome.STALE, Outcome.FAILED)
            assert is_ignored is not poll.is_read
            if poll.is_read:
                ledger.poll(
                    poll.rows.values(), poll.seconds, is_accepted=poll.is_accepted
                )
            assert report.signature_count == ledger.count
            latest = max(seen.seconds for seen in polls[: number + 1])
            check_boards(engine, ledger, latest)
        check_database(engine, ledger)


def check_boards(engine: Engine, ledger: PureLedger, latest: float) -> None:
    """The history as of now and the exported lines agree with the count."""
    with store.read(engine) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        assert history_view(session, motion, at(latest)).signature_count == ledger.count
        lines = signature_lines(session, motion)
        live = [line.member_id for line in lines if line.state == "signed"]
        assert len(set(live)) == ledger.count


def check_database(engine: Engine, ledger: PureLedger) -> None:
    with store.read(engine) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        if motion is None or motion.id is None:
            return
        events = store.all_events(session, motion.id)
        assert [
            (e.kind, e.signature_id, e.ordinal, e.happened_at, e.time_from, e.again)
            for e in events
        ] == [
            (c.kind, c.signature_id, c.ordinal, c.happened_at, c.time_from, is_again)
            for c, is_again in ledger.events
        ]
        baseline = motion.baseline_poll_id
        assert all(e.backfilled is (e.poll_id == baseline) for e in events)
    assert replay(engine).differences == ()
