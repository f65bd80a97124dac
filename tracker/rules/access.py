"""What a program's token allows. Pure (product.md 9)."""

from enum import StrEnum


class TokenScope(StrEnum):
    """One thing that a token may do."""

    NUDGES_READ = "nudges:read"
    EMAILS_WRITE = "emails:write"
    CONTACTS_WRITE = "contacts:write"
    SUPPORTERS_READ = "supporters:read"
    EVENTS_READ = "events:read"
