"""The table of postcodes, loaded whole, and the cache of Parliament's answers."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from tracker.store.engine import is_sqlite
from tracker.store.tables import PostcodeAnswer, PostcodeSeat, PostcodeTable

_STAGED = "postcode_loading"
_ONLY = 1


def postcode_table(session: Session) -> PostcodeTable | None:
    """Return which table of postcodes is loaded, None if there is none."""
    return session.get(PostcodeTable, _ONLY)


def postcode_seat(session: Session, compact: str) -> PostcodeSeat | None:
    """Return the seat of a compact postcode ("SW1A1AA") by the table that is loaded."""
    return session.get(PostcodeSeat, compact)


def begin_staging(session: Session) -> None:
    """Make an empty table beside the one in use; a leftover of a killed load goes."""
    connection = session.connection()
    connection.execute(text(f"DROP TABLE IF EXISTS {_STAGED}"))
    rowid = " WITHOUT ROWID" if is_sqlite(connection) else ""
    connection.execute(
        text(
            f"CREATE TABLE {_STAGED} (postcode VARCHAR(8) NOT NULL,"
            " ons_code VARCHAR(9) NOT NULL, is_terminated BOOLEAN NOT NULL,"
            f" CONSTRAINT pk_{_STAGED} PRIMARY KEY (postcode)){rowid}"
        )
    )


def stage_postcodes(session: Session, rows: list[Mapping[str, object]]) -> None:
    """Add rows (postcode, ons_code, is_terminated) to the staged table; the first wins."""
    session.connection().execute(
        text(
            f"INSERT INTO {_STAGED} (postcode, ons_code, is_terminated)"
            " VALUES (:postcode, :ons_code, :is_terminated)"
            " ON CONFLICT (postcode) DO NOTHING"
        ),
        rows,
    )


def staged_count(session: Session) -> int:
    """Return how many postcodes are staged."""
    found = session.connection().scalar(text(f"SELECT count(*) FROM {_STAGED}"))
    return int(found or 0)


def put_staged_in_use(session: Session, table: PostcodeTable) -> None:
    """Replace the table in use by the staged one, in one step: nobody sees half."""
    connection = session.connection()
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
    session.connection().execute(text(f"DROP TABLE IF EXISTS {_STAGED}"))


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
    session.merge(answer)


def forget_answers(session: Session, *, asked_before: datetime) -> None:
    """Delete answers that are too old to be used."""
    session.exec(
        delete(PostcodeAnswer).where(col(PostcodeAnswer.asked_at) < asked_before)
    )


def staged_rows(rows: Iterable[tuple[str, str, bool]]) -> list[Mapping[str, object]]:
    """Return rows as the parameters of `stage_postcodes`."""
    return [
        {"postcode": postcode, "ons_code": code, "is_terminated": is_terminated}
        for postcode, code, is_terminated in rows
    ]
