"""C7: the disk fails at the Nth call, or the process is killed there.

`python -m tests.disk_faults` (with strace on the PATH) runs the real program: forms posted
to `tracker web`, `tracker poll`, `tracker emails import`. One call after the other, an
fdatasync or fsync fails (EIO), a write finds the disk full (ENOSPC), or the process is
killed there. What was acknowledged has to be there after a restart, whatever could not be
kept may not have been acknowledged, the file has to be sound, and the same again has to
end as if nothing had been.
"""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.disk_works import Forms, Import, Poll, Scene, Work
from tests.strace import HOW_TO_GET_IT, Fault, is_there
from tracker.rehearsal.demo import demo_world
from tracker.rehearsal.server import StandIn

FAULTS = (
    (Fault("fdatasync", "error=EIO"), 1),
    (Fault("fdatasync", "signal=KILL"), 1),
    (Fault("fsync", "error=EIO"), 1),
    (Fault("fsync", "signal=KILL"), 1),
    (Fault("pwrite64", "error=ENOSPC"), 7),
    (Fault("pwrite64", "signal=KILL"), 7),
)
"""Each with how many calls are passed over from one run to the next."""
WORKS: dict[str, type[Work]] = {"form": Forms, "poll": Poll, "import": Import}


@contextmanager
def scene(folder: Path) -> Iterator[Scene]:
    """Give an installation that has polled once, and a Parliament with news."""
    world = demo_world()
    with StandIn(world, fresh_seconds=1) as parliament:
        made = Scene(folder, world, parliament.url)
        made.prepare()
        yield made


def kill_and_fail(work: Work, fault: Fault, stride: int) -> str:
    """Let the nth call fail for n = 1, 1 + stride, … until none does; return what was."""
    met = refused = 0
    for nth in range(1, 1_000_000, stride):
        folder = work.scene.copy()
        found = work.meet(Fault(fault.call, fault.what, nth), folder)
        shutil.rmtree(folder)
        if not found.places:
            break
        met += 1
        refused += found.is_refused
    return f"{work.name}: {fault}: {met} places, refused at {refused}, all well"


def main() -> None:
    """Do the works that are named, or all; say what came of each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(WORKS))
    calls = sorted({fault.call for fault, _ in FAULTS})
    parser.add_argument("--call", choices=calls, help="only faults at this call")
    given = parser.parse_args()
    if not is_there():
        sys.exit(HOW_TO_GET_IT)
    with tempfile.TemporaryDirectory() as name, scene(Path(name)) as made:
        for work in given.works or WORKS:
            for fault, stride in FAULTS:
                if given.call not in (None, fault.call):
                    continue
                said = kill_and_fail(WORKS[work](made), fault, stride)
                sys.stdout.write(f"{said}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
