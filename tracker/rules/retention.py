"""When people's data go by themselves (product.md 10). Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta


def goes_at(
    *,
    arrived_at: datetime,
    last_act_at: datetime,
    closings: Sequence[datetime | None],
    retention: timedelta,
    longest: timedelta,
) -> datetime:
    """Return from when on a person's data, or a note, are not kept any more.

    `closings` are the closings of all motions that they are about, None for one that is
    open: `retention` runs from the latest of them, or from the arrival if that was later.
    In any case they go `longest` after the last act. At that moment itself they go.
    """
    at_last = last_act_at + longest
    known = [closing for closing in closings if closing is not None]
    if not closings or len(known) < len(closings):
        return at_last
    return min(max(*known, arrived_at) + retention, at_last)
