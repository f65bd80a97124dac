"""What one message of the drop mailbox is: an email to count, a bounce, or neither.

Owns the order of the questions. Pure but for what the Preparer remembers: a message in,
a value out; what is done with it is in mailbox.py.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import Message
from enum import StrEnum

from tracker.config import MotionSettings
from tracker.keys import normal_address
from tracker.parliament.seats import Boundaries
from tracker.rules.intake import Candidate
from tracker.rules.matching import UNPROVEN_SENDER, Match
from tracker.supporters.address_list import named_addresses
from tracker.supporters.drop_address import is_drop, supporter_of
from tracker.supporters.imap_box import MailboxMessage
from tracker.supporters.mail_head import (
    REPORT,
    MailHead,
    head_record,
    parsed_headers,
    read_head,
)
from tracker.supporters.prepare import Places, Preparer
from tracker.supporters.rows import EmailRow, Rejected
from tracker.supporters.sender_proof import is_proven

_DELIVERED = (
    *("Delivered-To", "X-Original-To", "Envelope-To", "X-Delivered-To"),
    *("Bcc", "To", "Cc"),
)
_PARLIAMENT = ("@parliament.uk", ".parliament.uk")
PARSING = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What Python's email package raises on headers that nobody has thought of."""
_OWN_SEAT = "OWNSEAT"
"""Stands for the postcode of a supporter whose seat is known by their drop address."""


class Kind(StrEnum):
    """What a message is."""

    EMAIL = "email"
    REPORT = "report"
    REPLY = "reply"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Tied:
    """The supporter whom a drop address of their own names."""

    person: str
    email: str
    name: str | None
    ons_code: str | None


@dataclass(frozen=True, slots=True)
class Read:
    """A message that was read: its kind, and for an email the candidates and motion.

    `reason` says why it is not counted, or could not be read.
    """

    kind: Kind
    reason: str | None = None
    motion: MotionSettings | None = None
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What messages are read by: the Members, the mailbox's names, who is tied to it.

    `people` are the supporters of those drop addresses that are in the messages.
    """

    preparer: Preparer[Candidate]
    motions: Sequence[MotionSettings]
    boundaries: Mapping[MotionSettings, Boundaries]
    drop: str
    sender: str
    our_hosts: Sequence[str]
    people: Mapping[int, Tied]
    key: bytes

    def read(self, message: MailboxMessage, now: datetime) -> Read:
        """Return what the message is; what can't be read has its reason."""
        headers = parsed_headers(message.data)
        head = read_head(message.data, envelope_at=message.arrived_at)
        if head.not_counted == REPORT:
            return Read(Kind.REPORT, REPORT)
        if reason := head.not_counted or self._is_reply(headers, head):
            return Read(Kind.REPLY, reason)
        row = head_record(message.uid, self._without_drop(head), now)
        if isinstance(row, Rejected):
            return Read(Kind.UNREADABLE, row.reason)
        motion = motion_named(row.subject, self.motions)
        found = self._candidates(row, motion, headers)
        return Read(Kind.EMAIL, None, motion, tuple(found))

    def _is_reply(self, headers: Message, head: MailHead) -> str | None:
        """Return why this is not a supporter's email to their MP; None if it may be."""
        address = normal_address(head.from_address)
        if self.preparer.is_members(address) or address.endswith(_PARLIAMENT):
            return "an answer from Parliament: it is not counted"
        if address == normal_address(self.sender) or is_drop(address, self.drop):
            return "an email of our own: it is not counted"
        if headers.get("In-Reply-To") or headers.get("References"):
            return "an answer to another email: it is not counted"
        return None

    def _without_drop(self, head: MailHead) -> MailHead:
        others = [a for a in head.recipients if not is_drop(a, self.drop)]
        return replace(head, recipients=tuple(others))

    def _candidates(
        self, row: EmailRow, motion: MotionSettings, headers: Message
    ) -> list[Candidate]:
        boundaries = self.boundaries[motion]
        tied = self.people.get(tied_id(headers, self.drop, self.key) or 0)
        seats: dict[str, str] = {}
        if tied is not None and tied.ons_code:
            row = row._replace(postcode=_OWN_SEAT)
            seats[_OWN_SEAT] = tied.ons_code
        places = Places(boundaries, boundaries, seats)
        found = list(self.preparer.emails(row, places))
        if tied is not None:
            found = [
                c._replace(person=tied.person, email=tied.email, name=tied.name)
                for c in found
            ]
        if is_proven(headers, self.our_hosts):
            return found
        return [_unproven(candidate) for candidate in found]


def tied_id(headers: Message, drop: str, key: bytes) -> int | None:
    """Return the supporter whose own drop address the message went to, if any."""
    if not drop:
        return None
    values = [str(v) for name in _DELIVERED for v in headers.get_all(name, [])]
    received = " ".join(str(v) for v in headers.get_all("Received", []))
    addresses = [address for _, address in named_addresses(values)]
    addresses += re.findall(r"\bfor\s+<?([^\s<>;]+@[^\s<>;]+)", received)
    return supporter_of(addresses, drop, key)


def motion_named(
    subject: str | None, motions: Sequence[MotionSettings]
) -> MotionSettings:
    """Return the motion whose number the subject has after "EDM", else the first."""
    said = re.findall(r"\bEDM\s*(?:No\.?\s*)?(\d{1,6})\b", subject or "", re.IGNORECASE)
    named = [motion for motion in motions if str(motion.number) in said]
    return named[0] if named else motions[0]


def _unproven(candidate: Candidate) -> Candidate:
    """Return the candidate for the review queue, whomever it names."""
    match = candidate.match
    near = (match.member_id,) if match.member_id is not None else match.suggestions
    return candidate._replace(match=Match(reason=UNPROVEN_SENDER, suggestions=near))
