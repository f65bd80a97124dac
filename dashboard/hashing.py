"""Passwords checked and hashed one at a time, off the event loop (checks.md W10).

Owns the thread, and how many may wait for it. A hash takes 64 MiB and part of a second:
a hundred at once would stop every page.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dashboard.problems import ProblemError
from tracker.passwords import hash_password, is_password, prepare

MOST_WAITING = 20
_T = TypeVar("_T")


class Hashing:
    """The one thread in which passwords are hashed."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._waiting = 0

    def start(self) -> None:
        """Begin to make what unknown users are compared with; nobody waits for it."""
        self._thread.submit(prepare)

    async def is_password(self, text: str, stored: str | None) -> bool:
        """Return whether `text` is the password; as long for nobody's (None)."""
        return await self._do(lambda: is_password(text, stored))

    async def hash(self, password: str) -> str:
        """Return the hash of a password that was checked."""
        return await self._do(lambda: hash_password(password))

    def stop(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _do(self, work: Callable[[], _T]) -> _T:
        if self._waiting >= MOST_WAITING:
            raise ProblemError(
                503,
                "Too many people sign in just now: try again in a few seconds.",
                {"Retry-After": "5"},
            )
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1
