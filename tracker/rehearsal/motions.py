"""Motions and signature rows of the stand-in, as frozen values, and how time is written.

Owns the numbering of rows and Parliament's way of writing a moment; JSON is made in
`edm_answers.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tracker.clock import LONDON

PUBLISHED, WITHDRAWN = 0, 1


@dataclass(frozen=True, slots=True)
class Motion:
    """A motion or an amendment; `status_at` is an aware UTC datetime."""

    parliament_id: int
    number: int
    title: str
    text: str
    tabled_on: date
    primary_member_id: int | None
    status_at: datetime
    status: int = PUBLISHED
    amendment_suffix: str | None = None
    amends: int | None = None

    @property
    def printed_number(self) -> str:
        suffix = f"A{self.amendment_suffix}" if self.amendment_suffix else ""
        return f"{self.number}{suffix}"


@dataclass(frozen=True, slots=True)
class Row:
    """One signature. Times are aware UTC, None where Parliament would give null.

    It can't be seen before `visible_from`, nor while `is_vanished`.
    """

    row_id: int
    motion_id: int
    member_id: int
    created_at: datetime | None
    signed_on: date
    is_withdrawn: bool = False
    withdrawn_at: datetime | None = None
    visible_from: datetime | None = None
    is_vanished: bool = False

    def is_visible(self, now: datetime) -> bool:
        is_due = self.visible_from is None or self.visible_from <= now
        return is_due and not self.is_vanished


def numbered(rows: Iterable[Row], now: datetime) -> list[tuple[Row, int | None]]:
    """Return the rows that can be seen, with their SponsoringOrder, in answer order.

    Live rows come in the order of signing, numbered from 1. Those still pending keep
    their number, so a gap shows that some are to come. Withdrawn ones are last, without.
    """
    held = [row for row in rows if not row.is_vanished]
    live = [row for row in held if not row.is_withdrawn]
    withdrawn = [row for row in held if row.is_withdrawn]
    orders: list[tuple[Row, int | None]] = [
        *((row, order) for order, row in enumerate(live, start=1)),
        *((row, None) for row in withdrawn),
    ]
    return [(row, order) for row, order in orders if row.is_visible(now)]


def text_time(moment: datetime | None) -> str | None:
    """Return Parliament's way of writing a moment: London time, without a zone.

    A fraction has no trailing zeros. One of six digits, which the real services never
    show, gets a seventh (…6 is followed by 7, …3 by 3, as thirds of a hundredth are).
    """
    if moment is None:
        return None
    local = moment.astimezone(LONDON).replace(tzinfo=None)
    whole = local.replace(microsecond=0).isoformat()
    if local.microsecond == 0:
        return whole
    digits = f"{local.microsecond:06d}"
    if digits[-1] != "0":
        digits += {"6": "7", "3": "3"}.get(digits[-1], "1")
    return f"{whole}.{digits.rstrip('0')}"


def text_day(day: date | None) -> str | None:
    """Return a date as Parliament writes one: a local midnight without a zone."""
    return None if day is None else f"{day.isoformat()}T00:00:00"


def ragged(moment: datetime, row_id: int) -> datetime:
    """Return the moment cut so that it is written with 0, 1, 2 or 7 digits, by row.

    Never later than it was: a stamp in the future would not be believed.
    """
    micros = moment.microsecond
    kept = (
        0,
        micros // 100_000 * 100_000,
        micros // 10_000 * 10_000,
        max(0, micros // 10 * 10 - 4),
    )[row_id % 4]
    return moment.replace(microsecond=kept)
