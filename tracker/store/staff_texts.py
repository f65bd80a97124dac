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
    named = _Named(_telling(session, words))
    return [getattr(row, column) for row, column in _rows(session, named)]


def forget_words(session: Session, words: Collection[str]) -> int:
    """Replace a person's name and addresses in staff's texts; return in how many.

    A name of one word, or one that a Member has too, stays: it may well mean another.
    People choose what they are called, so what is not written as a name, such as "the
    office", stays too: else anybody could take words out of all notes.
    """
    named, count = _Named(_telling(session, words)), 0
    for row, column in _rows(session, named):
        setattr(row, column, named.without(getattr(row, column)))
        session.add(row)
        count += 1
    if named:
        answers = session.exec(select(IdempotencyKey.key, IdempotencyKey.answer))
        keys = [key for key, answer in answers if named.is_in(answer)]
        session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.key).in_(keys)))
    session.flush()
    return count


class _Named:
    """Finds words of a person in texts, whatever the space within them and their case.

    A name counts where it is written as one: its last word with a capital.
    """

    def __init__(self, words: Iterable[str]) -> None:
        parts = [r"\s+".join(map(re.escape, word.split(" "))) for word in words]
        joined = "|".join(parts)
        self._found = re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)
        self._is_any = bool(parts)

    def __bool__(self) -> bool:
        return self._is_any

    def is_in(self, text: str) -> bool:
        """Return whether the person is in a text."""
        return self._is_any and self.without(text) != text

    def without(self, text: str) -> str:
        """Return the text with DELETED for each time that they are in it."""
        return self._found.sub(
            lambda match: DELETED if _means_somebody(match[0]) else match[0], text
        )


def _means_somebody(word: str) -> bool:
    """Return whether it is an address, or two words and more written as a name."""
    parts = word.split()
    return "@" in word or (len(parts) > 1 and parts[-1][0].isupper())


def _rows(session: Session, named: _Named) -> Iterator[tuple[SQLModel, str]]:
    """Give the rows, and the column in each, in which somebody is named."""
    if not named:
        return
    for table, column in TEXTS:
        field: Any = getattr(table, column)
        for row in session.exec(select(table).where(col(field).is_not(None))).all():
            if named.is_in(getattr(row, column)):
                yield row, column


def _telling(session: Session, words: Collection[str]) -> Iterator[str]:
    """Give those words that mean this person and hardly anybody else."""
    members = [normal_name(name) for name in session.exec(select(Member.name))]
    for word in sorted({" ".join(one.split()) for one in words}):
        name = normal_name(word)
        is_members = any(name in member for member in members)
        if "@" in word or (_means_somebody(word) and not is_members):
            yield word
