"""Passwords checked and hashed one at a time, off the event loop (checks.md W10).

A hash takes 64 MiB and part of a second: a hundred at once would stop every page.
"""

from dashboard.one_thread import OneThread
from tracker.passwords import hash_password, is_password, prepare


class Hashing:
    """The one thread in which passwords are hashed."""

    def __init__(self) -> None:
        self._thread = OneThread(
            "passwords", "Too many people sign in just now: try again in a few seconds."
        )

    def start(self) -> None:
        """Begin to make what unknown users are compared with; nobody waits for it."""
        self._thread.begin(prepare)

    async def is_password(self, text: str, stored: str | None) -> bool:
        """Return whether `text` is the password; as long for nobody's (None)."""
        return await self._thread.do(lambda: is_password(text, stored))

    async def hash(self, password: str) -> str:
        """Return the hash of a password that was checked."""
        return await self._thread.do(lambda: hash_password(password))

    def stop(self) -> None:
        """End the thread."""
        self._thread.stop()
