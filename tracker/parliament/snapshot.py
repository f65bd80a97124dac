"""What one good answer about a motion says, as frozen values.

Owns the shapes that leave `parliament/`; JSON does not go further than the parsers.
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SignatureRow:
    """One row of Parliament's `Sponsors`.

    `signature_id` is the row's `Id`, `member_id` the MNIS id. Name, party and
    constituency are those of the day of signing (Parliament's `MemberForDate`), never
    proof that somebody still is an MP. Times are aware UTC; None when Parliament gave
    none. `sponsoring_order` is None for withdrawn rows.
    """

    signature_id: int
    member_id: int
    is_withdrawn: bool
    created_at: datetime | None = None
    withdrawn_at: datetime | None = None
    sponsoring_order: int | None = None
    name: str | None = None
    list_as: str | None = None
    party: str | None = None
    constituency: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A motion and all its signature rows, withdrawn ones included, as one poll read them.

    `rows` holds every `signature_id` once, in the order of the answer.
    `is_withdrawn` is the motion's own state (Parliament's `Status` 1), `status_at` since
    when (aware UTC). `primary_member_id` is the Member in charge.
    """

    parliament_id: int
    number: int
    rows: tuple[SignatureRow, ...]
    title: str | None = None
    text: str | None = None
    is_withdrawn: bool = False
    status_at: datetime | None = None
    tabled_on: date | None = None
    primary_member_id: int | None = None
    amendment_suffix: str | None = None


@dataclass(frozen=True, slots=True)
class MotionCandidate:
    """A motion of Parliament's list that may be the one asked for."""

    parliament_id: int
    number: int
    amendment_suffix: str | None
    title: str | None
    tabled_on: date | None
    is_withdrawn: bool = False
