"""The memory behind the limits of rates.py and login_rates.py, which forgets who is gone.

That of `limits` empties what it holds of an address when its time is over, but keeps the
address for ever; and nearly each hit starts a thread that goes through all of them.
"""

import time

from limits.storage import MemoryStorage

SWEEP_SECONDS = 60.0


class ForgettingStorage(MemoryStorage):
    """Holds hits in memory; an address without any goes within a minute of the next."""

    def __init__(self) -> None:
        super().__init__()
        self._swept_at = time.time()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count a hit of `key`, and return whether that is within its limit."""
        self._sweep()
        return super().acquire_entry(key, limit, expiry, amount)

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802 - the library's name
        """Start no thread: `_sweep` does what it would do."""

    def _sweep(self) -> None:
        now = time.time()
        # A clock that was put back must not stop it.
        if 0 <= now - self._swept_at < SWEEP_SECONDS:
            return
        self._swept_at = now
        for key in list(self.events):
            with self.locks[key]:
                hits = self.events.get(key)  # the newest comes first
                if not hits or hits[0].expiry <= now:
                    self.events.pop(key, None)
                    self.locks.pop(key, None)
