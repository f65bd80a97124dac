"""Rounds of CPU time, and how they are printed."""

import statistics
import time
from collections.abc import Callable

ROUNDS = 7


def cpu_milliseconds(
    work: Callable[[], object], *, rounds: int = ROUNDS
) -> list[float]:
    """Return the CPU time of each round in milliseconds, after one that warms up."""
    work()
    taken = []
    for _ in range(rounds):
        before = time.process_time()
        work()
        taken.append((time.process_time() - before) * 1000)
    return taken


def shown(name: str, taken: list[float]) -> str:
    """Return "name: min / median / max ms"."""
    low, middle, high = min(taken), statistics.median(taken), max(taken)
    return f"{name}: {low:.2f} / {middle:.2f} / {high:.2f} ms of CPU"
