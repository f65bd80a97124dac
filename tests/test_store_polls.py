"""tracker.store.polls and calendar: which poll, which answer, which brake."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from tracker import store
from tracker.rules.changes import ChangeKind, TimeFrom
from tracker.rules.outcomes import Outcome
from tracker.store import Engine, Session
from tracker.store.tables import Answer, Poll, SignatureEvent

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A transaction in which motion 1 and motion 2 exist."""
    with store.write(engine) as session:
        store.record_motion(session, "2014-15", 718)
        store.record_motion(session, "2026-27", 240)
        yield session


def add(session: Session, *outcomes: Outcome, motion_id: int = 1) -> list[Poll]:
    """Write polls, a minute apart, with these outcomes."""
    return [
        store.record_poll(
            session,
            Poll(
                motion_id=motion_id,
                started_at=NOW + timedelta(minutes=minute),
                finished_at=NOW + timedelta(minutes=minute, seconds=1),
                outcome=outcome,
                error=None if outcome.is_ok else f"reason {minute}",
                missing_polls=3,
                missing_seconds=100,
            ),
        )
        for minute, outcome in enumerate(outcomes)
    ]


def test_a_motion_without_polls_has_none(session):
    assert store.last_good_poll(session, 1) is None
    assert store.last_failed_poll(session, 1) is None
    assert store.first_poll(session, 1) is None
    assert store.last_changed_at(session, 1) is None
    assert store.failing_since(session, 1, after_poll=None) is None
    assert list(store.recent_polls(session, 1, limit=9)) == []


@pytest.mark.parametrize(
    ("outcome", "is_good"),
    [
        (Outcome.CHANGED, True),
        (Outcome.UNCHANGED, True),
        (Outcome.SUSPECT, True),
        (Outcome.STALE, False),
        (Outcome.FAILED, False),
        (Outcome.BRAKED, False),
        (Outcome.BUSY, False),
    ],
)
def test_a_good_poll_is_one_whose_answer_is_readable_and_new(session, outcome, is_good):
    first, second = add(session, Outcome.UNCHANGED, outcome)
    newest = second if is_good else first
    assert store.last_good_poll(session, 1) == newest
    assert list(store.good_polls(session, 1)) == [first, second][: 1 + is_good]


def test_polls_of_another_motion_are_not_asked_for(session):
    [own] = add(session, Outcome.UNCHANGED)
    add(session, Outcome.CHANGED, Outcome.FAILED, motion_id=2)
    assert store.last_good_poll(session, 1) == own
    assert store.first_poll(session, 1) == own
    assert store.last_failed_poll(session, 1) is None
    assert store.last_changed_at(session, 1) is None
    assert list(store.recent_polls(session, 1, limit=9)) == [own]


def test_it_is_failing_since_the_first_failure_after_the_last_good_poll(session):
    _, good, first, _, second = add(
        session,
        Outcome.FAILED,
        Outcome.UNCHANGED,
        Outcome.FAILED,
        Outcome.BUSY,
        Outcome.FAILED,
    )
    assert store.failing_since(session, 1, after_poll=good) == first
    assert store.last_failed_poll(session, 1) == second
    assert store.failing_since(session, 1, after_poll=second) is None


def test_polls_that_sent_nothing_are_no_failures(session):
    good, *_ = add(session, Outcome.UNCHANGED, Outcome.BUSY, Outcome.BRAKED)
    assert store.failing_since(session, 1, after_poll=good) is None


def test_the_newest_polls_come_first_and_only_as_many_as_asked(session):
    first, second, third = add(session, *[Outcome.UNCHANGED] * 3)
    assert list(store.recent_polls(session, 1, limit=2)) == [third, second]
    assert store.first_poll(session, 1) == first


def test_a_change_is_dated_by_the_poll_that_brought_it(session):
    polls = add(session, Outcome.CHANGED, Outcome.CHANGED, Outcome.UNCHANGED)
    for place, poll in enumerate(polls[:2]):
        session.add(
            SignatureEvent(
                motion_id=1,
                poll_id=poll.id or 0,
                signature_id=place,
                ordinal=1,
                kind=ChangeKind.SIGNED,
                again=False,
                member_id=place,
                happened_at=NOW,
                time_from=TimeFrom.PARLIAMENT,
                observed_at=NOW,
                backfilled=False,
            )
        )
        session.flush()
    assert store.last_changed_at(session, 1) == NOW + timedelta(minutes=1, seconds=1)


def test_an_answer_is_stored_once_and_comes_back_as_it_was(session):
    body = b'{"name": "\xc3\x81da"}' * 1000
    first, second = (
        store.record_answer(session, body),
        store.record_answer(session, body),
    )
    other = store.record_answer(session, body + b" ")
    assert first.id is not None
    assert (second.id, other.id != first.id) == (first.id, True)
    assert store.answer_body(session, first.id) == body
    assert store.answer_hash(session, first.id) == store.body_hash(body)
    stored = session.get_one(Answer, first.id)
    assert stored.byte_count == len(body)
    assert len(stored.body) < len(body) / 10, "it is compressed"


# The brake, and the calendar


@pytest.mark.parametrize(
    ("second", "expected"), [(NOW + 2 * HOUR, 2), (NOW + HOUR / 2, 1), (NOW, 1)]
)
def test_a_brake_can_be_lengthened_and_not_lifted_by_another(session, second, expected):
    assert store.brake_until(session) is None
    store.record_brake(session, NOW + HOUR, "first")
    store.record_brake(session, second, "second")
    brake = store.brake_until(session)
    assert brake is not None
    assert brake.until_at == NOW + expected * HOUR
    assert brake.reason == ("second" if expected == 2 else "first")


def test_sessions_dates_are_taken_over_and_corrected(session):
    later = NOW + HOUR
    dates = ("2026-27", date(2026, 5, 12), None)
    store.record_session_dates(session, [dates], checked_at=NOW)
    known = store.session_date(session, "2026-27")
    assert known is not None
    assert known.ends_on is None
    corrected = ("2026-27", date(2026, 5, 12), date(2027, 5, 4))
    store.record_session_dates(session, [corrected], checked_at=later)
    session.flush()
    known = store.session_date(session, "2026-27")
    assert known is not None
    assert known.ends_on == date(2027, 5, 4)
    assert store.calendar_checked_at(session) == later


def test_closed_days_are_replaced_from_a_day_on_and_older_ones_stay(session):
    def spell(month: int, name: str) -> tuple[date, date, str]:
        return date(2026, month, 1), date(2026, month, 9), name

    june = date(2026, 6, 9)
    store.record_closed_days(
        session,
        [spell(4, "Easter"), spell(6, "Whit"), spell(8, "Summer")],
        from_on=date.min,
    )
    store.record_closed_days(
        session, [spell(4, "Other"), spell(7, "Summer")], from_on=june
    )
    found = [(day.from_on.month, day.name) for day in store.closed_days(session)]
    assert found == [(4, "Easter"), (7, "Summer")]
