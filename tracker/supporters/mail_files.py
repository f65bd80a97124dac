"""Emails of an .mbox or .eml file, one at a time, however large the file is.

Owns where one message ends and the next begins. What the headers mean is in
mail_head.py; bodies are passed over and never kept.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path

from tracker.supporters.csv_file import FileRefusedError
from tracker.supporters.mail_head import (
    HEADERS_LIMIT,
    head_record,
    mail_moment,
    read_head,
)
from tracker.supporters.rows import Record

_LINE_LIMIT = 64 * 1024
_SEPARATOR = re.compile(
    rb"From \S* .*\d{1,2}:\d{2}(:\d{2})?.*\d{4}|From \S+ .*\d{4}-\d{2}"
)
_HEADER = re.compile(rb">?[!-9;-~]+[ \t]*:")


@contextmanager
def mbox_records(path: Path, now: datetime) -> Iterator["MboxRecords"]:
    """Give the emails of a mailbox file; FileRefusedError if it is none."""
    with path.open("rb") as file:
        yield MboxRecords(file, now)


@contextmanager
def eml_records(path: Path, now: datetime) -> Iterator["EmlRecord"]:
    """Give the one email of a file."""
    with path.open("rb") as file:
        yield EmlRecord(file.read(HEADERS_LIMIT), now)


class EmlRecord:
    """An iterator over the one email of an .eml file."""

    def __init__(self, data: bytes, now: datetime) -> None:
        if b":" not in data:
            raise FileRefusedError("the file is no email: it has no headers")
        self._data, self._now = data, now
        self.position = len(data)

    def __iter__(self) -> Iterator[Record]:
        """Give the email."""
        data, envelope_at = self._data, None
        if data.startswith(b"From "):
            first, _, data = data.partition(b"\n")
            envelope_at = _envelope_at(first)
        yield head_record(1, read_head(data, envelope_at=envelope_at), self._now)


class MboxRecords:
    """An iterator over the emails of an .mbox file.

    A message begins at a line `From … DATE` at the file's start or after an empty line,
    with a header after it. `>From ` is a quoted line of a body, and so is a `From ` that
    has no date: nothing is broken in two by a sentence.
    """

    def __init__(self, file: BufferedReader, now: datetime) -> None:
        self._file, self._now = file, now
        self._line = 0
        self._after = b""
        self._is_line_start = True
        self._envelope = self._next_line()
        if not _SEPARATOR.match(self._envelope):
            raise FileRefusedError(
                "the file is no .mbox: its first line must be `From ADDRESS DATE`"
            )

    @property
    def position(self) -> int:
        """How many bytes of the file have been read."""
        return self._file.tell()

    def __iter__(self) -> Iterator[Record]:
        """Give each email in turn, with the line at which it begins."""
        while self._envelope:
            line, envelope_at = self._line, _envelope_at(self._envelope)
            head = read_head(self._head(), envelope_at=envelope_at)
            self._envelope = self._skip_body()
            yield head_record(line, head, self._now)

    def _head(self) -> bytes:
        """Read the headers up to the empty line after them."""
        lines: list[bytes] = []
        size = 0
        while (line := self._next_line()).strip(b"\r\n"):
            if size < HEADERS_LIMIT:
                lines.append(line)
            size += len(line)
        return b"".join(lines)

    def _skip_body(self) -> bytes:
        """Read on to the next message, and return the line it begins with."""
        is_after_empty = True
        while line := self._next_line():
            if is_after_empty and line.startswith(b"From ") and self._begins(line):
                return line
            is_after_empty = self._is_line_start and not line.strip(b"\r\n")
        return b""

    def _begins(self, line: bytes) -> bool:
        """Return whether this is the first line of a message, by the one after it."""
        if not _SEPARATOR.match(line):
            return False
        self._after = self._file.readline(_LINE_LIMIT)
        return not self._after or bool(_HEADER.match(self._after))

    def _next_line(self) -> bytes:
        """Return the next line, or a piece of one that is very long; b"" at the end."""
        line, self._after = self._after or self._file.readline(_LINE_LIMIT), b""
        self._line += self._is_line_start and bool(line)
        self._is_line_start = line.endswith(b"\n")
        return line


def _envelope_at(line: bytes) -> datetime | None:
    """Return when the message was delivered, by its `From ` line: UTC (RFC 4155)."""
    text = line.decode("ascii", "replace").strip()
    stamp = " ".join(text.split()[2:])
    if not re.search(r"[+-]\d{4}|[A-Z]{3}$", stamp):
        stamp += " -0000"
    moment = mail_moment(stamp)
    return moment.astimezone(UTC) if moment else None
