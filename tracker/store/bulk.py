"""Many rows at a time, at the driver's own speed, on both kinds of database.

Owns the few statements that SQLAlchemy's ORM would make ten times slower. Which rows,
and why, is for the modules that are named after them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from tracker.store.engine import is_sqlite

_LOCK_KEY = 718_2014_16
"""Key of PostgreSQL's advisory lock under which emails and tallies are written."""


class AlreadyThereError(Exception):
    """A row that is to be unique is there already; the transaction must be undone."""


def lock_emails(session: Session) -> None:
    """Hold the one lock under which emails are counted until the transaction ends.

    So that no two writers count the same person twice. On SQLite a `write` holds it.
    """
    if not is_sqlite(session.connection()):
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY}
        )


def reserve_ids(session: Session, table: type[SQLModel], count: int) -> Sequence[int]:
    """Return that many new ids of a table, ascending, for rows about to be inserted.

    On SQLite only inside a `write`, since the ids are taken by the insert.
    """
    name = str(table.__tablename__)
    if is_sqlite(session.connection()):
        last = session.connection().scalar(text(f"SELECT max(id) FROM {name}")) or 0
        return range(last + 1, last + 1 + count)
    drawn = session.connection().scalars(
        text(
            f"SELECT nextval(pg_get_serial_sequence('{name}', 'id'))"
            " FROM generate_series(1, :count)"
        ),
        {"count": count},
    )
    return sorted(drawn)


def insert_rows(
    session: Session,
    table: type[SQLModel],
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    otherwise: str = "",
) -> None:
    """Insert rows of values as the driver takes them: moments from `moment_maker`.

    `otherwise` is an ON CONFLICT clause. AlreadyThereError if a row breaks a constraint.
    """
    if not rows:
        return
    connection = session.connection()
    mark = "?" if is_sqlite(connection) else "%s"
    marks = ", ".join([mark] * len(columns))
    statement = (
        f"INSERT INTO {table.__tablename__} ({', '.join(columns)})"
        f" VALUES ({marks}) {otherwise}"
    )
    try:
        connection.exec_driver_sql(statement, list(rows))
    except IntegrityError as error:
        raise AlreadyThereError(str(error.orig)) from error


def moment_maker(session: Session) -> Callable[[datetime], Any]:
    """Return what turns an aware UTC moment into the driver's value for it."""
    if is_sqlite(session.connection()):
        return _moment_text
    return _naive


def rows_in(
    session: Session, query: str, values: Iterable[Any], **more: Any
) -> Iterator[tuple[Any, ...]]:
    """Give the rows of a query whose `{values}` is a list of any length.

    `column {values}` becomes `column IN (…)`: one parameter, however many values.
    """
    wanted = list(values)
    if not wanted:
        return
    connection = session.connection()
    given: Any = wanted
    condition = "= ANY(:values)"
    if is_sqlite(connection):
        given, condition = (
            json.dumps(wanted),
            "IN (SELECT value FROM json_each(:values))",
        )
    found = connection.execute(
        text(query.replace("{values}", condition)), {"values": given, **more}
    )
    yield from (tuple(row) for row in found)


def tune_for_bulk(session: Session) -> None:
    """Let SQLite keep more of its indexes in memory (64 MB), and write them out later.

    For a process that does nothing but import: the setting stays with the connection.
    """
    connection = session.connection()
    if is_sqlite(connection):
        connection.exec_driver_sql("PRAGMA cache_size=-65536")
        connection.exec_driver_sql("PRAGMA wal_autocheckpoint=16000")


def _moment_text(moment: datetime) -> str:
    # The form in which SQLAlchemy stores a DateTime on SQLite.
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
