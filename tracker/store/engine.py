"""How the database is opened, and the two kinds of transaction: `read` and `write`.

Owns the connection settings of SQLite and PostgreSQL. Does not own the schema
(store/schema.py) nor any query. Whoever opens a `write` commits by leaving it.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session, create_engine

from tracker.store.fair import FairTurn

__all__ = [
    "BUSY_SECONDS",
    "DatabaseBusyError",
    "DatabaseError",
    "DatabaseLostError",
    "Engine",
    "Session",
]

BUSY_SECONDS = 5
"""How long a writer waits for another one before it gives up."""

_POOL_SECONDS = 10
_PATIENCE = {
    "connect_timeout": "5",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

_BREATH_SECONDS = 0.1

LOG_BYTES = 16 * 1024**2
"""How large SQLite's log stays once it could be emptied; while somebody reads it grows."""

_EVENTS_LOCK = 718_2014_15
"""Key of PostgreSQL's advisory lock under which events are written (product.md 3.5)."""


_turns: "WeakKeyDictionary[Engine, FairTurn]" = WeakKeyDictionary()


class DatabaseError(Exception):
    """The database cannot be used; the text is one sentence for whoever runs the program."""


class DatabaseBusyError(DatabaseError):
    """Another process held the database for too long; trying again later may work."""


class DatabaseLostError(DatabaseBusyError):
    """The server ended the connection, or takes none; what only reads may be done again."""


def open_engine(url: str) -> Engine:
    """Return an engine for `url` (sqlite:///… or postgresql+psycopg://…).

    Nothing is connected yet, but for SQLite the missing folder is made. On SQLite every
    commit is on disk before it returns (synchronous=FULL) and deleted content is
    overwritten (secure_delete), since people may ask to be erased. No error repeats what
    was to be stored: errors reach logs, and what is stored is people.
    """
    path = sqlite_path(url)
    if path is None:
        return _postgres_engine(make_url(url))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseError(
            f"the folder {path.parent} cannot be made: {error.strerror}"
        ) from error
    engine = create_engine(
        url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
    )
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _postgres_engine(url: URL) -> Engine:
    """Return an engine that gives no connection out which the server has ended."""
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=_POOL_SECONDS,
        connect_args=patience_with_server(url),
        hide_parameters=True,
    )
    event.listen(engine, "handle_error", _note_if_lost)
    event.listen(engine, "handle_error", _leave_values_out)
    return engine


def patience_with_server(url: URL) -> dict[str, str]:
    """Return for how long a PostgreSQL server that says nothing is waited for.

    What the URL says of it wins. Without these a machine that is gone is waited for
    longer than two minutes at a connect, and for hours at a query.
    """
    return {name: value for name, value in _PATIENCE.items() if name not in url.query}


def _note_if_lost(context: ExceptionContext) -> None:
    """Have the pool drop a connection that the server ended, whatever it said of why.

    SQLAlchemy knows that of some errors only: not of a transaction that was idle.
    """
    connection = context.connection
    if connection is None or connection.closed or connection.invalidated:
        return
    if getattr(connection.connection.dbapi_connection, "closed", False):
        context.is_disconnect = True


def _leave_values_out(context: ExceptionContext) -> None:
    """Keep what PostgreSQL says is wrong, without its DETAIL, which quotes whole rows."""
    cause, told = context.original_exception, context.sqlalchemy_exception
    if not isinstance(cause, psycopg.Error) or not cause.diag.message_primary:
        return
    cause.args = (cause.diag.message_primary,)
    if told is not None:
        told.args = (f"({type(cause).__name__}) {cause.diag.message_primary}",)


def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite URL, or None for another kind of database."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return None
    return Path(parsed.database or "")


def is_sqlite(engine: Engine | Connection) -> bool:
    """Return whether this is SQLite, one machine's database."""
    return engine.dialect.name == "sqlite"


@contextmanager
def read(engine: Engine) -> Iterator[Session]:
    """Give a session for reading: one point in time, nothing is committed."""
    with _translated(), Session(engine, expire_on_commit=False) as session:
        yield session


@contextmanager
def write(engine: Engine) -> Iterator[Session]:
    """Give a session that commits when it is left without an error.

    On SQLite the write lock is taken at once, so that what is read inside stays true
    until the commit; the threads of a process have it in the order in which they came.
    """
    writer = engine.execution_options(sqlite_begin="IMMEDIATE")
    with (
        _translated(),
        _turn_to_write(engine),
        Session(writer, expire_on_commit=False) as session,
        session.begin(),
    ):
        session.connection()
        yield session


@contextmanager
def _turn_to_write(engine: Engine) -> Iterator[None]:
    """Wait for this thread's turn on SQLite; PostgreSQL has many writers at once."""
    if not is_sqlite(engine):
        yield
        return
    turn = _turns.setdefault(engine, FairTurn())
    if not turn.take(BUSY_SECONDS):
        raise DatabaseBusyError(
            "others have been writing to the database for"
            f" {BUSY_SECONDS} seconds; try again when they are done"
        )
    try:
        yield
    finally:
        turn.give()


def breathe() -> None:
    """Let others write, between two transactions of a work that has many.

    Other processes look for SQLite's lock ten times a second: for less it stays ours.
    """
    time.sleep(_BREATH_SECONDS)


def lock_events(session: Session) -> None:
    """Hold the one lock under which events are written until the transaction ends.

    So that event ids are in the order of commits. On SQLite a `write` holds it already.
    """
    if not is_sqlite(session.connection()):
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _EVENTS_LOCK}
        )


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # pysqlite's own BEGIN comes too late and too weak: ours is sent by `_begin_sqlite`.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"journal_size_limit={LOG_BYTES}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()
    _use_wal(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; while another process does the same, SQLite does not wait by itself."""
    gives_up_at = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > gives_up_at:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the driver's errors about the database itself into one sentence."""
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseBusyError(
            "every connection to the database has been in use for"
            f" {_POOL_SECONDS} seconds; try again when there is less to do"
        ) from error
    except (DBAPIError, sqlite3.Error) as error:
        problem = _first_problem(error)
        if problem is None:
            raise
        raise problem from error


def _first_problem(error: BaseException | None) -> DatabaseError | None:
    """Return the problem behind an error, or behind the one that it came after.

    A full disk ends SQLite's whole transaction: what is seen last is that the savepoint
    to go back to is gone.
    """
    while error is not None:
        if isinstance(error, (DBAPIError, sqlite3.Error)) and (
            problem := database_problem(error)
        ):
            return problem
        error = error.__context__
    return None


def database_problem(error: DBAPIError | sqlite3.Error) -> DatabaseError | None:
    """Return the error for people behind a driver's error, or None if it is a bug of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = str(cause).strip().splitlines()[0] if str(cause).strip() else repr(cause)
    if "locked" in said or "busy" in said:
        return DatabaseBusyError(
            "the database is locked by another program; try again when it is done"
        )
    if "not a database" in said:
        return DatabaseError("the database file is not an SQLite database")
    if "disk is full" in said or "disk full" in said:
        return DatabaseError("the disk is full: nothing was written; free some space")
    if "unable to open" in said or "readonly" in said or "disk I/O" in said:
        return DatabaseError(f"the database file cannot be used: {said}")
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return DatabaseLostError(f"the database server went away: {said}")
    if isinstance(cause, psycopg.Error) and "connection" in said.lower():
        return DatabaseLostError(f"the database server cannot be reached: {said}")
    return None
