"""C6: a disk that fills: nothing half-done, people are told, reads go on, and it heals.

The limit is SQLite's own count of pages, which fails as a full disk does (SQLITE_FULL).
"""

import errno
import html
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event

from tests.action_scene import NOW, PATH, WATCHED, ActionScene
from tests.conftest import FakeClock, MakeSettings
from tests.factories import signature_row
from tests.page_data import record_rows
from tracker import store
from tracker.keys import key_path
from tracker.store import DatabaseError, Engine
from tracker.store.copies import file_problem


@pytest.fixture
def scene(
    sqlite_engine: Engine, clock: FakeClock, settings: MakeSettings
) -> ActionScene:
    return ActionScene(sqlite_engine, clock, settings)


@contextmanager
def disk_full(engine: Engine) -> Iterator[None]:
    """Let no connection add a page to the file while inside."""

    def limit(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA max_page_count = 1").close()

    engine.dispose()
    event.listen(engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(engine, "connect", limit)
        engine.dispose()


def fill(engine: Engine) -> None:
    """Use up the pages that the file has free, so that the next row needs a new one."""
    path = engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")


def test_a_form_is_not_taken_and_what_was_typed_can_be_sent_again(scene):
    fill(scene.engine)
    with disk_full(scene.engine):
        long = "A word about my cousin. " * 150
        refused = scene.post(own_words=long)
    assert refused.status_code == 503
    assert "retry-after" in refused.headers
    assert "Nothing was sent or kept" in html.unescape(refused.text)
    assert "A word about my cousin" in refused.text
    assert scene.emails() == [] == scene.messages()
    assert scene.post(own_words=long).status_code == 200
    assert len(scene.emails()) == 1


def test_a_key_that_cannot_be_written_takes_no_form_either(scene, monkeypatch, caplog):
    """It is made when the first form comes: its fsync may be what the disk refuses."""

    def refused(_file: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    key_path(scene.settings).unlink(missing_ok=True)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", refused)
        answer = scene.post()
    assert answer.status_code == 503
    assert "cannot write to its disk" in html.unescape(answer.text)
    assert "canary-coloured cousin" in answer.text
    assert "the secret key cannot be kept" in caplog.text
    assert scene.emails() == []
    assert scene.post().status_code == 200


def test_pages_are_read_as_before(scene):
    fill(scene.engine)
    before = scene.client.get(f"/api/v1{PATH}").json()
    with disk_full(scene.engine):
        assert scene.client.get(PATH).status_code == 200
        assert scene.client.get(f"/api/v1{PATH}").json() == before


def test_a_poll_records_nothing_and_the_next_one_all(scene):
    fill(scene.engine)
    rows = [
        signature_row(number, member_id=1000 + number, created="2026-11-13T10:00:00")
        for number in range(2, 400)
    ]
    with disk_full(scene.engine), pytest.raises(DatabaseError, match="disk is full"):
        record_rows(scene.engine, rows, NOW, WATCHED)
    with store.read(scene.engine) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        assert motion is not None
        assert motion.id is not None
        assert store.signature_count(session, motion.id) == 1
    first = signature_row(1, member_id=102, created="2026-11-12T14:00:00")
    record_rows(scene.engine, [first, *rows], NOW, WATCHED)
    with store.read(scene.engine) as session:
        assert store.signature_count(session, motion.id) == 399
    path = scene.settings.sqlite_path
    assert path is not None
    scene.engine.dispose()
    assert file_problem(path) is None
