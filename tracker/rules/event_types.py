"""The types of what other programs are told (product.md section 7). Pure.

Owns the names only; what each carries belongs to the outbox.
"""

from enum import StrEnum


class EventType(StrEnum):
    """What a webhook or the list of outgoing events may carry."""

    SIGNATURE_SIGNED = "signature.signed"
    SIGNATURE_WITHDRAWN = "signature.withdrawn"
    SIGNATURE_REMOVED = "signature.removed"
    MEMBER_NEEDS_NUDGE = "member.needs_nudge"
    MEMBER_STATUS_CHANGED = "member.status_changed"
    MEMBER_LEFT = "member.left"
    FOLLOW_UP_DUE = "follow_up.due"
    POLL_FAILING = "poll.failing"
    POLL_RECOVERED = "poll.recovered"
    SUPPORTER_ERASED = "supporter.erased"
    PING = "ping"


MEMBER_EVENT_TYPES = (
    EventType.SIGNATURE_SIGNED,
    EventType.SIGNATURE_WITHDRAWN,
    EventType.SIGNATURE_REMOVED,
    EventType.MEMBER_NEEDS_NUDGE,
    EventType.MEMBER_STATUS_CHANGED,
    EventType.MEMBER_LEFT,
)
"""Those about one Member: the only ones that a follow-up to supporters can wait for."""
