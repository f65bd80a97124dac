"""Which fault meets which request, and which copy is still in the cache.

Owns the two small thread-safe memories of the server.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from tracker.rehearsal.exchange import Fault
from tracker.rehearsal.wire import Answer


@dataclass(slots=True)
class _Planned:
    fault: Fault
    path_prefix: str
    times: int | None


class FaultPlan:
    """Faults in the order they were planned; each is used up after its `times`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[_Planned] = []

    def add(self, fault: Fault, path_prefix: str, times: int | None) -> None:
        with self._lock:
            self._planned.append(_Planned(fault, path_prefix, times))

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def next_for(self, path: str) -> Fault | None:
        """Return the first fault planned for the path, and count it as used."""
        with self._lock:
            for planned in self._planned:
                if path.startswith(planned.path_prefix):
                    self._use(planned)
                    return planned.fault
            return None

    def _use(self, planned: _Planned) -> None:
        if planned.times is not None:
            planned.times -= 1
            if planned.times <= 0:
                self._planned.remove(planned)


class CopyCache:
    """Answers kept for some seconds of the World's clock, as Cloudflare keeps them."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._copies: dict[str, tuple[datetime, Answer]] = {}

    def copy(self, target: str, now: datetime) -> tuple[Answer, int] | None:
        """Return a copy that is still fresh, and its age in whole seconds."""
        stored_at, answer = self._copies.get(target, (None, None))
        if stored_at is None or answer is None:
            return None
        age_seconds = (now - stored_at).total_seconds()
        return (answer, int(age_seconds)) if 0 <= age_seconds < self.seconds else None

    def keep(self, target: str, answer: Answer, now: datetime) -> None:
        if self.seconds > 0 and answer.status == 200:
            self._copies[target] = (now, answer)

    def clear(self) -> None:
        self._copies.clear()
