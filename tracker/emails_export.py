"""Supporters' emails to take away, for staff: written as they are read.

Owns the columns, and writing a table of any length in little memory. It names people:
whoever asks for it is put into the audit log. Cells are exports.py's.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import xlsxwriter

from tracker.exports import (
    XLSX_OPTIONS,
    Cell,
    Format,
    csv_cell,
    plain_cell,
    write_line,
)
from tracker.store import EmailLine

EMAIL_COLUMNS = (
    *("id", "sent_at", "state", "member_id", "member", "method", "way", "reason"),
    *("supporter_ref", "supporter_name", "supporter_email", "ons_code"),
    *("message_id", "subject", "decided_by", "decided_at"),
)
XLSX_ROWS = 1_048_575
"""Rows that a sheet can have below its heading."""


class TooLongError(Exception):
    """More rows than a sheet can have; the text is one sentence."""


def email_row(line: EmailLine) -> tuple[Cell, ...]:
    """Return the cells of an email; those of an erased person are empty."""
    email, member, person = line.email, line.member, line.supporter
    return (
        email.id,
        email.sent_at,
        email.state.value,
        email.member_id,
        member.name if member else None,
        email.method.value if email.method else None,
        email.way.value,
        email.reason,
        person.ref,
        person.name,
        person.email,
        person.ons_code,
        email.message_id,
        email.subject,
        email.decided_by,
        email.decided_at,
    )


def write_emails(file: BinaryIO, lines: Iterable[EmailLine], fmt: Format) -> int:
    """Write the emails as a file of that format; return how many there were."""
    counter = _Counter(email_row(line) for line in lines)
    {"csv": _write_csv, "json": _write_json, "xlsx": _write_xlsx}[fmt](file, counter)
    return counter.count


class _Counter:
    """An iterator over rows that knows how many it has given."""

    def __init__(self, rows: Iterable[tuple[Cell, ...]]) -> None:
        self._rows = iter(rows)
        self.count = 0

    def __iter__(self) -> Iterator[tuple[Cell, ...]]:
        for row in self._rows:
            self.count += 1
            yield row


def _write_csv(file: BinaryIO, rows: _Counter) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    writer = csv.writer(text)
    writer.writerow(EMAIL_COLUMNS)
    writer.writerows([csv_cell(cell) for cell in row] for row in rows)
    text.flush()
    text.detach()


def _write_json(file: BinaryIO, rows: _Counter) -> None:
    separator = "[\n"
    for row in rows:
        cells = (plain_cell(cell) for cell in row)
        document = dict(zip(EMAIL_COLUMNS, cells, strict=True))
        file.write((separator + json.dumps(document, ensure_ascii=False)).encode())
        separator = ",\n"
    file.write(b"\n]\n" if rows.count else b"[]\n")


def _write_xlsx(file: BinaryIO, rows: _Counter) -> None:
    # The rows go to a temporary file as they come; the sheet is put together at the end.
    options = {"constant_memory": True, **XLSX_OPTIONS}
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet("emails")
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, EMAIL_COLUMNS, book.add_format({"bold": True}))
        for line, row in enumerate(rows, start=1):
            if line > XLSX_ROWS:
                raise TooLongError(
                    f"a sheet has at most {XLSX_ROWS:,} rows: export the emails as CSV"
                )
            write_line(sheet, line, row)
