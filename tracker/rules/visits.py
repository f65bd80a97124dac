"""How long a session lasts, and where one visit to the board ends. Pure (checks.md W8)."""

from datetime import datetime, timedelta

IDLE = timedelta(hours=12)
"""A session that was not used for this long is over."""
LONGEST = timedelta(days=7)
"""A session is over this long after its login, used or not."""
VISIT_GAP = timedelta(minutes=30)
"""Looking again sooner is the same visit: what was new stays new."""
LOOK_STEP = timedelta(minutes=1)
"""Looks closer together than this are written down as one."""


def is_session_over(
    created_at: datetime, last_seen_at: datetime, *, now: datetime
) -> bool:
    """Return whether a session is over; exactly at a limit it is."""
    return now - last_seen_at >= IDLE or now - created_at >= LONGEST


def new_since(
    looked_at: datetime | None, looked_before_at: datetime | None, *, now: datetime
) -> datetime | None:
    """Return since when things are new to somebody who looks now.

    None for whoever never looked before: nothing is marked then.
    """
    if looked_at is not None and now - looked_at >= VISIT_GAP:
        return looked_at
    return looked_before_at


def is_look_news(looked_at: datetime | None, *, now: datetime) -> bool:
    """Return whether a look is to be written down; exactly a LOOK_STEP later it is."""
    return looked_at is None or now - looked_at >= LOOK_STEP
