import os
import sqlite3
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.hub import Item
from dashboard.reader import EventReader
from tests.conftest import MakeSettings
from tests.factories import SEEN_AT, motion_answer, recorded, signature_row
from tracker import store
from tracker.config import MotionSettings
from tracker.store import DatabaseError, Engine
from tracker.store.schema import open_database


@pytest.fixture
def watched(settings: MakeSettings) -> MotionSettings:
    return settings().motions[0]


def sign(engine: Engine, watched: MotionSettings, count: int) -> None:
    rows = [signature_row(place) for place in range(1, count + 1)]
    recorded(engine, watched, motion_answer(rows), SEEN_AT + timedelta(minutes=count))


def test_a_commit_of_another_connection_ends_the_wait(
    engine: Engine, watched: MotionSettings
) -> None:
    with store.watched_changes(engine) as watch:
        sign(engine, watched, 1)
        assert watch.wait(5)


def test_without_a_commit_the_wait_lasts(engine: Engine) -> None:
    with store.watched_changes(engine) as watch:
        began = time.monotonic()
        assert not watch.wait(0.2)
        assert 0.1 < time.monotonic() - began < 10


def test_a_watch_holds_no_transaction_so_that_the_log_can_be_emptied(
    sqlite_engine: Engine, watched: MotionSettings, tmp_path: Path
) -> None:
    with store.watched_changes(sqlite_engine) as watch:
        sign(sqlite_engine, watched, 1)
        watch.wait(1)
        with sqlite3.connect(tmp_path / "tracker.db") as connection:
            busy, _, _ = connection.execute(
                "PRAGMA wal_checkpoint(TRUNCATE)"
            ).fetchone()
        connection.close()
    assert busy == 0


def test_a_lost_file_is_one_sentence_and_is_not_made_anew(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    sqlite_engine.dispose()
    (tmp_path / "tracker.db").unlink()
    with pytest.raises(DatabaseError), store.watched_changes(sqlite_engine):
        pass
    assert not (tmp_path / "tracker.db").exists()


class Kept:
    """What a reader handed on."""

    def __init__(self, engine: Engine) -> None:
        self.items: list[Item] = []
        self.ready = threading.Event()
        self.reader = EventReader(engine, self.items.extend, self.ready.set)

    def wait_for(self, count: int, *, seconds: float = 8) -> list[int]:
        """Return the ids, once there are so many."""
        until = time.monotonic() + seconds
        while len(self.items) < count and time.monotonic() < until:
            time.sleep(0.01)
        return [item.event_id for item in self.items]


def test_a_reader_begins_with_what_is_committed_after_it_is_ready(
    engine: Engine, watched: MotionSettings
) -> None:
    sign(engine, watched, 2)
    kept = Kept(engine)
    kept.reader.start()
    assert kept.ready.wait(5)
    sign(engine, watched, 4)
    assert kept.wait_for(2) == [3, 4]
    kept.reader.stop()
    assert not kept.reader.is_running


def test_a_reader_outlives_a_lost_database_and_says_so_once(
    sqlite_engine: Engine,
    watched: MotionSettings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path, away = tmp_path / "tracker.db", tmp_path / "away.db"
    sign(sqlite_engine, watched, 1)
    sqlite_engine.dispose()
    os.rename(path, away)  # noqa: PTH104
    kept = Kept(sqlite_engine)
    kept.reader.start()
    assert not kept.ready.wait(2.5)
    assert len([r for r in caplog.records if "cannot be read" in r.message]) == 1
    os.rename(away, path)  # noqa: PTH104
    assert kept.ready.wait(5)
    sign(sqlite_engine, watched, 2)
    assert kept.wait_for(1) == [2]
    kept.reader.stop()


@pytest.mark.postgres
def test_a_reader_outlives_the_servers_cutting_its_connections(
    postgres_url: str, watched: MotionSettings
) -> None:
    engine = open_database(postgres_url, is_upgraded=False)
    kept = Kept(engine)
    kept.reader.start()
    assert kept.ready.wait(5)
    with store.write(engine) as session:
        session.connection().exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    sign(engine, watched, 2)
    assert kept.wait_for(2) == [1, 2]
    kept.reader.stop()
    engine.dispose()
