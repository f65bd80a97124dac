"""Named locks that die with the process that holds them.

On SQLite a locked file beside the database, on PostgreSQL an advisory lock of a
connection kept for it: both are let go by the system after a kill, so nothing has to be
cleaned up and no time-out has to be guessed.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.pool import NullPool
from sqlmodel import create_engine

from tracker.store.engine import (
    DatabaseBusyError,
    DatabaseError,
    is_sqlite,
    sqlite_path,
)

WAIT_SECONDS = 60


@contextmanager
def try_lock(engine: Engine, name: str) -> Iterator[bool]:
    """Give whether the lock `name` could be had at once; it is held until left."""
    if is_sqlite(engine):
        lock = FileLock(_lock_file(engine, name), thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            yield False
            return
        except OSError as error:
            raise _no_lock(lock, error) from error
        try:
            yield True
        finally:
            lock.release()
        return
    with _lock_connection(engine) as connection:
        key = {"key": _lock_key(name)}
        yield bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), key))


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
        connection.execute(
            text("SELECT pg_advisory_lock(:key)"), {"key": _lock_key(name)}
        )
        yield


@contextmanager
def _lock_connection(engine: Engine) -> Iterator[Connection]:
    """Give a connection of its own: closing it lets its advisory locks go."""
    own = create_engine(engine.url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with own.connect() as connection:
        yield connection


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
