"""Reports of mail servers that an email of ours came back. Pure.

Only a delivery status notification counts (RFC 3464) that gives back our own Message-ID
and an address it failed for. A note that says so in words, an out-of-office note, a
report of a delay are something else. Whether the id is ours is known to the store.

Headers are read as they stand (`compat32`): the library's newer reader takes a minute
for 200 KB of parameters that somebody made up (measured).
"""

import re
from dataclasses import dataclass
from email import message_from_bytes, message_from_string
from email.message import Message

_MOST_REASON = 300
_MOST_TYPE = 4_000
"""Letters of a Content-Type: each parameter of a long one takes the reader longer."""
_TYPE = re.compile(rb"(?im)^content-type:[^\n]*(?:\n[ \t][^\n]*)*")


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a report says: which email, the addresses it failed for, and why."""

    message_id: str
    recipients: frozenset[str]
    reason: str


def read_bounce(raw: bytes) -> Bounce | None:
    """Return what the report says, None if this email is no report of a failure."""
    if any(len(found) > _MOST_TYPE for found in _TYPE.findall(raw)):
        return None
    try:
        return _read(message_from_bytes(raw))
    except RecursionError:  # parts in parts in parts: no mail server's report
        return None


def _read(report: Message) -> Bounce | None:
    if not _is_report(report):
        return None
    failed = [fields for fields in _recipients(report) if _action(fields) == "failed"]
    message_id = _original_id(report)
    if not failed or message_id is None:
        return None
    recipients = frozenset(
        address
        for fields in failed
        for name in ("Original-Recipient", "Final-Recipient")
        if (address := _address(fields[name]))
    )
    return Bounce(message_id, recipients, _reason(failed[0]))


def _is_report(report: Message) -> bool:
    if report.get_content_type() != "multipart/report":
        return False
    kind = str(report.get_param("report-type", "")).casefold()
    # A report answers nobody: servers send it from the empty address (RFC 3464 2).
    came_from = report["Return-Path"]
    is_from_server = came_from is None or str(came_from).strip() in ("", "<>")
    return kind == "delivery-status" and is_from_server


def _recipients(report: Message) -> list[Message]:
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            if isinstance(blocks, list):
                return [block for block in blocks[1:] if isinstance(block, Message)]
    return []


def _original_id(report: Message) -> str | None:
    """Return the Message-ID of the email that the report gives back."""
    for part in report.walk():
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload:
            inner = payload[0]
        elif kind == "text/rfc822-headers" and isinstance(payload, str):
            inner = message_from_string(payload)
        else:
            continue
        if isinstance(inner, Message) and inner["Message-ID"]:
            return " ".join(str(inner["Message-ID"]).split())
    return None


def _action(fields: Message) -> str:
    return str(fields["Action"] or "").strip().casefold()


def _address(field: object) -> str | None:
    """Return the address in `rfc822; name@example.org`, in lower case."""
    kind, _, address = str(field or "").partition(";")
    if kind.strip().casefold() not in ("rfc822", "utf-8") or "@" not in address:
        return None
    return address.strip().strip("<>").casefold()


def _reason(fields: Message) -> str:
    said = str(fields["Diagnostic-Code"] or "").partition(";")[2]
    words = " ".join((said or str(fields["Status"] or "no reason given")).split())
    return "".join(char for char in words if char.isprintable())[:_MOST_REASON]
