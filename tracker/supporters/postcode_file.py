"""A file of postcodes as rows: the ONS Postcode Directory, or any CSV like it.

Owns which columns are understood. The directory has about 2.7 million rows, so they are
read one at a time, by as little Python as can be. Does not own where the rows are kept
(store/postcodes.py).
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TextIO

from tracker.parliament.seats import Boundaries, seat_named, seats_of
from tracker.rules.postcodes import (
    PostcodeError,
    compact_postcode,
    is_compact_postcode,
)
from tracker.store import StagedRow
from tracker.supporters.csv_file import ACCEPTED_NAMES

_POSTCODE_COLUMNS = ("pcds", "pcd", "pcd2", "pcd7", "pcd8", "postcode")
_NAME_COLUMNS = ("constituency", "constituency name", "constituency_name", "pcon_name")
_NAME_ENDS = ("nm", "name")
_ENDED_COLUMNS = ("doterm", "terminated")
_ADDRESS_COLUMNS = {
    name.lower() for name in ("supporter_email", *ACCEPTED_NAMES["supporter_email"])
}
_NOT_ENDED = frozenset({"", "0", "no", "false", "f", "n"})
_DELIMITERS = ",;\t"
_SAMPLE_ROWS = 2_000

_CodeOf = Callable[[str], str | None]


class PostcodeFileError(Exception):
    """A file that can't be loaded; the text is one sentence saying why."""


@dataclass(frozen=True, slots=True)
class PostcodeFile:
    """A file that can be loaded, and whose boundaries its codes are."""

    path: Path
    boundaries: Boundaries
    row_count: int


@dataclass(slots=True)
class LeftOut:
    """How many rows were passed over, by the reason; counted while rows are read."""

    seat_count: int = 0
    postcode_count: int = 0


@dataclass(frozen=True, slots=True)
class _Columns:
    postcode: int
    seat: int
    is_named: bool
    ended: int | None


def open_postcodes(path: Path) -> PostcodeFile:
    """Return what the file is, told by its head and its first rows.

    `row_count` is guessed from the file's size. Raises PostcodeFileError when there is
    no column of postcodes, or none of seats of one of the two sets of boundaries.
    """
    try:
        size = path.stat().st_size
        with _opened(path) as lines:
            reader, columns = _begun(lines)
            sample = list(islice(reader, _SAMPLE_ROWS))
            boundaries = _boundaries(path, chain(sample, reader), columns)
    except (OSError, csv.Error) as error:
        raise _unreadable(path, error) from error
    length = sum(len(",".join(row)) + 2 for row in sample) / len(sample)
    return PostcodeFile(path, boundaries, max(len(sample), int(size / length)))


def postcode_rows(
    file: PostcodeFile, left_out: LeftOut | None = None
) -> Iterator[StagedRow]:
    """Give (compact postcode, ONS code, is terminated) for every row that has a seat.

    Rows without one (the Channel Islands, the Isle of Man) are left out, as are texts
    that are no postcode: `left_out` counts them. Raises PostcodeFileError for a file that
    can't be read on.
    """
    try:
        with _opened(file.path) as lines:
            reader, columns = _begun(lines)
            code_of = _code_finder(columns, file.boundaries)
            yield from _rows(reader, columns, code_of, left_out or LeftOut())
    except (OSError, csv.Error) as error:
        raise _unreadable(file.path, error) from error


def _opened(path: Path) -> TextIO:
    # A byte that is no UTF-8 is taken as it is: `_code_finder` reads names with such.
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _begun(lines: TextIO) -> tuple[Iterator[list[str]], _Columns]:
    """Return the rows under the head, and which columns they have."""
    head = lines.readline()
    delimiter = max(_DELIMITERS, key=head.count)
    columns = _columns(next(csv.reader([head], delimiter=delimiter), []))
    return csv.reader(lines, delimiter=delimiter), columns


def _columns(head: Sequence[str]) -> _Columns:
    names = [name.strip().lower() for name in head]
    if not _ADDRESS_COLUMNS.isdisjoint(names):
        raise PostcodeFileError(
            "the file has a column of email addresses, so it is of supporters, not of"
            " postcodes: use `tracker emails import`"
        )
    postcode = _first(names, _POSTCODE_COLUMNS)
    seats = [place for place, name in enumerate(names) if name.startswith("pcon")]
    coded = [place for place in seats if not names[place].endswith(_NAME_ENDS)]
    named = [place for place in seats if place not in coded]
    written = _first(names, _NAME_COLUMNS)
    found = [*([] if written is None else [written]), *named, *coded]
    if postcode is None or not found:
        raise PostcodeFileError(
            "the file needs a column of postcodes (pcds or postcode) and one of"
            " constituencies (pcon…, or constituency)"
        )
    return _Columns(postcode, found[-1], not coded, _first(names, _ENDED_COLUMNS))


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _boundaries(path: Path, rows: Iterator[list[str]], columns: _Columns) -> Boundaries:
    """Return the boundaries that most of the first rows' codes or names belong to.

    Seats that were left as they were belong to both: rows are read on until there is a
    difference. With none in the whole file it is of today's seats.
    """
    old, new = _code_finder(columns, "2010"), _code_finder(columns, "2024")
    old_count = new_count = read_count = 0
    for row in rows:
        read_count += 1
        old_count += any(_rows([row], columns, old, LeftOut()))
        new_count += any(_rows([row], columns, new, LeftOut()))
        if read_count >= _SAMPLE_ROWS and old_count != new_count:
            break
    if not read_count:
        raise PostcodeFileError(f"{path} has a head and no row under it")
    if not old_count and not new_count:
        raise PostcodeFileError(
            f"no row of {path} has a postcode with a constituency of 2010 or 2024"
        )
    return "2010" if old_count > new_count else "2024"


def _code_finder(columns: _Columns, boundaries: Boundaries) -> _CodeOf:
    """Return what gives the ONS code for a cell, None for a cell that names no seat."""
    codes: dict[str, str | None] = {
        s.ons_code: s.ons_code for s in seats_of(boundaries)
    }
    if not columns.is_named:
        return codes.get
    known: dict[str, str | None] = {}

    def code_of(name: str) -> str | None:
        if name not in known:
            raw = name.encode("utf-8", "surrogateescape")
            text = name if name.isprintable() else raw.decode("cp1252", "replace")
            seat = seat_named(text, boundaries)
            known[name] = seat.ons_code if seat else codes.get(name)
        return known[name]

    return code_of


def _rows(
    rows: Iterable[Sequence[str]],
    columns: _Columns,
    code_of: _CodeOf,
    left_out: LeftOut,
) -> Iterator[StagedRow]:
    postcode_at, seat_at, ended_at = columns.postcode, columns.seat, columns.ended
    for row in rows:
        try:
            code = code_of(row[seat_at].strip())
            if code is None:
                left_out.seat_count += 1
                continue
            postcode = row[postcode_at].replace(" ", "")
            if not is_compact_postcode(postcode):
                postcode = compact_postcode(postcode)
            ended = row[ended_at] if ended_at is not None else ""
        except (PostcodeError, IndexError):
            left_out.postcode_count += bool(row)  # an empty line is no row
            continue
        yield postcode, code, ended.strip().lower() not in _NOT_ENDED


def _unreadable(path: Path, error: OSError | csv.Error) -> PostcodeFileError:
    said = error.strerror if isinstance(error, OSError) else None
    return PostcodeFileError(f"{path} cannot be read: {said or error}")
