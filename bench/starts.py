"""How long a start takes until the first page is answered, and the memory at rest.

Each start is a process of its own, on a database that is at the newest revision with a
House in it, as after an upgrade or a reboot. Memory is counted once a page (PSS), of all
processes that were started. CPU time is told too: it is the same on a busy machine.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.board import seat_house
from bench.memory import memory_of
from bench.servers import CONFIG, cpu_of, first_page, free_port, started
from tracker import store
from tracker.store.schema import open_database

ROUNDS = 5
REST_SECONDS = 8
"""Then what a start has to do once (compiling patterns, filling caches) is done."""


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds and CPU until the first page, megabytes at rest."""

    seconds: float
    cpu_seconds: float
    megabytes: float


def measure_starts() -> Iterator[str]:
    """From nothing to the first page, and memory at rest (to reach: 2 s and 150 MB)."""
    for command in ("web", "run"):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _prepare(folder)
            starts = [_start(folder, command) for _ in range(ROUNDS)]
        yield _shown(f"tracker {command}, first page", [s.seconds for s in starts], "s")
        yield _shown("of it CPU", [s.cpu_seconds for s in starts], "s")
        yield _shown("memory at rest", [s.megabytes for s in starts], "MB")


def _prepare(folder: Path) -> None:
    engine = open_database(f"sqlite:///{folder / 'ours.db'}", is_upgraded=True)
    with store.write(engine) as session:
        seat_house(session)
    engine.dispose()


def _start(folder: Path, command: str) -> Start:
    port = free_port()
    config = folder / "config.toml"
    # Nobody answers at that port, so that `run` asks no stranger.
    nowhere = f'"http://127.0.0.1:{free_port()}"'
    config.write_text(
        CONFIG.format(port=port).replace(
            "[parliament]",
            "\n".join(
                [
                    "[parliament]",
                    f"motions_url = {nowhere}",
                    f"members_url = {nowhere}",
                    f"calendar_url = {nowhere}",
                ]
            ),
        )
    )
    began = time.perf_counter()
    line = [sys.executable, "-m", "tracker", "--config", config, command]
    with started(line, folder=folder) as server:
        first_page(server, port)
        seconds, cpu = time.perf_counter() - began, cpu_of(server)
        time.sleep(REST_SECONDS)
        return Start(seconds, cpu, memory_of(server) / 1024**2)


def _shown(name: str, taken: list[float], unit: str) -> str:
    low, middle, high = min(taken), median(taken), max(taken)
    return f"{name}: {low:.2f} / {middle:.2f} / {high:.2f} {unit}"
