"""One email that came in, as a checked value, or why it can't be read. Pure.

Owns which columns there are, what their cells may hold and how times are read. Where a
row comes from (a file, the API) is for csv_file.py, mail_files.py and the routes.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import NamedTuple

from tracker.clock import LONDON
from tracker.keys import normal_address
from tracker.supporters.address_list import named_addresses

COLUMNS = (
    "supporter_email",
    "supporter_name",
    "first_name",
    "last_name",
    "postcode",
    "mp_email",
    "mp_name",
    "constituency",
    "sent_at",
    "message_id",
    "subject",
    "consent_reminders_at",
    "consent_wording",
)
"""The columns of product.md 5, in the order in which `read_cells` takes their cells."""

LONGEST_CELL = 1000
MOST_RECIPIENTS = 100
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_WORD = r"[^\s@<>()\[\],;:\"\\.]+"
_ADDRESS = re.compile(
    rf"(?=[^@]{{1,64}}@){_WORD}(?:\.{_WORD})*@{_LABEL}(?:\.{_LABEL})+"
)
_BRITISH = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:,?[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?(.*)",
    re.ASCII | re.DOTALL,
)
_ZONES = {"": "", "z": "+00:00", "utc": "+00:00", "gmt": "+00:00", "bst": "+01:00"}
_NAMED_ZONE = re.compile(r"(.*\d)\s*(utc|gmt|bst)", re.IGNORECASE | re.DOTALL)


# Named tuples, not dataclasses: a million of them are made, at a fifth of the cost.
class EmailRow(NamedTuple):
    """One email of a supporter, checked; empty cells are None, times are aware UTC.

    `line` is the first physical line of its record. `supporter_email` is normalised,
    `recipients` are addresses as they stood. `consent_at` and `consent_wording` are both
    there or both None.
    """

    line: int
    supporter_email: str
    supporter_name: str | None
    postcode: str | None
    recipients: tuple[str, ...]
    mp_name: str | None
    constituency: str | None
    sent_at: datetime
    message_id: str | None
    subject: str | None
    consent_at: datetime | None = None
    consent_wording: str | None = None


class Rejected(NamedTuple):
    """A row that can't be taken: its first physical line, and a reason without its cells."""

    line: int
    reason: str


Record = EmailRow | Rejected

# What EmailRow(...) does, at half the cost: it would first name each part.
_made: Callable[[tuple[object, ...]], EmailRow] = partial(tuple.__new__, EmailRow)
_NO_CONSENT = (None, None)


class RowError(ValueError):
    """A cell that can't be read; the text is a clause without the cell's content."""


def read_object(line: int, given: Mapping[str, object], now: datetime) -> Record:
    """Return the row of an object of the API, whose keys are the columns' names.

    `line` is its place in the list, from 1. A value must be text or null.
    """
    for column in COLUMNS:
        if not isinstance(given.get(column), str | None):
            return Rejected(line, f"{column} must be text")
    cells = [str(given.get(column) or "") for column in COLUMNS]
    return read_cells(line, cells, now)


def read_cells(line: int, cells: Sequence[str], now: datetime) -> Record:
    """Return the row of these cells, one for each of COLUMNS ("" where there is none)."""
    try:
        return _row(line, cells, now)
    except RowError as error:
        return Rejected(line, str(error))


def _row(line: int, cells: Sequence[str], now: datetime) -> EmailRow:
    address, name, first, last, postcode, recipients, *more = cells
    mp_name, seat, sent, message_id, subject, consent, wording = more
    consented = _consent(consent, clean(wording), now) if consent else _NO_CONSENT
    return _made(
        (
            line,
            read_address(address),
            clean(name) or clean(f"{first} {last}"),
            clean(postcode) if postcode else None,
            read_recipients(recipients) if recipients else (),
            clean_often(mp_name) if mp_name else None,
            clean_often(seat) if seat else None,
            read_sent_at(sent, now),
            bare_message_id(message_id) if message_id else None,
            clean_often(subject) if subject else None,
            *consented,
        )
    )


def clean(text: str) -> str | None:
    """Return a cell on one line without space around it, None if nothing is left."""
    if not text:
        return None
    if not text.isprintable():
        text = " ".join("".join(map(_visible, text)).split())
    return text.strip()[:LONGEST_CELL] or None


clean_often = lru_cache(maxsize=2_000)(clean)
"""`clean` for cells that many rows have in common, which are one text in memory then."""


def read_address(text: str) -> str:
    """Return the supporter's one address, normalised; RowError if it isn't one."""
    address = normal_address(text)
    is_seen = address.isprintable()  # the pattern lets control codes through
    if is_seen and _ADDRESS.fullmatch(address) and len(address) <= 254:
        return address
    if not address:
        raise RowError("supporter_email is empty")
    if address.count("@") > 1:
        raise RowError("supporter_email must be one address, not several")
    raise RowError("supporter_email is not an email address")


def read_recipients(text: str) -> tuple[str, ...]:
    """Return the addresses in a cell or header: with names or without, `,` or `;`."""
    if _ADDRESS.fullmatch(text):
        return (text,)
    pairs = named_addresses([text.replace(";", ",")])
    found = (address.strip() for _, address in pairs[:MOST_RECIPIENTS])
    return tuple(dict.fromkeys(a for a in found if "@" in a and a.isprintable()))


def read_sent_at(text: str, now: datetime) -> datetime:
    """Return when the email was sent; RowError if that is no time, or not believable."""
    try:
        moment = read_moment(text)
    except ValueError:
        if not text.strip():
            raise RowError("sent_at is empty") from None
        raise RowError(
            "sent_at is no time: ISO 8601 or DD/MM/YYYY HH:MM is taken"
        ) from None
    if moment > now + AHEAD:
        raise RowError("sent_at is more than a day ahead")
    if moment < EARLIEST:
        raise RowError(f"sent_at is before {EARLIEST.year}")
    return moment


def read_moment(text: str) -> datetime:
    """Return the moment in UTC: ISO 8601 or DD/MM/YYYY HH:MM; ValueError if it is none.

    Europe/London unless it says otherwise; of a time that came twice in a night, the
    first. A day alone is its midnight.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _moment_otherwise(text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=LONDON)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside of all calendars") from error


def bare_message_id(text: str) -> str | None:
    """Return a Message-ID without its brackets, None if there is none."""
    found = clean(text)
    if found is None:
        return None
    return found.removeprefix("<").removesuffix(">").strip() or None


def row_text(row: EmailRow, recipient: str) -> str:
    """Return all that the row says, whatever its file's columns were called.

    What a keyed hash is taken of, by which a row without a Member is found again.
    """
    parts = (
        *(row.supporter_email, row.supporter_name, row.postcode, recipient),
        *(row.mp_name, row.constituency, row.sent_at.isoformat()),
        *(row.message_id, row.subject),
    )
    return unicodedata.normalize("NFC", "\x1f".join(part or "" for part in parts))


def _visible(char: str) -> str:
    # The two joiners are part of names in Persian and in Indian scripts.
    return char if char.isprintable() or char in "\u200c\u200d" else " "


def _consent(
    text: str, wording: str | None, now: datetime
) -> tuple[datetime | None, str | None]:
    """Return when reminders were agreed to, and to what; both or nothing.

    A time that can't be read is no consent: the email still counts.
    """
    if not text or wording is None:
        return None, None
    try:
        given_at = read_moment(text)
    except ValueError:
        return None, None
    return (given_at, wording) if EARLIEST <= given_at <= now + AHEAD else (None, None)


def _moment_otherwise(text: str) -> datetime:
    named = _NAMED_ZONE.fullmatch(text)
    if named:
        text = named[1] + _ZONES[named[2].lower()]
    british = _BRITISH.fullmatch(text)
    if british is None:
        return datetime.fromisoformat(text)
    day, month, year, hour, minute, second, zone = british.groups()
    zone = zone.strip()
    date_text = f"{year}-{int(month):02d}-{int(day):02d}"
    time_text = f"T{int(hour or 0):02d}:{minute or '00'}:{second or '00'}"
    return datetime.fromisoformat(
        f"{date_text}{time_text}{_ZONES.get(zone.lower(), zone)}"
    )
