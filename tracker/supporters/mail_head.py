"""What the headers of an email tell: who wrote to whom and when, and whether it counts.

Pure: bytes in, a value out. Only headers are looked at, however broken they are. Which
addresses are MPs' is not known here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import parsedate_tz

from tracker.clock import LONDON
from tracker.supporters.address_list import named_addresses
from tracker.supporters.rows import (
    EARLIEST,
    Record,
    Rejected,
    bare_message_id,
    read_cells,
    read_recipients,
)

HEADERS_LIMIT = 256 * 1024
"""Bytes of headers that are read; what comes after is left out."""

AUTOMATIC = "an automatic reply: it is not counted"
REPORT = "a delivery report: it is not counted"

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_NO_ZONE = re.compile(r"\d:\d{2}(:\d{2})?(\s+\d{4})?\s*$")
"""A date that ends with its time, or with the year after it."""
_ROBOTS = ("mailer-daemon@", "postmaster@")


@dataclass(frozen=True, slots=True)
class MailHead:
    """The headers of one email; None for what they lack.

    `sent_at` is the Date header's, else when a server received it, else the envelope's.
    `not_counted` says why it is no email from a supporter, if it is none.
    """

    from_name: str | None
    from_address: str
    recipients: tuple[str, ...]
    sent_at: datetime | None
    message_id: str | None
    subject: str | None
    not_counted: str | None = None


def read_head(data: bytes, *, envelope_at: datetime | None = None) -> MailHead:
    """Return what the headers at the start of `data` tell; a body may follow or not."""
    headers = parsed_headers(data)
    from_name, from_address = next(iter(_addresses(headers, "From")), ("", ""))
    return MailHead(
        from_name=_decoded(from_name) or None,
        from_address=from_address,
        recipients=_recipients(headers),
        sent_at=_sent_at(headers) or envelope_at,
        message_id=bare_message_id(_header(headers, "Message-ID")),
        subject=_decoded(_header(headers, "Subject")) or None,
        not_counted=_not_counted(headers, from_address),
    )


def parsed_headers(data: bytes) -> Message:
    """Return the headers at the start of `data`, in their order, as they were written."""
    text = _text(_END_OF_HEADERS.split(data[:HEADERS_LIMIT], maxsplit=1)[0])
    return HeaderParser(policy=compat32).parsestr(text, headersonly=True)


def head_record(line: int, head: MailHead, now: datetime) -> Record:
    """Return the email as a row for the import, or why it is none."""
    if head.not_counted:
        return Rejected(line, head.not_counted)
    if not head.from_address:
        return Rejected(line, "the email has no From")
    if head.sent_at is None:
        return Rejected(line, "the email has no date")
    record = read_cells(
        line,
        (
            *(head.from_address, head.from_name or "", "", "", "", ""),
            *("", "", head.sent_at.isoformat()),
            *(head.message_id or "", head.subject or "", "", ""),
        ),
        now,
    )
    if isinstance(record, Rejected):
        reason = record.reason.replace("supporter_email", "the email's From")
        return Rejected(line, reason.replace("sent_at", "the email's date"))
    return record._replace(recipients=head.recipients)


def _text(head: bytes) -> str:
    """Return the headers as text: UTF-8, else Windows-1252, without NULs."""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = head.decode("cp1252", "replace")
    return text.replace("\0", "")


def _header(headers: Message, name: str) -> str:
    """Return a header's first value on one line, "" if there is none."""
    return " ".join(str(headers.get(name, "")).split())


def _addresses(headers: Message, *names: str) -> list[tuple[str, str]]:
    values = [str(v) for name in names for v in headers.get_all(name, [])]
    # Broken encoded words are of no matter here: addresses stand outside of them.
    return [pair for pair in named_addresses(values) if "@" in pair[1]]


def _recipients(headers: Message) -> tuple[str, ...]:
    found: Iterable[str] = (
        address
        for _, pair in _addresses(headers, "To", "Cc")
        for address in read_recipients(pair)
    )
    return tuple(dict.fromkeys(found))


def _sent_at(headers: Message) -> datetime | None:
    stamps = [_header(headers, "Date")]
    received = headers.get_all("Received", [])
    stamps += [str(value).rpartition(";")[2] for value in received[:1]]
    for stamp in stamps:
        moment = mail_moment(stamp)
        if moment is not None and moment >= EARLIEST:
            return moment
    return None


def mail_moment(stamp: str) -> datetime | None:
    """Return the moment of a mail's date in UTC, None if it can't be read.

    Europe/London without a zone; `-0000` is UTC (RFC 5322).
    """
    try:
        parsed = parsedate_tz(stamp)
        if parsed is None:
            return None
        moment = datetime(*parsed[:6])  # noqa: DTZ001 - the zone follows
        if _NO_ZONE.search(stamp):
            return moment.replace(tzinfo=LONDON).astimezone(UTC)
        zone = timezone(timedelta(seconds=parsed[9] or 0))
        return moment.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError, IndexError, TypeError):
        return None


def _not_counted(headers: Message, from_address: str) -> str | None:
    kind = _header(headers, "Content-Type").casefold()
    if kind.startswith("multipart/report") or _header(headers, "Return-Path") == "<>":
        return REPORT
    if from_address.casefold().startswith(_ROBOTS):
        return REPORT
    submitted = _header(headers, "Auto-Submitted").casefold()
    if submitted and not submitted.startswith("no"):
        return AUTOMATIC
    precedence = _header(headers, "Precedence").casefold()
    if precedence == "auto_reply" or headers.get("X-Autoreply") is not None:
        return AUTOMATIC
    return None


def _decoded(text: str) -> str:
    """Return a header with its encoded words read; broken ones stay as they stand."""
    try:
        parts = decode_header(text)
        return "".join(
            part
            if isinstance(part, str)
            else part.decode(charset or "ascii", "replace")
            for part, charset in parts
        ).strip()
    except (ValueError, LookupError, HeaderParseError):
        return text.strip()
