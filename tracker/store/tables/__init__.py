"""Every table, by noun. Importing this module fills `metadata` with all of them."""

from tracker.store.tables.calendar import Brake, ClosedDay, SessionDate
from tracker.store.tables.jobs import JobDone
from tracker.store.tables.members import (
    Member,
    MemberContact,
    MemberName,
    Membership,
    Post,
)
from tracker.store.tables.motions import Answer, Motion, Poll
from tracker.store.tables.signatures import Signature, SignatureEvent
from tracker.store.tables.types import metadata

__all__ = [
    "Answer",
    "Brake",
    "ClosedDay",
    "JobDone",
    "Member",
    "MemberContact",
    "MemberName",
    "Membership",
    "Motion",
    "Poll",
    "Post",
    "SessionDate",
    "Signature",
    "SignatureEvent",
    "metadata",
]
