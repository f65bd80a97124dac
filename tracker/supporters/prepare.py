"""Rows of a file as emails: whom each was to, and the hashes it is found again by.

Owns splitting an email to two Members, and remembering matches, since a file of a million
rows has some thousand different ones. Pure but for what it remembers.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from tracker.clock import london_date
from tracker.keys import EMAIL, short_hasher
from tracker.parliament.seats import Boundaries
from tracker.rules.book import Book
from tracker.rules.intake import Telling, telling
from tracker.rules.matching import Match, MatchInput, match_email, recipients_named
from tracker.supporters.rows import EmailRow, row_text

_MOST_REMEMBERED = 50_000
_HOUR_MINUTES = 60
_NOWHERE = (None, None)
_NOBODY: frozenset[int] = frozenset()

Email = TypeVar("Email")
_Seat = tuple[str | None, str | None]
_Asked = tuple[str, str | None, str | None, frozenset[int], _Seat, int]
"""Recipient, constituency, MP's name, other recipients, seat, and the Book's period."""
_Matched = tuple[MatchInput, Match, bool]
"""What was told, who that is, and whether such an email may wait without a Member."""

NO_TABLE = "no table of postcodes is loaded"
NOT_IN_TABLE = "the postcode is not in the table of postcodes"


@dataclass(frozen=True, slots=True)
class Places:
    """Seats of a batch's postcodes, and of which boundaries the loaded table is."""

    table: str | None
    wanted: Boundaries
    seats: Mapping[str, str]

    def look_up(self, postcode: str | None) -> _Seat:
        """Return the seat's code, or why there is none; both None without a postcode."""
        if postcode is None:
            return None, None
        if self.table is None:
            return None, NO_TABLE
        if self.table != self.wanted:
            return None, (
                f"the table of postcodes is of the seats of {self.table}, the motion's"
                f" House has those of {self.wanted}"
            )
        code = self.seats.get("".join(postcode.split()).upper())
        return code, None if code else NOT_IN_TABLE


class Preparer(Generic[Email]):
    """Makes emails of rows, with the installation's key and a Book.

    `make` is `Candidate`, or takes the same parts; for the same match object it is given
    the same MatchInput. `tellings` is what emails told that came without a Member, None
    if that isn't known: one that tells the same may be one of them.
    """

    def __init__(
        self,
        book: Book,
        key: bytes,
        make: Callable[..., Email],
        tellings: Set[Telling] | None,
    ) -> None:
        self._book = book
        self._make = make
        self._person = short_hasher(key, EMAIL)
        self._row = short_hasher(key, "row")
        self._tellings = tellings
        self._matches: dict[_Asked, _Matched] = {}
        self._whens: dict[int, tuple[int, date]] = {}

    def is_members(self, address: str) -> bool:
        """Return whether the address is that of a Member: their email is a reply."""
        return bool(self._book.owners(address))

    def emails(self, row: EmailRow, places: Places) -> Sequence[Email]:
        """Return one for each Member the email was to, or one for nobody."""
        if len(row.recipients) > 1:
            named = recipients_named(row.recipients, self._book)
            if len(named) > 1:
                return [
                    self._email(row, places, address, frozenset(named) - {member_id})
                    for member_id, address in named.items()
                ]
        return (self._email(row, places, ", ".join(row.recipients), _NOBODY),)

    def _email(
        self, row: EmailRow, places: Places, recipient: str, others: frozenset[int]
    ) -> Email:
        sent_at = row.sent_at
        minute = int(sent_at.timestamp()) // 60
        when = self._whens.get(minute // _HOUR_MINUTES) or self._when(sent_at, minute)
        seat = places.look_up(row.postcode) if row.postcode else _NOWHERE
        asked = (recipient, row.constituency, row.mp_name, others, seat, when[0])
        found = self._matches.get(asked)
        if found is None:
            found = self._match(asked, when[1])
        told, match, may_be_kept = found
        row_key = self._row(row_text(row, recipient)) if may_be_kept else ""
        return self._make(
            self._person(row.supporter_email),
            row.supporter_email,
            row.supporter_name,
            told,
            match,
            sent_at,
            minute,
            row.message_id,
            row.subject,
            row_key,
            row.consent_at,
            row.consent_wording,
        )

    def _match(self, asked: _Asked, sent_on: date) -> _Matched:
        """Match what was not asked before, and remember it."""
        recipient, constituency, mp_name, others, seat, _ = asked
        told = MatchInput(
            recipient=recipient or None,
            ons_code=seat[0],
            constituency=constituency,
            mp_name=mp_name,
            postcode_problem=seat[1],
        )
        match = match_email(told, self._book, sent_on, others)
        may_be_kept = (
            match.member_id is None
            or self._tellings is None
            or telling(told.recipient, constituency, mp_name) in self._tellings
        )
        found = told, match, may_be_kept
        if len(self._matches) >= _MOST_REMEMBERED:
            self._matches.clear()
        self._matches[asked] = found
        return found

    def _when(self, moment: datetime, minute: int) -> tuple[int, date]:
        """Return the period of the Book, and a London date in it.

        The same within an hour, as offsets from UTC are whole hours.
        """
        day = london_date(moment)
        found = self._whens[minute // _HOUR_MINUTES] = (self._book.period(day), day)
        return found
