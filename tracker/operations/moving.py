"""Moving everything to another database: what is refused, and the order of the steps."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tracker.store import Engine
from tracker.store.copies import CopyDiffersError, TableCopy, copy_tables, row_counts
from tracker.store.engine import open_engine, sqlite_path
from tracker.store.locks import try_lock
from tracker.store.schema import SchemaState, open_database, schema_state


class MoveError(Exception):
    """The database can't be moved; the text is one sentence for people."""


def move(
    source_url: str, target_url: str, *, tell: Callable[[TableCopy], None]
) -> None:
    """Copy every table from one database to an empty one, and compare them.

    1. The source must be ours, at the newest revision, and without a worker at work.
    2. The target must be empty; its schema is made.
    3. All tables are copied and compared in one transaction at the target.

    Raises MoveError; the target is then empty. The source is only read.
    """
    if source_url == target_url:
        raise MoveError("FROM and TO are the same database")
    with (
        _source(source_url) as source,
        _target(target_url) as target,
        try_lock(source, "scheduler") as is_ours,
    ):
        if not is_ours:
            raise MoveError(
                "a worker is at work on FROM: stop `tracker run` or `tracker worker`"
                " first"
            )
        try:
            copy_tables(source, target, tell)
        except CopyDiffersError as error:
            raise MoveError(f"the copy differs, nothing was kept: {error}") from error


@contextmanager
def _source(url: str) -> Iterator[Engine]:
    path = sqlite_path(url)
    if path is not None and not path.is_file():
        raise MoveError(f"there is no database {path} to move from")
    engine = open_engine(url)
    try:
        state = schema_state(engine)
        if state is SchemaState.OUTDATED:
            raise MoveError(
                "FROM is older than this program: run `tracker db upgrade` on it first"
            )
        if state is not SchemaState.CURRENT:
            raise MoveError(f"FROM is {_STATES[state]}")
        yield engine
    finally:
        engine.dispose()


@contextmanager
def _target(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        state = schema_state(engine)
        if state is SchemaState.EMPTY:
            open_database(url, is_upgraded=True).dispose()
        elif state is not SchemaState.CURRENT or any(row_counts(engine).values()):
            raise MoveError("TO is not empty: name a database without any tables")
        yield engine
    finally:
        engine.dispose()


_STATES = {
    SchemaState.EMPTY: "empty: there is nothing to move",
    SchemaState.FOREIGN: "another program's database",
    SchemaState.NEWER: "written by a newer version of this program: use that one",
}
