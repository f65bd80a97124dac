"""One signature on its way to a thousand open browsers, beside an app with futures only.

Each server is a process of its own, the browsers are one more. Ours begins at the commit
in another process, the anchor at the request that tells it of the event. Then what a
restart and coming and going do to ours.
"""

import http.client
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import psutil
from sqlalchemy import event

from bench.servers import cpu_of, free_port, running
from tracker.clock import utc_now
from tracker.config import MotionSettings
from tracker.parliament.http import Answer
from tracker.recording import record_answered, start_poll
from tracker.rehearsal.house import invented_house
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.rules.diff import Limits
from tracker.store import Engine
from tracker.store.schema import open_database

BROWSERS = 1000
EVENTS = 50
LEAVINGS = 10
MISSED = 3
MOTION_ID, NUMBER = 710_001, 1
ANCHOR = """
import asyncio, sys, uvicorn

waiting = set()
count = 0

async def app(scope, receive, send):
    global count
    if scope["type"] != "http":
        return
    if scope["method"] == "POST":
        count += 1
        data = b"id: %d\\nevent: signature\\ndata: " % count + (await receive())["body"]
        told, waiting_now = data + b"\\n\\n", list(waiting)
        waiting.clear()
        for future in waiting_now:
            if not future.done():
                future.set_result(told)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    data = b"retry: 1000\\n\\n"
    while True:
        await send({"type": "http.response.body", "body": data, "more_body": True})
        future = asyncio.get_running_loop().create_future()
        waiting.add(future)
        data = await future

uvicorn.run(app, port=int(sys.argv[1]), http="httptools", ws="none", access_log=False,
            log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
"""
CONFIG = """
[[motions]]
number = {number}
session = "{session}"
[parliament]
contact = "bench@campaign.example"
[database]
url = "sqlite:///ours.db"
[web]
port = {port}
"""


def measure_stream() -> Iterator[str]:
    """A signature to the last of 1,000 browsers (to reach: p99 250 ms, twice the anchor)."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 65_536), most))
    with tempfile.TemporaryDirectory() as name:
        ours, anchor = _Ours(Path(name)), _Anchor()
        with ours.running(), anchor.running():
            for _ in range(EVENTS):  # in turn, so that both have the same neighbours
                ours.tell()
                anchor.tell()
        yield _shown("ours, after the commit", ours)
        yield _shown("shared futures, after the request", anchor)
        ratio = median(ours.taken) / median(anchor.taken)
        yield f"ratio of medians {ratio:.2f}, of p99 {_p99(ours) / _p99(anchor):.2f}"
        yield from _restarted(ours)
        yield from _left(ours)


@dataclass
class _Crowd:
    """The process of the browsers."""

    process: subprocess.Popen[str]

    def told(self, *words: object) -> dict[str, Any]:
        """Tell it something, and return what it says."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def _crowd(port: int, path: str) -> Iterator[_Crowd]:
    command = [sys.executable, "-m", "bench.stream_clients", str(port), path]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield _Crowd(process)
        assert process.stdin is not None
        process.stdin.close()


@dataclass
class _Served:
    """A server with all browsers connected; what each event took, who missed one."""

    port: int = field(default_factory=free_port)
    taken: list[float] = field(default_factory=list)
    missing: int = 0
    kilobytes_each: float = 0.0
    cpu_each: float = 0.0
    event_id: int = 0
    crowd: _Crowd = field(init=False)
    process: psutil.Popen = field(init=False)

    def command(self) -> list[object]:
        """Return how the server is started."""
        raise NotImplementedError

    def path(self) -> str:
        """Return where its stream is."""
        return "/"

    def cause(self) -> float:
        """Cause an event; return since when."""
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator[None]:
        """Serve, with the browsers connected, and what they cost measured."""
        with (
            running(self.command(), self.port) as self.process,
            _crowd(self.port, self.path()) as self.crowd,
        ):
            self.crowd.told("open", 50)  # what is made once is not each one's
            self.tell()
            self.taken.clear()
            self.crowd.told("close")
            _until_idle(self.process)
            before = own_bytes(self.process)
            _all_came(self.crowd.told("open", BROWSERS))
            _until_idle(self.process)
            self.kilobytes_each = (own_bytes(self.process) - before) / BROWSERS / 1024
            cpu = cpu_of(self.process)
            yield
            self.cpu_each = (cpu_of(self.process) - cpu) / EVENTS * 1000

    def tell(self) -> None:
        """Have one event reach everybody."""
        began = self.cause()
        self.event_id += 1
        had = self.crowd.told("wait", self.event_id)
        self.taken.append((had["last"] - began) * 1000)
        self.missing += had["missing"] + had["torn"]
        time.sleep(0.05)


class _Anchor(_Served):
    """The least that can do it."""

    def command(self) -> list[object]:
        return [sys.executable, "-c", ANCHOR, self.port]

    def cause(self) -> float:
        asking = http.client.HTTPConnection("127.0.0.1", self.port)
        asking.connect()
        began = time.monotonic()
        asking.request("POST", "/", body=b"x" * 300)
        asking.getresponse().read()
        asking.close()
        return began


class _Ours(_Served):
    """The dashboard as in use, over a ledger that another process writes."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._world = World(invented_house("2024"), clock=utc_now)
        session = self._world.sessions[0]
        members = self._world.members_on(self._world.today())
        self._members = iter([member.member_id for member in members])
        self._world.add_motion(
            MOTION_ID, NUMBER, "Read", "Text.", session.starts_on, members[0].member_id
        )
        self._watched = MotionSettings(session=session.name, number=NUMBER)
        self._config = folder / "config.toml"
        self._config.write_text(
            CONFIG.format(number=NUMBER, session=session.name, port=self.port)
        )
        url = f"sqlite:///{folder / 'ours.db'}"
        self._engine: Engine = open_database(url, is_upgraded=True)
        self._committed_at = 0.0
        event.listen(self._engine, "commit", self._note)
        self._parliament = StandIn(self._world)
        self.cause()  # the first reading is history
        self.event_id = 1

    def command(self) -> list[object]:
        return [sys.executable, "-m", "tracker", "--config", self._config, "web"]

    def path(self) -> str:
        return f"/api/v1/motions/{self._watched.session}/{NUMBER}/stream"

    def cause(self) -> float:
        """Record one more signature; return when its commit began."""
        at = utc_now()
        self._world.sign(MOTION_ID, next(self._members), at - timedelta(minutes=1))
        start = start_poll(
            self._engine,
            self._watched,
            Limits(3, 100),
            is_accepted=False,
            started_at=at,
        )
        body = self._parliament.body(f"/EarlyDayMotion/{MOTION_ID}")
        answer = Answer(body, at, at)
        record_answered(
            self._engine, start, answer, parliament_id=MOTION_ID, seen_at=at
        )
        return self._committed_at

    def _note(self, connection: object) -> None:
        del connection
        self._committed_at = time.monotonic()


def _restarted(ours: _Ours) -> Iterator[str]:
    """Restart the server under its browsers, which all come back at the same moment."""
    with _crowd(ours.port, ours.path()) as crowd:
        with running(ours.command(), ours.port):
            _all_came(crowd.told("open", BROWSERS))
        still_open = crowd.told("ended")["open"]
        known = ours.event_id
        for _ in range(MISSED):
            ours.cause()
            ours.event_id += 1
        with running(ours.command(), ours.port):
            began = time.monotonic()
            statuses = crowd.told("open", BROWSERS, known)["statuses"]
            had = crowd.told("wait", ours.event_id)
            lost = had["missing"] + had["torn"] + (had["first_id"] != known + 1)
            yield (
                f"restarted: {still_open} left open, {BROWSERS} back at once:"
                f" {_answers(statuses)}, all {MISSED} missed events after"
                f" {(had['last'] - began) * 1000:.0f} ms, lost by {lost}"
            )
            crowd.told("close")


def _left(ours: _Ours) -> Iterator[str]:
    """Have everybody come and go, again and again."""
    with (
        running(ours.command(), ours.port) as server,
        _crowd(ours.port, ours.path()) as crowd,
    ):
        files, sizes = [server.num_fds()], [own_bytes(server) / 2**20]
        for _ in range(LEAVINGS):
            _all_came(crowd.told("open", BROWSERS))
            crowd.told("close")
            _until(lambda: server.num_fds() <= files[0] + 5)
            files.append(server.num_fds())
            sizes.append(own_bytes(server) / 2**20)
    yield (
        f"{LEAVINGS} times {BROWSERS} came and left: open files {files[0]} to"
        f" {files[-1]}, memory {sizes[0]:.0f}, {sizes[1]:.0f} after the first,"
        f" {sizes[-1]:.0f} MB after the last"
    )


def _all_came(said: dict[str, Any]) -> None:
    if set(said["statuses"]) != {"200"}:
        raise RuntimeError(f"not everybody was let in: {said['statuses']}")


def _answers(statuses: dict[str, int]) -> str:
    return ", ".join(f"{count} answered {status}" for status, count in statuses.items())


def _until(is_so: Callable[[], bool]) -> None:
    gives_up_at = time.monotonic() + 20
    while not is_so() and time.monotonic() < gives_up_at:
        time.sleep(0.05)


def _until_idle(process: psutil.Process) -> None:
    """Wait until a server has done what it does when it starts, or 1,000 have come."""
    spent = [cpu_of(process)]

    def is_idle() -> bool:
        time.sleep(1)
        spent.append(cpu_of(process))
        return spent[-1] - spent[-2] < 0.05

    _until(is_idle)


def own_bytes(process: psutil.Process) -> float:
    """Return the memory that is a process's own (PSS)."""
    return float(process.memory_full_info().pss)


def _p99(served: _Served) -> float:
    return quantiles(served.taken, n=100, method="inclusive")[98]


def _shown(name: str, served: _Served) -> str:
    low, middle, high = min(served.taken), median(served.taken), max(served.taken)
    return (
        f"{name}: {low:.0f} / {middle:.0f} / {high:.0f} ms, p99 {_p99(served):.0f} ms;"
        f" {served.cpu_each:.0f} ms of CPU an event; lost {served.missing};"
        f" {served.kilobytes_each:.1f} KB a browser"
    )
