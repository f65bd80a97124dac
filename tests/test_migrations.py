"""The migrations: head is the tables, and up and down with data lose nothing (B3)."""

from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from tests.factories import motion_answer, recorded, signature_row
from tracker.config import MotionSettings
from tracker.store import Engine
from tracker.store.schema import (
    SchemaState,
    _migration_connection,
    migrations_folder,
    open_database,
    schema_state,
)
from tracker.store.tables import metadata

LEDGER = ("motion", "answer", "poll", "signature", "signature_event")
WATCHED = MotionSettings(number=718, session="2014-15")


def config() -> Config:
    made = Config()
    made.set_main_option("script_location", str(migrations_folder()))
    return made


def revisions() -> list[str]:
    """Return every revision, oldest first."""
    script = ScriptDirectory.from_config(config())
    return [revision.revision for revision in script.walk_revisions()][::-1]


def migrate(engine: Engine, revision: str) -> None:
    """Bring the database up or down to a revision, as the program does."""
    with _migration_connection(engine) as connection:
        alembic = config()
        alembic.attributes["connection"] = connection
        found = MigrationContext.configure(connection).get_current_revision()
        if revision != "base" and (found or "") < revision:
            command.upgrade(alembic, revision)
        else:
            command.downgrade(alembic, revision)


def shape(connection: Connection) -> dict[str, Any]:
    """Return every table's columns, keys and indexes in a form that can be compared."""
    found = inspect(connection)

    def columns(table: str) -> list[tuple[str, str, bool]]:
        return [
            (column["name"], str(column["type"]), column["nullable"])
            for column in found.get_columns(table)
        ]

    def named(items: list[Any]) -> list[tuple[Any, ...]]:
        return sorted(
            (
                str(item["name"]),
                tuple(item.get("column_names") or item.get("constrained_columns")),
                bool(item.get("unique")),
            )
            for item in items
        )

    return {
        table: {
            "columns": sorted(columns(table)),
            "indexes": named(list(found.get_indexes(table))),
            "unique": named(list(found.get_unique_constraints(table))),
            "foreign": named(list(found.get_foreign_keys(table))),
            "primary": found.get_pk_constraint(table)["constrained_columns"],
        }
        for table in sorted(found.get_table_names())
    }


def content(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    return {
        table: sorted(
            tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}"))
        )
        for table in LEDGER
    }


@pytest.fixture
def with_a_ledger(engine: Engine) -> Engine:
    rows = [signature_row(1), signature_row(2, withdrawn=True)]
    recorded(engine, WATCHED, motion_answer(rows))
    return engine


def test_head_is_what_the_tables_say(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "render_as_batch": True}
        )
        assert compare_metadata(context, metadata) == []


def test_the_revisions_are_one_line_of_numbers():
    assert revisions() == [f"{n:04}" for n in range(1, len(revisions()) + 1)]
    script = ScriptDirectory.from_config(config())
    assert len(script.get_heads()) == 1
    for path in (migrations_folder() / "versions").glob("*.py"):
        assert path.name[:4] in revisions()


def test_down_to_the_first_and_up_again_keeps_the_ledger_and_the_shape(with_a_ledger):
    engine = with_a_ledger
    with engine.connect() as connection:
        shape_before, before = shape(connection), content(connection)
    for revision in reversed(revisions()[:-1]):
        migrate(engine, revision)
        assert schema_state(engine) is SchemaState.OUTDATED
        with engine.connect() as connection:
            assert content(connection)["signature_event"] == before["signature_event"]
    for revision in revisions()[1:]:
        migrate(engine, revision)
    assert schema_state(engine) is SchemaState.CURRENT
    with engine.connect() as connection:
        assert shape(connection) == shape_before
        assert content(connection) == before


def test_a_database_of_every_revision_upgrades(empty_database_url):
    for revision in revisions()[:-1]:
        engine = open_database(empty_database_url, is_upgraded=True)
        migrate(engine, revision)
        engine.dispose()
        engine = open_database(empty_database_url, is_upgraded=True)
        assert schema_state(engine) is SchemaState.CURRENT
        engine.dispose()


def test_down_to_nothing_leaves_no_table(engine):
    migrate(engine, "base")
    with engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]


def test_migrations_import_none_of_our_code():
    for path in (migrations_folder() / "versions").glob("*.py"):
        source = path.read_text()
        assert "tracker" not in source, path.name
        assert "UtcDateTime" not in source, path.name
        assert "def downgrade" in source, path.name
