"""Who is listening for new signatures, and what is handed to them.

Owns the listeners of this process and their bounded queues; all of it belongs to the
event loop. Events come from the reader (reader.py), the wire is stream.py's.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

QUEUE_LENGTH = 256
"""Events a listener may be behind; then it is dropped, and catches up when it returns."""

MotionKey = tuple[str, int]
"""Session and printed number."""


@dataclass(frozen=True, slots=True)
class Item:
    """One event, encoded once for all listeners."""

    event_id: int
    motion: MotionKey
    is_backfilled: bool
    data: bytes


@dataclass(slots=True, eq=False)
class Listener:
    """One open stream. `abort` breaks its connection off, where the server can do that.

    `wants_history`: it asked by id, so what a first reading finds is for it too.
    """

    motion: MotionKey
    wants_history: bool
    abort: Callable[[], None] | None = None
    is_over: bool = False
    queue: list[Item] = field(default_factory=list)
    _waiter: asyncio.Future[None] | None = None

    def take(self) -> list[Item]:
        """Return what is waiting, and forget it."""
        taken, self.queue = self.queue, []
        return taken

    def wake(self) -> None:
        """Let `wait` return."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def end(self) -> None:
        """Make the stream end as soon as it is looked at."""
        self.is_over = True
        self.wake()

    async def wait(self, seconds: float) -> None:
        """Return when there is something to do, or after so many seconds."""
        if self.queue or self.is_over:
            return
        loop = asyncio.get_running_loop()
        # A bare future and a timer: at a thousand listeners wait_for costs twice that.
        self._waiter = loop.create_future()
        timer = loop.call_later(seconds, self.wake)
        try:
            await self._waiter
        finally:
            timer.cancel()
            self._waiter = None


class Hub:
    """All listeners of one process."""

    def __init__(self) -> None:
        self._listeners: dict[MotionKey, set[Listener]] = {}
        self._is_closed = False

    @property
    def listener_count(self) -> int:
        """How many streams are open."""
        return sum(len(listeners) for listeners in self._listeners.values())

    def join(self, listener: Listener) -> None:
        """Hand new events to the listener from now on."""
        self._listeners.setdefault(listener.motion, set()).add(listener)
        if self._is_closed:
            listener.end()

    def leave(self, listener: Listener) -> None:
        """Hand it nothing more."""
        listeners = self._listeners.get(listener.motion, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(listener.motion, None)

    def deliver(self, items: Iterable[Item]) -> None:
        """Hand each event to those who listen to its motion, and drop who can't keep up."""
        for item in items:
            for listener in [*self._listeners.get(item.motion, ())]:
                if item.is_backfilled and not listener.wants_history:
                    continue
                listener.queue.append(item)
                if len(listener.queue) > QUEUE_LENGTH:
                    self._drop(listener)
                listener.wake()

    def close(self) -> None:
        """End every stream, and every one that still comes."""
        self._is_closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.end()

    def abort(self) -> None:
        """Break off the connections of those that did not end by themselves."""
        for listeners in [*self._listeners.values()]:
            for listener in [*listeners]:
                self._drop(listener)

    def _drop(self, listener: Listener) -> None:
        self.leave(listener)
        listener.queue.clear()
        listener.end()
        if listener.abort is not None:
            listener.abort()
