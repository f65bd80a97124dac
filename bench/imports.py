"""Importing a file of emails, beside `sqlite-utils insert --csv` of the same file.

Both as processes of their own, as a person runs them. Memory is that of all our processes
together, each page counted once (PSS). The time of the processors, user and system, stands
beside that of the clock: ours keeps two of them busy, the anchor one.
"""

import csv
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

from bench.board import seat_house
from bench.memory import memory_of
from tracker import store
from tracker.parliament.seats import seats_of
from tracker.store.schema import open_database

ROWS = 200_000
ROUNDS = 5
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
CONFIG = """
[[motions]]
number = 1
session = "2026-27"
[parliament]
contact = "bench@campaign.example"
[database]
url = "sqlite:///ours.db"
"""


class Taken(NamedTuple):
    """What a command took: seconds of the clock and of processors, and most memory."""

    seconds: float
    busy: float
    megabytes: float


def measure_imports() -> Iterator[str]:
    """Importing emails, matched and tallied (to reach: 3 times sqlite-utils, 300 MB)."""
    anchor = shutil.which("sqlite-utils")
    first: list[Taken] = []
    again: list[Taken] = []
    plain: list[Taken] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "emails.csv"
        write_emails(file, ROWS)
        for _ in range(ROUNDS):
            _prepare(folder)
            for taken in (first, again):
                taken.append(_watched(_command(folder, file)))
            if anchor:
                (folder / "plain.db").unlink(missing_ok=True)
                command = [anchor, "insert", folder / "plain.db", "emails", file]
                plain.append(_watched([*map(str, command), "--csv"]))
    yield _shown(f"the import, {ROWS:,} rows", first)
    yield _shown("the same file again", again)
    most = max(taken.megabytes for taken in first + again)
    yield f"memory of all processes, at most: {most:.0f} MB"
    if plain:
        yield _shown("sqlite-utils insert --csv", plain)
        yield f"ratio of medians: {_ratio(plain, first, 'seconds'):.2f}"
        yield f"the same of processor time: {_ratio(plain, first, 'busy'):.2f}"
    else:
        yield "sqlite-utils is not on the PATH: there is nothing to compare with"


def write_emails(path: Path, count: int) -> None:
    """Write that many invented emails: a fiftieth names no seat, and goes to review."""
    seats = seats_of("2024")
    with path.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(
            ["email", "name", "constituency", "sent_at", "message_id", "subject"]
        )
        for number in range(count):
            seat = seats[number * 7919 % len(seats)].constituency
            writer.writerow(
                [
                    f"person{number * 7 % count}@mail{number % 97}.example",
                    f"Person Number {number}",
                    seat if number % 50 else "Nowhere In Particular",
                    (NOW - timedelta(seconds=number * 3)).isoformat(),
                    f"<{number}.abc@mail.example>",
                    "EDM 1: please sign",
                ]
            )


def _prepare(folder: Path) -> None:
    """Make a new database with a House in it, and the configuration that names it."""
    (folder / "config.toml").write_text(CONFIG)
    for leftover in folder.glob("ours.db*"):
        leftover.unlink()
    engine = open_database(f"sqlite:///{folder / 'ours.db'}", is_upgraded=True)
    with store.write(engine) as session:
        seat_house(session)
    engine.dispose()


def _command(folder: Path, file: Path) -> Sequence[str]:
    config = ["--config", str(folder / "config.toml")]
    command = ["emails", "import", str(file), "--source", "invented"]
    return [sys.executable, "-m", "tracker", *config, *command]


def _watched(command: Sequence[str]) -> Taken:
    """Run a command and return what it took, with the processes that it started."""
    before, busy_before = time.perf_counter(), _busy()
    running = psutil.Popen(command, stdout=subprocess.DEVNULL)
    most = 0
    while running.poll() is None:
        most = max(most, memory_of(running))
        time.sleep(0.05)
    if running.returncode:
        raise RuntimeError(f"{command[0]} ended with {running.returncode}")
    seconds = time.perf_counter() - before
    return Taken(seconds, _busy() - busy_before, most / 1024**2)


def _busy() -> float:
    """Return the seconds of processors that all ended processes of ours have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ratio(plain: list[Taken], ours: list[Taken], what: str) -> float:
    theirs = median(getattr(taken, what) for taken in plain)
    return float(theirs / median(getattr(taken, what) for taken in ours))


def _shown(name: str, runs: list[Taken]) -> str:
    taken = [run.seconds for run in runs]
    busy = median(run.busy for run in runs)
    times = f"{min(taken):.1f} / {median(taken):.1f} / {max(taken):.1f} s"
    return f"{name}: {times}, {busy:.1f} s of processors"
