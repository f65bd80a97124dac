"""Letting go of what was told: after a month nobody catches up with it any more."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tracker import store
from tracker.store import Engine

KEPT_FOR = timedelta(days=31)
"""A day longer than `/api/v1/outgoing` gives it."""

AT_ONCE = 200


def forget_told(
    engine: Engine, *, now: datetime, is_stopped: Callable[[], bool] = lambda: False
) -> int:
    """Let go old events, deliveries with their answers, and notices; return how many."""
    total = 0
    while not is_stopped():
        with store.write(engine) as session:
            count = store.forget_outgoing(session, before=now - KEPT_FOR, limit=AT_ONCE)
        total += count
        if not count:
            break
    return total
