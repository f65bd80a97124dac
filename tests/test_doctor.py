"""The doctor: each thing in order and out of order, with network and without."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import SEEN_AT
from tests.program import Ended, program_asking
from tests.upstream import FIRST_MEMBER, MOTION_ID, NUMBER, house
from tracker import doctor, store
from tracker.clock import utc_now
from tracker.doctor import clock_finding, configuration_finding, members_finding
from tracker.rehearsal.faults import HtmlPage
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.store.engine import open_engine
from tracker.store.locks import try_lock
from tracker.store.schema import open_database

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


@pytest.fixture
def world():
    world = World(house(), clock=utc_now)
    tabled_on = world.sessions[0].starts_on
    world.add_motion(MOTION_ID, NUMBER, "A title", "Text.", tabled_on, FIRST_MEMBER)
    world.sign(MOTION_ID, FIRST_MEMBER, utc_now() - timedelta(hours=1))
    return world


@pytest.fixture
def parliament(world):
    with StandIn(world) as stand_in:
        yield stand_in


@pytest.fixture
def program(tmp_path, monkeypatch, parliament):
    return program_asking(parliament, NUMBER, tmp_path, monkeypatch)


@pytest.fixture
def well(program, capsys):
    """A program about which there is nothing to say."""
    assert program.here(capsys, "poll").code == 0
    engine = open_database(program.settings.database.url, is_upgraded=False)
    with store.write(engine) as session:
        store.record_job_done(session, "members", utc_now())
    engine.dispose()
    return program


def line_of(done: Ended, name: str) -> str:
    [line] = [line for line in done.out.splitlines() if f"  {name}: " in line]
    return line


def test_nothing_wrong_ends_with_0(well, capsys):
    done = well.here(capsys, "doctor")
    assert (done.code, done.err) == (0, ""), done.out
    assert [line[9:].split(":")[0] for line in done.out.splitlines()] == [
        "configuration",
        "database",
        "scheduler",
        "secret key",
        "disk",
        f"EDM {NUMBER} of {well.settings.motions[0].session}",
        "clock",
        "Members API",
        "calendar",
        "members",
        f"polls of EDM {NUMBER}",
    ]
    assert all(line.startswith("ok ") for line in done.out.splitlines())


def test_each_service_is_asked_once(well, capsys, parliament):
    before = parliament.request_count()
    well.here(capsys, "doctor")
    assert parliament.request_count() == before + 3


def test_without_network_it_says_what_it_cannot_reach(well, capsys):
    well.configure(session=well.settings.motions[0].session, number=NUMBER)
    done = well.here(capsys, "doctor")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert f"tracker: EDM {NUMBER} of" in done.err
    assert "(and 1 more)" in done.err
    assert line_of(done, "Members API").startswith("problem")
    assert "http://127.0.0.1:9" in line_of(done, "Members API")
    assert line_of(done, "calendar") == "ok       calendar: none is configured"
    assert line_of(done, "database").startswith("ok")


def test_a_brake_is_obeyed_and_told(well, capsys, parliament):
    engine = open_database(well.settings.database.url, is_upgraded=False)
    with store.write(engine) as session:
        store.record_brake(session, utc_now() + timedelta(minutes=9), "asked to wait")
    engine.dispose()
    before = parliament.request_count()
    done = well.here(capsys, "doctor")
    assert done.code == 1
    assert "asked us to wait" in line_of(done, "Members API")
    assert parliament.request_count() == before


def test_a_motion_that_is_not_found_is_a_problem(program, capsys, world):
    world.remove_motion(MOTION_ID)
    done = program.here(capsys, "doctor")
    assert done.code == 1
    assert line_of(done, f"EDM {NUMBER} of {world.sessions[0].name}").startswith("prob")


def test_polls_that_fail_are_told_with_their_reason(well, capsys, parliament):
    engine = open_database(well.settings.database.url, is_upgraded=False)
    long_ago = utc_now() - timedelta(days=9)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE poll SET started_at = ?, finished_at = ?",
            (str(long_ago.replace(tzinfo=None)), str(long_ago.replace(tzinfo=None))),
        )
    engine.dispose()
    parliament.fault(HtmlPage(503))
    well.here(capsys, "poll")
    done = well.here(capsys, "doctor")
    assert done.code == 1
    line = line_of(done, f"polls of EDM {NUMBER}")
    assert line.startswith("problem")
    assert "Last read from Parliament at" in line
    assert "(answered 503" in line


def test_before_the_first_poll_it_says_what_to_do(program, capsys):
    done = program.here(capsys, "doctor")
    assert done.code == 1
    assert "run `tracker members sync`" in line_of(done, "members")
    assert "Run `tracker poll`" in line_of(done, f"polls of EDM {NUMBER}")


def test_under_a_worker_nobody_is_told_to_do_what_it_does(program, capsys):
    engine = open_database(program.settings.database.url, is_upgraded=True)
    with try_lock(engine, "scheduler"):
        done = program.here(capsys, "doctor")
    engine.dispose()
    polls = line_of(done, f"polls of EDM {NUMBER}")
    assert "The worker that is running asks within minutes" in polls
    assert "the worker that is running brings them" in line_of(done, "members")
    assert "tracker poll" not in done.out
    assert "tracker members sync" not in done.out


def test_a_worker_that_runs_is_told_of(well, capsys):
    assert "no worker is running" in line_of(well.here(capsys, "doctor"), "scheduler")
    engine = open_engine(well.settings.database.url)
    with try_lock(engine, "scheduler"):
        done = well.here(capsys, "doctor")
    engine.dispose()
    assert "a worker is running" in line_of(done, "scheduler")
    assert done.code == 0


def test_a_database_that_cannot_be_opened_is_the_one_thing_told(well, capsys):
    well.database.write_text("hello " * 999)
    done = well.here(capsys, "doctor")
    assert done.code == 1
    assert done.out.startswith("problem  database: ")
    assert "is not an SQLite database" in done.err


def test_a_damaged_database_is_told(well, capsys):
    engine = open_engine(well.settings.database.url)
    with engine.connect() as connection:
        page = connection.exec_driver_sql(
            "SELECT rootpage FROM sqlite_master WHERE name = 'answer'"
        ).scalar_one()
    engine.dispose()
    data = bytearray(well.database.read_bytes())
    data[(page - 1) * 4096 + 8 : (page - 1) * 4096 + 40] = b"\xff" * 32
    well.database.write_bytes(data)
    done = well.here(capsys, "doctor")
    assert done.code == 1
    assert line_of(done, "database").startswith("problem")


def test_a_locked_database_is_told(well, capsys, monkeypatch):
    monkeypatch.setattr("tracker.store.engine.BUSY_SECONDS", 0.2)
    engine = open_engine(well.settings.database.url)
    with store.write(engine):
        done = well.here(capsys, "doctor")
    engine.dispose()
    assert done.code == 1
    assert "locked by another program" in line_of(done, "database")


def test_too_little_room_on_the_disk_is_told(well, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "LEAST_FREE_BYTES", 2**62)
    done = well.here(capsys, "doctor")
    assert done.code == 1
    assert "free some space" in line_of(done, "disk")


@pytest.mark.parametrize(
    ("answered_at", "is_ok"),
    [
        (None, True),
        (NOW, True),
        (NOW + timedelta(seconds=30), True),
        (NOW + timedelta(seconds=31), False),
        (NOW - timedelta(minutes=5), True),
        (NOW - timedelta(minutes=5, seconds=1), False),
    ],
)
def test_the_clock_may_differ_a_little(answered_at, is_ok):
    assert clock_finding(answered_at, NOW).is_ok is is_ok


@pytest.mark.parametrize(
    ("age", "is_open", "is_ok"),
    [
        (timedelta(0), True, True),
        (timedelta(days=3), True, True),
        (timedelta(days=3, seconds=1), True, False),
        (timedelta(days=300), False, True),
    ],
)
def test_members_of_an_open_motion_are_to_be_fresh(age, is_open, is_ok):
    finding = members_finding(
        SEEN_AT - age, is_open=is_open, is_worked_on=False, now=SEEN_AT
    )
    assert finding.is_ok is is_ok


@pytest.mark.parametrize(
    ("contact", "is_ok"), [("campaign@example.org", False), ("a@b.example", True)]
)
def test_the_contact_that_the_file_comes_with_is_no_contact(settings, contact, is_ok):
    found = configuration_finding(settings(parliament={"contact": contact}))
    assert found.is_ok is is_ok
    assert ("address of yours" in found.text) is not is_ok
