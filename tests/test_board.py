"""tracker.board: a motion and its Members as they are shown (product.md 3, 4, 6 and 9)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import MakeSettings
from tests.factories import PARLIAMENT_ID, motion_answer, recorded, signature_row
from tests.house_data import record_mp, record_mps, record_post
from tracker import store
from tracker.board import (
    MembersView,
    MemberView,
    MotionView,
    members_view,
    motion_closing,
    motion_view,
)
from tracker.config import MotionSettings
from tracker.recording import record_ended, start_poll
from tracker.rules.calendar import MotionState
from tracker.rules.diff import Limits
from tracker.rules.health import Health
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.rules.status import NudgeStatus
from tracker.store import Engine
from tracker.store.tables import Member

OPEN = MotionSettings(number=240, session="2026-27")
CLOSED = MotionSettings(number=718, session="2014-15")
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)  # a Monday
LAST_DAY = date(2015, 3, 26)
SIGNED = "2026-06-10T14:30:00"


class Board:
    """The board of one motion over one database."""

    def __init__(
        self, engine: Engine, make: MakeSettings, watched: MotionSettings, **tables: Any
    ) -> None:
        self.engine = engine
        self.settings = make(**tables)
        self.watched = watched

    def poll(
        self, rows: list[dict[str, Any]], at: datetime = NOW, **changes: Any
    ) -> None:
        answer = motion_answer(rows, number=self.watched.number, **changes)
        recorded(self.engine, self.watched, answer, at)

    def fail(self, at: datetime, outcome: Outcome, reason: str) -> None:
        start = start_poll(
            self.engine, self.watched, Limits(3, 100), is_accepted=False, started_at=at
        )
        kind = FailureKind.UNAVAILABLE if outcome is Outcome.FAILED else None
        record_ended(
            self.engine, start, outcome, reason, failure_kind=kind, ended_at=at
        )

    def motion(self, now: datetime = NOW) -> MotionView:
        with store.read(self.engine) as session:
            return motion_view(session, self.settings, self.watched, now=now)

    def members(self, now: datetime = NOW) -> MembersView:
        with store.read(self.engine) as session:
            return members_view(session, self.settings, self.watched, now=now)

    def member(self, member_id: int, now: datetime = NOW) -> MemberView:
        [found] = [m for m in self.members(now).members if m.member_id == member_id]
        return found


@pytest.fixture
def board(engine: Engine, settings: MakeSettings) -> Board:
    return Board(engine, settings, OPEN)


@pytest.fixture
def closed(engine: Engine, settings: MakeSettings) -> Board:
    return Board(engine, settings, CLOSED)


def signed(signature_id: int, **changes: Any) -> dict[str, Any]:
    return signature_row(signature_id, **{"created": SIGNED, **changes})


# The motion


def test_a_motion_that_was_never_polled_is_shown(board):
    view = board.motion()
    assert (view.state, view.health, view.signature_count) == (
        MotionState.OPEN,
        Health.NEVER,
        0,
    )
    assert (view.url, view.last_poll_at, view.first_poll_at) == (None, None, None)


def test_members_are_counted_and_not_rows(board):
    record_mps(board.engine, [1001, 1002, 1003, 1004])
    board.poll(
        [
            signed(1),
            signed(2, member_id=1001),
            signed(3, member_id=1002, withdrawn="2026-06-11T10:00:00"),
        ],
        SponsorsCount=99,
    )
    view = board.motion()
    assert (view.signature_count, view.withdrawn_count) == (1, 1)
    assert (view.member_count, view.eligible_count) == (4, 4)
    assert view.parliament_id == PARLIAMENT_ID
    assert view.url == f"https://edm.parliament.uk/early-day-motion/{PARLIAMENT_ID}"


def test_who_signed_again_has_not_withdrawn(board):
    withdrawn = signed(1, withdrawn="2026-06-11T10:00:00")
    board.poll([withdrawn, signed(2, member_id=1001)])
    view = board.motion()
    assert (view.signature_count, view.withdrawn_count) == (1, 0)


def test_eligible_are_those_who_may_sign_or_have_signed(board):
    record_mps(board.engine, [1001, 1002, 1003])
    record_post(board.engine, 1001, "government")
    record_post(board.engine, 1002, "government")
    board.poll([signed(1)])
    assert board.motion().eligible_count == 2, "a minister who signed has signed"


def test_the_polls_times_are_those_of_the_polls(board):
    board.poll([signed(1)], NOW - timedelta(hours=2))
    board.poll([signed(1), signed(2)], NOW - timedelta(hours=1))
    board.poll([signed(1), signed(2)], NOW - timedelta(minutes=1))
    board.fail(NOW, Outcome.FAILED, "answered 503")
    view = board.motion()
    assert (view.first_poll_at, view.last_poll_at) == (NOW - timedelta(hours=2), NOW)
    assert view.last_good_poll_at == NOW - timedelta(minutes=1)
    assert view.last_changed_at == NOW - timedelta(hours=1)


def test_a_failure_is_shown_with_its_first_moment_and_newest_reason(board):
    board.poll([signed(1)], NOW - timedelta(minutes=3))
    board.fail(NOW - timedelta(minutes=2), Outcome.FAILED, "answered 503")
    board.fail(NOW - timedelta(minutes=1), Outcome.FAILED, "answered 520")
    board.fail(NOW, Outcome.BUSY, "another poll is under way")
    view = board.motion()
    assert (view.failing_since_at, view.failure) == (
        NOW - timedelta(minutes=2),
        "answered 520",
    )
    assert view.failure_kind is FailureKind.UNAVAILABLE
    board.poll([signed(1)], NOW + timedelta(minutes=1))
    assert board.motion(NOW + timedelta(minutes=1)).failing_since_at is None


def test_a_missing_row_makes_health_suspect_and_still_counts(board):
    board.poll([signed(number) for number in range(1, 6)], NOW - timedelta(minutes=1))
    board.poll([signed(number) for number in range(1, 5)])
    view = board.motion()
    assert (view.health, view.signature_count) == (Health.SUSPECT, 5)
    assert "1 signature" in view.health_note


@pytest.mark.parametrize(("minutes", "expected"), [(5, Health.OK), (5.1, Health.STALE)])
def test_stale_is_by_the_interval_of_the_hour(board, minutes, expected):
    board.poll([signed(1)])
    assert board.motion(NOW + timedelta(minutes=minutes)).health is expected


@pytest.mark.parametrize(("minutes", "expected"), [(27, Health.OK), (28, Health.STALE)])
def test_of_a_thousand_motions_each_takes_longer_to_be_stale(
    engine, settings, minutes, expected
):
    """At two requests a second they are read in turn, every 556 seconds."""
    motions = [{"number": n, "session": OPEN.session} for n in range(1, 1001)]
    board = Board(engine, settings, OPEN, motions=motions)
    board.poll([signed(1)])
    assert board.motion(NOW + timedelta(minutes=minutes)).health is expected


def test_at_night_it_takes_longer_to_be_stale(board):
    night = datetime(2026, 6, 15, 23, tzinfo=UTC)
    board.poll([signed(1)], night)
    assert board.motion(night + timedelta(minutes=30)).health is Health.OK
    assert board.motion(night + timedelta(minutes=31)).health is Health.STALE


# Over


def test_edm_718_is_closed_on_26_march_2015(closed):
    view = closed.motion()
    assert (view.state, view.closes_on) == (MotionState.CLOSED, LAST_DAY)
    before = datetime(2015, 3, 26, 23, 59, tzinfo=UTC)
    assert closed.motion(before).state is MotionState.OPEN


@pytest.mark.parametrize(("hours", "expected"), [(50, Health.OK), (51, Health.STALE)])
def test_a_motion_that_is_over_is_stale_after_fifty_hours(closed, hours, expected):
    closed.poll([signature_row(1)], NOW)
    assert closed.motion(NOW + timedelta(hours=hours)).health is expected


def test_a_closed_motions_house_is_that_of_its_last_day(closed):
    record_mp(closed.engine, 1001, as_of_on=LAST_DAY)
    record_mps(closed.engine, [2001, 2002])
    assert [member.member_id for member in closed.members().members] == [1001]
    assert closed.motion().member_count == 1


def test_only_posts_of_its_last_day_keep_anyone_from_signing(closed):
    record_mp(closed.engine, 1001, as_of_on=LAST_DAY)
    record_post(closed.engine, 1001, "government")
    assert closed.member(1001).status is NudgeStatus.NOT_ASKED
    record_post(
        closed.engine,
        1001,
        "government",
        started_on=date(2014, 7, 15),
        ended_on=date(2015, 5, 8),
    )
    assert closed.member(1001).status is NudgeStatus.CANNOT_SIGN


def test_a_motion_withdrawn_at_parliament_is_over(board):
    board.poll([signed(1)], Status=1, StatusDate="2026-06-12T11:00:00")
    view = board.motion()
    assert (view.state, view.closes_on) == (MotionState.WITHDRAWN, date(2026, 6, 12))


@pytest.mark.parametrize(
    ("session_name", "told", "calendar", "expected"),
    [
        ("2014-15", None, None, LAST_DAY),
        ("2014-15", date(2015, 3, 30), None, date(2015, 3, 30)),
        ("2014-15", None, date(2015, 3, 29), LAST_DAY),
        ("2031-32", None, None, None),
        ("2031-32", None, date(2032, 5, 4), date(2032, 5, 4)),
        ("2031-32", date(2032, 4, 1), date(2032, 5, 4), date(2032, 4, 1)),
    ],
)
def test_the_last_day_is_from_the_configuration_the_table_or_the_calendar(
    sqlite_engine, session_name, told, calendar, expected
):
    watched = MotionSettings(number=1, session=session_name, closes_on=told)
    with store.write(sqlite_engine) as session:
        if calendar:
            dates = [(session_name, date(2014, 6, 4), calendar)]
            store.record_session_dates(session, dates, checked_at=NOW)
        assert motion_closing(session, watched) == expected


# Recess


def test_in_a_recess_it_says_until_when_no_name_can_appear(engine, settings):
    recess = [{"from": date(2026, 6, 15), "to": date(2026, 6, 20)}]
    board = Board(engine, settings, OPEN, recess=recess)
    view = board.motion()
    assert (view.no_name_until_on, view.spell_name) == (date(2026, 6, 20), "Recess")
    assert board.motion(NOW + timedelta(days=6)).no_name_until_on is None
    coming = board.motion(NOW - timedelta(days=1)).next_spell
    assert coming is not None
    assert coming.from_on == date(2026, 6, 15)


def test_parliaments_calendar_and_ours_are_one(engine, settings):
    recess = [{"from": date(2026, 6, 15), "to": date(2026, 6, 20)}]
    board = Board(engine, settings, OPEN, recess=recess)
    with store.write(engine) as session:
        days = [(date(2026, 6, 21), date(2026, 6, 30), "Whit recess")]
        store.record_closed_days(session, days, from_on=date(2026, 6, 1))
    assert board.motion().no_name_until_on == date(2026, 6, 30)


def test_a_motion_that_is_over_has_no_recess(engine, settings):
    recess = [{"from": date(2026, 6, 15), "to": date(2026, 6, 20)}]
    assert Board(engine, settings, CLOSED, recess=recess).motion().spell_name is None


# Members


def test_every_member_of_the_house_is_there_by_name(board):
    record_mp(board.engine, 1, name="Zoë Example")
    record_mp(board.engine, 2, name="ámber Example")
    record_mp(board.engine, 3, name="Bea Example")
    names = [member.name for member in board.members().members]
    assert names == ["ámber Example", "Bea Example", "Zoë Example"]


def test_statuses_come_from_the_ledger_and_the_posts(board):
    record_mps(board.engine, [1001, 1002, 1003, 1004])
    record_post(board.engine, 1003, "government")
    board.poll([signed(1), signed(2, withdrawn="2026-06-11T23:30:00")])
    assert {m.member_id: m.status for m in board.members().members} == {
        1001: NudgeStatus.SIGNED,
        1002: NudgeStatus.WITHDREW,
        1003: NudgeStatus.CANNOT_SIGN,
        1004: NudgeStatus.NOT_ASKED,
    }
    counts = board.members().counts
    assert set(counts) == set(NudgeStatus)
    assert (counts[NudgeStatus.SIGNED], counts[NudgeStatus.CHASED]) == (1, 0)


def test_days_of_signing_and_withdrawing_are_londons(board):
    record_mps(board.engine, [1001, 1002])
    board.poll(
        [
            signed(1, created="2026-06-10T23:30:00"),
            signed(2, withdrawn="2026-06-11T00:30:00"),
        ]
    )
    assert board.member(1001).signed_on == date(2026, 6, 10)
    assert board.member(1001).withdrawn_on is None
    assert board.member(1002).signed_on is None
    assert board.member(1002).withdrawn_on == date(2026, 6, 11)


def test_signed_on_is_that_of_the_newest_live_row(board):
    record_mp(board.engine, 1001)
    second = signed(2, member_id=1001, created="2026-06-12T10:00:00")
    third = signed(3, member_id=1001, withdrawn="2026-06-14T10:00:00")
    board.poll([signed(1), second, third])
    member = board.member(1001)
    assert (member.status, member.signed_on) == (
        NudgeStatus.SIGNED,
        date(2026, 6, 12),
    )
    assert member.withdrawn_on is None


def test_who_left_the_house_keeps_their_signature(board):
    record_mp(board.engine, 1001, ended_on=date(2026, 6, 12))
    record_mp(board.engine, 1002, ended_on=date(2026, 6, 12))
    record_mp(board.engine, 1003, started_on=date(2026, 6, 13))
    board.poll([signed(1)])
    members = {member.member_id: member for member in board.members().members}
    assert set(members) == {1001, 1003}, "who left and had not signed is off the list"
    assert not members[1001].is_sitting
    assert "No longer an MP" in members[1001].why
    assert members[1003].status is NudgeStatus.NOT_ASKED
    view = board.motion()
    assert (view.signature_count, view.member_count) == (1, 1)


def test_a_signer_nobody_knows_is_shown_by_their_row(board):
    record_mp(board.engine, 1)
    board.poll([signed(7, name="Neu Example", party="Green", constituency="New Town")])
    member = board.member(1007)
    assert (member.name, member.party, member.constituency) == (
        "Neu Example",
        "Green",
        "New Town",
    )


def test_a_signer_without_a_name_has_their_number(board):
    board.poll([signed(7, Member=None)])
    assert board.member(1007).name == "Member 1007"


def test_the_house_is_not_known_yet_but_the_signers_are(board):
    board.poll([signed(1), signed(2, withdrawn="2026-06-11T10:00:00")])
    statuses = [member.status for member in board.members().members]
    assert statuses == [NudgeStatus.SIGNED, NudgeStatus.WITHDREW]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, [1, 2, 3]),
        ({"query": "ada"}, [1]),
        ({"query": "ÁDA"}, [1]),
        ({"query": "north"}, [2]),
        ({"query": "nobody"}, []),
        ({"party": "labour"}, [1, 2]),
        ({"party": "Green", "query": "cy"}, [3]),
        ({"status": NudgeStatus.NOT_ASKED}, [1, 2, 3]),
        ({"status": NudgeStatus.SIGNED}, []),
    ],
)
def test_members_are_found_by_name_seat_party_and_status(board, wanted, found):
    record_mp(board.engine, 1, name="Ada Example")
    record_mp(board.engine, 2, name="Bea Example", seat="Nowhere North")
    record_mp(board.engine, 3, name="Cy Example", party="Green")
    view = board.members()
    assert [m.member_id for m in view.filtered(**wanted).members] == found
    assert view.filtered(**wanted).counts == view.counts


def test_a_position_page_is_shown(board):
    record_mp(board.engine, 1)
    with store.write(board.engine) as session:
        member = session.get_one(Member, 1)
        member.position_url = "https://example.org/edms"
    assert board.member(1).position_url == "https://example.org/edms"
