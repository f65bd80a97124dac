"""Every table, by noun. Importing this module fills `metadata` with all of them."""

from tracker.rules.matching import MatchMethod
from tracker.store.tables.access import ApiToken, AuditEntry, IdempotencyKey
from tracker.store.tables.alerts import SignAlert
from tracker.store.tables.calendar import Brake, ClosedDay, SessionDate
from tracker.store.tables.drop import MailboxNote, MailboxState, PendingErasure
from tracker.store.tables.follow_ups import (
    FollowUp,
    FollowUpMark,
    FollowUpPause,
    FollowUpRuleSeen,
    FollowUpState,
)
from tracker.store.tables.jobs import JobDone
from tracker.store.tables.members import (
    Member,
    MemberContact,
    MemberName,
    Membership,
    Post,
)
from tracker.store.tables.motions import Answer, Motion, Poll
from tracker.store.tables.offices import Contact, Correction
from tracker.store.tables.outbox import (
    Message,
    MessageKind,
    MessageState,
    SenderPause,
)
from tracker.store.tables.outgoing import (
    OutgoingEvent,
    ToldStanding,
    WebhookState,
    WebhookTry,
)
from tracker.store.tables.photos import MemberPhoto
from tracker.store.tables.places import PostcodeAnswer, PostcodeSeat, PostcodeTable
from tracker.store.tables.related import RelatedSigner
from tracker.store.tables.reports import SupporterReport
from tracker.store.tables.signatures import Signature, SignatureEvent
from tracker.store.tables.supporters import (
    Consent,
    ConsentKind,
    EmailState,
    Import,
    Supporter,
    SupporterEmail,
    Suppressed,
    Tally,
    Way,
)
from tracker.store.tables.types import metadata
from tracker.store.tables.users import CalendarKey, StaffSession, StaffUser

__all__ = [
    "Answer",
    "ApiToken",
    "AuditEntry",
    "Brake",
    "CalendarKey",
    "ClosedDay",
    "Consent",
    "ConsentKind",
    "Contact",
    "Correction",
    "EmailState",
    "FollowUp",
    "FollowUpMark",
    "FollowUpPause",
    "FollowUpRuleSeen",
    "FollowUpState",
    "IdempotencyKey",
    "Import",
    "JobDone",
    "MailboxNote",
    "MailboxState",
    "MatchMethod",
    "Member",
    "MemberContact",
    "MemberName",
    "MemberPhoto",
    "Membership",
    "Message",
    "MessageKind",
    "MessageState",
    "Motion",
    "OutgoingEvent",
    "PendingErasure",
    "Poll",
    "Post",
    "PostcodeAnswer",
    "PostcodeSeat",
    "PostcodeTable",
    "RelatedSigner",
    "SenderPause",
    "SessionDate",
    "SignAlert",
    "Signature",
    "SignatureEvent",
    "StaffSession",
    "StaffUser",
    "Supporter",
    "SupporterEmail",
    "SupporterReport",
    "Suppressed",
    "Tally",
    "ToldStanding",
    "Way",
    "WebhookState",
    "WebhookTry",
    "metadata",
]
