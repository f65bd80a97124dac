"""tracker.store.ledger: rows and events as they were written, and only those asked for."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from tests.factories import motion_answer, recorded, signature_row
from tests.pure_ledger import at, row
from tracker import store
from tracker.config import MotionSettings
from tracker.rules.changes import ChangeKind, SignatureChange, TimeFrom
from tracker.rules.diff import Doubt, HeldSignature
from tracker.rules.outcomes import Outcome
from tracker.store import Engine, Session
from tracker.store.tables import Poll, SignatureEvent

WATCHED = MotionSettings(number=718, session="2014-15")
OTHER = MotionSettings(number=240, session="2026-27")
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def fill(engine: Engine) -> None:
    """Record two motions' polls by turns, so that their events' ids interleave."""
    for minute, (watched, parliament_id, count) in enumerate(
        [(WATCHED, 1, 2), (OTHER, 2, 1), (WATCHED, 1, 3), (OTHER, 2, 3)]
    ):
        offset = 100 * parliament_id
        rows = [signature_row(offset + number) for number in range(count)]
        body = motion_answer(rows, number=watched.number, parliament_id=parliament_id)
        seen_at = NOW + timedelta(minutes=minute)
        recorded(engine, watched, body, seen_at, parliament_id=parliament_id)


def ids(events: Sequence[SignatureEvent]) -> list[int]:
    return [event.id or 0 for event in events]


def test_events_are_those_of_the_motion_newer_than_an_id_oldest_first(engine):
    fill(engine)
    with store.read(engine) as session:
        assert ids(store.all_events(session, 1)) == [1, 2, 4]
        assert ids(store.events_after(session, 1, 0, limit=9)) == [1, 2, 4]
        assert ids(store.events_after(session, 1, 1, limit=9)) == [2, 4]
        assert ids(store.events_after(session, 1, 1, limit=1)) == [2]
        assert ids(store.events_after(session, 1, 4, limit=9)) == []
        assert ids(store.new_events(session, 2, limit=2)) == [3, 4]
        assert ids(store.latest_events(session, 2, limit=2)) == [6, 5]
        assert store.last_event_id(session) == 6


def test_without_events_the_last_id_is_nought(engine):
    with store.read(engine) as session:
        assert store.last_event_id(session) == 0
        assert store.all_events(session, 1) == []
        assert store.last_changes(session, 1) == {}


def test_rows_and_counts_are_those_of_the_motion(engine):
    fill(engine)
    with store.read(engine) as session:
        assert sorted(store.held_signatures(session, 1)) == [100, 101, 102]
        assert store.signature_count(session, 2) == 3
        assert store.members_ever_signed(session, 2) == {1200, 1201, 1202}
        assert sorted(store.last_changes(session, 1)) == [1100, 1101, 1102]


HELD = [
    HeldSignature(row(1, name="Ada Example"), 1, at(0)),
    HeldSignature(row(2, withdrawn=at(5)), 2, at(5)),
    HeldSignature(row(3, created=None), 1, at(0), missing=Doubt(2, at(60))),
    HeldSignature(row(4, withdrawn=at(5)), 2, at(5), revived=Doubt(1, at(60))),
    HeldSignature(row(5), 2, at(90), removed_at=at(90)),
    HeldSignature(row(6, member_id=1001), 1, at(0)),
]


@pytest.fixture
def held(engine: Engine) -> Engine:
    with store.write(engine) as session:
        store.record_motion(session, "2014-15", 718)
        store.record_signatures(session, 1, HELD)
    return engine


def test_rows_come_back_as_the_values_that_were_written(held):
    with store.read(held) as session:
        found = store.held_signatures(session, 1)
    assert list(found.values()) == HELD


def test_a_row_written_again_is_changed_and_not_added(held):
    changed = HeldSignature(row(1, withdrawn=at(7)), 2, at(7))
    with store.write(held) as session:
        store.record_signatures(session, 1, [changed])
    with store.read(held) as session:
        found = store.held_signatures(session, 1)
    assert (found[1], len(found)) == (changed, len(HELD))


def test_members_with_a_live_row_are_counted_once(held):
    with store.read(held) as session:
        assert store.signature_count(session, 1) == 2, "of 1001 (twice) and 1003"


def test_doubted_rows_are_the_missing_and_the_revived(held):
    with store.read(held) as session:
        assert store.doubted_count(session, 1) == 2


def change(ordinal: int) -> SignatureChange:
    return SignatureChange(
        ChangeKind.SIGNED, 1, 1001, ordinal, at(0), TimeFrom.PARLIAMENT
    )


def record(session: Session, *changes: SignatureChange) -> list[SignatureEvent]:
    poll = Poll(
        motion_id=1,
        started_at=NOW,
        finished_at=NOW,
        outcome=Outcome.CHANGED,
        missing_polls=3,
        missing_seconds=100,
    )
    store.record_poll(session, poll)
    return store.record_events(
        session,
        poll,
        [(one, False) for one in changes],
        observed_at=NOW,
        is_backfilled=False,
    )


def test_events_get_their_ids_in_the_order_in_which_they_are_given(held):
    with store.write(held) as session:
        assert ids(record(session, change(3), change(1), change(2))) == [1, 2, 3]


def test_a_rows_nth_event_can_be_written_only_once(held):
    with store.write(held) as session:
        record(session, change(1))
    with pytest.raises(IntegrityError), store.write(held) as session:
        record(session, change(1))
    with store.read(held) as session:
        assert len(store.all_events(session, 1)) == 1
