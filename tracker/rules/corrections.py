"""What staff may write down of a Member beside Parliament's data, and what is taken. Pure.

Product.md 4 and 6: that a Member does not sign by convention, their own page on motions,
and that their office asked not to be emailed.
"""

from enum import StrEnum
from urllib.parse import urlsplit

LONGEST_REASON = 200
LONGEST_URL = 500


class CorrectionKind(StrEnum):
    """What is corrected."""

    CANNOT_SIGN = "cannot_sign"
    POSITION_URL = "position_url"
    NO_EMAIL = "no_email"


class CorrectionError(ValueError):
    """A value that can't be kept; the text is one sentence."""


def checked_correction(kind: CorrectionKind, text: str) -> str | None:
    """Return the value as it is kept, None for nothing; CorrectionError if it is not taken.

    A reason is one line; a page is an address of the web, without a name or password.
    """
    value = " ".join(text.split())
    if not value:
        return None
    if kind is CorrectionKind.POSITION_URL:
        return _checked_url(value)
    if len(value) > LONGEST_REASON:
        raise CorrectionError(f"A reason takes at most {LONGEST_REASON} characters.")
    return value


def _checked_url(value: str) -> str:
    wrong = "A page takes an address such as https://example.org/motions, or nothing."
    try:
        parts = urlsplit(value)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        raise CorrectionError(wrong) from None
    if not is_web or "@" in parts.netloc or " " in value or len(value) > LONGEST_URL:
        raise CorrectionError(wrong)
    return value
