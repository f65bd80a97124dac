"""What staff write by hand, searched for one person: told to them, or taken out.

Owns which columns such texts are in. Nobody is meant to be named there, and nothing but
a search keeps it so. The answers kept for repeated POSTs repeat such texts: those go
whole.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from sqlmodel import Session, SQLModel, col, delete, select

from tracker.parliament.seats import normal_name
from tracker.store.tables import (
    Contact,
    Correction,
    IdempotencyKey,
    Import,
    Member,
)
from tracker.store.tables.offices import CorrectionChange

DELETED = "[deleted]"
TEXTS: tuple[tuple[type[SQLModel], str], ...] = (
    (Contact, "note"),
    (Correction, "reason"),
    (CorrectionChange, "before"),
    (CorrectionChange, "after"),
    (Member, "no_email_reason"),
    (Import, "source"),
)
"""The columns of tables that staff write into freely."""


def texts_with(session: Session, words: Collection[str]) -> list[str]:
    """Return staff's texts that have a person's name or an address of theirs."""
    found = _pattern(_telling(session, words))
    return [getattr(row, column) for row, column in _rows(session, found)]


def forget_words(session: Session, words: Collection[str]) -> int:
    """Replace a person's name and addresses in staff's texts; return in how many.

    A name of one word, or one that a Member has too, stays: it may well mean another.
    """
    found = _pattern(_telling(session, words))
    if found is None:
        return 0
    count = 0
    for row, column in _rows(session, found):
        setattr(row, column, found.sub(DELETED, getattr(row, column)))
        session.add(row)
        count += 1
    answers = session.exec(select(IdempotencyKey.key, IdempotencyKey.answer))
    keys = [key for key, answer in answers if found.search(answer)]
    session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.key).in_(keys)))
    session.flush()
    return count


def _rows(
    session: Session, found: re.Pattern[str] | None
) -> Iterator[tuple[SQLModel, str]]:
    """Give the rows, and the column in each, in which something is found."""
    if found is None:
        return
    for table, column in TEXTS:
        field: Any = getattr(table, column)
        for row in session.exec(select(table).where(col(field).is_not(None))).all():
            if found.search(getattr(row, column)):
                yield row, column


def _telling(session: Session, words: Collection[str]) -> Iterator[str]:
    """Give those words that mean this person and hardly anybody else."""
    members = [normal_name(name) for name in session.exec(select(Member.name))]
    for word in sorted({" ".join(one.split()) for one in words}):
        name = normal_name(word)
        is_members = any(name in member for member in members)
        if "@" in word or (" " in word and not is_members):
            yield word


def _pattern(words: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds the words, whatever their case and the space within them."""
    parts = [r"\s+".join(map(re.escape, word.split(" "))) for word in words]
    if not parts:
        return None
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
