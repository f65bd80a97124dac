"""Named locks that die with the process that holds them.

On SQLite a locked file beside the database, on PostgreSQL an advisory lock of a
connection kept for it: both are let go by the system after a kill, so nothing has to be
cleaned up and no time-out has to be guessed. PostgreSQL also lets one go when it ends
that connection: who works for long under a lock asks now and then whether it is held.
"""

import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from filelock import BaseFileLock, FileLock, Timeout
from sqlalchemy import Engine

from tracker.store.engine import (
    DatabaseBusyError,
    DatabaseError,
    is_sqlite,
    sqlite_path,
)
from tracker.store.watch import postgres_connection, server_gone

WAIT_SECONDS = 60
_NOTICES_THE_DEAD = (
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)
"""A machine that lost its power says nothing: its locks are let go after 20 seconds."""


@dataclass(frozen=True, slots=True)
class HeldLock:
    """A lock that was had; on PostgreSQL only for as long as its connection lives."""

    connection: psycopg.Connection | None = None

    def is_held(self) -> bool:
        """Return whether it is still ours. Asks the server, and may wait for it."""
        if self.connection is None:
            return True
        try:
            self.connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True


@contextmanager
def try_lock(engine: Engine, name: str) -> Iterator[bool]:
    """Give whether the lock `name` could be had at once; it is held until left."""
    with kept_lock(engine, name) as lock:
        yield lock is not None


@contextmanager
def kept_lock(engine: Engine, name: str) -> Iterator[HeldLock | None]:
    """Give the lock `name`, held until left; None if another process has it.

    DatabaseError if the database can't be asked.
    """
    if is_sqlite(engine):
        lock = FileLock(_lock_file(engine, name), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield None
            return
        except OSError as error:
            raise _no_lock(lock, error) from error
        try:
            yield HeldLock()
        finally:
            lock.release()
        return
    with _lock_connection(engine) as connection:
        is_ours = _asked(connection, "SELECT pg_try_advisory_lock(%s)", name)
        yield HeldLock(connection) if is_ours else None


@contextmanager
def waiting_lock(engine: Engine, name: str) -> Iterator[None]:
    """Hold the lock `name`, waiting for whoever has it.

    On SQLite at most a minute: then DatabaseBusyError.
    """
    if is_sqlite(engine):
        lock = FileLock(_lock_file(engine, name))
        try:
            lock.acquire(timeout=WAIT_SECONDS)
        except Timeout as error:
            raise DatabaseBusyError(
                f"another process has held the lock {name!r} of the database for"
                f" {WAIT_SECONDS} seconds; try again when it is done"
            ) from error
        except OSError as error:
            raise _no_lock(lock, error) from error
        try:
            yield
        finally:
            lock.release()
        return
    with _lock_connection(engine) as connection:
        _asked(connection, "SELECT pg_advisory_lock(%s)", name)
        yield


@contextmanager
def _lock_connection(engine: Engine) -> Iterator[psycopg.Connection]:
    """Give a connection of its own: closing it lets its advisory locks go."""
    try:
        connection = postgres_connection(engine)
    except psycopg.Error as error:
        raise server_gone(error) from error
    with closing(connection):
        yield connection


def _asked(connection: psycopg.Connection, question: LiteralString, name: str) -> bool:
    try:
        for statement in _NOTICES_THE_DEAD:
            connection.execute(statement)
        row = connection.execute(question, (_lock_key(name),)).fetchone()
    except psycopg.Error as error:
        raise server_gone(error) from error
    return bool(row and row[0])


def _no_lock(lock: BaseFileLock, error: OSError) -> DatabaseError:
    return DatabaseError(
        f"the lock file {lock.lock_file} cannot be made: {error.strerror}"
    )


def _lock_file(engine: Engine, name: str) -> Path:
    path = sqlite_path(engine.url.render_as_string(hide_password=False))
    assert path is not None, "only an SQLite database has a file"
    return path.with_name(f"{path.name}-{name}.lock")


def _lock_key(name: str) -> int:
    return zlib.crc32(f"edm-signature-tracker {name}".encode())
