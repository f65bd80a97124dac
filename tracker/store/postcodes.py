"""The table of postcodes, loaded whole, and the cache of Parliament's answers."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select

from tracker.store.engine import is_sqlite
from tracker.store.tables import PostcodeAnswer, PostcodeSeat, PostcodeTable

_STAGED = "postcode_loading"
_ONLY = 1
_INSERT = f"""
INSERT INTO {_STAGED} (postcode, ons_code, is_terminated) VALUES (?, ?, ?)
ON CONFLICT (postcode) DO UPDATE SET
  ons_code = CASE
    WHEN ons_code = excluded.ons_code OR excluded.is_terminated > is_terminated
      THEN ons_code
    WHEN is_terminated > excluded.is_terminated THEN excluded.ons_code
    ELSE '' END,
  is_terminated = is_terminated AND excluded.is_terminated
"""
_LIVE = "FILTER (WHERE NOT is_terminated)"
_FIRST = f"coalesce(min(ons_code) {_LIVE}, min(ons_code))"
_LAST = f"coalesce(max(ons_code) {_LIVE}, max(ons_code))"
# The same as _INSERT does, after a COPY, which takes everything: PostgreSQL's way.
_MERGE_TWICE = (
    f"""CREATE TEMPORARY TABLE postcode_twice ON COMMIT DROP AS
        SELECT postcode,
               CASE WHEN {_FIRST} = {_LAST} THEN {_FIRST} ELSE '' END AS ons_code,
               bool_and(is_terminated) AS is_terminated
        FROM {_STAGED} GROUP BY postcode HAVING count(*) > 1""",
    f"DELETE FROM {_STAGED} USING postcode_twice"
    f" WHERE {_STAGED}.postcode = postcode_twice.postcode",
    f"INSERT INTO {_STAGED} SELECT * FROM postcode_twice",
    f"ALTER TABLE {_STAGED} ADD CONSTRAINT pk_{_STAGED} PRIMARY KEY (postcode)",
)

StagedRow = tuple[str, str, bool]
"""A compact postcode, the ONS code of its seat, and whether it is terminated."""


class KnownPostcode(NamedTuple):
    """What the loaded table says of a postcode: its boundaries, and the seat if it has it.

    `ons_code` is None for a postcode that is not in it, "" for one in several seats.
    """

    boundaries: str
    ons_code: str | None
    is_terminated: bool


def postcode_table(session: Session) -> PostcodeTable | None:
    """Return which table of postcodes is loaded, None if there is none."""
    return session.get(PostcodeTable, _ONLY)


def known_postcode(session: Session, compact: str) -> KnownPostcode | None:
    """Return what the loaded table says of a compact postcode, None if none is loaded.

    One query: a look-up while another table is put in use sees the old one or the new
    one, never half of each.
    """
    row = (
        session.connection()
        .execute(
            sqlalchemy.select(
                col(PostcodeTable.boundaries),
                col(PostcodeSeat.ons_code),
                col(PostcodeSeat.is_terminated),
            ).outerjoin_from(
                PostcodeTable, PostcodeSeat, col(PostcodeSeat.postcode) == compact
            )
        )
        .first()
    )
    return KnownPostcode(row[0], row[1], bool(row[2])) if row else None


def begin_staging(session: Session) -> None:
    """Make an empty table beside the one in use; a leftover of a killed load goes."""
    connection = session.connection()
    drop_staged(session)
    columns = (
        "postcode VARCHAR(8) NOT NULL, ons_code VARCHAR(9) NOT NULL,"
        " is_terminated BOOLEAN NOT NULL"
    )
    if is_sqlite(connection):
        key = "CONSTRAINT pk_postcode_seat PRIMARY KEY (postcode)"
        made = f"CREATE TABLE {_STAGED} ({columns}, {key}) WITHOUT ROWID"
    else:
        made = f"CREATE TABLE {_STAGED} ({columns})"
    connection.execute(text(made))


def stage_postcodes(session: Session, rows: list[StagedRow]) -> None:
    """Add rows to the staged table; quickest if they are in the order of postcodes.

    A postcode that comes again: one in use goes before a terminated one, and two seats
    are kept as "", since nothing is guessed.
    """
    connection = session.connection()
    if is_sqlite(connection):
        connection.exec_driver_sql(_INSERT, rows)
        return
    driver = connection.connection.driver_connection
    assert driver is not None, "a connection that is open has its driver's"
    with driver.cursor().copy(f"COPY {_STAGED} FROM STDIN") as copy:
        copy.write("".join(f"{p}\t{code}\t{ended:d}\n" for p, code, ended in rows))


def finish_staging(session: Session) -> int:
    """Make the staged table ready to be used; return how many postcodes are in it."""
    connection = session.connection()
    if not is_sqlite(connection):
        for statement in _MERGE_TWICE:
            connection.execute(text(statement))
    found = connection.scalar(text(f"SELECT count(*) FROM {_STAGED}"))
    return int(found or 0)


def put_staged_in_use(session: Session, table: PostcodeTable) -> None:
    """Replace the table in use by the staged one, in one step: nobody sees half."""
    connection = session.connection()
    with _quick_drop(connection):
        connection.execute(text("DROP TABLE postcode_seat"))
    connection.execute(text(f"ALTER TABLE {_STAGED} RENAME TO postcode_seat"))
    if not is_sqlite(connection):
        connection.execute(
            text(
                f"ALTER TABLE postcode_seat RENAME CONSTRAINT pk_{_STAGED}"
                " TO pk_postcode_seat"
            )
        )
    session.merge(table)
    session.flush()


def drop_staged(session: Session) -> None:
    """Remove a staged table that is not going to be used."""
    with _quick_drop(session.connection()) as connection:
        connection.execute(text(f"DROP TABLE IF EXISTS {_STAGED}"))


@contextmanager
def _quick_drop(connection: Connection) -> Iterator[Connection]:
    """Let SQLite not overwrite what is dropped: a postcode is no person's secret."""
    if not is_sqlite(connection):
        yield connection
        return
    connection.exec_driver_sql("PRAGMA secure_delete=OFF")
    try:
        yield connection
    finally:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def cached_answer(
    session: Session, compact: str, *, asked_after: datetime
) -> PostcodeAnswer | None:
    """Return what the Members API said of a postcode, if that was after `asked_after`."""
    return session.exec(
        select(PostcodeAnswer)
        .where(PostcodeAnswer.postcode == compact)
        .where(PostcodeAnswer.asked_at > asked_after)
    ).one_or_none()


def record_postcode_answer(session: Session, answer: PostcodeAnswer) -> None:
    """Keep what the Members API said; nothing of who asked is kept."""
    maker = sqlite.insert if is_sqlite(session.connection()) else postgresql.insert
    values = answer.model_dump()
    statement = maker(PostcodeAnswer).values(**values)
    session.connection().execute(
        statement.on_conflict_do_update(index_elements=["postcode"], set_=values)
    )


def old_answers(
    session: Session, *, asked_before: datetime, after: str, limit: int
) -> Sequence[str]:
    """Return the postcodes of answers that are too old to be used, in their order."""
    return session.exec(
        select(PostcodeAnswer.postcode)
        .where(col(PostcodeAnswer.postcode) > after)
        .where(col(PostcodeAnswer.asked_at) < asked_before)
        .order_by(col(PostcodeAnswer.postcode))
        .limit(limit)
    ).all()


def forget_answers(
    session: Session, postcodes: Collection[str], *, asked_before: datetime
) -> None:
    """Delete what was said of these postcodes, unless it was asked again since."""
    session.exec(
        delete(PostcodeAnswer)
        .where(col(PostcodeAnswer.asked_at) < asked_before)
        .where(col(PostcodeAnswer.postcode).in_(list(postcodes)))
    )
