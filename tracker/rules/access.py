"""What a program's token allows, and how it may be named. Pure (product.md 9)."""

from enum import StrEnum


class TokenScope(StrEnum):
    """One thing that a token may do."""

    NUDGES_READ = "nudges:read"
    EMAILS_WRITE = "emails:write"
    CONTACTS_WRITE = "contacts:write"
    SUPPORTERS_READ = "supporters:read"
    EVENTS_READ = "events:read"


LONGEST_TOKEN_NAME = 100


class TokenNameError(ValueError):
    """A token's name that is not taken; the text says what a name takes."""


def checked_token_name(text: str) -> str:
    """Return a token's name without blanks around it; TokenNameError if it is not taken."""
    name = text.strip()
    if not name or len(name) > LONGEST_TOKEN_NAME or not name.isprintable():
        raise TokenNameError(
            f"takes 1 to {LONGEST_TOKEN_NAME} characters that can be seen"
        )
    return name
