"""The worker process: everything that happens without anyone looking.

For now the scheduler; the sender of the outbox joins it here.
"""

import asyncio

from tracker.clock import Clock
from tracker.config import Settings
from tracker.desk import open_desk
from tracker.scheduler import run_scheduler
from tracker.store import Engine


async def run_worker(
    settings: Settings, engine: Engine, *, clock: Clock, stop: asyncio.Event
) -> None:
    """Work until `stop` is set. Several may run on one database: one schedules."""
    async with open_desk(settings, engine, clock) as desk:
        await run_scheduler(desk, stop)
