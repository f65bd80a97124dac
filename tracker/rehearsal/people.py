"""Seats and people of the invented House, as frozen values.

Owns who held which seat for which party on a given day; knows no JSON and no clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tracker.rehearsal.names import InventedName
from tracker.rehearsal.parties import Party

COMMONS, LORDS = 1, 2
ContactBlock = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Seat:
    """A real constituency; `seat_id` stands for Parliament's own id, not the ONS code."""

    seat_id: int
    ons_code: str
    name: str
    starts_on: date
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody's time in a seat, both days included; `ends_on` None is still there."""

    seat: Seat
    starts_on: date
    ends_on: date | None = None
    end_reason: str | None = None
    house: int = COMMONS

    def covers(self, day: date) -> bool:
        return self.overlaps(day, day)

    def overlaps(self, first: date, last: date) -> bool:
        return self.starts_on <= last and (
            self.ends_on is None or self.ends_on >= first
        )


@dataclass(frozen=True, slots=True)
class PartySpell:
    """A party from a day on, until the next spell."""

    party: Party
    starts_on: date


@dataclass(frozen=True, slots=True)
class Person:
    """An invented member of either House; memberships and parties oldest first."""

    member_id: int
    name: InventedName
    memberships: tuple[Membership, ...]
    parties: tuple[PartySpell, ...]
    contacts: tuple[ContactBlock, ...] = ()

    @property
    def latest_membership(self) -> Membership:
        return self.memberships[-1]

    @property
    def house(self) -> int:
        return self.latest_membership.house

    def membership_on(self, day: date) -> Membership:
        """Return the membership of that day, else the latest one."""
        covering = [m for m in self.memberships if m.covers(day)]
        return covering[-1] if covering else self.latest_membership

    def party_on(self, day: date) -> Party:
        """Return the party of that day; before the first spell, the first party."""
        begun = [spell.party for spell in self.parties if spell.starts_on <= day]
        return begun[-1] if begun else self.parties[0].party

    def is_member_on(self, day: date, house: int = COMMONS) -> bool:
        return any(m.house == house and m.covers(day) for m in self.memberships)
