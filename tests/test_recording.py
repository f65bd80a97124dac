"""tracker.recording: a poll written down, on both databases (product.md 3.1 to 3.5)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import PARLIAMENT_ID, motion_answer, recorded, signature_row
from tracker import store
from tracker.config import MotionSettings
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import Answer
from tracker.recording import (
    PollReport,
    PollStart,
    record_answered,
    record_ended,
    start_poll,
)
from tracker.rules.changes import ChangeKind
from tracker.rules.diff import Limits
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store import Engine
from tracker.store.tables import Motion, Poll, SignatureEvent

WATCHED = MotionSettings(number=718, session="2014-15")
NOW = datetime(2015, 1, 23, 12, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def body(*signature_ids: int, withdrawn: tuple[int, ...] = (), **changes: Any) -> bytes:
    rows = [signature_row(number) for number in signature_ids]
    rows += [signature_row(number, withdrawn=True) for number in withdrawn]
    return motion_answer(rows, **changes)


def started(
    engine: Engine, seconds: float = 0, *, is_accepted: bool = False
) -> PollStart:
    return start_poll(
        engine,
        WATCHED,
        Limits(3, 100),
        is_accepted=is_accepted,
        started_at=after(seconds),
    )


def accept(engine: Engine, answer: bytes, seconds: float) -> PollReport:
    return record_answered(
        engine,
        started(engine, seconds, is_accepted=True),
        Answer(answer, after(seconds), after(seconds + 60)),
        parliament_id=PARLIAMENT_ID,
        seen_at=after(seconds),
    )


def fail(engine: Engine, seconds: float, kind: FailureKind) -> PollReport:
    return record_ended(
        engine,
        started(engine, seconds),
        Outcome.FAILED,
        "answered 503, 200 is right",
        failure_kind=kind,
        ended_at=after(seconds),
    )


def polls(engine: Engine) -> list[Poll]:
    with store.read(engine) as session:
        return list(reversed(store.recent_polls(session, 1, limit=100)))


def events(engine: Engine) -> list[SignatureEvent]:
    with store.read(engine) as session:
        return list(store.all_events(session, 1))


def motion(engine: Engine) -> Motion:
    with store.read(engine) as session:
        return session.get_one(Motion, 1)


# Starting


def test_a_motion_is_added_once(engine):
    assert started(engine).motion_id == started(engine).motion_id == 1


def test_a_sessions_days_are_those_of_the_table(engine):
    start = started(engine)
    assert (start.starts_on.isoformat(), start.ends_on.isoformat()) == (
        "2014-06-04",
        "2015-03-26",
    )


# Good polls


def test_the_first_good_poll_is_the_baseline_and_its_events_history(engine):
    report = recorded(engine, WATCHED, body(1, 2, withdrawn=(3,)), NOW)
    assert (report.outcome, report.signature_count) == (Outcome.CHANGED, 2)
    assert (report.signed, report.withdrawn) == ((1001, 1002, 1003), (1003,))
    [poll] = polls(engine)
    assert (poll.event_count, motion(engine).baseline_poll_id) == (4, poll.id)
    assert all(event.backfilled for event in events(engine))
    recorded(engine, WATCHED, body(1, 2, 4, withdrawn=(3,)), after(60))
    newest = events(engine)[-1]
    assert (newest.kind, newest.member_id) == (ChangeKind.SIGNED, 1004)
    assert (newest.backfilled, newest.observed_at) == (False, after(60))


def test_after_failures_the_first_good_poll_is_still_history(engine):
    fail(engine, 0, FailureKind.UNAVAILABLE)
    recorded(engine, WATCHED, body(1), after(60))
    assert [event.backfilled for event in events(engine)] == [True]


def test_after_an_empty_first_answer_the_first_with_rows_is_history(engine):
    report = recorded(engine, WATCHED, body(), NOW)
    assert (report.outcome, report.signature_count) == (Outcome.SUSPECT, 0)
    assert motion(engine).baseline_poll_id is None
    assert motion(engine).title is None, "nothing of it is recorded"
    recorded(engine, WATCHED, body(1, 2), after(60))
    assert [event.backfilled for event in events(engine)] == [True, True]


def test_the_motions_facts_are_taken_over_and_what_is_left_out_stays(engine):
    recorded(engine, WATCHED, body(1), NOW)
    recorded(engine, WATCHED, body(1, Title="A new title", MotionText=None), after(60))
    kept = motion(engine)
    assert kept.title == "A new title"
    assert kept.text == "That this House calls for their release."
    assert kept.parliament_id == PARLIAMENT_ID


def test_a_motion_withdrawn_at_parliament_is_withdrawn(engine):
    recorded(engine, WATCHED, body(1), NOW)
    withdrawn = body(1, Status=1, StatusDate="2015-01-23T11:00:00")
    recorded(engine, WATCHED, withdrawn, after(60))
    assert motion(engine).is_withdrawn
    assert motion(engine).status_at == datetime(2015, 1, 23, 11, tzinfo=UTC)


# The same answer again


def test_the_same_answer_is_unchanged_and_stored_once(engine):
    recorded(engine, WATCHED, body(1, 2), NOW)
    recorded(engine, WATCHED, body(1, 2), after(60))
    report = recorded(engine, WATCHED, body(1, 2), after(120))
    assert (report.outcome, report.signed) == (Outcome.UNCHANGED, ())
    assert [poll.answer_id for poll in polls(engine)] == [1, 1, 1]
    assert len(events(engine)) == 2


def test_the_same_answer_without_a_row_counts_every_time(engine):
    recorded(engine, WATCHED, body(*range(1, 6)), NOW)
    for seconds in (60, 120):
        report = recorded(engine, WATCHED, body(1, 2, 3, 4), after(seconds))
        assert (report.outcome, report.signature_count) == (Outcome.SUSPECT, 5)
    report = recorded(engine, WATCHED, body(1, 2, 3, 4), after(180))
    assert (report.outcome, report.removed) == (Outcome.CHANGED, (1005,))


def test_an_answer_comes_back_from_the_store_as_it_was_sent(engine):
    recorded(engine, WATCHED, body(1, 2), NOW)
    with store.read(engine) as session:
        assert store.answer_body(session, 1) == body(1, 2)


# Failed polls, stale and doubted answers


@pytest.mark.parametrize("kind", list(FailureKind))
def test_a_failed_poll_keeps_its_reason_and_changes_nothing(engine, kind):
    recorded(engine, WATCHED, body(1, 2), NOW)
    before = motion(engine)
    report = fail(engine, 60, kind)
    assert (report.outcome, report.signature_count) == (Outcome.FAILED, 2)
    assert report.error == "answered 503, 200 is right"
    poll = polls(engine)[-1]
    assert (poll.error, poll.failure_kind) == (report.error, kind)
    assert len(events(engine)) == 2
    kept = motion(engine).model_dump(exclude={"not_found_since_at"})
    assert kept == before.model_dump(exclude={"not_found_since_at"})


def test_failed_polls_neither_count_nor_reset_an_absence(engine):
    recorded(engine, WATCHED, body(*range(1, 6)), NOW)
    recorded(engine, WATCHED, body(1, 2, 3, 4), after(60))
    fail(engine, 120, FailureKind.TIMEOUT)
    report = recorded(engine, WATCHED, body(1, 2, 3, 4), after(180))
    assert report.removed == ()
    fail(engine, 240, FailureKind.TIMEOUT)
    report = recorded(engine, WATCHED, body(1, 2, 3, 4), after(300))
    assert report.removed == (1005,)


def test_since_when_a_motion_is_not_found_is_kept_and_ends_with_an_answer(engine):
    recorded(engine, WATCHED, body(1), NOW)
    fail(engine, 60, FailureKind.NOT_FOUND)
    fail(engine, 120, FailureKind.NOT_FOUND)
    assert motion(engine).not_found_since_at == after(60)
    recorded(engine, WATCHED, body(1), after(180))
    assert motion(engine).not_found_since_at is None


def record(engine: Engine, answer: bytes, answered_at: datetime | None) -> PollReport:
    return record_answered(
        engine,
        started(engine, 120),
        Answer(answer, answered_at, after(180)),
        parliament_id=PARLIAMENT_ID,
        seen_at=after(120),
    )


@pytest.mark.parametrize(
    ("answered", "outcome"),
    [(59, Outcome.STALE), (60, Outcome.CHANGED), (61, Outcome.CHANGED)],
)
def test_an_answer_older_than_the_last_good_one_is_ignored(engine, answered, outcome):
    recorded(engine, WATCHED, body(1, 2), after(60))
    report = record(engine, body(1, 2, 3), after(answered))
    assert report.outcome is outcome
    assert report.signature_count == (2 if outcome is Outcome.STALE else 3)
    is_kept = polls(engine)[-1].answer_id is not None
    assert is_kept is (outcome is not Outcome.STALE)


def test_a_stale_answer_does_not_set_back_what_is_newest(engine):
    recorded(engine, WATCHED, body(1, 2), after(60))
    record(engine, body(1), after(0))
    assert record(engine, body(1), after(30)).outcome is Outcome.STALE


def test_a_suspect_answer_is_good_so_an_older_one_is_stale(engine):
    recorded(engine, WATCHED, body(1, 2), NOW)
    assert recorded(engine, WATCHED, body(), after(60)).outcome is Outcome.SUSPECT
    assert record(engine, body(1, 2), after(30)).outcome is Outcome.STALE


def test_an_answer_without_a_date_is_taken_as_new(engine):
    recorded(engine, WATCHED, body(1, 2), after(60))
    assert record(engine, body(1, 2, 3), None).outcome is Outcome.CHANGED


def test_a_doubted_answer_is_kept_with_the_reason_and_changes_nothing(engine):
    recorded(engine, WATCHED, body(*range(1, 11)), NOW)
    for seconds in (60, 120, 180, 240):
        report = recorded(engine, WATCHED, body(1, Title="Other"), after(seconds))
        assert (report.outcome, report.signature_count) == (Outcome.SUSPECT, 10)
        assert report.note == "the answer lacks 9 of the 10 signatures known"
    assert motion(engine).title == "POLITICAL PRISONERS IN AZERBAIJAN"
    assert polls(engine)[-1].answer_id is not None


def test_a_person_can_accept_a_doubted_answer(engine):
    recorded(engine, WATCHED, body(*range(1, 11)), NOW)
    recorded(engine, WATCHED, body(1), after(60))
    report = accept(engine, body(1), 120)
    assert (report.outcome, report.signature_count) == (Outcome.CHANGED, 1)
    assert report.removed == tuple(range(1002, 1011))
    assert polls(engine)[-1].is_accepted


# Answers that fail a poll as a whole


def test_a_row_that_cannot_be_read_fails_the_poll_and_is_named(engine):
    recorded(engine, WATCHED, body(1, 2), NOW)
    bad = motion_answer([signature_row(1), signature_row(2), signature_row(3, Id="x")])
    with pytest.raises(ParliamentError, match="row 3") as caught:
        recorded(engine, WATCHED, bad, after(60))
    assert caught.value.kind is FailureKind.UNREADABLE
    assert (len(polls(engine)), len(events(engine))) == (1, 2), "nothing was written"


def test_a_known_id_with_another_member_fails_the_poll_and_is_named(engine):
    recorded(engine, WATCHED, body(1, 2), NOW)
    rows = [signature_row(1), signature_row(2, member_id=9), signature_row(3)]
    with pytest.raises(ParliamentError, match=r"signature 2 .*1002.* 9") as caught:
        recorded(engine, WATCHED, motion_answer(rows), after(60))
    assert caught.value.kind is FailureKind.UNREADABLE
    assert (len(polls(engine)), len(events(engine))) == (1, 2), "nothing was written"


@pytest.mark.parametrize(
    "changes", [{"parliament_id": 1}, {"number": 717}, {"Sponsors": None}]
)
def test_an_answer_about_something_else_is_refused(engine, changes):
    recorded(engine, WATCHED, body(1), NOW)
    with pytest.raises(ParliamentError):
        recorded(engine, WATCHED, body(1, **changes), after(60))
    assert len(polls(engine)) == 1


# Members


def test_a_member_with_two_live_rows_counts_once_and_the_second_is_again(engine):
    rows = [signature_row(1), signature_row(2, member_id=1001)]
    report = recorded(engine, WATCHED, motion_answer(rows), NOW)
    assert report.signature_count == 1
    assert [event.again for event in events(engine)] == [False, True]


def test_a_signer_nobody_knows_counts_at_once(engine):
    rows = [signature_row(1, Member=None, member_id=77)]
    report = recorded(engine, WATCHED, motion_answer(rows), NOW)
    assert (report.signature_count, report.signed) == (1, (77,))
    with store.read(engine) as session:
        assert list(store.unknown_signers(session)) == [77]


def test_polls_that_send_nothing_are_kept_with_their_reason(engine):
    for outcome in (Outcome.BUSY, Outcome.BRAKED):
        report = record_ended(
            engine,
            started(engine),
            outcome,
            "a reason",
            failure_kind=None,
            ended_at=NOW,
        )
        assert (report.outcome, report.error) == (outcome, "a reason")
    assert [poll.outcome for poll in polls(engine)] == [Outcome.BUSY, Outcome.BRAKED]
