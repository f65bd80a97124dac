"""Batches of an import: rows read, checked and matched, before anything is written.

Owns what a batch is and how it is made; reader.py makes those of a large file in a
process of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Generic

from tracker import store
from tracker.parliament.seats import Boundaries
from tracker.rules.intake import Telling
from tracker.store import Engine
from tracker.supporters.prepare import Email, Places, Preparer
from tracker.supporters.rows import EmailRow, Record, Rejected

BATCH = 10_000
"""Rows a transaction: long enough to be quick, short enough that nobody waits for it."""

REPLY = "an MP's own email: it is not counted"


@dataclass(slots=True)
class Batch(Generic[Email]):
    """Some rows of a file: how many were read, the emails in them, and the others.

    `position` is how many bytes of the file have been read by now. `postcode_problem`
    is why postcodes gave no seat, if it was the same for all of them.
    """

    read_count: int
    position: int = 0
    emails: list[Email] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    postcode_problem: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What reading needs to know; it can be handed to another process.

    `tellings` is as Preparer takes it.
    """

    key: bytes
    now: datetime
    boundaries: Boundaries
    table: str | None
    tellings: frozenset[Telling] | None


def batches_of(
    engine: Engine,
    facts: Facts,
    records: Iterable[Record],
    make: Callable[..., Email],
) -> Iterator[Batch[Email]]:
    """Give the records in batches, matched; the database is only read.

    `make` is `Candidate`, or whatever makes an email of the same parts.
    """
    with store.read(engine) as session:
        book = store.matching_book(session)
    preparer = Preparer(book, facts.key, make, facts.tellings)
    rest = iter(records)
    while rows := list(islice(rest, BATCH)):
        batch: Batch[Email] = Batch(len(rows))
        places = _places(engine, facts, rows, batch)
        for row in rows:
            if isinstance(row, Rejected):
                batch.rejected.append(row)
            elif preparer.is_members(row.supporter_email):
                batch.rejected.append(Rejected(row.line, REPLY))
            else:
                batch.emails.extend(preparer.emails(row, places))
        batch.position = getattr(records, "position", 0)
        yield batch


def _places(
    engine: Engine, facts: Facts, rows: Iterable[Record], batch: Batch[Email]
) -> Places:
    """Return where the rows' postcodes are; the database is asked once."""
    postcodes = {
        "".join(row.postcode.split()).upper()
        for row in rows
        if isinstance(row, EmailRow) and row.postcode
    }
    if facts.table != facts.boundaries:
        places = Places(facts.table, facts.boundaries, {})
        if postcodes:
            batch.postcode_problem = places.look_up(next(iter(postcodes)))[1]
        return places
    with store.read(engine) as session:
        seats = store.seats_of_postcodes(session, postcodes)
    return Places(facts.table, facts.boundaries, seats)
