"""tracker.board.history: how a motion stood at a moment, and the lines of an export."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.factories import PARLIAMENT_ID, motion_answer, recorded, signature_row
from tracker import store
from tracker.board import HistoryView, SignatureLine, history_view, signature_lines
from tracker.config import MotionSettings
from tracker.parliament.http import Answer
from tracker.recording import record_answered, start_poll
from tracker.rules.diff import Limits
from tracker.store import Engine

WATCHED = MotionSettings(number=718, session="2026-27")
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def poll(engine: Engine, rows: list[dict[str, Any]], minute: int) -> None:
    recorded(
        engine,
        WATCHED,
        motion_answer(rows),
        at(minute),
        missing_polls=1,
        missing_seconds=0,
    )


def at(minute: float) -> datetime:
    return NOW + timedelta(minutes=minute)


def row(signature_id: int, minute: float, **changes: Any) -> dict[str, Any]:
    """Return a row that was signed, and perhaps withdrawn, so many minutes after NOW."""
    ended = changes.pop("withdrawn", None)
    words = {"created": london(minute), **changes}
    return signature_row(
        signature_id, **words, withdrawn=None if ended is None else london(ended)
    )


def london(minute: float) -> str:
    return (at(minute) + timedelta(hours=1)).replace(tzinfo=None).isoformat()


def history(engine: Engine, minute: float) -> HistoryView:
    with store.read(engine) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        return history_view(session, motion, at(minute))


def lines(engine: Engine) -> list[SignatureLine]:
    with store.read(engine) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        return signature_lines(session, motion)


def test_a_motion_nobody_knows_has_no_past(sqlite_engine):
    assert history(sqlite_engine, 0) == HistoryView(NOW, 0, ())
    assert lines(sqlite_engine) == []


@pytest.mark.parametrize(
    ("minute", "count", "statuses"),
    [
        (-101, 0, {}),
        (-100, 1, {1001: "signed"}),
        (-51, 2, {1001: "signed", 1002: "signed"}),
        (-50, 1, {1001: "signed", 1002: "withdrawn"}),
        (0, 1, {1001: "signed", 1002: "withdrawn"}),
    ],
)
def test_it_stood_by_when_things_happened_not_when_they_were_seen(
    engine, minute, count, statuses
):
    poll(engine, [row(1, -100), row(2, -90, withdrawn=-50)], 0)
    view = history(engine, minute)
    assert view.signature_count == count
    assert {m.member_id: m.status for m in view.members} == statuses


def test_one_live_row_is_enough(sqlite_engine):
    old = row(1, -100, withdrawn=-50)
    poll(sqlite_engine, [old, row(2, -60, member_id=1001)], 0)
    view = history(sqlite_engine, 0)
    assert (view.signature_count, [m.status for m in view.members]) == (1, ["signed"])


def test_a_removed_signature_is_not_on_the_list(sqlite_engine):
    rows = [row(number, -100) for number in range(1, 5)]
    poll(sqlite_engine, rows, 0)
    poll(sqlite_engine, rows[:3], 1)
    assert history(sqlite_engine, 0.5).signature_count == 4
    view = history(sqlite_engine, 1)
    assert (view.signature_count, len(view.members)) == (3, 3)


def test_a_row_that_went_without_an_event_does_not_count_for_ever(sqlite_engine):
    others = [row(number, -100) for number in range(3, 7)]
    first, second = row(1, -90), row(2, -80, member_id=1001)
    poll(sqlite_engine, [*others, first, second], 0)
    poll(sqlite_engine, [*others, second], 1)
    assert history(sqlite_engine, 1).signature_count == 5, "the second row is live"
    withdrawn = row(2, -80, member_id=1001, withdrawn=2)
    poll(sqlite_engine, [*others, withdrawn], 3)
    assert history(sqlite_engine, 3).signature_count == 4
    assert history(sqlite_engine, 0).signature_count == 5
    states = {line.signature_id: line.state for line in lines(sqlite_engine)}
    assert (states[1], states[2]) == ("removed", "withdrawn")


def test_a_clock_that_was_set_back_does_not_bring_a_withdrawn_name_back(sqlite_engine):
    poll(sqlite_engine, [row(1, 0, created=None), row(2, -9)], 2880)
    withdrawn = row(1, 0, created=None, IsWithdrawn=True)
    later = Answer(motion_answer([withdrawn, row(2, -9)]), at(2881), at(1))
    start = start_poll(
        sqlite_engine, WATCHED, Limits(1, 0), is_accepted=False, started_at=NOW
    )
    record_answered(
        sqlite_engine, start, later, parliament_id=PARLIAMENT_ID, seen_at=NOW
    )
    assert history(sqlite_engine, 3000).signature_count == 1


def test_a_line_says_what_is_held_of_a_row(engine):
    rows = [row(number, -100 + number, name=f"Name {number}") for number in range(1, 6)]
    poll(engine, rows, 0)
    rows[0] = row(1, -99, withdrawn=0.5, name="Name 1")
    poll(engine, rows[:4], 1)
    first, *_, last = lines(engine)
    assert (first.state, first.withdrawn_at, first.removed_at) == (
        "withdrawn",
        at(0.5),
        None,
    )
    assert (first.name, first.signed_at, first.signed_time_from) == (
        "Name 1",
        at(-99),
        "parliament",
    )
    assert (last.signature_id, last.state, last.removed_at) == (5, "removed", at(1))
    assert [line.signature_id for line in lines(engine)] == [1, 2, 3, 4, 5]


def test_a_withdrawn_row_that_is_gone_stays_withdrawn(sqlite_engine):
    rows = [row(number, -100) for number in range(1, 5)]
    poll(sqlite_engine, [*rows, row(5, -100, withdrawn=-50)], 0)
    poll(sqlite_engine, rows, 1)
    line = lines(sqlite_engine)[-1]
    assert (line.state, line.withdrawn_at, line.removed_at) == (
        "withdrawn",
        at(-50),
        None,
    )


def test_a_row_signed_again_is_signed_since_then(sqlite_engine):
    poll(sqlite_engine, [row(1, -100, withdrawn=-50), row(2, -9)], 0)
    poll(sqlite_engine, [row(1, -100), row(2, -9)], 1)
    line = next(line for line in lines(sqlite_engine) if line.signature_id == 1)
    assert (line.state, line.signed_at, line.withdrawn_at) == ("signed", at(1), None)
