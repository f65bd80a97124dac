"""Which seats many postcodes are in, by the table that was loaded."""

from collections.abc import Iterable

from sqlmodel import Session

from tracker.store.bulk import rows_in
from tracker.store.tables import PostcodeTable


def seats_of_postcodes(session: Session, postcodes: Iterable[str]) -> dict[str, str]:
    """Return the ONS code of the seat of each postcode (capitals, no space) that the table has.

    Terminated ones included: an email may be older than that. One that several seats
    share names none of them.
    """
    query = (
        "SELECT postcode, ons_code FROM postcode_seat"
        " WHERE postcode {values} AND ons_code <> ''"
    )
    return {row[0]: row[1] for row in rows_in(session, query, set(postcodes))}


def postcode_boundaries(session: Session) -> str | None:
    """Return which boundaries (2010 or 2024) the loaded table is of, None without one."""
    table = session.get(PostcodeTable, 1)
    return table.boundaries if table else None
