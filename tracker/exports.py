"""Tables to take away: signatures, events and the nudge list as CSV, JSON and XLSX.

Owns columns, cells and the three formats. Pure: values in, bytes out; whoever asks sends
or saves them. What is in a line comes from board/ and the ledger.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import UTC, datetime
from typing import Literal

import xlsxwriter

from tracker.board import NudgeRow, SignatureLine, nudge_object
from tracker.store.tables import SignatureEvent

Cell = str | int | bool | datetime | None
Format = Literal["csv", "json", "xlsx"]

EVENT_COLUMNS = (
    "id",
    "kind",
    "again",
    "member_id",
    "name",
    "party",
    "constituency",
    "happened_at",
    "time_from",
    "observed_at",
    "backfilled",
    "signature_id",
)
_NUDGE_COLUMNS = (
    "member_id",
    "name",
    "party",
    "constituency",
    "status",
    "why",
    "supporters",
    "first_email_at",
    "last_email_at",
    "last_contact_at",
    "call_back_on",
    "replies_reported",
    "hints",
    "phones",
    "emails",
)
_SIGNATURE_COLUMNS = tuple(field.name for field in fields(SignatureLine))

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
_XLSX_CELL_LENGTH = 32_767
XLSX_OPTIONS = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under named columns; `name` is also the sheet's and the file's."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def signatures_table(lines: Iterable[SignatureLine]) -> Table:
    """Return one row per signature, in the order given."""
    rows = tuple(astuple(line) for line in lines)
    return Table("signatures", _SIGNATURE_COLUMNS, rows)


def events_table(events: Iterable[SignatureEvent]) -> Table:
    """Return one row per event, in the order given."""
    rows = tuple(
        tuple(getattr(event, column) for column in EVENT_COLUMNS) for event in events
    )
    return Table("events", EVENT_COLUMNS, rows)


def nudges_table(rows: Iterable[NudgeRow]) -> Table:
    """Return one row per Member on the nudge list, in its order; staff only.

    Hints and ways to an office are one cell each, their parts between semicolons.
    """
    objects = [nudge_object(row) for row in rows]
    return Table(
        "nudges",
        _NUDGE_COLUMNS,
        tuple(tuple(_flat(one[name]) for name in _NUDGE_COLUMNS) for one in objects),
    )


def _flat(value: object) -> Cell:
    """Return a value of the JSON's objects as one cell."""
    if isinstance(value, list):
        return "; ".join(" · ".join(map(str, part.values())) for part in value)
    return value if isinstance(value, str | int | None) else str(value)


def render(table: Table, fmt: Format) -> bytes:
    """Return the table as a file of that format.

    Moments are ISO 8601 in UTC with `Z` in all three. In CSV and XLSX a text that a
    spreadsheet would run as a formula gets a leading `'`.
    """
    writers = {"csv": _as_csv, "json": _as_json, "xlsx": _as_xlsx}
    return writers[fmt](table)


def utc_text(moment: datetime) -> str:
    """Return an aware moment as ISO 8601 in UTC with `Z`; fractions only if it has any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _as_csv(table: Table) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(table.columns)
    writer.writerows([csv_cell(cell) for cell in row] for row in table.rows)
    # With a byte order mark: without it Excel reads "Ynys Môn" as Windows-1252, and
    # the common readers (pandas, csvkit, sqlite3, LibreOffice) take it away themselves.
    return text.getvalue().encode("utf-8-sig")


def csv_cell(cell: Cell) -> str | int | None:
    """Return the cell as CSV has it: harmless, with `true` and `false`."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return _harmless(cell)


def _as_json(table: Table) -> bytes:
    rows = [
        dict(zip(table.columns, (plain_cell(cell) for cell in row), strict=True))
        for row in table.rows
    ]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


def _as_xlsx(table: Table) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True, **XLSX_OPTIONS}) as book:
        # Else it would read the clock: the same table is the same bytes.
        book.set_properties({"created": _NO_DATE})
        sheet = book.add_worksheet(table.name)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, table.columns, book.add_format({"bold": True}))
        for line, row in enumerate(table.rows, start=1):
            write_line(sheet, line, row)
    return file.getvalue()


def write_line(
    sheet: xlsxwriter.worksheet.Worksheet, line: int, row: Sequence[Cell]
) -> None:
    """Write one row of harmless cells at `line`, counted from 0."""
    for place, cell in enumerate(row):
        value = _harmless(cell)
        if isinstance(value, bool):
            sheet.write_boolean(line, place, value)
        elif isinstance(value, int):
            sheet.write_number(line, place, value)
        elif value:
            sheet.write_string(line, place, value[:_XLSX_CELL_LENGTH])


def _harmless(cell: Cell) -> str | int | bool | None:
    """Return the cell so that no spreadsheet takes its text for a formula."""
    value = plain_cell(cell)
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def plain_cell(cell: Cell) -> str | int | bool | None:
    """Return the cell as JSON has it: as it is, moments as text."""
    return utc_text(cell) if isinstance(cell, datetime) else cell
