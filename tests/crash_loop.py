"""The crash loop: each work of the program killed at each of its steps (checks.md 1.2).

`python -m tests.crash_loop` does all of them whole, which takes minutes; name works to do
those only. `--every 9` takes one step of nine, the first and the last always. It prints
one line a work, and stops at the first step after which something is not as it should be.
"""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from tests.crash_copies import Backup, Erase, Restore
from tests.crash_ledger import Import, Poll
from tests.crash_mail import FollowUps, Send, Sending
from tests.crash_schema import Migration, PostgresMigration
from tests.crash_sink import Sink, sink_process
from tests.crash_steps import forked
from tests.crash_work import Outcome, Work, loop
from tests.postgres_server import own_server
from tests.test_migrations import revisions
from tracker.store.schema import open_database

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass(frozen=True)
class Place:
    """Where works are done, and with what."""

    folder: Path
    template: Path
    sink: Sink
    servers: ExitStack

    @cached_property
    def postgres(self) -> str:
        """The URL of a PostgreSQL server, started when it is first wanted."""
        given = os.environ.get("TEST_POSTGRES_URL")
        url = given or self.servers.enter_context(own_server())
        return url.replace("postgresql://", "postgresql+psycopg://", 1)


Make = Callable[[Place, Path], Work]


def works() -> dict[str, Make]:
    """Return how each work is made, by its name."""
    found: dict[str, Make] = {
        "poll": lambda place, scratch: Poll(place.template, scratch),
        "import": lambda place, scratch: Import(place.template, scratch),
    }
    for kind in (Send, FollowUps, Erase, Backup, Restore):
        found[kind.name] = partial(_sending, kind)
    for revision in revisions()[:-1]:
        found[f"migration-{revision}"] = partial(_migration, revision)
        found[f"postgres-migration-{revision}"] = partial(_on_postgres, revision)
    return found


def _sending(kind: type[Sending], place: Place, scratch: Path) -> Work:
    return kind(place.template, scratch, place.sink)


def _migration(revision: str, place: Place, scratch: Path) -> Work:
    return Migration(place.template, scratch, revision)


def _on_postgres(revision: str, place: Place, scratch: Path) -> Work:
    return PostgresMigration(place.template, scratch, revision, place.postgres)


@contextmanager
def a_place() -> Iterator[Place]:
    """Give a place in memory, with a mail server and a migrated database."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=IN_MEMORY)))
        sink = stack.enter_context(sink_process(folder))
        template = folder / "template.db"
        forked(
            lambda: open_database(f"sqlite:///{template}", is_upgraded=True).dispose(),
            0,
        )
        yield Place(folder, template, sink, stack)


def done(name: str, place: Place, *, every: int | None) -> Outcome:
    """Do the loop of one work; `every` None takes as few steps as the suite does."""
    scratch = place.folder / name
    scratch.mkdir()
    work = works()[name](place, scratch)
    outcome = loop(work, every=work.every if every is None else every)
    shutil.rmtree(scratch)
    return outcome


def main() -> None:
    """Do the works that are named, and say what came of each."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("works", nargs="*", metavar="WORK", help=", ".join(works()))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="as in the suite")
    given = parser.parse_args()
    for name in given.works:
        if name not in works():
            parser.error(f"there is no work {name}")
    with a_place() as place:
        for name in given.works or works():
            found = done(name, place, every=None if given.short else given.every)
            sys.stdout.write(f"{found}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
