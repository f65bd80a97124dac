"""The schema's age: is a database empty, current, outdated, too new, or not ours?

Owns running the migrations, under a lock, in one transaction. The migrations themselves
are in `alembic/` (in an installed wheel: `tracker/_alembic`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, inspect, text
from sqlalchemy.exc import DBAPIError

import tracker
from tracker.store.engine import (
    DatabaseError,
    database_problem,
    is_sqlite,
    open_engine,
    sqlite_path,
)
from tracker.store.locks import waiting_lock


class SchemaState(StrEnum):
    """What kind of database was found."""

    EMPTY = "empty"
    CURRENT = "current"
    OUTDATED = "outdated"
    NEWER = "newer"
    FOREIGN = "foreign"


def open_database(url: str, *, is_upgraded: bool) -> Engine:
    """Return an engine on a database that is at the newest revision.

    A missing or empty database is created. An outdated one is brought up if
    `is_upgraded`, else refused. Raises DatabaseError with one sentence for a database
    that is not ours, is newer than this program, or can't be opened.
    """
    _refuse_orphaned_wal(url)
    engine = open_engine(url)
    try:
        state = schema_state(engine)
        if state is SchemaState.EMPTY or (
            state is SchemaState.OUTDATED and is_upgraded
        ):
            upgrade(engine)
            state = schema_state(engine)
        if state is not SchemaState.CURRENT:
            raise DatabaseError(_refusals()[state])
    except DatabaseError:
        engine.dispose()
        raise
    return engine


def schema_state(engine: Engine) -> SchemaState:
    """Return what kind of database this is, by its tables and Alembic's mark."""
    with _database_errors(), engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
        if not tables:
            return SchemaState.EMPTY
        if "alembic_version" not in tables:
            return SchemaState.FOREIGN
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if "motion" not in tables:
        # Also where its revision has a number that one of ours has.
        return SchemaState.FOREIGN
    script = ScriptDirectory.from_config(_alembic())
    if found == script.get_current_head():
        return SchemaState.CURRENT
    known = {revision.revision for revision in script.walk_revisions()}
    return SchemaState.OUTDATED if found in known else SchemaState.NEWER


def upgrade(engine: Engine) -> None:
    """Bring the database to the newest revision, or leave it as it was.

    Under a lock, so that two processes started together do it once. On SQLite foreign
    keys are off meanwhile (a rebuilt parent table would delete its children) and checked
    before the commit.
    """
    with waiting_lock(engine, "migrate"), _database_errors():
        if schema_state(engine) is SchemaState.CURRENT:
            return
        with _migration_connection(engine) as connection:
            config = _alembic()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_foreign_keys(connection)


def migrations_folder() -> Path:
    """Return where the migrations are: in the wheel, or beside the package."""
    package = Path(tracker.__file__).parent
    inside = package / "_alembic"
    return inside if inside.is_dir() else package.parent / "alembic"


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    return config


@contextmanager
def _migration_connection(engine: Engine) -> Iterator[Connection]:
    if not is_sqlite(engine):
        with engine.begin() as connection:
            yield connection
        return
    migrator = open_engine(engine.url.render_as_string(hide_password=False))
    event.listen(
        migrator,
        "connect",
        lambda connection, _: connection.execute("PRAGMA foreign_keys=OFF").close(),
    )
    try:
        with migrator.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            yield connection
    finally:
        migrator.dispose()


def _check_foreign_keys(connection: Connection) -> None:
    if is_sqlite(connection):
        broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
        if broken:
            raise DatabaseError(
                f"the migration was undone: {len(broken)} rows would point nowhere"
                f" (first: table {broken[0][0]}, row {broken[0][1]})"
            )


@contextmanager
def _database_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise database_problem(error) or DatabaseError(
            f"the database cannot be used: {str(error.orig).splitlines()[0]}"
        ) from error


def _refuse_orphaned_wal(url: str) -> None:
    path = sqlite_path(url)
    if path is None:
        return
    wal = path.with_name(path.name + "-wal")
    try:
        is_folder, is_orphaned = path.is_dir(), wal.exists() and not path.exists()
    except OSError as error:
        raise DatabaseError(f"{path} cannot be used: {error.strerror}") from error
    if is_folder:
        raise DatabaseError(f"{path} is a folder, not a database file")
    if is_orphaned:
        raise DatabaseError(
            f"{wal.name} lies there without its database {path.name}: put the database"
            " back beside it, or move the leftover away"
        )


def _refusals() -> dict[SchemaState, str]:
    return {
        SchemaState.OUTDATED: (
            "the database is older than this program: run `tracker db upgrade` first"
        ),
        SchemaState.NEWER: (
            "the database was written by a newer version of this program: use that one"
        ),
        SchemaState.FOREIGN: (
            "the database holds another program's tables: name an empty one in"
            " database.url"
        ),
        SchemaState.EMPTY: "the database stayed empty after the migrations",
    }
