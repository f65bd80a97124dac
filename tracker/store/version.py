"""Whether anything was committed since: equal versions are equal data, over all processes.

Owns one connection of its own and how each database is asked, cheaply and exactly: what
was read after a version was told still holds while the same version is told.
"""

import sqlite3
import threading

import psycopg
from sqlalchemy import Engine

from tracker.store.engine import DatabaseBusyError, is_sqlite
from tracker.store.watch import postgres_connection, sqlite_connection

_SQLITE = "PRAGMA data_version"
_POSTGRES = "SELECT pg_current_snapshot()::text"


class DatabaseVersion:
    """The version of one database. Threads take turns; close it at the end."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._question = _SQLITE if is_sqlite(engine) else _POSTGRES
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | psycopg.Connection | None = None
        self._connected_count = 0

    def read(self) -> tuple[int, str]:
        """Return what changes with every commit of any other connection.

        On SQLite a counter of this very connection; on PostgreSQL which transactions are
        seen, so that other databases of the server may change it too. The first part
        tells connections apart. Raises DatabaseError; it connects anew the next time.
        """
        with self._turn:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                    self._connected_count += 1
                row = self._connection.execute(self._question).fetchone()
            except (sqlite3.Error, psycopg.Error) as error:
                self._let_go()
                raise DatabaseBusyError(
                    "the database does not say whether it changed"
                ) from error
            assert row is not None, "both questions have one answer"
            return self._connected_count, str(row[0])

    def close(self) -> None:
        """Close the connection."""
        with self._turn:
            self._let_go()

    def _connect(self) -> sqlite3.Connection | psycopg.Connection:
        connect = sqlite_connection if is_sqlite(self._engine) else postgres_connection
        return connect(self._engine)

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
