"""One reading of the database for all who wait for the same.

Owns that nobody is given what was read before they came: a reading that has begun is for
those who came before. With one person at a time each has their own; in a rush of forms
the work is shared by all of those who came while the last reading went on.
"""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class _Reading(Generic[T]):
    """A reading that some wait for; done, it has what was read or why it was not."""

    def __init__(self) -> None:
        self.is_done = False
        self.found: list[T] = []
        self.error: Exception | None = None

    def do(self, work: Callable[[], T]) -> None:
        try:
            self.found.append(work())
        except Exception as error:  # noqa: BLE001 - each who waits is told of it
            self.error = error
        finally:
            self.is_done = True


class SharedReading(Generic[T]):
    """Readings for any number of threads, one at a time."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, _Reading[T]] = {}
        self._joining = threading.Lock()
        self._turn = threading.Lock()

    def read(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return what `work` returns, begun after this was called; raises what it raises.

        `work` must be the same whoever asks for this key.
        """
        with self._joining:
            own = self._waiting.setdefault(key, _Reading())
        with self._turn:
            if not own.is_done:
                with self._joining:
                    del self._waiting[key]  # who comes from now on needs a newer one
                own.do(work)
        if own.error is not None:
            raise own.error
        return own.found[0]
