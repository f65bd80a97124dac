"""What happens to a World while one watches: steps at their seconds, in a thread.

Owns the waiting; what the steps are is the caller's (`demo.py`). The steps may be endless.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from tracker.rehearsal.world import World

_log = logging.getLogger(__name__)

Action = Callable[[World], object]
Step = tuple[float, Action]
"""Seconds since the start, never falling, and what is done to the World then."""


class Timeline:
    """Steps done to a World at their time, from `start` (or `with`) until `stop`.

    `speed` 10 runs ten times as fast. An action that fails makes `stop` raise.
    """

    def __init__(
        self, world: World, steps: Iterable[Step], *, speed: float = 1
    ) -> None:
        self._world = world
        self._steps = steps
        self._speed = speed
        self._stopping = threading.Event()
        self._failure: Exception | None = None
        self._thread = threading.Thread(
            target=self._run, name="rehearsal-timeline", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Do no further step, and wait for the one under way."""
        self._stopping.set()
        self._thread.join()
        if self._failure is not None:
            raise RuntimeError("a step of the timeline failed") from self._failure

    def join(self, timeout_seconds: float | None = None) -> bool:
        """Return whether the last step was done within the time."""
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        began = time.monotonic()
        for offset_seconds, action in self._steps:
            wait_seconds = began + offset_seconds / self._speed - time.monotonic()
            if self._stopping.wait(max(0, wait_seconds)):
                return
            try:
                action(self._world)
            except Exception as exc:  # noqa: BLE001 - told by stop(), whatever it is
                _log.exception("a step of the rehearsal failed, it goes no further")
                self._failure = exc
                return
