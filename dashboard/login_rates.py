"""How often somebody may try to sign in, without locking out whom they attack.

Owns the limits, in memory of one process (checks.md W9). Only failures count. An account
that is tried often from many addresses is not closed: each address that is new to it
still has a few tries, so that its owner gets in, and a thousand guesses need hundreds of
addresses.
"""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItem, parse
from limits.strategies import MovingWindowRateLimiter

from dashboard.problems import ProblemError
from dashboard.rates_memory import ForgettingStorage

PER_ADDRESS = parse("30/15 minutes")
PER_PAIR = parse("10/15 minutes")
PER_ACCOUNT = parse("50/hour")
PER_PAIR_UNDER_ATTACK = parse("2/hour")
AT_ONCE = 3
"""Tries of one address that are under way."""


class LoginRates:
    """The limits of one process on trying to sign in."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(ForgettingStorage())
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def trying(self, address: str, account: str) -> Iterator[None]:
        """Let one try go on; ProblemError 429 if it is one too many."""
        for item, keys in self._limits(address, account):
            if not self._limiter.test(item, *keys):
                raise self._too_often(item, keys)
        if self._under_way[address] >= AT_ONCE:
            raise _too_often(2)
        self._under_way[address] += 1
        try:
            yield
        finally:
            self._under_way[address] -= 1
            if not self._under_way[address]:
                del self._under_way[address]

    def failed(self, address: str, account: str) -> None:
        """Count a failure."""
        self._limiter.hit(PER_ADDRESS, "address", address)
        self._limiter.hit(PER_ACCOUNT, "account", account)
        for item in (PER_PAIR, PER_PAIR_UNDER_ATTACK):
            self._limiter.hit(item, "pair", address, account)

    def succeeded(self, address: str, account: str) -> None:
        """Forget the failures of this address at this account."""
        for item in (PER_PAIR, PER_PAIR_UNDER_ATTACK):
            self._limiter.clear(item, "pair", address, account)

    def _limits(
        self, address: str, account: str
    ) -> Iterator[tuple[RateLimitItem, tuple[str, ...]]]:
        yield PER_ADDRESS, ("address", address)
        is_calm = self._limiter.test(PER_ACCOUNT, "account", account)
        pair = PER_PAIR if is_calm else PER_PAIR_UNDER_ATTACK
        yield pair, ("pair", address, account)

    def _too_often(self, item: RateLimitItem, keys: tuple[str, ...]) -> ProblemError:
        reset_at = self._limiter.get_window_stats(item, *keys).reset_time
        return _too_often(max(1, math.ceil(reset_at - time.time())))


def _too_often(seconds: int) -> ProblemError:
    minutes = math.ceil(seconds / 60)
    wait = f"{seconds} seconds" if seconds < 90 else f"{minutes} minutes"
    return ProblemError(
        429,
        f"Signing in was tried too often: try again in {wait}.",
        {"Retry-After": str(seconds)},
    )
