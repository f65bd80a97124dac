"""The ledger follows from the polls and the stored answers, and any tampering shows."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from tests.factories import SEEN_AT, motion_answer, recorded, signature_row
from tests.program import program_in
from tracker.config import MotionSettings
from tracker.parliament.snapshot import SignatureRow, Snapshot
from tracker.recording import record_ended, start_poll
from tracker.replay import GoodPoll, Ledger, differences, replay, replayed
from tracker.rules.changes import ChangeKind
from tracker.rules.diff import Limits
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store import Engine
from tracker.store.schema import open_database

WATCHED = MotionSettings(number=718, session="2014-15")
MINUTE = timedelta(minutes=1)

Rows = Sequence[dict[str, Any]]


def polled(engine: Engine, *answers: Rows, **options: Any) -> None:
    """Record one poll a minute, each with these rows."""
    for minute, rows in enumerate(answers):
        seen_at = SEEN_AT + minute * MINUTE
        recorded(engine, WATCHED, motion_answer(rows), seen_at, **options)


ONE, TWO, THREE = signature_row(1), signature_row(2), signature_row(3)
TWO_GONE = signature_row(2, withdrawn="2015-01-23T11:00:00")
AGAIN = signature_row(9, member_id=1002, created="2015-01-23T11:30:00")

HISTORIES: dict[str, Sequence[Rows]] = {
    "nothing yet": [[]],
    "signed at once": [[ONE, TWO]],
    "signed later": [[ONE], [ONE, TWO], [ONE, TWO, THREE]],
    "withdrawn and signed anew": [[ONE, TWO], [ONE, TWO_GONE], [ONE, TWO_GONE, AGAIN]],
    "first seen withdrawn": [[ONE, TWO_GONE]],
    "vanished": [[ONE, TWO], [ONE], [ONE], [ONE], [ONE]],
    "vanished and back": [[ONE, TWO], [ONE], [ONE], [ONE], [ONE, TWO]],
    "missing, not yet believed": [[ONE, TWO], [ONE], [ONE]],
    "doubted as a whole": [[ONE, TWO, THREE], [], [ONE, TWO, THREE], []],
    "reads live again": [[ONE, TWO_GONE], [ONE, TWO], [ONE, TWO], [ONE, TWO]],
    "unchanged for long": [[ONE, TWO]] * 6,
}


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES.keys())
def test_the_ledger_of_an_ordinary_history_agrees(engine, history):
    polled(engine, *history)
    report = replay(engine)
    assert report.differences == ()
    assert report.poll_count == len(history)


def test_the_limits_that_were_in_force_count_not_those_of_today(engine):
    polled(engine, [ONE, TWO], [ONE], missing_polls=1, missing_seconds=0)
    assert replay(engine).event_count == 3
    assert replay(engine).differences == ()


def test_failed_polls_and_stale_answers_are_ignored_as_they_were(engine):
    polled(engine, [ONE], [ONE, TWO])
    limits = Limits(3, 100)
    start = start_poll(
        engine, WATCHED, limits, is_accepted=False, started_at=SEEN_AT + 2 * MINUTE
    )
    record_ended(
        engine, start, Outcome.FAILED, "too slow",
        failure_kind=FailureKind.TIMEOUT, ended_at=SEEN_AT + 2 * MINUTE,
    )  # fmt: skip
    recorded(engine, WATCHED, motion_answer([]), SEEN_AT - MINUTE)
    report = replay(engine)
    assert (report.differences, report.poll_count) == ((), 2)


TAMPERINGS = {
    "an event deleted": (
        "DELETE FROM signature_event WHERE signature_id = 2 AND ordinal = 2",
        "event 2 of signature 2 is missing",
    ),
    "an event's kind": (
        "UPDATE signature_event SET kind = 'removed' WHERE ordinal = 2",
        "event 2 of signature 2: kind is removed, withdrawn is right",
    ),
    "an event's time": (
        "UPDATE signature_event SET happened_at = '2015-01-01 00:00:00'"
        " WHERE signature_id = 1",
        "event 1 of signature 1: happened_at is 2015-01-01",
    ),
    "an event's Member": (
        "UPDATE signature_event SET member_id = 5 WHERE signature_id = 1",
        "event 1 of signature 1: member_id is 5, 1001 is right",
    ),
    "whether it was again": (
        "UPDATE signature_event SET again = NOT again WHERE signature_id = 1",
        "event 1 of signature 1: is_again is True, False is right",
    ),
    "whether it was backfilled": (
        "UPDATE signature_event SET backfilled = NOT backfilled WHERE signature_id = 1",
        "event 1 of signature 1: is_backfilled is False, True is right",
    ),
    "a poll's event given to another": (
        "UPDATE signature_event SET poll_id = 2 WHERE signature_id = 1",
        "event 1 of signature 1: poll_id is 2, 1 is right",
    ),
    "the order of events": (
        "UPDATE signature_event SET id = 1000 WHERE signature_id = 1",
        "event 1 of signature 2 stands where event 1 of signature 1 is right",
    ),
    "a signature deleted": (
        "DELETE FROM signature WHERE signature_id = 1",
        "signature 1 is missing",
    ),
    "a signature withdrawn": (
        "UPDATE signature SET is_withdrawn = NOT is_withdrawn WHERE signature_id = 1",
        "signature 1: is_withdrawn is True, False is right",
    ),
    "a signature's name": (
        "UPDATE signature SET name = 'Nobody' WHERE signature_id = 1",
        "signature 1: name is Nobody, Member Number 1 is right",
    ),
    "how often it was missing": (
        "UPDATE signature SET missing_count = 1, missing_since_at = created_at"
        " WHERE signature_id = 1",
        "signature 1: missing is Doubt",
    ),
    "a stored answer": (
        "UPDATE answer SET body = x'00' WHERE id = 2",
        "answer 2 of poll 2 is damaged",
    ),
    "which answer a poll brought": (
        "UPDATE poll SET answer_id = 1 WHERE id = 2",
        "event 2 of signature 2 should not be there",
    ),
    "a poll without its answer": (
        "UPDATE poll SET answer_id = NULL WHERE id = 2",
        "poll 2 has no stored answer",
    ),
    "the first good poll": (
        "UPDATE motion SET baseline_poll_id = 2",
        "the first good poll is 2, 1 is right",
    ),
    "the motion's id": (
        "UPDATE motion SET parliament_id = NULL",
        "event 1 of signature 1 should not be there",
    ),
}


@pytest.mark.parametrize(("sql", "says"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_every_tampering_is_found(sqlite_engine, sql, says):
    polled(sqlite_engine, [ONE, TWO], [ONE, TWO_GONE])
    assert replay(sqlite_engine).differences == ()
    with sqlite_engine.begin() as connection:
        connection.execute(text(sql))
    found = replay(sqlite_engine).differences
    assert any(says in text for text in found), found
    assert all(text.startswith("EDM 718 of 2014-15: ") for text in found)


def test_an_event_too_many_is_found(sqlite_engine):
    polled(sqlite_engine, [ONE])
    with sqlite_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO signature_event (motion_id, poll_id, signature_id, ordinal,"
                " kind, again, member_id, happened_at, time_from, observed_at,"
                " backfilled) SELECT motion_id, poll_id, 77, 1, kind, again, member_id,"
                " happened_at, time_from, observed_at, backfilled FROM signature_event"
            )
        )
    assert replay(sqlite_engine).differences == (
        "EDM 718 of 2014-15: event 1 of signature 77 should not be there",
    )


def test_each_motion_is_replayed_by_itself(sqlite_engine):
    polled(sqlite_engine, [ONE])
    other = MotionSettings(number=9, session="2014-15")
    body = motion_answer([signature_row(5)], number=9, parliament_id=1)
    recorded(sqlite_engine, other, body, parliament_id=1)
    report = replay(sqlite_engine)
    assert (report.poll_count, report.event_count) == (2, 2)
    assert report.differences == ()


class TestValues:
    """The core, without a database."""

    def poll(self, poll_id: int, *rows: SignatureRow, **changes: Any) -> GoodPoll:
        return GoodPoll(
            poll_id,
            SEEN_AT + poll_id * MINUTE,
            Snapshot(46_718, 718, rows),
            Limits(3, 100),
            changes.get("is_accepted", False),
        )

    def test_no_poll_makes_an_empty_ledger(self):
        assert replayed([]) == Ledger()

    def test_only_the_first_good_poll_is_history(self):
        one, two = SignatureRow(1, 1001, False), SignatureRow(2, 1002, False)
        ledger = replayed([self.poll(3, one), self.poll(4, one, two)])
        assert ledger.baseline_poll_id == 3
        assert [event.is_backfilled for event in ledger.events] == [True, False]
        assert [event.poll_id for event in ledger.events] == [3, 4]

    def test_what_a_person_accepted_is_believed(self):
        rows = [SignatureRow(key, 1000 + key, False) for key in range(1, 5)]
        ledger = replayed([self.poll(1, *rows), self.poll(2, is_accepted=True)])
        kinds = [event.change.kind for event in ledger.events]
        assert kinds[4:] == [ChangeKind.REMOVED] * 4
        doubted = replayed([self.poll(1, *rows), self.poll(2)])
        assert len(doubted.events) == 4

    def test_a_ledger_does_not_differ_from_itself(self):
        ledger = replayed([self.poll(1, SignatureRow(1, 1001, True))])
        assert differences(ledger, ledger) == []


class TestTheCommand:
    @pytest.fixture
    def program(self, tmp_path, monkeypatch):
        program = program_in(tmp_path, monkeypatch)
        engine = open_database(program.settings.database.url, is_upgraded=True)
        polled(engine, [ONE, TWO], [ONE, TWO_GONE])
        yield program
        engine.dispose()

    def test_it_agrees_with_0(self, program, capsys):
        done = program.here(capsys, "replay")
        assert (done.code, done.err) == (0, "")
        assert done.out == "the ledger agrees: 2 polls, 3 events\n"

    def test_it_tells_each_difference_on_a_line_and_ends_with_1(self, program, capsys):
        engine = open_database(program.settings.database.url, is_upgraded=False)
        with engine.begin() as connection:
            connection.execute(text("DELETE FROM signature_event WHERE ordinal = 2"))
            connection.execute(text("UPDATE signature SET name = 'x\ny'"))
        engine.dispose()
        done = program.here(capsys, "replay")
        assert done.code == 1
        assert len(done.out.splitlines()) == 3
        assert done.err == (
            "tracker: the ledger does not agree: 3 differences (2 polls, 2 events)\n"
        )
