"""Run by Alembic, for the command line and for `tracker db upgrade` alike.

The program passes its own connection in `config.attributes["connection"]`; from the
command line (`alembic revision --autogenerate …`) TRACKER__DATABASE__URL or a scratch
file names the database.
"""

import os
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from tracker.store.tables import metadata
from tracker.store.tables.types import UtcDateTime


def render_item(
    kind: str, item: Any, autogen_context: AutogenContext
) -> str | Literal[False]:
    """Write our own column types as plain SQLAlchemy: migrations import none of our code."""
    del autogen_context
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def run(connection: sa.Connection) -> None:
    """Bring the database behind `connection` to the revision that was asked for."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        # SQLite can roll DDL back once BEGIN is really sent (store/engine.py sends it).
        transactional_ddl=True,
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = os.environ.get("TRACKER__DATABASE__URL", "sqlite:///alembic-scratch.db")
    with sa.create_engine(url).connect() as own:
        run(own)
