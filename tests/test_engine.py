"""tracker.store.engine: transactions that exclude each other, and errors in one sentence."""

import sqlite3
import threading
import traceback
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import event, insert, text
from sqlalchemy.exc import IntegrityError, StatementError

from tests.factories import motion_answer, recorded, signature_row
from tracker import store
from tracker.config import MotionSettings
from tracker.rules.outcomes import Outcome
from tracker.store import Engine
from tracker.store import engine as engine_module
from tracker.store.engine import open_engine, sqlite_path
from tracker.store.tables import Motion, Poll, Supporter

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
WATCHED = MotionSettings(number=718, session="2014-15")


def poll_of(motion_id: int, at: datetime = NOW) -> Poll:
    return Poll(
        motion_id=motion_id,
        started_at=at,
        finished_at=at,
        outcome=Outcome.UNCHANGED,
        missing_polls=3,
        missing_seconds=100,
    )


def motions(engine: Engine) -> list[int]:
    with store.read(engine) as session:
        return [motion.number for motion in store.all_motions(session)]


# Transactions


def test_a_write_is_committed_when_it_is_left(engine):
    with store.write(engine) as session:
        store.record_motion(session, "2014-15", 718)
    assert motions(engine) == [718]


def test_a_write_left_by_an_error_changes_nothing(engine):
    def record_and_fail() -> None:
        with store.write(engine) as session:
            store.record_motion(session, "2014-15", 718)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    assert motions(engine) == []


def test_a_read_commits_nothing(engine):
    with store.read(engine) as session:
        store.record_motion(session, "2014-15", 718)
    assert motions(engine) == []


def test_a_read_is_of_one_point_in_time(sqlite_engine):
    with store.read(sqlite_engine) as session:
        assert store.all_motions(session) == []
        with store.write(sqlite_engine) as writer:
            store.record_motion(writer, "2014-15", 718)
        assert store.all_motions(session) == []
    assert motions(sqlite_engine) == [718]


def test_writers_take_turns_and_lose_nothing(engine):
    def add_next() -> None:
        for _ in range(5):
            with store.write(engine) as session:
                store.lock_events(session)
                known = len(store.all_motions(session))
                store.record_motion(session, "2014-15", known + 1)

    threads = [threading.Thread(target=add_next) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert motions(engine) == list(range(1, 21))


def test_events_are_in_the_order_of_commits(engine):
    """A second writer waits for the first, so that a reader of `id > last` misses none."""
    recorded(engine, WATCHED, motion_answer([signature_row(1)]), NOW)
    began, may_commit = threading.Event(), threading.Event()
    order: list[str] = []

    def first() -> None:
        with store.write(engine) as session:
            store.lock_events(session)
            began.set()
            assert may_commit.wait(10)
            store.record_motion(session, "first", 1)
            order.append("first")

    def second() -> None:
        rows = [signature_row(1), signature_row(2)]
        recorded(engine, WATCHED, motion_answer(rows), NOW + timedelta(seconds=60))
        order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert began.wait(10)
    threads[1].start()
    threads[1].join(0.3)
    with store.read(engine) as session:
        assert len(store.events_after(session, 1, 0, limit=9)) == 1
    may_commit.set()
    for thread in threads:
        thread.join(10)
    assert order == ["first", "second"]
    with store.read(engine) as session:
        assert len(store.events_after(session, 1, 0, limit=9)) == 2


# What is wrong with the database, in one sentence


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Hold SQLite's write lock from elsewhere."""
    path = sqlite_path(engine.url.render_as_string(hide_password=False))
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def test_a_locked_database_is_busy_and_reads_go_on(monkeypatch, migrated_sqlite_url):
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.1)
    engine = open_engine(migrated_sqlite_url)
    with locked(engine):
        with (
            pytest.raises(store.DatabaseBusyError, match="locked by another program"),
            store.write(engine),
        ):
            pass
        assert motions(engine) == []
    with store.write(engine) as session:
        store.record_motion(session, "2014-15", 718)
    engine.dispose()


def test_a_full_disk_is_one_sentence_and_nothing_is_half_written(migrated_sqlite_url):
    engine = open_engine(migrated_sqlite_url)
    event.listen(
        engine,
        "connect",
        # As many pages as there are: SQLite's own way to have no room for more.
        lambda connection, _: connection.execute("PRAGMA max_page_count=1").close(),
    )

    def record_much() -> None:
        with store.write(engine) as session:
            motion = store.record_motion(session, "2014-15", 718)
            motion.text = "x" * 100_000

    with pytest.raises(store.DatabaseError, match="the disk is full"):
        record_much()
    assert motions(engine) == []
    engine.dispose()
    roomy = open_engine(migrated_sqlite_url)
    with store.write(roomy) as session:
        store.record_motion(session, "2014-15", 718).text = "x" * 100_000
    assert motions(roomy) == [718]
    with roomy.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    roomy.dispose()


def test_a_bug_of_ours_is_not_dressed_up_as_a_fault_of_the_database(engine):
    with pytest.raises(IntegrityError), store.write(engine) as session:
        store.record_poll(session, poll_of(999))


def test_an_error_of_the_database_repeats_nobody(engine):
    """P7: it ends in a log or a cron mail; PostgreSQL would quote the whole row."""
    someone = {"ref": "r", "email": "zqcanary@example.org", "name": "Zq Canary"}
    with pytest.raises(IntegrityError) as told, store.write(engine) as session:
        session.connection().execute(insert(Supporter).values(**someone))
    said = "".join(traceback.format_exception(told.value)).lower()
    assert "created_at" in said
    assert "canary" not in said


# SQLite's settings


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL: a commit is on disk before it returns
        ("foreign_keys", 1),
        ("secure_delete", 1),  # erased people leave the file too
        ("busy_timeout", 5000),
    ],
)
def test_every_sqlite_connection_has_the_settings(sqlite_engine, pragma, expected):
    with sqlite_engine.connect() as connection:
        assert connection.scalar(text(f"PRAGMA {pragma}")) == expected


def test_a_log_that_grew_under_a_long_reader_is_small_again(
    sqlite_engine, tmp_path, monkeypatch
):
    monkeypatch.setattr(engine_module, "LOG_BYTES", 100_000)
    log = tmp_path / "tracker.db-wal"

    def write(count: int) -> None:
        for _ in range(count):
            with sqlite_engine.begin() as connection:
                connection.execute(text("UPDATE scratch SET body = randomblob(20000)"))

    with sqlite_engine.begin() as connection:
        connection.execute(text("CREATE TABLE scratch (body BLOB)"))
        connection.execute(text("INSERT INTO scratch VALUES ('')"))
    sqlite_engine.dispose()
    with sqlite_engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM scratch"))
        write(300)
        assert log.stat().st_size > 5_000_000
    write(3)
    assert log.stat().st_size <= 100_000


def test_a_missing_folder_is_made(tmp_path):
    open_engine(f"sqlite:///{tmp_path / 'a' / 'b' / 'tracker.db'}").dispose()
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be_made_is_one_sentence():
    with pytest.raises(store.DatabaseError, match="the folder /proc/x cannot be made"):
        open_engine("sqlite:////proc/x/tracker.db")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///data/tracker.db", Path("data/tracker.db")),
        ("sqlite:////srv/tracker.db", Path("/srv/tracker.db")),
        ("postgresql+psycopg://localhost/tracker", None),
    ],
)
def test_only_sqlite_has_a_file(url, path):
    assert sqlite_path(url) == path


# Columns


def test_times_come_back_aware_and_in_utc(engine):
    bst = datetime(2026, 6, 15, 13, 0, 0, 123456, timezone(timedelta(hours=1)))
    with store.write(engine) as session:
        motion = store.record_motion(session, "2014-15", 718)
        assert motion.id is not None
        poll_id = store.record_poll(session, poll_of(motion.id, bst)).id
    with store.read(engine) as session:
        found = session.get_one(Poll, poll_id)
    assert found.started_at == bst
    assert found.started_at.tzinfo is UTC


def test_a_time_without_a_zone_is_refused(engine):
    naive = NOW.replace(tzinfo=None)
    motion = Motion(session="2014-15", number=718, status_at=naive)
    with (
        pytest.raises(StatementError, match="without a zone"),
        store.write(engine) as session,
    ):
        session.add(motion)


def test_an_enum_is_stored_by_its_value(engine):
    recorded(engine, WATCHED, motion_answer([signature_row(1)]), NOW)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT outcome FROM poll")) == "changed"
        assert connection.scalar(text("SELECT kind FROM signature_event")) == "signed"


def test_a_motion_is_there_once(engine):
    with store.write(engine) as session:
        first = store.record_motion(session, "2014-15", 718)
        assert store.record_motion(session, "2014-15", 718) is first
    with pytest.raises(IntegrityError), store.write(engine) as session:
        session.add(Motion(session="2014-15", number=718))
