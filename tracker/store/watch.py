"""Being told that another process, or another thread, has committed something.

Owns one connection of its own and how each database is asked cheaply. What is new is
then read by an ordinary query (ledger.new_events).
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Protocol

import psycopg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from tracker.store.engine import (
    DatabaseError,
    DatabaseLostError,
    database_problem,
    is_sqlite,
    patience_with_server,
    sqlite_path,
)
from tracker.store.ledger import EVENTS_CHANNEL

LOOK_SECONDS = 0.02
"""How often an SQLite file is asked whether it changed: about 5 µs each time."""


class Watch(Protocol):
    """Something that can be waited at for a change of the database."""

    def wait(self, seconds: float) -> bool:
        """Return whether something was committed; False after so many seconds without.

        Raises DatabaseError when the database is lost.
        """


@contextmanager
def watched_changes(engine: Engine) -> Iterator[Watch]:
    """Give a Watch that misses nothing committed after it was given.

    It holds a connection but no transaction, so that SQLite's log can be checkpointed.
    On PostgreSQL only commits with new events count (NOTIFY). Raises DatabaseError, also
    for what the driver says of a query inside: whoever follows can begin again.
    """
    watch = _sqlite_watch if is_sqlite(engine) else _postgres_watch
    try:
        with watch(engine) as given:
            yield given
    except DBAPIError as error:
        raise database_problem(error) or DatabaseError(
            f"the database cannot be read: {_first_line(error.orig)}"
        ) from error


class _SqliteWatch:
    """Asks SQLite for the number that changes with every other connection's commit."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._seen = self._version()

    def wait(self, seconds: float) -> bool:
        """Return whether anything was committed by another connection."""
        until = time.monotonic() + seconds
        while (version := self._version()) == self._seen:
            if time.monotonic() >= until:
                return False
            time.sleep(LOOK_SECONDS)
        self._seen = version
        return True

    def _version(self) -> int:
        try:
            row = self._connection.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error as error:
            raise _lost(error) from error
        return int(row[0])


class _PostgresWatch:
    """Waits for a NOTIFY on the events' channel."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def wait(self, seconds: float) -> bool:
        """Return whether a commit told of new events."""
        try:
            told = list(self._connection.notifies(timeout=seconds, stop_after=1))
        except psycopg.Error as error:
            raise server_gone(error) from error
        return bool(told)


@contextmanager
def _sqlite_watch(engine: Engine) -> Iterator[Watch]:
    try:
        connection = sqlite_connection(engine)
    except sqlite3.Error as error:
        raise _lost(error) from error
    with closing(connection):
        yield _SqliteWatch(connection)


@contextmanager
def _postgres_watch(engine: Engine) -> Iterator[Watch]:
    try:
        connection = postgres_connection(engine)
    except psycopg.Error as error:
        raise server_gone(error) from error
    with closing(connection):
        try:
            connection.execute(f"LISTEN {EVENTS_CHANNEL}")
        except psycopg.Error as error:
            raise server_gone(error) from error
        yield _PostgresWatch(connection)


def sqlite_connection(engine: Engine) -> sqlite3.Connection:
    """Return a connection of its own to the file, for whichever thread has its turn."""
    path = sqlite_path(engine.url.render_as_string(hide_password=False))
    assert path is not None, "only an SQLite database has a file"
    # mode=rw: a lost file must not be made anew, empty.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def postgres_connection(engine: Engine) -> psycopg.Connection:
    """Return a connection of its own to the server, each statement by itself.

    The driver's own: SQLAlchemy's would, when the server is gone, fail a second time
    while it is closed. The settings are the engine's (engine.py).
    """
    arguments, options = engine.dialect.create_connect_args(engine.url)
    options = {**patience_with_server(engine.url), **options}
    return psycopg.connect(*arguments, **options, autocommit=True)


def server_gone(error: psycopg.Error) -> DatabaseError:
    """Return the error for people behind the driver's, of a connection of its own."""
    return DatabaseLostError(f"the database server went away: {_first_line(error)}")


def _first_line(error: BaseException | None) -> str:
    return (str(error).strip().splitlines() or [repr(error)])[0]


def _lost(error: sqlite3.Error) -> DatabaseError:
    return database_problem(error) or DatabaseError(
        f"the database cannot be watched: {error}"
    )
