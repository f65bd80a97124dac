"""Rows of a CSV file, one at a time, so that a million of them fit into little memory.

Owns encodings, delimiters, and which names a column may have in which system's export.
What a cell may hold is in rows.py.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from operator import itemgetter
from pathlib import Path

from tracker.supporters.rows import COLUMNS, Record, Rejected, read_cells

LONGEST_LINE = 1 << 20
MOST_COLUMNS = 1000
DELIMITERS = ",;\t"

ACCEPTED_NAMES: dict[str, tuple[str, ...]] = {
    "supporter_email": ("email", "Email", "Email Address", "Supporter Email"),
    "supporter_name": ("name",),
    "first_name": ("First Name",),
    "last_name": ("Last Name",),
    "postcode": ("zip_code", "Postcode", "can2_zip"),
    "mp_email": ("recipient", "to", "target_email"),
    "mp_name": ("target_name", "MP", "Target"),
    "constituency": ("Constituency", "area"),
    "sent_at": ("created_at", "Date Created", "date"),
    "message_id": ("Message-ID",),
    "subject": ("msg_subject", "Subject"),
    "consent_reminders_at": ("consent_given_at", "privacy.givenAt"),
    "consent_wording": (),
}
"""For each column the other names of product.md 5: those of the exports of Action Network
(zip_code, can2_zip, created_at), Engaging Networks (Supporter Email, Date Created, Target)
and proca (area, target_email, privacy.givenAt). The first one that a file has is taken."""

_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')


class FileRefusedError(Exception):
    """A file that can't be imported at all; the text is one sentence."""


@contextmanager
def csv_records(path: Path, now: datetime) -> Iterator["CsvRecords"]:
    """Give the file's rows; FileRefusedError if it is no CSV with the columns needed."""
    encoding = _encoding(path)
    with (
        path.open("rb") as binary,
        io.TextIOWrapper(
            binary, encoding=encoding, errors="replace", newline=""
        ) as text,
    ):
        yield CsvRecords(binary, text, now)


class CsvRecords:
    """An iterator over the rows, whose header has been read and understood."""

    def __init__(
        self, binary: io.BufferedReader, text: io.TextIOWrapper, now: datetime
    ) -> None:
        self._binary = binary
        # A line that never ends is cut: what comes of it is rejected, in little memory.
        lines = iter(partial(text.readline, LONGEST_LINE), "")
        self._skipped, header, delimiter = _header(lines)
        self._columns = _positions(header)
        self._reader = csv.reader(lines, delimiter=delimiter, strict=True)
        self._now = now

    @property
    def position(self) -> int:
        """How many bytes of the file have been read."""
        return self._binary.tell()

    def __iter__(self) -> Iterator[Record]:
        """Give each row in turn, with its first physical line; blank ones are left out."""
        pick = _picker(self._columns)
        reader, now = self._reader, self._now
        while True:
            line = self._skipped + reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Rejected(line, _reason(error))
                continue
            if any(cells):
                yield read_cells(line, pick(cells), now)


def _picker(columns: dict[str, int]) -> Callable[[list[str]], tuple[str, ...]]:
    """Return what picks the cells of COLUMNS from a record, "" for those it lacks."""
    places = [columns.get(column, -1) for column in COLUMNS]
    take = itemgetter(*places)
    width = max(places) + 1
    spare = [""] * (width + 1)

    def pick(cells: list[str]) -> tuple[str, ...]:
        if len(cells) < width:
            cells = cells + spare[len(cells) :]
        else:
            cells.append("")
        picked: tuple[str, ...] = take(cells)
        return picked

    return pick


def _encoding(path: Path) -> str:
    """Return UTF-8 if the whole file is that (a mark at its start is left out), else
    Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        start = file.read(4)
        _refuse_other_kinds(start)
        file.seek(0)
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8-sig"


def _refuse_other_kinds(start: bytes) -> None:
    kinds = {
        b"PK\x03\x04": "a spreadsheet or a zip archive",
        b"\xd0\xcf\x11\xe0": "an old spreadsheet",
        b"\x1f\x8b": "compressed",
        b"\xff\xfe": "in UTF-16",
        b"\xfe\xff": "in UTF-16",
        b"%PDF": "a PDF",
    }
    for mark, kind in kinds.items():
        if start.startswith(mark):
            raise FileRefusedError(
                f"the file is {kind}: save it as CSV (UTF-8) and import that"
            )


def _header(lines: Iterator[str]) -> tuple[int, list[str], str]:
    """Return how many lines were read, the columns' names, and the delimiter.

    The delimiter is the one by which most names are known ones; Excel's `sep=;` line is
    obeyed.
    """
    count = 0
    told = ""
    for line in lines:
        count += 1
        separator = _SEPARATOR_LINE.fullmatch(line)
        if separator:
            told = separator[1]
        elif line.strip():
            break
    else:
        raise FileRefusedError(
            "the file is empty: its first line must name the columns"
        )
    tried = [(_split(line, delimiter), delimiter) for delimiter in told or DELIMITERS]
    names, delimiter = max(tried, key=lambda pair: len(_positions_of(pair[0])))
    return count, names, delimiter


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _positions(header: list[str]) -> dict[str, int]:
    """Return where each column is; FileRefusedError if one that is needed is not."""
    if len(header) > MOST_COLUMNS:
        raise FileRefusedError(
            f"the file has {len(header)} columns; at most {MOST_COLUMNS} are read"
        )
    found = _positions_of(header)
    for needed in ("supporter_email", "sent_at"):
        if needed not in found:
            names = ", ".join((needed, *ACCEPTED_NAMES[needed]))
            raise FileRefusedError(
                f"the file has no column {needed}: its first line must name one of"
                f" {names}"
            )
    return found


def _positions_of(header: list[str]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(_plain(name), place)
    found: dict[str, int] = {}
    for column, others in ACCEPTED_NAMES.items():
        known = [_plain(name) for name in (column, *others)]
        match = next((name for name in known if name in places), None)
        if match is not None:
            found[column] = places[match]
    return found


def _plain(name: str) -> str:
    return " ".join(name.strip().casefold().split())


def _reason(error: csv.Error) -> str:
    said = str(error)
    if "field larger" in said:
        return "a cell is far too long: a quote may not have been closed"
    if "unexpected end" in said:
        return "a quote is opened and never closed"
    return "the quotes are not those of CSV: a quote inside a cell must be doubled"
