"""A House of 650 invented people in the real seats of 2010 or 2024.

Owns who sits where at the start; what happens to them later is `world.py`'s.
Seats come from `tracker/data/seats-*.csv`; ids stand for Parliament's and are invented.
"""

import csv
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Literal

from tracker.rehearsal import names, parties
from tracker.rehearsal.contacts import contact_blocks
from tracker.rehearsal.names import InventedName
from tracker.rehearsal.parties import Party
from tracker.rehearsal.people import LORDS, Membership, PartySpell, Person, Seat
from tracker.rehearsal.posts import Department, Post, invented_posts

Boundaries = Literal["2010", "2024"]

# Far above every real MNIS id, so that no invented person is mistaken for somebody.
FIRST_MEMBER_ID = 90_001
_FIRST_SEAT_ID = {"2010": 70_001, "2024": 80_001}
_ELECTED_ON = {"2010": date(2010, 5, 6), "2024": date(2024, 7, 4)}
_SEATS_FROM = {"2010": date(2010, 4, 13), "2024": date(2024, 5, 31)}
_SEATS_UNTIL = {"2010": date(2024, 5, 30), "2024": None}


@dataclass(frozen=True, slots=True)
class House:
    """The invented House at its election; deputies include nobody of the government."""

    boundaries: Boundaries
    elected_on: date
    seats: tuple[Seat, ...]
    people: tuple[Person, ...]
    departments: tuple[Department, ...]
    posts: tuple[Post, ...]
    speaker_id: int
    deputy_ids: tuple[int, ...]


def invented_house(boundaries: Boundaries = "2024", seed: int = 718) -> House:
    """Return 650 invented MPs and one peer; the same arguments give the same House."""
    rng = random.Random(seed)
    seats = _seats(boundaries)
    elected_on = _ELECTED_ON[boundaries]
    dealt = _dealt_parties(seats, boundaries, rng)
    given_names = _dealt_names(seats, rng)
    members = [
        _member(index, seat, dealt[seat], given_names[index], elected_on)
        for index, seat in enumerate(seats)
    ]
    governing = parties.CONSERVATIVE if boundaries == "2010" else parties.LABOUR
    peer = _peer(governing, elected_on)
    speaker = next(m for m in members if m.parties[0].party is parties.SPEAKER)
    deputies = _deputies(members)
    electable = [m for m in members if m.member_id not in deputies]
    departments, posts = invented_posts(
        rng.sample(electable, len(electable)),
        peer,
        governing_id=governing.party_id,
        starts_on=elected_on,
    )
    return House(
        boundaries, elected_on, seats, (*members, peer), departments, posts,
        speaker.member_id, deputies,
    )  # fmt: skip


def _seats(boundaries: Boundaries) -> tuple[Seat, ...]:
    table = resources.files("tracker") / "data" / f"seats-{boundaries}.csv"
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    starts_on, ends_on = _SEATS_FROM[boundaries], _SEATS_UNTIL[boundaries]
    return tuple(
        Seat(seat_id, row["ons_code"], row["constituency"], starts_on, ends_on)
        for seat_id, row in enumerate(rows, start=_FIRST_SEAT_ID[boundaries])
    )


def _dealt_parties(
    seats: Sequence[Seat], boundaries: Boundaries, rng: random.Random
) -> dict[Seat, Party]:
    by_nation: dict[str, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_nation[seat.ons_code[0]].append(seat)
    dealt: dict[Seat, Party] = {}
    for nation, nation_seats in by_nation.items():
        hand = parties.allotted(parties.SHARES[boundaries][nation], len(nation_seats))
        rng.shuffle(hand)
        dealt |= dict(zip(nation_seats, hand, strict=True))
    dealt[rng.choice(by_nation["E"])] = parties.SPEAKER
    return dealt


def _dealt_names(seats: Sequence[Seat], rng: random.Random) -> list[InventedName]:
    """Two people share a name, one has a name of 90 characters."""
    pool = names.invented_names(rng)
    dealt = [names.national(next(pool), seat.ons_code[0], rng) for seat in seats]
    twin = InventedName(*names.TWIN, "F")
    dealt[101], dealt[402] = twin, twin
    given, family = names.LONGEST_NAME.split(" ", 1)
    dealt[250] = InventedName(given, family, "F")
    return dealt


def _member(
    index: int, seat: Seat, party: Party, name: InventedName, elected_on: date
) -> Person:
    return Person(
        member_id=FIRST_MEMBER_ID + index,
        name=name,
        memberships=(Membership(seat, elected_on),),
        parties=(PartySpell(party, elected_on),),
        contacts=contact_blocks(index, name, seat.name),
    )


def _peer(party: Party, starts_on: date) -> Person:
    """A minister in the Lords: the posts endpoints name those as well."""
    place = Seat(4, "", "Life peer", starts_on)
    name = InventedName("", "Vetchmere", "F", "Baroness")
    membership = Membership(place, starts_on, house=LORDS)
    return Person(99_001, name, (membership,), (PartySpell(party, starts_on),))


def _deputies(members: Sequence[Person]) -> tuple[int, ...]:
    """Three deputies, from both sides of the House."""
    wanted = [parties.LABOUR, parties.CONSERVATIVE, parties.CONSERVATIVE]
    chosen: list[int] = []
    for party in wanted:
        chosen.append(
            next(
                m.member_id
                for m in reversed(members)
                if m.parties[0].party is party and m.member_id not in chosen
            )
        )
    return tuple(chosen)
