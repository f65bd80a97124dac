"""`tracker run`, `worker`, `web` and `demo` as processes: up, seen, and ended by a signal."""

import asyncio
import queue
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from tests.program import Program, environment, make_old, program_in
from tests.upstream import FIRST_MEMBER, MOTION_ID, NUMBER, house
from tracker import store
from tracker.cli.serve import together, until_signalled
from tracker.clock import utc_now
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.store.engine import open_engine
from tracker.store.locks import try_lock
from tracker.store.schema import open_database

PATIENCE_SECONDS = 40


@pytest.fixture
def program(tmp_path, monkeypatch):
    program = program_in(tmp_path, monkeypatch)
    with (program.folder / "config.toml").open("a") as config:
        config.write("\n[web]\nport = 0\n")
    return program


class Running:
    """A process of the program, its lines read as they come."""

    def __init__(self, program: Program, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tracker", *arguments],
            cwd=program.folder,
            env=environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def address(self) -> str:
        """Return the address that the dashboard says it is at."""
        line = self._lines.get(timeout=PATIENCE_SECONDS)
        found = re.fullmatch(r"Dashboard: (http://127\.0\.0\.1:\d+)\n", line)
        assert found, line
        return found[1]

    def end(self, which: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Send the signal; return the exit code and what was logged."""
        self.process.send_signal(which)
        assert self.process.stderr is not None
        log = self.process.stderr.read()
        return self.process.wait(PATIENCE_SECONDS), log

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


@contextmanager
def running(program: Program, *arguments: str) -> Iterator[Running]:
    """Give the running program; it is killed if it does not end by itself."""
    process = Running(program, *arguments)
    try:
        yield process
    finally:
        if process.process.poll() is None:
            process.process.kill()
        process.process.wait()
        for pipe in (process.process.stdout, process.process.stderr):
            assert pipe is not None
            pipe.close()


def until(is_so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"never so: {what}"
        time.sleep(0.05)


def schedules(program: Program) -> bool:
    """Whether some process holds the scheduler's lock."""
    if not program.database.exists():
        return False
    engine = open_engine(program.settings.database.url)
    with try_lock(engine, "scheduler") as is_ours:
        engine.dispose()
        return not is_ours


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_run_serves_and_schedules_without_network_and_ends_with_0(program, which):
    with running(program, "run") as process:
        address = process.address()
        assert httpx.get(f"{address}/healthz").status_code == 200
        until(lambda: schedules(program), "it schedules")
        code, log = process.end(which)
    assert code == 0
    assert "Traceback" not in log
    assert f"stopping: {which.name}" in log


@pytest.mark.parametrize(
    ("contact", "count"), [("campaign@example.org", 1), ("a@b.example", 0)]
)
def test_parliament_is_not_asked_under_the_examples_contact_without_a_word(
    program, contact, count
):
    program.configure(contact=contact)
    with running(program, "worker") as process:
        until(lambda: schedules(program), "it schedules")
        code, log = process.end(signal.SIGTERM)
    assert code == 0
    assert log.count("parliament.contact is still the example's") == count


def test_run_polls_parliament(program):
    world = World(house(), clock=utc_now)
    name = world.sessions[0].name
    tabled_on = world.sessions[0].starts_on
    world.add_motion(MOTION_ID, NUMBER, "A title", "Text.", tabled_on, FIRST_MEMBER)
    world.sign(MOTION_ID, FIRST_MEMBER, utc_now() - timedelta(hours=1))
    with StandIn(world) as parliament:
        program.configure(
            session=name,
            number=NUMBER,
            motions_url=parliament.url,
            more="[web]\nport = 0\n",
        )
        with running(program, "run") as process:
            url = f"{process.address()}/api/v1/motions/{name}/{NUMBER}"
            until(lambda: httpx.get(url).json()["signature_count"] == 1, "it is seen")
            assert process.end()[0] == 0


def test_a_worker_schedules_and_ends_with_0(program):
    with running(program, "worker") as process:
        until(lambda: schedules(program), "it schedules")
        assert process.end()[0] == 0


def test_web_serves_without_scheduling(program):
    with running(program, "web") as process:
        assert httpx.get(f"{process.address()}/healthz").status_code == 200
        assert not schedules(program)
        assert process.end()[0] == 0


def test_a_port_in_use_is_one_line_and_stops_the_rest(program):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        program.configure(more=f"[web]\nport = {port}\n")
        for command in ("web", "run"):
            done = program.run(command, TRACKER_LOG="error")
            assert done.code == 1
            assert done.out == ""
            assert done.err.count("\n") == 1
            assert f"127.0.0.1:{port} is already in use" in done.err


def test_a_port_in_use_stops_a_rehearsal_before_anything_is_started(program, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = program.run("demo", "--port", str(port), "--folder", str(tmp_path / "r"))
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert f"127.0.0.1:{port} is already in use" in done.err
    assert done.err.endswith("choose another --port\n")
    assert not (tmp_path / "r").exists()


def test_web_refuses_an_outdated_database(program, capsys):
    make_old(program.database)
    done = program.here(capsys, "web")
    assert done.code == 1
    assert "run `tracker db upgrade` first" in done.err


@pytest.mark.parametrize("arguments", [["run"], ["worker"]])
def test_run_and_worker_bring_an_outdated_one_up(program, arguments):
    make_old(program.database)
    with running(program, *arguments) as process:
        until(lambda: schedules(program), "it schedules")
        assert process.end()[0] == 0
    engine = open_database(program.settings.database.url, is_upgraded=False)
    with store.read(engine) as session:
        assert [motion.number for motion in store.all_motions(session)][:1] == [5]
    engine.dispose()


def test_demo_shows_signatures_and_ends_with_0(program, tmp_path):
    with running(program, "demo", "--folder", str(tmp_path / "rehearsal")) as process:
        address = process.address()
        page = httpx.get(address, follow_redirects=True)
        assert page.status_code == 200
        assert "REHEARSAL" in page.text
        assert process.end(signal.SIGINT)[0] == 0


class TestTogether:
    def test_when_one_part_ends_the_others_are_told(self):
        ended = []

        async def short(stop: asyncio.Event) -> None:
            ended.append(stop.is_set())

        async def long(stop: asyncio.Event) -> None:
            await stop.wait()
            ended.append(stop.is_set())

        async def all_parts() -> None:
            stop = asyncio.Event()
            await together(stop, long(stop), short(stop))

        asyncio.run(all_parts())
        assert ended == [False, True]

    def test_the_failure_of_one_part_is_raised_when_all_have_ended(self):
        ended = []

        async def failing() -> None:
            raise OSError("no port")

        async def long(stop: asyncio.Event) -> None:
            await stop.wait()
            await asyncio.sleep(0)
            ended.append("long")

        async def all_parts() -> None:
            stop = asyncio.Event()
            await together(stop, failing(), long(stop))

        with pytest.raises(OSError, match="no port"):
            asyncio.run(all_parts())
        assert ended == ["long"]

    def test_a_signal_sets_the_event_once_and_the_next_one_is_the_systems(self):
        async def job(stop: asyncio.Event) -> None:
            signal.raise_signal(signal.SIGTERM)
            await asyncio.wait_for(stop.wait(), 5)

        asyncio.run(until_signalled(job))
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
