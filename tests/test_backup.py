"""Backup while others write, restore into an empty place, and what both refuse."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.factories import motion_answer, recorded, signature_row
from tests.program import Program, make_old, program_in
from tracker import store
from tracker.config import MotionSettings
from tracker.operations.files import put_in_place, write_whole
from tracker.store.copies import file_problem
from tracker.store.engine import open_engine
from tracker.store.locks import try_lock
from tracker.store.schema import open_database

WATCHED = MotionSettings(number=718, session="2014-15")


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return program_in(tmp_path, monkeypatch)


@pytest.fixture
def filled(program):
    """A database with a motion of two signatures."""
    engine = open_database(program.settings.database.url, is_upgraded=True)
    recorded(engine, WATCHED, motion_answer([signature_row(1), signature_row(2)]))
    engine.dispose()
    return program


def move_away(program: Program) -> None:
    for path in program.database.parent.iterdir():
        path.unlink()


def count_of(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        [count] = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        return int(count)


def content(path: Path) -> list[str]:
    """Everything in the database, but for when the last backup was made, and by whom.

    That is written after the backup, so the backup can't have it.
    """
    with closing(sqlite3.connect(path)) as connection:
        lines = connection.iterdump()
        return [line for line in lines if "'backup'," not in line]


def test_a_backup_is_whole_sound_and_for_our_eyes_only(filled, capsys, tmp_path):
    done = filled.here(capsys, "backup", "copy.db")
    assert (done.code, done.err) == (0, "")
    assert done.out == "backed up to copy.db\n"
    copy = tmp_path / "copy.db"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert file_problem(copy) is None
    assert content(copy) == content(filled.database)


def test_a_backup_that_was_made_is_remembered_and_one_that_failed_is_not(
    filled, capsys
):
    filled.here(capsys, "backup", "no/copy.db")
    assert count_of(filled.database, "job_done WHERE name = 'backup'") == 0
    filled.here(capsys, "backup", "copy.db")
    assert count_of(filled.database, "job_done WHERE name = 'backup'") == 1
    assert count_of(filled.database, "audit_entry WHERE action = 'backup'") == 1


def test_a_backup_leaves_nothing_beside_it(filled, capsys, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    filled.here(capsys, "backup", str(folder / "copy.db"))
    assert [path.name for path in folder.iterdir()] == ["copy.db"]


def test_deleted_content_does_not_come_along(filled, capsys, tmp_path):
    with closing(sqlite3.connect(filled.database)) as connection:
        connection.execute("CREATE TABLE scratch AS SELECT 'canary' AS bird")
        connection.commit()
        connection.execute("DROP TABLE scratch")
        connection.commit()
    filled.here(capsys, "backup", "copy.db")
    assert b"canary" not in (tmp_path / "copy.db").read_bytes()


def test_a_file_that_is_there_is_not_overwritten(filled, capsys, tmp_path):
    (tmp_path / "copy.db").write_text("mine")
    done = filled.here(capsys, "backup", "copy.db")
    assert done.code == 1
    assert done.err == "tracker: copy.db is there already: name a new file\n"
    assert (tmp_path / "copy.db").read_text() == "mine"


def test_two_backups_to_one_name_at_once_leave_the_first(tmp_path):
    (tmp_path / "part").write_text("second")
    (tmp_path / "copy.db").write_text("first")
    with pytest.raises(FileExistsError):
        put_in_place(tmp_path / "part", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "first"


def test_a_folder_that_is_not_there_is_named(filled, capsys):
    done = filled.here(capsys, "backup", "no/copy.db")
    assert done.code == 1
    assert "there is no folder no to put the backup in" in done.err


def test_a_backup_while_others_write_is_of_one_moment(filled, capsys, tmp_path):
    """B1: two tables that are always written together stay equal in every copy."""
    with closing(sqlite3.connect(filled.database)) as connection:
        connection.executescript("CREATE TABLE a (n); CREATE TABLE b (n);")
    stop = threading.Event()
    written = threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(filled.database, timeout=30)) as connection:
            while not stop.is_set():
                connection.execute("INSERT INTO a SELECT hex(randomblob(2000))")
                connection.execute("INSERT INTO b SELECT hex(randomblob(2000))")
                connection.commit()
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            written.clear()
            assert written.wait(20)
            done = filled.here(capsys, "backup", f"copy-{number}.db")
            assert (done.code, done.err) == (0, "")
            assert written.wait(20), "the writer was held up"
    finally:
        stop.set()
        writer.join()
    for number in range(5):
        copy = tmp_path / f"copy-{number}.db"
        assert file_problem(copy) is None
        assert count_of(copy, "a") == count_of(copy, "b") > 0


def test_a_backup_is_restored_into_an_empty_place(filled, capsys):
    filled.here(capsys, "backup", "copy.db")
    before = content(filled.database)
    move_away(filled)
    done = filled.here(capsys, "restore", "copy.db")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("restored from copy.db\n")
    assert content(filled.database) == before
    assert filled.here(capsys, "replay").code == 0
    names = {path.name for path in filled.database.parent.iterdir()}
    assert not [name for name in names if "part" in name]


def test_a_folder_may_have_any_name(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "a däy %20 #1 ?"
    folder.mkdir()
    program = program_in(folder, monkeypatch)
    monkeypatch.chdir(folder)
    engine = open_database(program.settings.database.url, is_upgraded=True)
    recorded(engine, WATCHED, motion_answer([signature_row(1)]))
    engine.dispose()
    assert program.here(capsys, "backup", "b %20 #.db").code == 0
    move_away(program)
    assert program.here(capsys, "restore", "b %20 #.db").code == 0
    assert count_of(program.database, "signature_event") == 1
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_a_database_with_motions_is_not_overwritten(filled, capsys):
    filled.here(capsys, "backup", "copy.db")
    before = content(filled.database)
    done = filled.here(capsys, "restore", "copy.db")
    assert done.code == 1
    assert "has motions in it and is not overwritten: move it away" in done.err
    assert content(filled.database) == before


def test_nothing_is_restored_under_a_worker(filled, capsys):
    filled.here(capsys, "backup", "copy.db")
    move_away(filled)
    filled.here(capsys, "status")
    engine = open_engine(filled.settings.database.url)
    with try_lock(engine, "scheduler") as is_ours:
        assert is_ours
        done = filled.here(capsys, "restore", "copy.db")
    engine.dispose()
    assert done.code == 1
    assert "stop `tracker run` or `tracker worker` first" in done.err
    assert count_of(filled.database, "motion") == 0


def test_a_process_that_has_it_open_sees_what_was_restored(filled, capsys):
    filled.here(capsys, "backup", "copy.db")
    move_away(filled)
    engine = open_database(filled.settings.database.url, is_upgraded=True)
    with store.read(engine) as session:
        assert not store.all_motions(session)
    assert filled.here(capsys, "restore", "copy.db").code == 0
    with store.read(engine) as session:
        assert len(store.all_motions(session)) == 1
    with store.write(engine) as session:
        store.record_motion(session, "2014-15", 9)
    engine.dispose()
    assert file_problem(filled.database) is None


def test_an_older_backup_is_brought_up(filled, capsys, tmp_path):
    make_old(tmp_path / "old.db")
    move_away(filled)
    assert filled.here(capsys, "restore", "old.db").code == 0
    assert filled.here(capsys, "status").code == 0
    assert count_of(filled.database, "motion") == 1
    with closing(sqlite3.connect(tmp_path / "old.db")) as old:
        [revision] = old.execute("SELECT version_num FROM alembic_version").fetchone()
    assert revision == "0001", "the backup itself is left as it was"


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (id)")


def torn(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 12] = b"\xff" * 4096 * 9
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (newer, "written by a newer version"),
        (foreign, "not one of this program"),
        (torn, "copy.db is"),
        (lambda path: path.write_text("hello " * 999), "is no backup of this program"),
        (lambda path: path.write_bytes(b""), "not one of this program"),
        (lambda path: path.unlink(), "there is no file copy.db"),
        (lambda path: (path.unlink(), path.mkdir()), "there is no file copy.db"),
    ],
)
def test_what_is_no_sound_backup_of_ours_is_refused(
    filled, capsys, tmp_path, spoil, says
):
    filled.here(capsys, "backup", "copy.db")
    move_away(filled)
    spoil(tmp_path / "copy.db")
    done = filled.here(capsys, "restore", "copy.db")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert says in done.err
    assert count_of(filled.database, "motion") == 0
    assert not list(filled.database.parent.glob("*part*"))


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["backup", "restore"])
def test_on_postgresql_both_name_its_own_programs(
    program, capsys, monkeypatch, postgres_url, name
):
    monkeypatch.setenv("TRACKER__DATABASE__URL", postgres_url)
    done = program.here(capsys, name, "copy.db")
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "pg_dump" in done.err
    assert "pg_restore" in done.err


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "out.csv"
    path.write_text("old")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"new")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def test_a_device_is_written_to_as_it_is():
    write_whole(Path("/dev/null"), b"new")
    assert Path("/dev/null").is_char_device()
