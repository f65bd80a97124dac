"""A thousand motions watched by one worker, in time that goes by five times as fast.

All that is counted in seconds is a fifth: the polls' interval, the requests allowed, how
long an answer is fresh. The worker is a process of its own, over a real socket; then it
is stopped until everything is due, and started again to see who goes first.
"""

import asyncio
import json
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import psutil

from bench.servers import cpu_of
from tracker import store
from tracker.clock import utc_now
from tracker.config import load_settings
from tracker.desk import open_desk
from tracker.rehearsal.exchange import SeenRequest
from tracker.rehearsal.house import invented_house
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.scheduler import run_scheduler
from tracker.store.schema import open_database

MOTIONS, CLOSED, LIVELY, ROWS = 1000, 50, 10, 5
SPEED = 5
MINUTES = 15
FIRST_MINUTES, REST_MINUTES = 11, 12
FIRST_ID = 700_001
FIRST_LIVELY = FIRST_ID + 900
"""Those that somebody signs now and then: among the last of the configuration."""
PREFIX = "/EarlyDayMotion/"


def measure_motions() -> Iterator[str]:
    """1,000 motions (to reach: 2 requests/s at most, each every 10 minutes, memory flat)."""
    world = _world()
    with (
        StandIn(world, fresh_seconds=60 // SPEED) as parliament,
        tempfile.TemporaryDirectory() as name,
    ):
        folder = Path(name)
        _configure(folder, parliament)
        with _worker(folder) as worker:
            _sign_for(
                world, 11
            )  # the first round: whoever was never read is due at once
            before, began, cpu = memory_mb(worker), utc_now(), cpu_of(worker)
            _sign_for(world, MINUTES)
            after, cpu = memory_mb(worker), cpu_of(worker) - cpu
        asked = _since(parliament, began)
        yield from _told(asked)
        yield f"CPU of the worker: {cpu / len(asked) * 1000:.0f} ms a request"
        yield f"memory of the worker: {before:.0f} MB at first, {after:.0f} MB at the end"
        time.sleep(REST_MINUTES * 60 / SPEED)
        stopped = utc_now()
        with _worker(folder):
            _sign_for(world, 3)
        yield from _order(_since(parliament, stopped))


def _told(requests: Sequence[SeenRequest]) -> Iterator[str]:
    """Return how often was asked, and how long a motion waited at most."""
    scheduled = (requests[-1].at - requests[0].at).total_seconds() * SPEED
    yield f"{len(requests) / scheduled:.2f} requests/s over {scheduled / 60:.0f} minutes"
    minutes = defaultdict[int, int](int)
    for request in requests:
        minutes[int(request.at.timestamp() * SPEED) // 60] += 1
    whole = [*minutes.values()][1:-1]
    low, middle, high = (f(whole) / 60 for f in (min, median, max))
    yield f"in each minute: {low:.2f} / {middle:.2f} / {high:.2f} requests/s"
    times = defaultdict[str, list[datetime]](list)
    for request in requests:
        times[request.path].append(request.at)
    polled = {path: at for path, at in times.items() if path.startswith(PREFIX)}
    gaps = [
        (later - earlier).total_seconds() * SPEED
        for at in polled.values()
        for earlier, later in pairwise([*at, requests[-1].at][: len(at)])
    ]
    low, middle, high = min(gaps), median(gaps), max(gaps)
    yield (
        f"between two polls of a motion: {low:.0f} / {middle:.0f} / {high:.0f} seconds,"
        f" {len(polled)} motions polled, {MOTIONS - CLOSED} open"
    )


def _order(requests: Sequence[SeenRequest]) -> Iterator[str]:
    """Return who went first when everything was due."""
    asked = [int(r.path.removeprefix(PREFIX)) for r in requests if PREFIX in r.path]
    lively = range(FIRST_LIVELY, FIRST_LIVELY + LIVELY)
    places = [place for place, one in enumerate(asked, 1) if one in lively]
    first = places[:LIVELY]
    yield f"after a rest, of {len(asked)} polls those that changed lately came {first}"


def memory_mb(process: psutil.Process) -> float:
    """Return the megabytes that are a process's own."""
    return float(process.memory_full_info().pss) / 2**20


def _since(parliament: StandIn, at: datetime) -> list[SeenRequest]:
    return [request for request in parliament.requests if request.at >= at]


def _sign_for(world: World, minutes: float) -> None:
    """Let so many scheduled minutes go by, while somebody signs now and then."""
    ends_at = time.monotonic() + minutes * 60 / SPEED
    draw = random.Random(1)
    members = [member.member_id for member in world.members_on(world.today())]
    while time.monotonic() < ends_at:
        motion_id = FIRST_LIVELY + draw.randrange(LIVELY)
        signed = {row.member_id for row in world.rows(motion_id)}
        if free := [one for one in members[:40] if one not in signed]:
            world.sign(motion_id, free[0])
        time.sleep(1)


def _world() -> World:
    world = World(invented_house("2024"), clock=utc_now)
    members = [member.member_id for member in world.members_on(world.today())]
    tabled_on = world.sessions[0].starts_on
    for place in range(MOTIONS):
        motion_id = FIRST_ID + place
        world.add_motion(
            motion_id, place + 1, f"Motion {place}", "Text.", tabled_on, members[0]
        )
        for member_id in members[:ROWS]:
            world.sign(motion_id, member_id, utc_now() - timedelta(hours=1))
    return world


def _configure(folder: Path, parliament: StandIn) -> None:
    session = parliament.world.sessions[0]
    closed_on = utc_now().date() - timedelta(days=3)
    lines = []
    for place in range(MOTIONS):
        lines.append(
            f'[[motions]]\nnumber = {place + 1}\nsession = "{session.name}"\n'
            f"id = {FIRST_ID + place}"
        )
        if place >= MOTIONS - CLOSED:
            lines.append(f"closes_on = {closed_on}")
    told = {
        "contact": "bench@campaign.example",
        "motions_url": parliament.url,
        "members_url": parliament.url,
        "calendar_url": "",
        "poll_seconds": 60 // SPEED,
        "quiet_poll_seconds": 60 // SPEED,
        "requests_per_second": 2 * SPEED,
    }
    lines.append("[parliament]")
    lines += [f"{key} = {json.dumps(value)}" for key, value in told.items()]
    (folder / "config.toml").write_text("\n".join(lines) + "\n")
    settings = load_settings(folder / "config.toml", environ={}, rehearsal=True)
    engine = open_database(settings.database.url, is_upgraded=True)
    with store.write(engine) as session_:
        # As if these had just been done: they are daily, and not what is measured.
        for name in ("members", "photos", "calendar"):
            store.record_job_done(session_, name, utc_now())
    engine.dispose()


@contextmanager
def _worker(folder: Path) -> Iterator[psutil.Popen]:
    command = [sys.executable, "-m", "bench.motions", str(folder / "config.toml")]
    process = psutil.Popen(command)
    try:
        yield process
        if process.poll() is not None:
            raise RuntimeError(f"the worker ended with {process.returncode}")
    finally:
        process.terminate()
        process.wait()


async def _schedule(config: Path) -> None:
    """Do what the scheduler of a worker does, in a rehearsal's haste."""
    settings = load_settings(config, environ={}, rehearsal=True)
    engine = open_database(settings.database.url, is_upgraded=False)
    async with open_desk(settings, engine, utc_now) as desk:
        await run_scheduler(desk, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_schedule(Path(sys.argv[1])))
