"""The people of the World and what happens to them: leaving, by-elections, new posts.

Owns Members, seats, posts and the Chair. Thread-safe; JSON is made elsewhere.
"""

from dataclasses import replace
from datetime import date, timedelta

from tracker.clock import Clock
from tracker.rehearsal.contacts import contact_blocks
from tracker.rehearsal.house import House
from tracker.rehearsal.names import named
from tracker.rehearsal.parties import PARTIES, Party
from tracker.rehearsal.people import COMMONS, Membership, PartySpell, Person, Seat
from tracker.rehearsal.posts import Department, Holding, Post, Side
from tracker.rehearsal.state import SharedState

_BY_ELECTED_FROM = 95_001


class Chamber(SharedState):
    """Members by id, seats, departments and posts, changing as days go by."""

    def __init__(self, house: House, clock: Clock) -> None:
        super().__init__(clock)
        self.boundaries = house.boundaries
        self.seats: tuple[Seat, ...] = house.seats
        self.departments: tuple[Department, ...] = house.departments
        self.speaker_id = house.speaker_id
        self.deputy_ids = house.deputy_ids
        self._people = {person.member_id: person for person in house.people}
        self._posts = {post.post_id: post for post in house.posts}

    def person(self, member_id: int) -> Person | None:
        with self.lock:
            return self._people.get(member_id)

    def people(self) -> list[Person]:
        """Return everybody of both Houses, past ones included."""
        with self.lock:
            return list(self._people.values())

    def members_on(self, day: date) -> list[Person]:
        """Return the MPs of that day."""
        return [person for person in self.people() if person.is_member_on(day)]

    def holder(self, seat: Seat, day: date) -> Person | None:
        """Return who held the seat on that day; None when it was vacant."""
        for person in self.people():
            membership = person.membership_on(day)
            if membership.seat == seat and membership.covers(day):
                return person
        return None

    def seat(self, key: int | str) -> Seat:
        """Return the seat with this id, ONS code or exact name; KeyError if none has."""
        for seat in self.seats:
            if key in (seat.seat_id, seat.ons_code, seat.name):
                return seat
        raise KeyError(key)

    def posts(self) -> list[Post]:
        with self.lock:
            return list(self._posts.values())

    def leave(self, member_id: int, on: date, reason: str = "Resigned") -> None:
        """End a membership; `on` is its last day. Posts end with it."""
        with self.lock:
            person = self._people[member_id]
            last = replace(person.latest_membership, ends_on=on, end_reason=reason)
            self._people[member_id] = replace(
                person, memberships=(*person.memberships[:-1], last)
            )
            self.dismiss(member_id, on)

    def by_election(
        self, seat: int | str, name: str, party: Party | str, on: date
    ) -> int:
        """Return the id of a new MP for a seat (id, code or name), elected `on` that day.

        Whoever still holds the seat leaves the day before.
        """
        with self.lock:
            where, wanted = self.seat(seat), party_named(party)
            former = self.holder(where, on)
            if former is not None:
                self.leave(former.member_id, on - timedelta(days=1))
            member_id = max(_BY_ELECTED_FROM - 1, *self._commons_ids()) + 1
            new = named(name)
            self._people[member_id] = Person(
                member_id, new, (Membership(where, on),), (PartySpell(wanted, on),),
                contact_blocks(member_id - _BY_ELECTED_FROM + 700, new, where.name),
            )  # fmt: skip
            self._changed()
            return member_id

    def change_party(self, member_id: int, party: Party | str, on: date) -> None:
        """Move a Member to another party (a value or its name) from that day on."""
        with self.lock:
            person = self._people[member_id]
            spell = PartySpell(party_named(party), on)
            self._people[member_id] = replace(person, parties=(*person.parties, spell))
            self._changed()

    def rename(self, member_id: int, name: str) -> None:
        """Give a Member another name, the last word being the family name."""
        with self.lock:
            self._people[member_id] = replace(self._people[member_id], name=named(name))
            self._changed()

    def appoint(
        self,
        member_id: int,
        name: str,
        department_id: int,
        on: date,
        *,
        side: Side = "government",
        is_cabinet: bool = False,
    ) -> int:
        """Return the id of a new post, held by the Member from that day on."""
        with self.lock:
            post_id = max(self._posts) + 1
            holding = Holding(member_id, on)
            self._posts[post_id] = Post(
                post_id, name, department_id, side, is_cabinet, (holding,)
            )
            self._changed()
            return post_id

    def dismiss(self, member_id: int, on: date) -> None:
        """End every post of a Member; `on` is the last day."""
        with self.lock:
            for post in self._posts.values():
                holdings = tuple(
                    replace(h, ends_on=on)
                    if h.member_id == member_id and h.ends_on is None
                    else h
                    for h in post.holdings
                )
                self._posts[post.post_id] = replace(post, holdings=holdings)
            self._changed()

    def _commons_ids(self) -> list[int]:
        return [p.member_id for p in self._people.values() if p.house == COMMONS]


def party_named(party: Party | str) -> Party:
    """Return the party of that name; KeyError for a name the stand-in doesn't know."""
    if isinstance(party, Party):
        return party
    return {known.name: known for known in PARTIES}[party]
