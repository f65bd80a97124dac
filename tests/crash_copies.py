"""Works over a whole database: an erasure, a backup, a restore, killed at their steps.

The campaign has two supporters, each with an email that is about to leave. One of them is
the canary, who is to be erased: the word is looked for in every file.
"""

import contextlib
import io
import os
import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from sqlmodel import select

from tests.conftest import FakeClock
from tests.crash_mail import Sending
from tests.crash_steps import forked
from tests.outbox_scene import KEY, Scene, scene_settings
from tests.program import Program
from tests.sender_process import send_all
from tracker import store
from tracker.__main__ import main
from tracker.keys import email_key
from tracker.store.copies import file_problem
from tracker.store.engine import open_engine
from tracker.store.tables import Message, Supporter

CANARY = "zqcanary"
ADDRESS = f"{CANARY}@example.org"
DATABASE = "data/tracker.db"
BACKUP = "copy.db"
_A_DAY = 86_400
# What differs from run to run: when something was done, and random names.
_OF_THE_RUN = ("_at", "message_id", "id")


def command(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a command of ours in this process; return its exit code, and what it said."""
    said = io.StringIO()
    os.chdir(folder)
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        code = main(["--config", str(folder / "config.toml"), *arguments])
    return code, said.getvalue()


def make_campaign(template: Path, folder: Path, url: str) -> None:
    """Put a campaign with two supporters into the folder."""
    database = folder / DATABASE
    database.parent.mkdir()
    shutil.copy(template, database)
    database.with_name(f"{database.name}.secret").write_bytes(KEY)
    Program(folder)
    engine = open_engine(f"sqlite:///{database}")
    scene = Scene(engine, scene_settings(folder, smtp_url=url), FakeClock())
    scene.add_member()
    scene.add_letter(body=f"I live at 1 {CANARY} Street\n")
    scene.add_letter()
    with store.write(engine) as session:
        for person in session.exec(select(Supporter)).all():
            if person.name == "Writer writer1":
                person.name, person.email = f"Ann {CANARY}", ADDRESS
                person.address = f"1 {CANARY} Street"
            person.email_key = email_key(KEY, person.email or "")
        session.get_one(Message, 1).reply_to = ADDRESS
    engine.dispose()


class OverDatabase(Sending):
    """A command over the campaign's database."""

    def prepare(self, folder: Path) -> None:
        """Put the campaign into the folder."""
        make_campaign(self.template, folder, self.sink.url)

    def state(self, folder: Path) -> object:
        """Return every row, without what is of this run; the file has to be sound."""
        assert file_problem(folder / DATABASE) is None
        return rows_of(folder / DATABASE)

    def sent_from_here(self, folder: Path) -> list[str]:
        """Return the texts that a worker would send now, over a copy of the folder."""
        elsewhere = self.scratch / "elsewhere"
        shutil.copytree(folder, elsewhere)
        self.sink.clear()
        forked(lambda: send_all(elsewhere, self.sink.url, DATABASE), 0)
        shutil.rmtree(elsewhere)
        sent = [email.as_string() for email in self.sink.emails()]
        self.sink.clear()
        return sent


class Erase(OverDatabase):
    """`tracker erase`, and after a crash the same again."""

    name = "erase"
    every = 9

    def act(self, folder: Path) -> None:
        """Erase the canary."""
        code, said = command(folder, "erase", ADDRESS)
        assert code == 0, said

    def check(self, folder: Path) -> None:
        """They are known as before, or are written to no more."""
        if is_known(folder / DATABASE):
            self.seen["known as before"] += 1
            assert any(CANARY in text for text in self.sent_from_here(folder))
        else:
            self.seen["erased at once"] += 1
            assert not any(CANARY in text for text in self.sent_from_here(folder))

    def state(self, folder: Path) -> object:
        """Return every row; no file holds the canary."""
        found = super().state(folder)
        assert holding(folder, CANARY.encode()) == []
        # Who asks twice is noted twice.
        del found["audit_entry"]  # type: ignore[attr-defined]
        return found


class Backup(OverDatabase):
    """`tracker backup`, and after a crash the same again, or under another name."""

    name = "backup"
    every = 5

    def act(self, folder: Path) -> None:
        """Write the backup."""
        code, said = command(folder, "backup", BACKUP)
        assert code == 0, said

    def check(self, folder: Path) -> None:
        """The name is not there, or it is a whole backup with its key beside it."""
        copy = folder / BACKUP
        if not copy.exists():
            self.seen["no file"] += 1
            return
        self.seen["whole"] += 1
        assert file_problem(copy) is None
        assert rows_of(copy) == rows_of(self.scratch / "pattern" / DATABASE)
        assert (folder / f"{BACKUP}.secret").read_bytes() == KEY

    def again(self, folder: Path) -> None:
        """Write it again; the one that is there is not overwritten."""
        a_day_later(folder)
        was_there = (folder / BACKUP).exists()
        code, said = command(folder, "backup", BACKUP)
        assert code == was_there, said
        if was_there:
            assert "is there already: name a new file" in said
            (folder / BACKUP).unlink()
            self.act(folder)

    def state(self, folder: Path) -> object:
        """Return what is in the folder and in the backup; nothing else is left."""
        assert (folder / f"{BACKUP}.secret").read_bytes() == KEY
        names = sorted(path.name for path in folder.iterdir())
        rows = rows_of(folder / BACKUP)
        del rows["audit_entry"]  # who backs up twice is noted twice
        return names, rows


class Restore(OverDatabase):
    """`tracker restore` of a backup that knows somebody who was erased since."""

    name = "restore"
    every = 29

    def prepare(self, folder: Path) -> None:
        """Back up, erase, and lose the database; the log of erasures is there."""
        super().prepare(folder)
        for arguments in (("backup", BACKUP), ("erase", ADDRESS)):
            code, said = command(folder, *arguments)
            assert code == 0, said
        for path in (folder / "data").iterdir():
            if path.suffix != ".erasures":
                path.unlink()

    def act(self, folder: Path) -> None:
        """Restore."""
        code, said = command(folder, "restore", BACKUP)
        assert code == 0, said

    def check(self, folder: Path) -> None:
        """There is nothing yet, or all; and nothing leaves."""
        database = folder / DATABASE
        if not database.exists() or not has_motion(database):
            self.seen["nothing yet"] += 1
            return
        self.seen["whole"] += 1
        assert not is_known(database)
        assert file_problem(database) is None
        assert self.sent_from_here(folder) == []

    def again(self, folder: Path) -> None:
        """Restore again; if it says to move the database away, do so first."""
        a_day_later(folder)
        code, said = command(folder, "restore", BACKUP)
        if code:
            assert "is not overwritten: move it away" in said, said
            for path in (folder / "data").glob("tracker.db*"):
                if path.suffix != ".erasures":
                    path.unlink()
            self.act(folder)

    def state(self, folder: Path) -> object:
        """Return every row; whoever was erased is in no file but the backup."""
        (folder / BACKUP).unlink()
        assert holding(folder, CANARY.encode()) == []
        assert (folder / f"{DATABASE}.secret").read_bytes() == KEY
        assert self.sent_from_here(folder) == []
        return super().state(folder)


def rows_of(database: Path) -> dict[str, list[str]]:
    """Return the rows of every table, without ids, moments and random names."""
    with closing(sqlite3.connect(database)) as connection:
        connection.row_factory = sqlite3.Row
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'job_done'"
        ).fetchall()
        return {
            table: sorted(
                repr(
                    [
                        (name, row[name])
                        for name in row.keys()  # noqa: SIM118 - it is no mapping
                        if not name.endswith(_OF_THE_RUN)
                    ]
                )
                for row in connection.execute(f"SELECT * FROM {table}")
            )
            for (table,) in tables
        }


def is_known(database: Path) -> bool:
    """Return whether the canary's address is in the database."""
    with closing(sqlite3.connect(database)) as connection:
        query = "SELECT count(*) FROM supporter WHERE email = ?"
        [count] = connection.execute(query, (ADDRESS,)).fetchone()
    return bool(count)


def has_motion(database: Path) -> bool:
    """Return whether the database holds a campaign."""
    with closing(sqlite3.connect(database)) as connection:
        tables = "SELECT count(*) FROM sqlite_master WHERE name = 'motion'"
        [count] = connection.execute(tables).fetchone()
        if count:
            [count] = connection.execute("SELECT count(*) FROM motion").fetchone()
    return bool(count)


def holding(folder: Path, word: bytes) -> list[Path]:
    """Return the files that hold a word."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file() and word in path.read_bytes()
    ]


def a_day_later(folder: Path) -> None:
    """Let what lies in the folder be a day older."""
    at = time.time() - _A_DAY
    for path in folder.rglob("*"):
        os.utime(path, (at, at))
