"""C4: a migration killed half-way leaves the database as it was, and starts again."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.program import environment, make_old, program_in

KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
from tracker.__main__ import main

count = 0

def kill_at_the_nth(connection, cursor, statement, *_):
    global count
    if statement.lstrip().upper().startswith(("CREATE", "ALTER", "DROP", "UPDATE")):
        count += 1
        if count == {nth}:
            os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "after_cursor_execute", kill_at_the_nth)
sys.exit(main(["db", "upgrade"]))
"""


@pytest.fixture
def program(tmp_path, monkeypatch):
    return program_in(tmp_path, monkeypatch)


@pytest.mark.parametrize("nth", [1, 2, 5, 12])
def test_a_killed_migration_leaves_the_old_database_and_starts_again(
    program, capsys, nth
):
    make_old(program.database)
    with closing(sqlite3.connect(program.database)) as connection:
        before = list(connection.iterdump())
    done = subprocess.run(
        [sys.executable, "-c", KILLED.format(nth=nth)],
        cwd=program.folder,
        env=environment({}),
        timeout=60,
        check=False,
    )
    assert done.returncode == -9
    with closing(sqlite3.connect(program.database)) as connection:
        assert list(connection.iterdump()) == before
    assert program.here(capsys, "db", "upgrade").code == 0
    assert program.here(capsys, "status").code == 0
    with closing(sqlite3.connect(program.database)) as connection:
        assert connection.execute("SELECT number FROM motion").fetchall() == [(5,)]
