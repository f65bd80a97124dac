"""What all open streams of this process share: the hub, the reader, the backlog.

Owns when they start and stop. The wire is stream.py's.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dashboard.api.parameters import LARGEST_ID
from dashboard.hub import Hub, Item, MotionKey
from dashboard.reader import EventReader, as_item
from tracker import store
from tracker.store import DatabaseBusyError, DatabaseLostError, Engine

T = TypeVar("T")

PAGE = 500
READY_SECONDS = 5.0


class Streams:
    """The open streams of one app; use it between `start` and `stop`."""

    def __init__(self, engine: Engine) -> None:
        self.hub = Hub()
        self._engine = engine
        self._ready = asyncio.Event()
        self._reader: EventReader | None = None
        # Few threads: a thousand browsers that come back at once wait their turn, and
        # leave the pages their threads and connections.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="stream-backlog")

    @property
    def is_running(self) -> bool:
        """Whether new events are still looked for."""
        return self._reader is not None and self._reader.is_running

    @property
    def signal(self) -> tuple[int, int]:
        """What changes with the newest event, and what with any commit that was noticed."""
        reader = self._reader
        return (reader.newest_id, reader.change_count) if reader else (0, 0)

    async def start(self) -> None:
        """Begin to read new events, in a thread of its own."""
        loop = asyncio.get_running_loop()

        def deliver(items: Sequence[Item]) -> None:
            loop.call_soon_threadsafe(self.hub.deliver, items)

        def ready() -> None:
            loop.call_soon_threadsafe(self._ready.set)

        self._reader = EventReader(self._engine, deliver, ready)
        self._reader.start()

    async def stop(self) -> None:
        """End every stream and the reader."""
        self.hub.close()
        if self._reader is not None:
            await asyncio.to_thread(self._reader.stop)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def start_id(self, asked_id: int | None) -> int:
        """Return after which id a stream starts: the one asked for, else the newest.

        An id above the newest was never given out by this database (a backup was put
        back), and counts as unreadable. Raises DatabaseError.
        """
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            raise DatabaseBusyError("new events cannot be read yet") from None
        newest = await self._in_thread(self._newest_id)
        return newest if asked_id is None or asked_id > newest else asked_id

    async def backlog(self, motion: MotionKey, after_id: int) -> list[Item]:
        """Return the motion's next events after an id, none when there are no more."""
        return await self._in_thread(lambda: self._page(motion, after_id))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Read in a thread; once more on a new connection, if the server ended this one."""
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, work)
        except DatabaseLostError:
            return await loop.run_in_executor(self._threads, work)

    def _newest_id(self) -> int:
        with store.read(self._engine) as session:
            return store.last_event_id(session)

    def _page(self, motion: MotionKey, after_id: int) -> list[Item]:
        with store.read(self._engine) as session:
            found = store.motion_by_number(session, *motion)
            if found is None or found.id is None:
                return []
            after_id = min(after_id, LARGEST_ID)
            events = store.events_after(session, found.id, after_id, limit=PAGE)
            return [as_item(event, motion) for event in events]
