"""Many rows at a time, at the driver's own speed, on both kinds of database.

Owns the few statements that SQLAlchemy's ORM would make ten times slower. Which rows,
and why, is for the modules that are named after them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, insert, text
from sqlmodel import Session, SQLModel

from tracker.store.engine import is_sqlite

_LOCK_KEY = 718_2014_16
"""Key of PostgreSQL's advisory lock under which emails and tallies are written."""
_MOST_MINUTES = 100_000
_TO_SECONDS = len("2026-06-01 12:00:")


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

    `otherwise` is an ON CONFLICT clause.
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
    connection.exec_driver_sql(statement, list(rows))


def add_rows(
    session: Session, table: type[SQLModel], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Insert rows of values as the table's fields have them; all rows name the same.

    For a few hundred rows: five times as quick as objects, and no column's type is
    written down twice, as it is for `insert_rows`. A field without a value is NULL, also
    one whose class has a default.
    """
    if rows:
        session.connection().execute(insert(table), list(rows))


def run_many(session: Session, statement: str, rows: Sequence[tuple[Any, ...]]) -> int:
    """Run a statement with `?` for values once per row; return how many rows changed."""
    if not rows:
        return 0
    connection = session.connection()
    if not is_sqlite(connection):
        statement = statement.replace("?", "%s")
    return connection.exec_driver_sql(statement, list(rows)).rowcount


def moment_maker(session: Session) -> Callable[[datetime], Any]:
    """Return what turns an aware UTC moment into the driver's value for it."""
    return moments_of(is_sqlite=is_sqlite(session.connection()))


def moments_of(*, is_sqlite: bool) -> Callable[[datetime], Any]:
    """Return what turns an aware UTC moment into the driver's value, without a session."""
    return _moment_text if is_sqlite else _naive


def sent_moments_of(*, is_sqlite: bool) -> Callable[[datetime, int], Any]:
    """Return `moments_of` for a moment whose minute since 1970 is known: many share one."""
    if not is_sqlite:
        return lambda moment, _minute: _naive(moment)
    begins: dict[int, str] = {}

    def text_of(moment: datetime, minute: int) -> str:
        begin = begins.get(minute)
        if begin is None:
            if len(begins) >= _MOST_MINUTES:
                begins.clear()
            begin = begins[minute] = _moment_text(moment)[:_TO_SECONDS]
        return "%s%02d.%06d" % (begin, moment.second, moment.microsecond)  # noqa: UP031 # as below

    return text_of


def moment_of(value: str | datetime) -> datetime:
    """Return the aware UTC moment of the driver's value for it."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.replace(tzinfo=UTC)


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


@contextmanager
def bulk_settings(engine: Engine) -> Iterator[None]:
    """Let SQLite write many rows quickly, for a process that does nothing else.

    More of its indexes stay in memory (48 MB), changed pages are copied from the log
    later and once for all, and a commit does not wait for the disk: what a power cut
    takes away is imported again. The next commit after it waits for all of them. Foreign
    keys are not asked about with each row: references.py asks once for each batch.
    """
    if not is_sqlite(engine):
        yield
        return
    _set(
        engine,
        synchronous="NORMAL",
        cache_size=-49_152,
        wal_autocheckpoint=64_000,
        foreign_keys="OFF",
    )
    try:
        yield
    finally:
        _set(
            engine,
            synchronous="FULL",
            cache_size=-2_000,
            wal_autocheckpoint=1_000,
            foreign_keys="ON",
        )


def _set(engine: Engine, **pragmas: str | int) -> None:
    # Outside of any transaction; one thread has one connection in the pool.
    pooled = engine.raw_connection()
    try:
        for name, value in pragmas.items():
            pooled.cursor().execute(f"PRAGMA {name}={value}").close()
    finally:
        pooled.close()


def _moment_text(moment: datetime) -> str:
    # The form in which SQLAlchemy stores a DateTime on SQLite. `isoformat` needs a moment
    # without a zone for it, which takes as long again.
    return "%04d-%02d-%02d %02d:%02d:%02d.%06d" % (  # noqa: UP031 # f"" takes twice as long
        moment.year,
        moment.month,
        moment.day,
        moment.hour,
        moment.minute,
        moment.second,
        moment.microsecond,
    )


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)
