"""Copies of the whole database: a file of SQLite's, or every table to another database.

Owns the SQL of backup, restore and move. What is refused and in which order things are
done is in operations/.
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, Integer, Table, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from tracker.store.engine import (
    BUSY_SECONDS,
    DatabaseBusyError,
    DatabaseError,
    database_problem,
    is_sqlite,
)
from tracker.store.tables import metadata

_BATCH = 1000
_CHECKSUM_BITS = 256


@dataclass(frozen=True, slots=True)
class TableCopy:
    """How a table came over: rows and checksum at the source and at the target.

    The checksum is over canonical values and does not depend on the rows' order.
    """

    name: str
    source_count: int
    source_checksum: str
    target_count: int
    target_checksum: str

    @property
    def is_same(self) -> bool:
        """Whether the target holds exactly what the source holds."""
        return (self.source_count, self.source_checksum) == (
            self.target_count,
            self.target_checksum,
        )


class CopyDiffersError(Exception):
    """A copied table is not what it was; nothing was kept. The text names the table."""


def steady(engine: Engine) -> Engine:
    """Return an engine whose reads all see one moment, whatever is written meanwhile.

    SQLite's always do.
    """
    if is_sqlite(engine):
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ")


def row_counts(engine: Engine) -> dict[str, int]:
    """Return how many rows every table of ours has."""
    with _translated(), engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


def copy_tables(
    source: Engine, target: Engine, tell: Callable[[TableCopy], None]
) -> None:
    """Copy every table, parents first, in one transaction at the target; compare each.

    Sequences go on after the highest id. `tell` hears of each table. CopyDiffersError if
    one is not the same: then, as after any error, the target stays as it was.
    """
    writer = target.execution_options(sqlite_begin="IMMEDIATE")
    with (
        _translated(),
        steady(source).connect() as reading,
        writer.begin() as writing,
    ):
        for table in metadata.sorted_tables:
            copy = _copy_table(table, reading, writing)
            tell(copy)
            if not copy.is_same:
                raise CopyDiffersError(
                    f"table {copy.name} has {copy.target_count} rows with checksum"
                    f" {copy.target_checksum[:12]} where {copy.source_count} with"
                    f" {copy.source_checksum[:12]} were read"
                )
            _set_sequences(table, writing)


def copy_file(source: Path, target: Path) -> None:
    """Write the SQLite database into a file that is missing or empty, as of one moment.

    Others may write meanwhile. Deleted content and free pages are left behind.
    """
    with _translated(), closing(_connect(source, "ro")) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def file_problem(path: Path) -> str | None:
    """Return what SQLite finds wrong with a database file, None if it is sound."""
    with _translated(), closing(_connect(path, "ro")) as connection:
        [said] = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if said != "ok":
            return str(said)
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
    return f"a row of {broken[0]} points nowhere" if broken else None


def quick_problem(engine: Engine) -> str | None:
    """Return what a look without the indexes finds wrong in SQLite, None if nothing."""
    if not is_sqlite(engine):
        return None
    with _translated(), engine.connect() as connection:
        said = connection.scalar(text("PRAGMA quick_check(1)"))
    return None if said == "ok" else str(said)


def overwrite_file(source: Path, target: Path) -> None:
    """Replace all content of the SQLite database `target`, in one transaction of its own.

    Whoever has it open reads the new content from then on; a kill half-way leaves the
    old. Waits for a writer as long as any write does, then DatabaseBusyError.
    """
    deadline = time.monotonic() + BUSY_SECONDS

    def give_up(status: int, _left: int, _total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and (
            time.monotonic() > deadline
        ):
            raise DatabaseBusyError(
                "the database is locked by another program; try again when it is done"
            )

    with (
        _translated(),
        closing(_connect(source, "ro")) as reading,
        closing(_connect(target, "rwc")) as writing,
    ):
        reading.backup(writing, progress=give_up, sleep=0.05)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=BUSY_SECONDS
    )


def _copy_table(table: Table, reading: Connection, writing: Connection) -> TableCopy:
    counted = _Checksum()
    for rows in _batches(table, reading):
        counted.add(rows)
        writing.execute(insert(table), rows)
    arrived = _Checksum()
    for rows in _batches(table, writing):
        arrived.add(rows)
    return TableCopy(
        table.name, counted.count, counted.text, arrived.count, arrived.text
    )


def _batches(table: Table, connection: Connection) -> Iterator[list[dict[str, Any]]]:
    with connection.execute(
        select(table).execution_options(yield_per=_BATCH)
    ) as result:
        for rows in result.mappings().partitions():
            yield [dict(row) for row in rows]


class _Checksum:
    """Counts rows, and sums their hashes up, so that their order does not matter."""

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, rows: list[dict[str, Any]]) -> None:
        self.count += len(rows)
        for row in rows:
            digest = hashlib.sha256(_canonical(row)).digest()
            self._sum += int.from_bytes(digest)

    @property
    def text(self) -> str:
        return f"{self._sum % 2**_CHECKSUM_BITS:064x}"


def _canonical(row: Mapping[str, Any]) -> bytes:
    """Return a row as bytes that are the same for the same values, from any database."""
    return repr([(name, _plain(row[name])) for name in sorted(row)]).encode()


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, memoryview):
        return bytes(value)
    return value


def _set_sequences(table: Table, connection: Connection) -> None:
    """Let PostgreSQL go on counting after the ids that were copied."""
    if is_sqlite(connection):
        return
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer):
            continue
        names = {"table": f'"{table.name}"', "column": column.name}
        sequence = connection.scalar(
            text("SELECT pg_get_serial_sequence(:table, :column)"), names
        )
        highest = connection.scalar(select(func.max(column)))
        if sequence and highest:
            connection.execute(
                text("SELECT setval(CAST(:name AS regclass), :highest)"),
                {"name": sequence, "highest": highest},
            )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        said = str(cause).strip().splitlines() or [type(cause).__name__]
        raise database_problem(error) or DatabaseError(
            f"the database refused: {said[0]}"
        ) from error
