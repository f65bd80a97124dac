"""Working under a lock for long, and noticing when it is lost.

PostgreSQL lets a lock go with the connection that held it: at a restart, or when somebody
ends it. Whoever worked under it stops then, and waits for a turn like all others.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tracker.store.locks import HeldLock

LOOK_SECONDS = 5.0
"""How often a lock is looked at. Another process may have it for so long as well."""
_LAST_SECONDS = 3.0


@asynccontextmanager
async def noticing_loss(lock: HeldLock) -> AsyncIterator[asyncio.Event]:
    """Give an event that is set as soon as the lock is seen to be lost."""
    lost, done = asyncio.Event(), asyncio.Event()
    looking = asyncio.create_task(_look(lock, lost, done))
    try:
        yield lost
    finally:
        done.set()
        # A look under way uses the connection that is closed next.
        await asyncio.wait((looking,), timeout=_LAST_SECONDS)
        looking.cancel()


async def either(*events: asyncio.Event) -> None:
    """Return when one of the events is set."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def _look(lock: HeldLock, lost: asyncio.Event, done: asyncio.Event) -> None:
    while not done.is_set():
        if not await asyncio.to_thread(lock.is_held):
            lost.set()
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await done.wait()
