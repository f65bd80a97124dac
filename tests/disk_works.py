"""What is done while the disk fails (disk_faults.py), and what has to hold afterwards."""

import csv
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx

from tests.soak_crowd import form_fields
from tests.soak_program import free_port, write_config
from tests.strace import Fault, met, traced
from tracker.clock import utc_now
from tracker.rehearsal.crowd import Crowd, Writer
from tracker.rehearsal.demo import DEMO_MOTION_ID, DEMO_NUMBER
from tracker.rehearsal.world import World
from tracker.store.copies import file_problem

PATIENCE_SECONDS = 60
FORMS, ROWS, SIGNATURES = 3, 120, 3


@dataclass(frozen=True, slots=True)
class Found:
    """At which files the fault was met, and whether something was refused for it."""

    places: Sequence[str]
    is_refused: bool


@dataclass
class Scene:
    """An installation to be copied for each fault, and who uses it."""

    folder: Path
    world: World
    parliament: str
    port: int = field(default_factory=free_port)
    _numbers: count = field(default_factory=count)  # type: ignore[type-arg]

    @property
    def path(self) -> str:
        """The motion's path."""
        return f"/motions/{self.world.sessions[0].name}/{DEMO_NUMBER}"

    def prepare(self) -> None:
        """Fetch the House and the motion; afterwards a few Members sign."""
        pattern = self.folder / "pattern"
        pattern.mkdir()
        write_config(
            pattern,
            session=self.world.sessions[0].name,
            parliament=self.parliament,
            mail_port=9,
            port=self.port,
        )
        for arguments in (("members", "sync"), ("poll",)):
            done = subprocess.run(command(pattern, *arguments), check=False)
            assert done.returncode == 0
        signed = {row.member_id for row in self.world.rows(DEMO_MOTION_ID)}
        people = self.world.members_on(self.world.today())
        fresh = [one for one in people if one.member_id not in signed]
        for person in fresh[:SIGNATURES]:
            self.world.sign(DEMO_MOTION_ID, person.member_id)
        crowd = Crowd(self.world)
        self.writers = [crowd.writer(one) for one in fresh[50 : 50 + FORMS]]
        write_rows(pattern / "emails.csv", [crowd.writer() for _ in range(ROWS)])

    def copy(self) -> Path:
        """Return a folder with the installation in it."""
        folder = self.folder / f"at-{next(self._numbers)}"
        shutil.copytree(self.folder / "pattern", folder)
        return folder


class Work:
    """Something that is done under a fault."""

    name = ""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def meet(self, fault: Fault, folder: Path) -> Found:
        """Do it while the fault waits; AssertionError for whatever does not hold."""
        raise NotImplementedError


class OfCommand(Work):
    """A command that is done, or says in one line that it is not, and is done again."""

    arguments: tuple[str, ...] = ()
    query = ""

    def meet(self, fault: Fault, folder: Path) -> Found:
        """Run the command under the fault, then once more without."""
        log = folder / "strace.log"
        tracing = traced(fault, log, command(folder, *self.arguments))
        done = subprocess.run(
            tracing, capture_output=True, text=True, timeout=120, check=False
        )
        places = met(log)
        if done.returncode == 0:
            assert asked(folder, self.query) == self.wanted()
        elif not fault.is_deadly:
            assert "Traceback" not in done.stderr, done.stderr
            assert "a fault of the program" not in done.stderr, done.stderr
            assert done.returncode == 1, done.stderr
        assert file_problem(folder / "soak.db") is None
        again = subprocess.run(
            command(folder, *self.arguments),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert again.returncode == 0, again.stderr
        assert asked(folder, self.query) == self.wanted()
        return Found(places, done.returncode != 0)

    def wanted(self) -> Sequence[object]:
        """Return what the query gives once it is done."""
        raise NotImplementedError


class Poll(OfCommand):
    """A poll that sees three new names."""

    name = "poll"
    arguments = ("poll",)
    query = "SELECT count(*), count(DISTINCT id) FROM signature_event"

    def wanted(self) -> Sequence[object]:
        """Return how many events there are then: none twice."""
        before = asked(self.scene.folder / "pattern", self.query)
        return [number + SIGNATURES for number in before if isinstance(number, int)]


class Import(OfCommand):
    """A file of emails."""

    name = "import"
    arguments = ("emails", "import", "emails.csv", "--source", "invented")
    query = (
        "SELECT (SELECT count(*) FROM supporter_email), (SELECT count(*) FROM supporter),"
        " (SELECT sum(supporter_count) FROM tally)"
    )

    def wanted(self) -> Sequence[object]:
        """Return that each row is there, and counted once."""
        return [ROWS, ROWS, ROWS]


class Forms(Work):
    """Forms posted to the running program, and after a restart one more."""

    name = "form"

    def meet(self, fault: Fault, folder: Path) -> Found:
        """Post forms; whatever was accepted is there, also after a restart."""
        log = folder / "strace.log"
        accepted, refused = [], 0
        with Web(self.scene, folder, traced(fault, log, command(folder, "web"))) as web:
            is_up = web.is_up()
            for person in self.scene.writers if is_up else ():
                before = len(met(log))
                status = web.post(person)
                is_log_lost = any(place.endswith("-wal") for place in met(log)[before:])
                if status == 303:
                    assert not is_log_lost, "accepted, though it may not be on the disk"
                    accepted.append(person.email)
                else:
                    assert status in (0, 503), f"{status}: {web.said()[-3000:]}"
                    refused += 1
            places = met(log)
        assert set(accepted) <= people(folder)
        assert file_problem(folder / "soak.db") is None
        with Web(self.scene, folder, command(folder, "web")) as web:
            assert web.is_up()
            for person in self.scene.writers:
                status = web.post(person)
                assert status == 303, f"{status}: {web.said()[-3000:]}"
        assert people(folder) == {person.email for person in self.scene.writers}
        return Found(places, bool(refused) or not is_up)


class Web:
    """`tracker web` as a process, from a command line that may be traced."""

    def __init__(self, scene: Scene, folder: Path, line: Sequence[str]) -> None:
        self.scene = scene
        self._log = (folder / "web.log").open("ab")
        # A group of its own, so that strace and what it traces end together.
        self._process = subprocess.Popen(
            line, stdout=self._log, stderr=self._log, start_new_session=True
        )
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{scene.port}", trust_env=False, timeout=20
        )

    def __enter__(self) -> "Web":
        return self

    def __exit__(self, *_: object) -> None:
        """Kill it: that is the restart which everything has to outlive."""
        self._client.close()
        with suppress(ProcessLookupError):  # it was killed before
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(20)
        self._log.close()

    def said(self) -> str:
        """Return what it logged."""
        return Path(self._log.name).read_text(errors="replace")

    def is_up(self) -> bool:
        """Return whether it answers; False if it ended instead."""
        gives_up_at = time.monotonic() + PATIENCE_SECONDS
        while self._process.poll() is None:
            assert time.monotonic() < gives_up_at, "it neither answers nor ends"
            try:
                self._client.get("/healthz")
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return True
        return False

    def post(self, person: Writer) -> int:
        """Return the status that a form is answered with, 0 for no answer."""
        fields = form_fields(person)
        try:
            return self._client.post(f"{self.scene.path}/act", data=fields).status_code
        except httpx.TransportError:
            return 0


def command(folder: Path, *arguments: str) -> list[str]:
    """Return the command line of a command of the program in a folder."""
    config = ("--config", str(folder / "config.toml"))
    where = [str(folder / one) if one.endswith(".csv") else one for one in arguments]
    return [sys.executable, "-m", "tests.soak_program", *config, *where]


def asked(folder: Path, query: str) -> Sequence[object]:
    """Return the row that a query gives."""
    with closing(sqlite3.connect(folder / "soak.db")) as connection:
        return list(connection.execute(query).fetchone())


def people(folder: Path) -> set[str]:
    """Return the addresses of those who have an email waiting to be confirmed."""
    query = "SELECT s.email FROM supporter s JOIN supporter_email e ON e.supporter_id = s.id"
    with closing(sqlite3.connect(folder / "soak.db")) as connection:
        return {address for (address,) in connection.execute(query)}


def write_rows(path: Path, writers: Sequence[Writer]) -> None:
    """Write a file of emails, one of each."""
    with path.open("w", newline="", encoding="utf-8") as lines:
        rows = csv.writer(lines)
        rows.writerow(["email", "name", "constituency", "sent_at"])
        for one in writers:
            seat = one.address.splitlines()[-1]
            rows.writerow([one.email, one.name, seat, utc_now().isoformat()])
