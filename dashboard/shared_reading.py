"""One reading of the database for all who ask for the same within a second.

Owns how old a reading may be. It is for what leads to a form and from it: whatever is
written down looks again, in the transaction that writes.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

KEPT_SECONDS = 1.0
"""How old what one is told may be, from when its reading began."""


@dataclass(frozen=True, slots=True)
class _Reading(Generic[T]):
    """A reading under way or done, begun at a moment of the monotonic clock."""

    began_at: float
    found: "Future[T]"

    def serves(self, at: float, seconds: float) -> bool:
        """Return whether who comes at that moment may have it; a failed one serves nobody."""
        if self.found.done() and self.found.exception() is not None:
            return False
        return at < self.began_at + seconds


class SharedReading(Generic[T]):
    """Readings by key, one at a time; the newest of each is kept."""

    def __init__(self, seconds: float = KEPT_SECONDS) -> None:
        self._seconds = seconds
        self._readings: dict[Hashable, _Reading[T]] = {}
        self._joining = threading.Lock()
        self._reader = ThreadPoolExecutor(1, "shared-reading")

    async def read(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return what `work` returned at most a second ago; raises what it raises.

        `work` must be the same whoever asks for this key. Those who come while it goes
        on are told of the same error; the next one begins anew.
        """
        return await asyncio.wrap_future(self._begun(key, work))

    def _begun(self, key: Hashable, work: Callable[[], T]) -> "Future[T]":
        with self._joining:
            now = time.monotonic()
            known = self._readings.get(key)
            if known is None or not known.serves(now, self._seconds):
                known = _Reading(now, self._reader.submit(work))
                self._readings[key] = known
            return known.found
