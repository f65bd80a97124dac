"""Migrations, killed at each statement, from each revision, on both databases (C4)."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from tests.crash_copies import command
from tests.crash_work import Work
from tests.factories import motion_answer, recorded, signature_row
from tests.postgres_server import database_named, run_on
from tests.program import Program
from tests.supporters_house import seat_a_house
from tests.test_migrations import WATCHED, migrate, revisions, shape
from tracker.store import Engine
from tracker.store.engine import open_engine
from tracker.store.schema import open_database


class Migration(Work):
    """`tracker db upgrade` of a database with a ledger and a House in it."""

    every = 25

    def __init__(self, template: Path, scratch: Path, revision: str) -> None:
        super().__init__(template, scratch)
        self.revision = revision
        self.name = f"migration-{revision}"
        self.before: object = None

    def url(self, folder: Path) -> str:
        """Return where the folder's database is."""
        return f"sqlite:///{folder / 'tracker.db'}"

    def prepare(self, folder: Path) -> None:
        """Make the database as this revision had it."""
        self.make(folder)
        with self.engine(folder) as engine:
            rows = [signature_row(1), signature_row(2, withdrawn=True)]
            recorded(engine, WATCHED, motion_answer(rows))
            seat_a_house(engine)
            for revision in reversed(revisions()):
                if revision >= self.revision:
                    migrate(engine, revision)

    def make(self, folder: Path) -> None:
        """Make a database at the newest revision."""
        shutil.copy(self.template, folder / "tracker.db")

    def begin(self, folder: Path) -> None:
        """Write the configuration that names the folder's database."""
        lines = f'[database]\nurl = "{self.url(folder)}"'
        Program(folder).configure(more=lines)

    def act(self, folder: Path) -> None:
        """Upgrade it."""
        code, said = command(folder, "db", "upgrade")
        assert code == 0, said

    def check(self, folder: Path) -> None:
        """The database is as it was, or done."""
        found = self.state(folder)
        if self.before is None:
            self.before = self.state(self.scratch / "pattern")
        self.seen["done" if found == self.undisturbed else "as before"] += 1
        assert found in (self.before, self.undisturbed)

    def state(self, folder: Path) -> object:
        """Return the revision, the shape, and every row."""
        with self.engine(folder) as engine, engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
            tables = inspect(connection).get_table_names()
            rows: dict[str, Any] = {
                table: sorted(
                    map(repr, connection.execute(text(f"SELECT * FROM {table}")))
                )
                for table in tables
            }
            return revision, shape(connection), rows

    @contextmanager
    def engine(self, folder: Path) -> Iterator[Engine]:
        """Give an engine on the folder's database."""
        engine = open_engine(self.url(folder))
        try:
            yield engine
        finally:
            engine.dispose()


class PostgresMigration(Migration):
    """The same on a PostgreSQL server; each kill has a copy of the old database."""

    every = 60

    def __init__(
        self, template: Path, scratch: Path, revision: str, server: str
    ) -> None:
        super().__init__(template, scratch, revision)
        self.server = server
        self.name = f"postgres-migration-{revision}"

    def url(self, folder: Path) -> str:
        """Return where the database of the pattern, or of this kill, is."""
        return database_named(self.server, f"crash_{folder.name}")

    def make(self, folder: Path) -> None:
        """Make a database at the newest revision."""
        self._copy(folder, "template0")
        open_database(self.url(folder), is_upgraded=True).dispose()

    def begin(self, folder: Path) -> None:
        """Copy the old database; the configuration names the copy."""
        super().begin(folder)
        self._copy(folder, "crash_pattern")

    def _copy(self, folder: Path, template: str) -> None:
        run_on(
            self.server,
            f"DROP DATABASE IF EXISTS crash_{folder.name} WITH (FORCE)",
            f"CREATE DATABASE crash_{folder.name} TEMPLATE {template}",
        )
