"""tracker.store.schema: what kind of database was found, and how it is brought up."""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text

from tests.processes import ended, run_python, start_python
from tracker.store import DatabaseBusyError, DatabaseError, Engine, schema
from tracker.store import engine as engine_module
from tracker.store.engine import open_engine
from tracker.store.schema import (
    SchemaState,
    migrations_folder,
    open_database,
    schema_state,
    upgrade,
)

OPEN = """
import sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tracker.store.schema import open_database

made = []

@event.listens_for(Engine, "after_cursor_execute")
def count(connection, cursor, statement, *_):
    if statement.lstrip().startswith("CREATE TABLE"):
        made.append(statement)

print("ready", flush=True)
sys.stdin.readline()
open_database(sys.argv[1], is_upgraded=True).dispose()
print(len(made))
"""

KILL_AT_NTH = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tracker.store.schema import open_database

left = int(sys.argv[2])

@event.listens_for(Engine, "after_cursor_execute")
def kill_at_the_nth(connection, cursor, statement, *_):
    global left
    if statement.lstrip().startswith(("CREATE", "ALTER", "INSERT", "UPDATE")):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

open_database(sys.argv[1], is_upgraded=True).dispose()
"""


def state_of(url: str) -> SchemaState:
    engine = open_engine(url)
    try:
        return schema_state(engine)
    finally:
        engine.dispose()


def run_sql(url: str, *statements: str) -> None:
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def refusal(url: str, *, is_upgraded: bool = True) -> str:
    """Return why a database is refused: one sentence on one line."""
    with pytest.raises(DatabaseError) as caught:
        open_database(url, is_upgraded=is_upgraded)
    said = str(caught.value)
    assert "\n" not in said
    return said


# What was found


@pytest.mark.parametrize("is_upgraded", [True, False])
def test_a_missing_or_empty_database_is_created(empty_database_url, is_upgraded):
    open_database(empty_database_url, is_upgraded=is_upgraded).dispose()
    assert state_of(empty_database_url) is SchemaState.CURRENT


def test_an_empty_file_is_an_empty_database(sqlite_url, tmp_path):
    (tmp_path / "tracker.db").touch()
    open_database(sqlite_url, is_upgraded=False).dispose()
    assert state_of(sqlite_url) is SchemaState.CURRENT


def test_a_current_database_is_opened_as_it_is(database_url):
    open_database(database_url, is_upgraded=False).dispose()
    assert state_of(database_url) is SchemaState.CURRENT


def test_another_programs_tables_are_left_alone(empty_database_url):
    run_sql(empty_database_url, "CREATE TABLE motion (id INTEGER)")
    assert state_of(empty_database_url) is SchemaState.FOREIGN
    assert "another program's tables" in refusal(empty_database_url)


@pytest.mark.parametrize("revision", ["abc123", "0001", "head"])
def test_another_programs_alembic_is_not_ours(empty_database_url, revision):
    script = ScriptDirectory(str(migrations_folder()))
    named = script.get_current_head() if revision == "head" else revision
    run_sql(
        empty_database_url,
        "CREATE TABLE alembic_version (version_num VARCHAR(32))",
        f"INSERT INTO alembic_version VALUES ('{named}')",
    )
    assert state_of(empty_database_url) is SchemaState.FOREIGN


def test_a_newer_database_is_refused(database_url):
    run_sql(database_url, "UPDATE alembic_version SET version_num = '9999'")
    assert state_of(database_url) is SchemaState.NEWER
    assert "newer version of this program" in refusal(database_url)


def test_an_outdated_one_is_refused_unless_it_may_be_brought_up(
    empty_database_url, monkeypatch, tmp_path
):
    open_database(empty_database_url, is_upgraded=True).dispose()
    with_next_migration(monkeypatch, tmp_path, "op.execute('SELECT 1')")
    assert state_of(empty_database_url) is SchemaState.OUTDATED
    assert "tracker db upgrade" in refusal(empty_database_url, is_upgraded=False)
    open_database(empty_database_url, is_upgraded=True).dispose()
    assert state_of(empty_database_url) is SchemaState.CURRENT


def test_a_file_that_is_no_database_is_refused_and_kept(sqlite_url, tmp_path):
    path = tmp_path / "tracker.db"
    path.write_bytes(b"To whom it may concern. " * 100)
    assert refusal(sqlite_url) == "the database file is not an SQLite database"
    assert path.read_bytes().startswith(b"To whom")


def test_a_folder_is_refused(tmp_path):
    assert refusal(f"sqlite:///{tmp_path}") == (
        f"{tmp_path} is a folder, not a database file"
    )


def test_a_wal_without_its_database_is_refused_and_kept(sqlite_url, tmp_path):
    (tmp_path / "tracker.db-wal").write_bytes(b"unsaved")
    said = refusal(sqlite_url)
    assert "tracker.db-wal lies there without its database tracker.db" in said
    assert (tmp_path / "tracker.db-wal").read_bytes() == b"unsaved"
    assert not (tmp_path / "tracker.db").exists()


def test_a_place_where_nothing_can_be_written_is_refused():
    assert "cannot be used" in refusal("sqlite:////proc/tracker.db")


AS_NOBODY = """
import os, sys
from tracker import store
from tracker.store.locks import try_lock
from tracker.store.schema import open_database

if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    engine = open_database(sys.argv[1], is_upgraded=True)
    with try_lock(engine, "poll"), store.write(engine) as session:
        store.record_motion(session, "2014-15", 718)
except store.DatabaseError as error:
    print(error)
"""


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that others may enter: pytest's own are ours alone."""
    folder = Path(tempfile.mkdtemp(prefix="edm-test-"))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_file_that_may_not_be_written_is_refused(outside, sqlite_template):
    path = outside / "tracker.db"
    shutil.copy(sqlite_template, path)
    path.chmod(0o444)
    outside.chmod(0o555)
    done, said = run_python(AS_NOBODY, f"sqlite:///{path}")
    assert done == 0
    assert "cannot be" in said
    assert said.count("\n") == 1


def test_a_folder_that_may_not_be_written_is_refused(outside, sqlite_template):
    path = outside / "tracker.db"
    shutil.copy(sqlite_template, path)
    path.chmod(0o666)
    outside.chmod(0o555)
    done, said = run_python(AS_NOBODY, f"sqlite:///{path}")
    assert done == 0
    assert "cannot be" in said
    assert said.count("\n") == 1


def test_a_folder_that_may_not_be_entered_is_refused(outside):
    (outside / "closed").mkdir(mode=0o700 if os.geteuid() == 0 else 0)
    done, said = run_python(AS_NOBODY, f"sqlite:///{outside / 'closed' / 'tracker.db'}")
    assert done == 0
    assert "closed/tracker.db cannot be used: Permission denied" in said
    assert said.count("\n") == 1


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_one_sentence(tmp_path):
    said = refusal(f"postgresql+psycopg://nobody@/tracker?host={tmp_path}")
    assert said.startswith("the database server cannot be reached: ")


@pytest.mark.postgres
def test_a_database_that_is_not_there_is_one_sentence(postgres_url):
    missing = postgres_url.replace("edm_test_", "no_edm_test_")
    assert "does not exist" in refusal(missing)


def test_a_locked_database_is_busy_at_the_start(monkeypatch, sqlite_url, tmp_path):
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / "tracker.db")) as other:
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusyError):
            open_database(sqlite_url, is_upgraded=True)
    open_database(sqlite_url, is_upgraded=True).dispose()


# Migrations that fail, or are killed


def with_next_migration(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *statements: str
) -> None:
    """Put one more migration after the newest one."""
    folder = tmp_path / "alembic"
    shutil.copytree(migrations_folder(), folder)
    newest = max(path.name[:4] for path in (folder / "versions").glob("0*.py"))
    body = "\n    ".join(statements)
    (folder / "versions" / "9000_next.py").write_text(
        f"from alembic import op\nrevision = '9000'\ndown_revision = '{newest}'\n"
        f"def upgrade() -> None:\n    {body}\n"
    )
    monkeypatch.setattr(schema, "migrations_folder", lambda: folder)


def test_a_migration_that_fails_leaves_everything_as_it_was(
    engine, monkeypatch, tmp_path
):
    with_next_migration(
        monkeypatch,
        tmp_path,
        "op.execute('CREATE TABLE half_done (id INTEGER)')",
        "op.execute('SELECT 1 FROM nowhere')",
    )
    with pytest.raises(DatabaseError, match="nowhere"):
        upgrade(engine)
    assert schema_state(engine) is SchemaState.OUTDATED
    with engine.connect() as connection:
        assert not connection.dialect.has_table(connection, "half_done")


def test_a_migration_that_would_leave_rows_pointing_nowhere_is_undone(
    sqlite_engine, monkeypatch, tmp_path
):
    add_poll(sqlite_engine)
    with_next_migration(monkeypatch, tmp_path, "op.execute('DELETE FROM motion')")
    with pytest.raises(DatabaseError, match="1 rows would point nowhere"):
        upgrade(sqlite_engine)
    with sqlite_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM motion")) == 1


def test_a_rebuilt_parent_table_keeps_its_children(
    sqlite_engine, monkeypatch, tmp_path
):
    add_poll(sqlite_engine)
    with_next_migration(
        monkeypatch,
        tmp_path,
        "import sqlalchemy as sa",
        "with op.batch_alter_table('motion', recreate='always') as batch_op:",
        "    batch_op.add_column(sa.Column('extra', sa.String()))",
    )
    upgrade(sqlite_engine)
    with sqlite_engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM poll")) == 1
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1


def add_poll(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO motion (id, session, number, is_withdrawn)"
                " VALUES (1, '2014-15', 718, false)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO poll (motion_id, started_at, finished_at, outcome,"
                " missing_polls, missing_seconds, is_accepted, event_count)"
                " VALUES (1, '2026-06-15', '2026-06-15', 'unchanged', 3, 100, false, 0)"
            )
        )


@pytest.mark.parametrize("nth", [1, 40])
def test_a_migration_killed_half_way_leaves_nothing_and_starts_again(
    empty_database_url, nth
):
    code, _ = run_python(KILL_AT_NTH, empty_database_url, str(nth))
    assert code == -9
    assert state_of(empty_database_url) is SchemaState.EMPTY
    open_database(empty_database_url, is_upgraded=True).dispose()
    assert state_of(empty_database_url) is SchemaState.CURRENT


def test_processes_started_together_bring_it_up_once(empty_database_url):
    started = [start_python(OPEN, empty_database_url) for _ in range(3)]
    for process in started:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    made = []
    for process in started:
        code, out = ended(process)
        assert code == 0
        made.append(int(out))
    assert sorted(made)[:2] == [0, 0], "only one of them made tables"
    assert state_of(empty_database_url) is SchemaState.CURRENT


def test_the_migrations_are_beside_the_package_or_in_it():
    folder = migrations_folder()
    assert (folder / "env.py").is_file()
    assert not (folder / "__init__.py").exists(), "it would hide the installed Alembic"
    assert os.access(folder / "versions", os.R_OK)
