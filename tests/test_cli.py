"""The program as people meet it: usage, exit codes, and what it says when it can't."""

import fcntl
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest

from tests.program import Program, environment, make_old, program_in
from tracker.__main__ import main
from tracker.cli.output import say
from tracker.cli.root import COMMANDS, tracker
from tracker.config import ConfigError
from tracker.parliament.errors import ParliamentError
from tracker.rules.outcomes import FailureKind
from tracker.store import DatabaseError


@pytest.fixture
def program(tmp_path, monkeypatch):
    return program_in(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "which command is missing; `tracker --help` lists the commands"),
        (["pol"], "no such command 'pol'; did you mean 'poll'? `tracker --help`"),
        (["xyzzy"], "no such command 'xyzzy'; `tracker --help` lists them"),
        (["db", "mov"], "did you mean 'move'? `tracker db --help` lists them"),
        (["db"], "which command is missing; `tracker db --help`"),
        (["--jsn", "poll"], "no such option '--jsn'"),
        (["poll", "--jsn"], "did you mean '--json'? `tracker poll --help`"),
        (["poll", "more"], "unexpected extra argument (more)"),
        (["--config"], "option '--config' requires an argument"),
        (["export", "signatures"], "missing option '--format'"),
        (["export", "people", "--format", "csv"], "'people' is not one of"),
        (["export", "events", "--format", "pdf"], "'pdf' is not one of"),
        (["backup"], "missing argument 'FILE'"),
        (["db", "move", "sqlite:///a.db"], "missing argument 'TO'"),
    ],
)
def test_wrong_use_is_one_sentence_and_code_2(arguments, says, capsys):
    assert main(arguments) == 2
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.startswith("tracker: ")
    assert written.err.count("\n") == 1
    assert says in written.err


def test_every_command_that_is_told_of_can_be_had():
    for name in COMMANDS:
        command = tracker.get_command(click.Context(tracker), name)
        assert command is not None
        assert command.name == name
        assert command.help


def test_help_names_the_commands_and_ends_with_0(program):
    done = program.run("--help")
    assert (done.code, done.err) == (0, "")
    for name in COMMANDS:
        assert f"\n  {name} " in done.out


def test_version_is_said(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "tracker 0.1.0\n"


def test_help_and_status_load_nothing_that_they_do_not_need(program):
    for arguments in (["--help"], ["status"]):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", "tracker", *arguments],
            cwd=program.folder,
            env=environment({}),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        heavy = {"fastapi", "plotly", "apscheduler", "xlsxwriter", "feedgen", "uvicorn"}
        assert not loaded & heavy


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (ConfigError("a key is wrong"), 2, "tracker: a key is wrong\n"),
        (DatabaseError("it is locked"), 1, "tracker: it is locked\n"),
        (ParliamentError(FailureKind.TIMEOUT, "slow"), 1, "tracker: slow\n"),
        (PermissionError(13, "Permission denied", "/x"), 1, "/x: Permission denied\n"),
        (OSError(28, "No space left on device"), 1, "No space left on device\n"),
        (ValueError("a\nb\x1b[31m"), 1, "ValueError: a b\\x1b[31m (TRACKER_DEBUG=1"),
        (KeyboardInterrupt(), 130, ""),
        (BrokenPipeError(), 141, ""),
    ],
)
def test_each_kind_of_failure_ends_in_a_line_and_a_code(
    error, code, says, program, capsys, monkeypatch
):
    def fail(_self: object) -> None:
        raise error

    monkeypatch.setattr("tracker.cli.shell.Shell.settings", fail)
    done = program.here(capsys, "status")
    assert done.code == code
    assert says in done.err
    assert done.err.count("\n") == (1 if says else 0)
    assert "Traceback" not in done.err


def test_a_fault_of_ours_shows_where_when_asked(program, capsys, monkeypatch):
    def fail(_self: object) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr("tracker.cli.shell.Shell.settings", fail)
    monkeypatch.setenv("TRACKER_DEBUG", "1")
    done = program.here(capsys, "status")
    assert done.code == 1
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("tracker: a fault of the program")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nonsense", "config.toml is not TOML"),
        ("[parliment]", "did you mean parliament?"),
    ],
)
def test_a_bad_configuration_ends_with_2(program, capsys, text, says):
    (program.folder / "config.toml").write_text(text)
    done = program.here(capsys, "status")
    assert (done.code, done.out) == (2, "")
    assert says in done.err
    assert done.err.count("\n") == 1


def test_a_level_of_the_log_that_there_is_not_ends_with_2(program, capsys, monkeypatch):
    monkeypatch.setenv("TRACKER_LOG", "loud")
    done = program.here(capsys, "status")
    assert done.code == 2
    assert "TRACKER_LOG must be one of debug, info, warning, error" in done.err


def test_output_on_a_full_disk_is_one_line(program):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "tracker", "status"],
            cwd=program.folder,
            env=environment({}),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "tracker: No space left on device\n"


def test_a_reader_that_goes_away_is_no_error(program):
    done = subprocess.run(
        f"{sys.executable} -m tracker --help | true; echo ${{PIPESTATUS[0]}}",
        shell=True,
        executable="/bin/bash",
        cwd=program.folder,
        env=environment({"PYTHONUNBUFFERED": "1"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() in ("0", "141")
    assert done.stderr == ""


class TestDatabasesThatCannotBeUsed:
    """C8, C9: one clear line at the start, exit code 1."""

    def ends(self, program: Program, capsys: Any, *arguments: str) -> str:
        done = program.here(capsys, *(arguments or ("status",)))
        assert (done.code, done.out) == (1, "")
        assert done.err.count("\n") == 1
        return done.err

    def test_a_file_that_is_no_database(self, program, capsys):
        program.database.parent.mkdir()
        program.database.write_text("hello " * 1000)
        assert "is not an SQLite database" in self.ends(program, capsys)

    def test_another_programs_database(self, program, capsys):
        program.database.parent.mkdir()
        with sqlite3.connect(program.database) as other:
            other.execute("CREATE TABLE recipes (id)")
        other.close()
        assert "another program's tables" in self.ends(program, capsys)

    def test_a_folder_that_cannot_be_made(self, program, capsys):
        (program.folder / "data").write_text("a file")
        assert "cannot be made" in self.ends(program, capsys)

    def test_a_wal_without_its_database(self, program, capsys):
        program.database.parent.mkdir()
        program.database.with_name("tracker.db-wal").write_text("x")
        assert "without its database" in self.ends(program, capsys)

    def test_a_newer_database(self, program, capsys):
        assert program.here(capsys, "db", "upgrade").code == 0
        with sqlite3.connect(program.database) as database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.close()
        assert "newer version" in self.ends(program, capsys)
        assert "newer version" in self.ends(program, capsys, "db", "upgrade")

    def test_a_locked_one_is_one_line_in_poll(self, program, capsys, monkeypatch):
        monkeypatch.setattr("tracker.store.engine.BUSY_SECONDS", 0.2)
        assert program.here(capsys, "db", "upgrade").code == 0
        other = sqlite3.connect(program.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert "locked by another program" in self.ends(program, capsys, "poll")
        assert program.here(capsys, "status").code == 0
        other.close()


@pytest.mark.parametrize(
    "command", [["status"], ["replay"], ["doctor"], ["members", "sync"]]
)
def test_an_outdated_database_is_refused_by_what_only_reads(program, capsys, command):
    make_old(program.database)
    done = program.here(capsys, *command)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "run `tracker db upgrade` first" in done.err


@pytest.mark.parametrize("command", [["poll"], ["db", "upgrade"]])
def test_an_outdated_database_is_brought_up_by(program, capsys, command):
    make_old(program.database)
    program.here(capsys, *command)
    done = program.here(capsys, "status")
    assert (done.code, done.err) == (0, "")


def test_every_command_creates_a_missing_database(program, capsys):
    assert program.here(capsys, "status").code == 0
    assert program.database.exists()


def test_an_empty_file_is_made_a_database(program, capsys):
    program.database.parent.mkdir()
    program.database.touch()
    assert program.here(capsys, "status").code == 0
    assert program.database.stat().st_size > 0


def test_ctrl_c_ends_quietly_with_130(program):
    lock = program.folder / "data" / "tracker.db-migrate.lock"
    lock.parent.mkdir()
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker", "status"],
            cwd=program.folder,
            env=environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A run in the background is started with this signal ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        deadline = time.monotonic() + 20
        # It waits for the lock once the empty database's file is there.
        while not program.database.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (130, "", "")


def test_what_is_said_cannot_drive_a_terminal(capsys):
    say("Ann\x1b[2J Lee\rforged")
    assert capsys.readouterr().out == "Ann\\x1b[2J Lee\\rforged\n"
