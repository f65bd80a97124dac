"""tracker.board.staff: what is new on the list since a look, and what was said last time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.conftest import FakeClock, MakeSettings
from tests.supporters_house import NOW, WATCHED, seat_a_house
from tests.test_nudges import contact, poll, row, write
from tracker import store
from tracker.board.nudges import NudgeRow
from tracker.board.staff import StaffView, staff_view
from tracker.config import Settings
from tracker.rules.nudge import Stance
from tracker.rules.stances import ContactOutcome
from tracker.store import Engine
from tracker.store.calls import contacts_logged_at, outcome_counts
from tracker.store.email_days import emails_by_day

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def seated(engine: Engine, clock: FakeClock) -> Engine:
    clock.set(NOW)
    seat_a_house(engine)
    return engine


@pytest.fixture
def made(settings: MakeSettings) -> Settings:
    return settings(motions=[WATCHED.model_dump(exclude_none=True)])


def view(engine: Engine, made: Settings, since: datetime | None = None) -> StaffView:
    with store.read(engine) as session:
        return staff_view(session, made, WATCHED, now=NOW, since=since)


def the_row(engine: Engine, made: Settings, since: datetime | None = None) -> NudgeRow:
    [found] = view(engine, made, since).nudges.rows
    return found


def test_a_row_is_new_if_its_days_ended_since_the_look(seated, made):
    write(seated, "Ynys Môn", 1, NOW - 4 * DAY - HOUR)
    assert the_row(seated, made, since=NOW - 2 * HOUR).is_new
    assert not the_row(seated, made, since=NOW - HOUR / 2).is_new


def test_nothing_is_new_to_somebody_who_never_looked(seated, made):
    write(seated, "Ynys Môn", 1, NOW - 5 * DAY)
    assert not the_row(seated, made).is_new


def test_a_withdrawal_seen_since_the_look_is_new(seated, made):
    poll(seated, row(101), at=NOW - 3 * HOUR)
    gone = row(101, withdrawn="2026-06-02T11:00:00")
    poll(seated, gone, at=NOW - HOUR)
    assert the_row(seated, made, since=NOW - 2 * HOUR).is_new
    assert not the_row(seated, made, since=NOW - HOUR / 2).is_new


def test_a_row_says_what_came_of_the_newest_call(seated, made):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    member_id = the_row(seated, made).member_id
    assert the_row(seated, made).last_call is None
    contact(seated, member_id, NOW - 8 * DAY, stance=Stance.CONSIDERING, note="Later")
    contact(seated, member_id, NOW - HOUR, outcome=ContactOutcome.BUSY)
    found = the_row(seated, made).last_call
    assert found is not None
    assert (found.outcome, found.note, found.by) == (ContactOutcome.BUSY, None, "Ann")


def test_contacts_are_counted_by_what_came_of_them_and_found_by_their_moment(seated):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    contact(seated, 101, NOW, stance=Stance.CONSIDERING)
    contact(seated, 102, NOW, outcome=ContactOutcome.BUSY)
    contact(seated, 101, NOW - HOUR, outcome=ContactOutcome.BUSY)
    with store.read(seated) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        assert motion is not None
        assert motion.id is not None
        assert sorted(outcome_counts(session, motion.id)) == [
            (ContactOutcome.BUSY, Stance.UNKNOWN, 2),
            (ContactOutcome.CONTACT, Stance.CONSIDERING, 1),
        ]
        found = contacts_logged_at(session, "Ann", NOW)
        assert [one.member_id for one in found] == [101, 102]
        assert contacts_logged_at(session, "Ben", NOW) == []


def test_emails_are_counted_by_londons_days_on_both_databases(seated):
    write(seated, "Ynys Môn", 3, datetime(2026, 6, 10, 22, 58, tzinfo=UTC))
    with store.read(seated) as session:
        assert emails_by_day(session, 1, 101) == [
            (date(2026, 6, 10), 2),
            (date(2026, 6, 11), 1),
        ]
        assert emails_by_day(session, 1) == emails_by_day(session, 1, 101)


def test_the_board_knows_from_where_its_news_begin(seated, made):
    assert view(seated, made).last_event_id == 0
    poll(seated, row(101), at=NOW - HOUR)
    assert view(seated, made).last_event_id == 1
