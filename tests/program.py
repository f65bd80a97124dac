"""The real program for tests: a configuration in a folder, and a run of one command."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config

from tracker.__main__ import main
from tracker.config import Settings, load_settings
from tracker.rehearsal.server import StandIn
from tracker.store.engine import open_engine
from tracker.store.schema import migrations_folder


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The JSON document on stdout."""
        return json.loads(self.out)


class Program:
    """The program over a config.toml in `folder`, run here or as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configure()

    def configure(
        self,
        *,
        session: str = "2014-15",
        number: int = 718,
        more: str = "",
        **parliament: object,
    ) -> None:
        """Write config.toml; nothing is asked of the real Parliament unless told."""
        told = {
            "contact": "test@example.org",
            "motions_url": "http://127.0.0.1:9",
            "members_url": "http://127.0.0.1:9",
            "calendar_url": "",
            "requests_per_second": 10,
            **parliament,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in told.items()]
        (self.folder / "config.toml").write_text(
            f'[[motions]]\nnumber = {number}\nsession = "{session}"\n{more}\n'
            "[parliament]\n" + "\n".join(lines)
        )

    @property
    def settings(self) -> Settings:
        """The configuration as the program reads it."""
        return load_settings(self.folder / "config.toml", environ={})

    @property
    def database(self) -> Path:
        """The database's file."""
        return self.folder / "data" / "tracker.db"

    def run(self, *arguments: str, **environ: str) -> Ended:
        """Run the command as a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "tracker", *arguments],
            cwd=self.folder,
            env=environment(environ),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    def here(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> Ended:
        """Run the command in this process, which is quicker."""
        capsys.readouterr()
        with log_as_it_was():
            code = main(["--config", str(self.folder / "config.toml"), *arguments])
        written = capsys.readouterr()
        return Ended(code, written.out, written.err)


def program_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Return the program in a folder, without any setting of this machine's."""
    for name in [name for name in os.environ if name.startswith("TRACKER")]:
        monkeypatch.delenv(name)
    return Program(folder)


def program_asking(
    stand_in: StandIn, number: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Program:
    """Return the program that asks a stand-in for a motion of its newest session."""
    program = program_in(folder, monkeypatch)
    program.configure(
        session=stand_in.world.sessions[0].name,
        number=number,
        motions_url=stand_in.url,
        members_url=stand_in.url,
        calendar_url=stand_in.url,
    )
    return program


def make_old(path: Path) -> None:
    """Make a database of the first revision, with EDM 5 of 2014-15 in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    engine = open_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO motion (session, number, is_withdrawn) VALUES ('2014-15', 5, 0)"
        )
    engine.dispose()


@contextmanager
def log_as_it_was() -> Iterator[None]:
    """Undo what a command does to the log: it would write to this test's stderr later."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return this environment without settings of the tracker, and with `more`."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("TRACKER")}
    return {**kept, **more}
