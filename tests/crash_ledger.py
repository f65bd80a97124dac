"""Works that end in the ledger: a poll and an import, killed at their steps (C1, C2)."""

import asyncio
import shutil
from pathlib import Path

from tests import test_importing as importing
from tests.crash_polls import ledger, poll_all
from tests.crash_work import Work
from tests.supporters_house import KEY, NOW, seat_a_house
from tracker import store
from tracker.keys import email_key
from tracker.replay import replay
from tracker.store import Engine
from tracker.store.engine import open_engine
from tracker.store.tables import Suppressed
from tracker.supporters import batches


def opened(folder: Path) -> Engine:
    """Return an engine on the folder's database."""
    return open_engine(f"sqlite:///{folder / 'tracker.db'}")


class Poll(Work):
    """Four polls, with every kind of event; then all of them again, from the first.

    The answers are the same, so that each change has to come once.
    """

    name = "poll"
    every = 9

    def prepare(self, folder: Path) -> None:
        """Begin with an empty ledger."""
        shutil.copy(self.template, folder / "tracker.db")

    def act(self, folder: Path) -> None:
        """Poll every answer, each a minute after the one before."""
        asyncio.run(poll_all(opened(folder)))

    def state(self, folder: Path) -> object:
        """Return the events; what is stored has to give them again."""
        engine = opened(folder)
        try:
            assert replay(engine).differences == ()
            found = ledger(engine)
            assert [kind for _, _, kind, *_ in found].count("removed") == 1
            return found
        finally:
            engine.dispose()


class Import(Work):
    """A file with every awkward row, in small batches."""

    name = "import"
    every = 9

    def prepare(self, folder: Path) -> None:
        """Begin with a House, and somebody who was erased."""
        shutil.copy(self.template, folder / "tracker.db")
        engine = opened(folder)
        seat_a_house(engine)
        with store.write(engine) as session:
            key = email_key(KEY, "gone@example.org")
            session.add(Suppressed(email_key=key, erased_at=NOW))
        engine.dispose()

    def act(self, folder: Path) -> None:
        """Import the file."""
        batches.BATCH = 9
        engine = opened(folder)
        importing.imported(engine, importing.AWKWARD)
        engine.dispose()

    def state(self, folder: Path) -> object:
        """Return all rows; the tallies have to be those of a recount."""
        engine = opened(folder)
        try:
            with store.read(engine) as session:
                assert store.tally_differences(session) == []
            return importing.content(engine)
        finally:
            engine.dispose()
