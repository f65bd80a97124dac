"""What a process takes while it is under load, and whether that stays flat (checks.md L6).

Owns the measuring and the rule of the verdict. Does not own the load.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

MB = 1024**2
SLACK = {"rss": 8.0, "pss": 8.0, "fds": 10.0, "threads": 5.0, "wal": 8.0}
"""How much more the last third may take than the second, in MB, files or threads.

No share: a tenth of 250 MB in ten minutes is a leak that was once called flat.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """What was taken at a moment: sizes in MB, times in seconds."""

    at: float
    rss: float
    pss: float
    fds: float
    threads: float
    wal: float
    database: float
    cpu_seconds: float


def sample(process: psutil.Process, database: Path, at: float) -> Sample:
    """Return what the process and its database take now; `at` is when, in seconds."""
    memory = process.memory_full_info()
    times = process.cpu_times()
    return Sample(
        at=at,
        rss=memory.rss / MB,
        pss=memory.pss / MB,
        fds=process.num_fds(),
        threads=process.num_threads(),
        wal=_megabytes(database.with_name(f"{database.name}-wal")),
        database=_megabytes(database),
        cpu_seconds=times.user + times.system,
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much of something was taken in the second third, and in the last: medians."""

    what: str
    second: float
    last: float

    @property
    def is_flat(self) -> bool:
        """Whether the last third took no more than the slack above the second."""
        return self.last - self.second <= SLACK[self.what]

    def __str__(self) -> str:
        said = "flat" if self.is_flat else "GROWS"
        return f"{self.what:8}{self.second:9.1f} ->{self.last:8.1f}  {said}"


def verdicts(samples: Sequence[Sample]) -> list[Verdict]:
    """Return what is said of each thing; the first third is for warming up."""
    third = len(samples) // 3
    if not third:
        raise ValueError("a verdict needs three samples")
    second, last = samples[-2 * third : -third], samples[-third:]
    return [
        Verdict(
            what,
            median(getattr(each, what) for each in second),
            median(getattr(each, what) for each in last),
        )
        for what in SLACK
    ]


def _megabytes(path: Path) -> float:
    return path.stat().st_size / MB if path.exists() else 0.0
