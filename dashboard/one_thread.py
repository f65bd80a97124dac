"""Work that takes a processor for a while, done one at a time off the event loop.

Owns the thread, and how many may wait for it: a hundred at once would stop every page.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dashboard.problems import ProblemError

MOST_WAITING = 20
_RETRY_SECONDS = "5"
_T = TypeVar("_T")


class OneThread:
    """A thread with a short queue; `too_many` is said to whom it is full for."""

    def __init__(self, name: str, too_many: str) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._too_many = too_many
        self._waiting = 0

    def begin(self, work: Callable[[], object]) -> None:
        """Start something that nobody waits for."""
        self._thread.submit(work)

    async def do(self, work: Callable[[], _T]) -> _T:
        """Return what `work` returns; ProblemError 503 when too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise ProblemError(503, self._too_many, {"Retry-After": _RETRY_SECONDS})
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1

    def stop(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)
