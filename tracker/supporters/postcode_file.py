"""A file of postcodes as rows: the ONS Postcode Directory, or any CSV like it.

Owns which columns are understood. The directory has about 2.7 million rows, so they are
read one at a time. Does not own where the rows are kept (store/postcodes.py).
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from tracker.parliament.seats import Boundaries, seat_named, seats_of
from tracker.rules.postcodes import PostcodeError, compact_postcode

_POSTCODE_COLUMNS = ("pcds", "pcd", "pcd2", "pcd7", "pcd8", "postcode")
_NAME_COLUMNS = ("constituency", "constituency name", "constituency_name", "pcon_name")
_ENDED_COLUMNS = ("doterm", "terminated")
_SAMPLE_ROWS = 2_000


class PostcodeFileError(Exception):
    """A file that can't be loaded; the text is one sentence saying why."""


@dataclass(frozen=True, slots=True)
class PostcodeFile:
    """A file that can be loaded, and whose boundaries its codes are."""

    path: Path
    boundaries: Boundaries
    row_count: int


@dataclass(frozen=True, slots=True)
class _Columns:
    postcode: int
    seat: int
    is_named: bool
    ended: int | None


def open_postcodes(path: Path) -> PostcodeFile:
    """Return what the file is, told by its head and its first rows.

    `row_count` is guessed from the file's size. Raises PostcodeFileError when there is
    no column of postcodes, or of seats whose codes are of one set of boundaries.
    """
    try:
        size = path.stat().st_size
        with _opened(path) as lines:
            reader = csv.reader(lines)
            columns = _columns(next(reader, []))
            sample = [row for row, _ in zip(reader, range(_SAMPLE_ROWS), strict=False)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PostcodeFileError(f"{path} cannot be read: {error}") from error
    if not sample:
        raise PostcodeFileError(f"{path} has a head and no row under it")
    length = sum(len(",".join(row)) + 2 for row in sample) / len(sample)
    return PostcodeFile(path, _boundaries(sample, columns), int(size / length))


def postcode_rows(file: PostcodeFile) -> Iterator[tuple[str, str, bool]]:
    """Give (compact postcode, ONS code, is terminated) for every row that has a seat.

    Rows without one (the Channel Islands, the Isle of Man) are left out, as are texts
    that are no postcode.
    """
    codes = {seat.ons_code for seat in seats_of(file.boundaries)}
    with _opened(file.path) as lines:
        reader = csv.reader(lines)
        columns = _columns(next(reader, []))
        for row in reader:
            read = _row(row, columns, codes, file.boundaries)
            if read is not None:
                yield read


def _opened(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", newline="")


def _columns(head: Sequence[str]) -> _Columns:
    names = [name.strip().lower() for name in head]
    postcode = _first(names, _POSTCODE_COLUMNS)
    coded = [place for place, name in enumerate(names) if name.startswith("pcon")]
    coded = [place for place in coded if not names[place].endswith("name")]
    named = _first(names, _NAME_COLUMNS)
    seat = coded[-1] if coded else named
    if postcode is None or seat is None:
        raise PostcodeFileError(
            "the file needs a column of postcodes (pcds or postcode) and one of"
            " constituencies (pcon…, or constituency)"
        )
    return _Columns(postcode, seat, not coded, _first(names, _ENDED_COLUMNS))


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _boundaries(sample: Sequence[Sequence[str]], columns: _Columns) -> Boundaries:
    """Return the boundaries that most of the sample's codes or names belong to."""
    found: dict[Boundaries, int] = {"2010": 0, "2024": 0}
    for boundaries in found:
        codes = {seat.ons_code for seat in seats_of(boundaries)}
        found[boundaries] = sum(
            _row(row, columns, codes, boundaries) is not None for row in sample
        )
    if found["2010"] == found["2024"]:
        raise PostcodeFileError(
            "the file's constituencies are neither those of 2010 nor those of 2024"
        )
    return "2010" if found["2010"] > found["2024"] else "2024"


def _row(
    row: Sequence[str], columns: _Columns, codes: set[str], boundaries: Boundaries
) -> tuple[str, str, bool] | None:
    try:
        postcode = compact_postcode(row[columns.postcode])
        code = row[columns.seat].strip()
        ended = row[columns.ended].strip() if columns.ended is not None else ""
    except (PostcodeError, IndexError):
        return None
    if columns.is_named:
        seat = seat_named(code, boundaries)
        code = seat.ons_code if seat else ""
    return (postcode, code, bool(ended)) if code in codes else None
