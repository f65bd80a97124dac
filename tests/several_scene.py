"""Processes of the real program on one PostgreSQL, as if each had a machine of its own."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlmodel import select

from tests.outbox_scene import PRIVACY, Scene
from tests.processes import ROOT
from tests.program import environment
from tests.supporters_house import seat_a_house
from tests.upstream import FIRST_MEMBER, MOTION_ID, NUMBER, house
from tracker import store
from tracker.clock import utc_now
from tracker.config import Settings, load_settings
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.store.tables import Member, Motion

PATIENCE_SECONDS = 40


class Machine:
    """One process of the program; what it logs is in a file."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        self._log = folder / f"{name}.log"
        config = folder / "config.toml"
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.several_program"),
                    *("--config", str(config), *arguments),
                ],
                cwd=ROOT,
                env=environment({"TRACKER_LOG": "info"}),
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text()

    @property
    def is_scheduling(self) -> bool:
        """Whether it has begun to schedule."""
        return "scheduling: motions" in self.log

    def address(self) -> str:
        """Return where its dashboard is, once it says so."""
        until(lambda: "Dashboard: " in self.log, "the dashboard is up", self.process)
        found = re.search(r"Dashboard: (http://\S+)", self.log)
        assert found
        return found[1]

    def kill(self) -> None:
        """Kill it, as a machine that loses its power does."""
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(12)
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        assert error or "Traceback" not in self.log, self.log


class Machines:
    """Starts machines in one folder; all of them are ended when it is left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ends = ExitStack()

    def worker(self, name: str) -> Machine:
        """Start a `tracker worker`."""
        return self._ends.enter_context(Machine(self.folder, name, "worker"))

    def webs(self, count: int) -> list[str]:
        """Start so many `tracker web`, and return their addresses."""
        started = [
            self._ends.enter_context(Machine(self.folder, f"web-{number}", "web"))
            for number in range(count)
        ]
        return [web.address() for web in started]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ends.__exit__(kind, error, trace)


def configure(
    folder: Path, database_url: str, parliament: StandIn, smtp_url: str = ""
) -> Settings:
    """Write the configuration of every machine; return it as they read it."""
    mail: dict[str, object] = {"mode": "hold"}
    if smtp_url:
        mail = {"mode": "send", "smtp_url": smtp_url, "sender": "us@example.org"}
    tables: dict[str, dict[str, object]] = {
        "parliament": {
            "contact": "test@example.org",
            "motions_url": parliament.url,
            "members_url": parliament.url,
            "calendar_url": "",
            "poll_seconds": 1,
            "quiet_poll_seconds": 1,
            "requests_per_second": 500,
            "timeout_seconds": 30,
        },
        "database": {"url": database_url},
        "mail": mail,
        "privacy": {**PRIVACY},
        "web": {"port": 0, "base_url": "http://127.0.0.1:8000"},
    }
    session = parliament.world.sessions[0].name
    lines = [f'[[motions]]\nnumber = {NUMBER}\nsession = "{session}"\nid = {MOTION_ID}']
    for name, table in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in table.items()]
    config = folder / "config.toml"
    config.write_text("\n".join(lines) + "\n")
    return load_settings(config, environ={}, rehearsal=True)


@contextmanager
def parliament_with(rows: int) -> Iterator[StandIn]:
    """Give a stand-in whose motion so many have signed an hour ago."""
    world = World(house(), clock=utc_now)
    tabled_on = world.sessions[0].starts_on
    world.add_motion(MOTION_ID, NUMBER, "Rehearsed", "Text.", tabled_on, FIRST_MEMBER)
    with StandIn(world, fresh_seconds=0) as stand_in:
        for place in range(rows):
            at = utc_now() - timedelta(hours=1)
            world.sign(MOTION_ID, FIRST_MEMBER + place, at)
        yield stand_in


class SeveralScene(Scene):
    """The campaign of outbox_scene.py over the motion that is polled, in the present."""

    def __post_init__(self) -> None:
        watched = self.settings.motions[0]
        with store.write(self.engine) as session:
            motion = Motion(
                session=watched.session, number=watched.number, parliament_id=MOTION_ID
            )
            session.add(motion)
            session.flush()
            assert motion.id is not None
            self.motion_id = motion.id
            # As if these had just been done: only polls are due.
            for name in ("members", "calendar", "photos"):
                store.record_job_done(session, name, self.clock())
        seat_a_house(self.engine)
        with store.write(self.engine) as session:
            for member in session.exec(select(Member)).all():
                member.contacts_checked_at = self.clock()

    def ledger(self) -> list[tuple[object, ...]]:
        """Return every event, without when we saw it."""
        with store.read(self.engine) as session:
            events = store.all_events(session, self.motion_id)
        return [(e.kind, e.signature_id, e.member_id, e.backfilled) for e in events]


def until(
    is_so: Callable[[], bool],
    what: str,
    process: subprocess.Popen[bytes] | None = None,
    *,
    seconds: float = PATIENCE_SECONDS,
) -> float:
    """Wait until something is so; return how many seconds that took."""
    began = time.monotonic()
    while not is_so():
        assert process is None or process.poll() is None, f"it ended: {what}"
        assert time.monotonic() - began < seconds, f"never so: {what}"
        time.sleep(0.05)
    return time.monotonic() - began
