"""The cost of a poll that brings nothing new: the commonest thing the program does.

The stand-in for Parliament is a process of its own, so that only our CPU counts.
"""

import asyncio
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import httpx

from bench.timing import cpu_milliseconds, shown
from tracker.clock import utc_now
from tracker.config import Settings, settings_from
from tracker.desk import open_desk
from tracker.poll import poll_motion
from tracker.rehearsal.house import invented_house
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.store import Engine
from tracker.store.schema import open_database

MOTION_ID = 990_001
POLLS = 30


def measure_unchanged_poll() -> Iterator[str]:
    """A poll of an unchanged motion with 650 signatures (to reach: 8 ms of CPU)."""
    with _parliament() as url, tempfile.TemporaryDirectory() as folder:
        body = httpx.get(f"{url}/EarlyDayMotion/{MOTION_ID}", trust_env=False).content
        anchor = cpu_milliseconds(
            lambda: (hashlib.sha256(body).hexdigest(), json.loads(body))
        )
        settings = settings_from(
            {
                "motions": [{"number": 1, "session": "2026-27", "id": MOTION_ID}],
                "parliament": {
                    "motions_url": url,
                    "contact": "bench@campaign.example",
                    "requests_per_second": 1000,
                },
            },
            folder=Path(folder),
            rehearsal=True,
        )
        engine = open_database(settings.database.url, is_upgraded=True)
        taken = asyncio.run(_polls(settings, engine))
        engine.dispose()
    yield shown("hashing and decoding the body once", anchor)
    yield shown("the poll, from the first query to the commit", taken)
    yield f"ratio of medians: {median(taken) / median(anchor):.2f}"


@contextmanager
def _parliament() -> Iterator[str]:
    """Run the stand-in beside us until the end of the block; give its address."""
    command = [sys.executable, "-c", "from bench.polls import stand_in; stand_in()"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None, "its output is a pipe"
        yield process.stdout.readline().strip()
        process.communicate("")


def stand_in() -> None:
    """Be Parliament with one motion that every Member has signed, until stdin ends."""
    with StandIn(_signed_by_all()) as parliament:
        print(parliament.url, flush=True)
        sys.stdin.read()


def _signed_by_all() -> World:
    world = World(invented_house("2024"))
    members = world.members_on(world.today())
    first = members[0].member_id
    world.add_motion(MOTION_ID, 1, "Measured", "Text", date(2026, 6, 1), first)
    now = utc_now()
    for place, member in enumerate(members):
        world.sign(
            MOTION_ID, member.member_id, at=now - timedelta(days=1, seconds=place)
        )
    return world


async def _polls(settings: Settings, engine: Engine) -> list[float]:
    async with open_desk(settings, engine, utc_now) as desk:
        watched = settings.motions[0]
        taken = []
        for _ in range(POLLS + 1):
            before = time.process_time()
            await poll_motion(desk.poll, watched)
            taken.append((time.process_time() - before) * 1000)
    return taken[1:]  # the first one brings everything
