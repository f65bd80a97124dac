"""Who can be named by an address, a seat or a name: the index that matching asks. Pure.

Owns when two addresses, seats or people's names are the same. Made once from the store's
rows; nothing in it changes.
"""

import difflib
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from tracker.parliament.seats import normal_name, seat_with_code

_NEAR_ENOUGH = 0.7
"""Share of two texts that must be alike for a near miss (difflib's ratio)."""
_LOOKED_AT = 12
_TITLES = frozenset(
    word
    for line in (
        "rt right hon honourable the mr mrs ms miss mx dr doctor prof professor sir",
        "dame lord lady baroness baron rev revd reverend cllr councillor capt captain",
        "col colonel maj",
    )
    for word in line.split()
)
_LETTERS = frozenset(
    word
    for line in ("mp kc qc obe mbe cbe dbe kbe cb kcb dl pc td phd frs",)
    for word in line.split()
)


@dataclass(frozen=True, slots=True)
class SeatSpell:
    """A seat that a Member held; London dates, both included, None while they hold it."""

    member_id: int
    constituency: str
    ons_code: str | None
    started_on: date
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """Members past and present by what may name them; made by `make_book`.

    Seats are keyed by `seat_key`, names and constituencies by their normal form.
    `changes` are the days on which a seat changed hands, in order.
    """

    addresses: Mapping[str, tuple[int, ...]]
    spells: Mapping[str, tuple[SeatSpell, ...]]
    seats: Mapping[str, tuple[str, ...]]
    people: Mapping[str, tuple[int, ...]]
    near_seats: "NearTexts"
    near_people: "NearTexts"
    changes: tuple[date, ...]

    def owners(self, address: str) -> tuple[int, ...]:
        """Return the Members whose address this is or was, without regard to case."""
        return self.addresses.get(address.casefold(), ())

    def holder(self, seat: str, day: date) -> int | None:
        """Return who held the seat on `day`: should two be known, the later one."""
        held = [
            spell
            for spell in self.spells.get(seat, ())
            if spell.started_on <= day
            and (spell.ended_on is None or day <= spell.ended_on)
        ]
        return max(held, key=_start).member_id if held else None

    def holders(self, seat: str) -> tuple[int, ...]:
        """Return who ever held the seat, the latest first."""
        spells = sorted(self.spells.get(seat, ()), key=_start, reverse=True)
        return tuple(dict.fromkeys(spell.member_id for spell in spells))

    def period(self, day: date) -> int:
        """Return a number that is the same for days between which no seat changed hands."""
        return bisect_right(self.changes, day)

    def seats_named(self, name: str) -> tuple[str, ...]:
        """Return the seats of that name: none, one, or those of several boundaries."""
        return self.seats.get(normal_name(name), ())

    def seats_like(self, name: str) -> tuple[str, ...]:
        """Return seats whose names are nearly this one, nearest first."""
        near = self.near_seats.like(normal_name(name))
        return tuple(seat for text in near for seat in self.seats[text])

    def people_named(self, name: str) -> tuple[int, ...]:
        """Return the Members of exactly that name, titles and "MP" apart."""
        return self.people.get(normal_person(name), ())

    def people_like(self, name: str) -> tuple[int, ...]:
        """Return Members whose names are nearly this one, nearest first."""
        near = self.near_people.like(normal_person(name))
        return tuple(member for text in near for member in self.people[text])


class NearTexts:
    """Texts to be found by one that is nearly the same.

    Only the dozen that share most runs of three letters are compared, since comparing
    with all 650 takes milliseconds and a file may have a million misspelt rows.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_run: dict[str, list[str]] = {}
        for text in texts:
            for run in _runs(text):
                self._by_run.setdefault(run, []).append(text)

    def like(self, text: str, limit: int = 3) -> list[str]:
        """Return the texts that are nearly this one, nearest first."""
        shared = Counter(
            found for run in _runs(text) for found in self._by_run.get(run, ())
        )
        looked_at = [found for found, _ in shared.most_common(_LOOKED_AT)]
        return difflib.get_close_matches(text, looked_at, limit, _NEAR_ENOUGH)


def make_book(
    addresses: Iterable[tuple[str, int]],
    spells: Iterable[SeatSpell],
    names: Iterable[tuple[str, int]],
) -> Book:
    """Return the Book of these Members: their addresses, seats and names, old ones too."""
    by_address: dict[str, dict[int, None]] = {}
    for address, member_id in addresses:
        by_address.setdefault(address.strip().casefold(), {})[member_id] = None
    by_seat: dict[str, dict[SeatSpell, None]] = {}
    by_name: dict[str, dict[str, None]] = {}
    for spell in spells:
        seat = seat_key(spell)
        by_seat.setdefault(seat, {})[spell] = None
        for name in _names_of(spell):
            by_name.setdefault(normal_name(name), {})[seat] = None
    people: dict[str, dict[int, None]] = {}
    for name, member_id in names:
        people.setdefault(normal_person(name), {})[member_id] = None
    people.pop("", None)
    return Book(
        addresses={key: tuple(found) for key, found in by_address.items()},
        spells={key: tuple(found) for key, found in by_seat.items()},
        seats={key: tuple(found) for key, found in by_name.items()},
        people={key: tuple(found) for key, found in people.items()},
        near_seats=NearTexts(by_name),
        near_people=NearTexts(people),
        changes=tuple(
            sorted(set(_changes(s for held in by_seat.values() for s in held)))
        ),
    )


def seat_key(spell: SeatSpell) -> str:
    """Return what a seat is known by: its ONS code, or its name where it has none."""
    return spell.ons_code or normal_name(spell.constituency)


def normal_person(name: str) -> str:
    """Return a person's name as it is compared: without titles, honours and "MP".

    "Doe, Ms Jane" is "Jane Doe"; case, accents and punctuation are as for seats.
    """
    parts = [words for part in name.split(",") if (words := _bare(part))]
    if len(parts) == 2:
        parts.reverse()
    return " ".join(word for part in parts for word in part)


def _bare(part: str) -> list[str]:
    """Return the words of a part of a name, without titles before and letters after."""
    words = normal_name(part).split()
    while words and words[0] in _TITLES:
        words.pop(0)
    while words and words[-1] in _LETTERS:
        words.pop()
    return words


def _names_of(spell: SeatSpell) -> Iterable[str]:
    seat = seat_with_code(spell.ons_code) if spell.ons_code else None
    return (spell.constituency, seat.constituency) if seat else (spell.constituency,)


def _start(spell: SeatSpell) -> date:
    return spell.started_on


def _changes(spells: Iterable[SeatSpell]) -> Iterable[date]:
    """Give each day on which a spell begins, and each that is the first without one."""
    for spell in spells:
        yield spell.started_on
        if spell.ended_on is not None and spell.ended_on < date.max:
            yield spell.ended_on + timedelta(days=1)


def _runs(text: str) -> set[str]:
    padded = f"  {text} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}
