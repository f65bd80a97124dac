"""How long Parliament asks us to wait. Pure (RFC 9110, section 10.2.3)."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(hours=1)
MALFORMED = timedelta(seconds=60)


def wait_asked_for(value: str | None, *, answered_at: datetime) -> timedelta:
    """Return how long to wait: from 0 to an hour; 60 s when it can't be read.

    `value` is the Retry-After header: seconds, or an HTTP date, which is compared with
    `answered_at`, the answer's own Date (so that our clock does not matter).
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # 13 digits are longer than any wait: no need to read a number without end.
        asked = timedelta(seconds=int(text)) if len(text) < 10 else LONGEST
        return min(asked, LONGEST)
    moment = http_date(text)
    if moment is None:
        return MALFORMED
    return min(max(moment - answered_at, timedelta(0)), LONGEST)


def http_date(text: str | None) -> datetime | None:
    """Return the aware UTC time of an HTTP date, None if it is none."""
    try:
        moment = parsedate_to_datetime(text or "")
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
