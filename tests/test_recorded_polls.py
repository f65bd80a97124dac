"""Issue 2, criterion 2: two recorded polls of EDM 240, and a real error body.

134 rows, two of them withdrawn, on 13 June 2026; 139 rows on 16 June.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tests.recorded_answers import recorded_answer
from tracker import store
from tracker.config import MotionSettings
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import Answer
from tracker.recording import PollReport, record_answered, start_poll
from tracker.replay import replay
from tracker.rules.changes import ChangeKind, TimeFrom
from tracker.rules.diff import Limits
from tracker.rules.outcomes import Outcome
from tracker.store import Engine
from tracker.store.tables import SignatureEvent

WATCHED = MotionSettings(number=240, session="2026-27")
PARLIAMENT_ID = 65_938
FIRST = datetime(2026, 6, 13, 9, tzinfo=UTC)
SECOND = datetime(2026, 6, 16, 9, tzinfo=UTC)


def poll(engine: Engine, name: str, seen_at: datetime) -> PollReport:
    start = start_poll(
        engine, WATCHED, Limits(3, 100), is_accepted=False, started_at=seen_at
    )
    body = recorded_answer(f"edm-detail-65938-{name}.json")
    answer = Answer(body, seen_at, seen_at + timedelta(seconds=60))
    return record_answered(
        engine, start, answer, parliament_id=PARLIAMENT_ID, seen_at=seen_at
    )


def events(engine: Engine) -> list[SignatureEvent]:
    with store.read(engine) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        assert motion is not None
        assert motion.id is not None
        return list(store.all_events(session, motion.id))


def test_the_first_poll_gives_134_signed_and_2_withdrawn_all_backfilled(engine):
    report = poll(engine, "poll-2026-06-13", FIRST)
    assert (report.outcome, report.signature_count) == (Outcome.CHANGED, 132)
    assert (len(report.signed), len(report.withdrawn), report.removed) == (134, 2, ())
    written = events(engine)
    assert Counter(event.kind for event in written) == {
        ChangeKind.SIGNED: 134,
        ChangeKind.WITHDRAWN: 2,
    }
    assert all(event.backfilled and not event.again for event in written)
    assert all(event.time_from is TimeFrom.PARLIAMENT for event in written)
    assert all(event.observed_at == FIRST for event in written)
    times = [event.happened_at for event in written]
    assert times == sorted(times)


def test_the_second_gives_exactly_5_signed(engine):
    poll(engine, "poll-2026-06-13", FIRST)
    report = poll(engine, "poll-2026-06-16", SECOND)
    assert (report.outcome, report.signature_count) == (Outcome.CHANGED, 137)
    assert (len(report.signed), report.withdrawn, report.removed) == (5, (), ())
    new = events(engine)[136:]
    assert [event.kind for event in new] == [ChangeKind.SIGNED] * 5
    assert not any(event.backfilled or event.again for event in new)
    assert all(event.observed_at == SECOND for event in new)


def test_polled_ten_times_more_nothing_comes(engine):
    poll(engine, "poll-2026-06-13", FIRST)
    poll(engine, "poll-2026-06-16", SECOND)
    for minute in range(1, 11):
        seen_at = SECOND + timedelta(minutes=minute)
        report = poll(engine, "poll-2026-06-16", seen_at)
        assert (report.outcome, report.signature_count) == (Outcome.UNCHANGED, 137)
    assert len(events(engine)) == 141
    assert replay(engine).differences == ()


def test_a_real_error_body_is_refused_and_nothing_else(engine):
    poll(engine, "poll-2026-06-13", FIRST)
    with pytest.raises(ParliamentError, match="Object reference not set"):
        poll(engine, "error-2026-08-05", SECOND)
    assert len(events(engine)) == 136
    report = poll(engine, "poll-2026-06-16", SECOND)
    assert (len(report.signed), report.signature_count) == (5, 137)
