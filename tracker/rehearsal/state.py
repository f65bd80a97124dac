"""What the parts of the World share: one lock, one clock, one version that counts up.

Owns the moment key, by which a rendered answer is known to be still right.
"""

import threading
from datetime import date, datetime
from types import EllipsisType

from tracker.clock import Clock, london_date

Moment = datetime | None | EllipsisType
"""A time given to the World: `...` means its own now, None that Parliament gives null."""

MomentKey = tuple[int, int, date]


class SharedState:
    """State that several threads change and read: hold `lock` for either."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.base_url = "https://members-api.parliament.uk"
        self._version = 0
        self._appearing_at: list[datetime] = []

    def now(self) -> datetime:
        return self.clock()

    def today(self) -> date:
        return london_date(self.clock())

    def moment_key(self) -> MomentKey:
        """Return a key that is the same as long as every answer stays the same."""
        with self.lock:
            now = self.now()
            appeared_count = sum(at <= now for at in self._appearing_at)
            return self._version, appeared_count, london_date(now)

    def _changed(self) -> None:
        self._version += 1
