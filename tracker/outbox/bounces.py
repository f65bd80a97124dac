"""Reports of mail servers that an email of ours came back. Pure.

Only a delivery status notification counts (RFC 3464) that gives back our own Message-ID
and an address it failed for. A note that says so in words, an out-of-office note, a
report of a delay are something else. Whether the id is ours is known to the store.
"""

from dataclasses import dataclass
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage, Message

_MOST_REASON = 300


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a report says: which email, the addresses it failed for, and why."""

    message_id: str
    recipients: frozenset[str]
    reason: str


def read_bounce(raw: bytes) -> Bounce | None:
    """Return what the report says, None if this email is no report of a failure."""
    report = message_from_bytes(raw, policy=policy.default)
    if not isinstance(report, EmailMessage) or not _is_report(report):
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


def _is_report(report: EmailMessage) -> bool:
    if report.get_content_type() != "multipart/report":
        return False
    kind = str(report.get_param("report-type", "")).casefold()
    # A report answers nobody: servers send it from the empty address (RFC 3464 2).
    came_from = report["Return-Path"]
    is_from_server = came_from is None or str(came_from).strip() in ("", "<>")
    return kind == "delivery-status" and is_from_server


def _recipients(report: EmailMessage) -> list[Message]:
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            if isinstance(blocks, list):
                return [block for block in blocks[1:] if isinstance(block, Message)]
    return []


def _original_id(report: EmailMessage) -> str | None:
    """Return the Message-ID of the email that the report gives back."""
    for part in report.walk():
        kind = part.get_content_type()
        payload = part.get_payload()
        if kind == "message/rfc822" and isinstance(payload, list) and payload:
            inner = payload[0]
        elif kind == "text/rfc822-headers" and isinstance(payload, str):
            inner = message_from_string(payload, policy=policy.default)
        else:
            continue
        if isinstance(inner, Message) and inner["Message-ID"]:
            return str(inner["Message-ID"]).strip()
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
