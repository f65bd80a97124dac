"""What a work is that is killed at each of its steps, and the loop that does so.

Owns nothing of what the works are (crash_ledger.py, crash_mail.py, crash_copies.py).
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from pprint import pformat

from tests.crash_steps import forked

KILLED = -1


class Work:
    """Something that the program does, over files in one folder.

    `state` is what is compared with an undisturbed run's: without ids and times that
    differ from run to run.
    """

    name = ""
    every = 1
    """In the suite one step of so many is enough; the first and the last are taken."""

    def __init__(self, template: Path, scratch: Path) -> None:
        self.template = template
        """A migrated SQLite database without content."""
        self.scratch = scratch
        self.undisturbed: object = None
        """The state after a run that nobody disturbed, once there was one."""
        self.seen: Counter[str] = Counter()
        """What came of it in between, for whoever reads."""

    def prepare(self, folder: Path) -> None:
        """Put into an empty folder what is there before."""
        raise NotImplementedError

    def begin(self, folder: Path) -> None:
        """Put in place what is not in the folder, before each kill."""

    def act(self, folder: Path) -> None:
        """Do it: this is what is killed."""
        raise NotImplementedError

    def check(self, folder: Path) -> None:
        """Fail if something does not hold right after the kill."""

    def again(self, folder: Path) -> None:
        """Do what is done after a crash: the same, unless said otherwise."""
        self.act(folder)

    def state(self, folder: Path) -> object:
        """Return what there is in the end."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many steps there are, and at how many of them it was killed."""

    name: str
    step_count: int
    kill_count: int
    seen: Counter[str]

    def __str__(self) -> str:
        seen = ", ".join(f"{what}: {n}" for what, n in sorted(self.seen.items()))
        return (
            f"{self.name}: {self.step_count} steps, killed at {self.kill_count} of them;"
            f" each end is that of an undisturbed run{f' ({seen})' if seen else ''}"
        )


def loop(work: Work, *, every: int = 1) -> Outcome:
    """Kill the work at its steps, run it again, and compare; AssertionError names one.

    `every` takes one step of so many, the first and the last always.
    """
    pattern, at = work.scratch / "pattern", work.scratch / "at"
    pattern.mkdir()
    forked(lambda: work.prepare(pattern), 0)
    _fresh(work, pattern, at)
    total = forked(lambda: work.act(at), 0)
    work.undisturbed = work.state(at)
    kills = 0
    for step in _chosen(total, every):
        _fresh(work, pattern, at)
        took = forked(lambda: work.act(at), step)
        assert took == KILLED or step > total - 3, f"step {step} of {total} never came"
        kills += took == KILLED
        work.check(at)
        forked(lambda: work.again(at), 0)
        found = work.state(at)
        assert found == work.undisturbed, (
            f"{work.name} at step {step}: {_unlike(found, work.undisturbed)}"
        )
    return Outcome(work.name, total, kills, work.seen)


def _unlike(found: object, wanted: object) -> str:
    """Return the lines in which two states differ, for whoever has to look."""
    before, after = (
        pformat(state, width=200).splitlines() for state in (wanted, found)
    )
    return "\n".join([*unified_diff(before, after, "undisturbed", "found", n=0)][:40])


def _fresh(work: Work, pattern: Path, at: Path) -> None:
    if at.exists():
        shutil.rmtree(at)
    shutil.copytree(pattern, at)
    work.begin(at)


def _chosen(total: int, every: int) -> Iterator[int]:
    yield from range(1, total, every)
    yield total
    yield total + 1  # where it passes
