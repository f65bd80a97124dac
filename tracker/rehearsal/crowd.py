"""Who the invented supporters of a rehearsal are, and what a file of past days has of them.

Owns names, addresses and seats; the same seed gives the same people. Every address of
theirs ends in `.example`.
"""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.rehearsal.contacts import plain_letters
from tracker.rehearsal.names import InventedName, invented_names
from tracker.rehearsal.people import Person
from tracker.rehearsal.world import World

SEED = 47
CONSENT = "REHEARSAL: write to me about this motion"
_PAST_MEMBERS, _MOST_WRITERS, _PAST_DAYS = 45, 14, 11
_REMINDED_MEMBERS, _REMINDED_AFTER = 8, timedelta(days=4)
"""Some wrote so long ago that their first follow-up is due within minutes."""
_COLUMNS = (
    *("supporter_email", "supporter_name", "constituency", "sent_at"),
    *("consent_reminders_at", "consent_wording"),
)


@dataclass(frozen=True, slots=True)
class Writer:
    """An invented member of the public, in a real seat."""

    name: str
    email: str
    address: str
    postcode: str
    member: Person


class Crowd:
    """Endless people for the Members of a World, each once.

    `answered` are those who wrote, and may have heard from their MP.
    """

    def __init__(self, world: World, seed: int = SEED) -> None:
        self.rng = random.Random(seed)
        self._names: Iterator[InventedName] = invented_names(random.Random(seed + 1))
        self._members = world.members_on(world.today())
        self._day = world.today()
        self._postcodes = {
            seat.seat_id: postcode
            for postcode in world.postcodes()
            if (seat := world.seat_of_postcode(postcode)) is not None
        }
        self._count = 0
        self.answered: list[Writer] = []

    def writer(self, member: Person | None = None) -> Writer:
        """Return the next person, a constituent of `member` or of anybody."""
        self._count += 1
        name = next(self._names)
        to = member or self.rng.choice(self._members)
        seat = to.membership_on(self._day).seat
        letters = f"{plain_letters(name.given)}.{plain_letters(name.family)}"
        return Writer(
            name=f"{name.given} {name.family}",
            email=f"{letters}.{self._count}@supporters.example",
            address=f"{self.rng.randint(1, 90)} Rehearsal Street\n{seat.name}",
            postcode=self._postcodes[seat.seat_id],
            member=to,
        )

    def next(self) -> Writer:
        """Return the next person who writes; every third has the MP of one before."""
        known = self._count % 3 == 0 and bool(self.answered)
        return self.writer(self.rng.choice(self.answered).member if known else None)

    def past_file(self, now: datetime) -> str:
        """Return a CSV of who wrote in the days before `now`, to 45 Members.

        A few agreed to reminders, and wrote nearly four days ago.
        """
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(_COLUMNS)
        members = self.rng.sample(self._members, _PAST_MEMBERS)
        for member in members:
            first = self.rng.uniform(0.5, _PAST_DAYS)
            for _ in range(self.rng.randint(1, _MOST_WRITERS)):
                sent_at = now - timedelta(days=self.rng.uniform(0.1, first))
                rows.writerow([*self._past_row(self.writer(member), sent_at), "", ""])
        for number, member in enumerate(members[:_REMINDED_MEMBERS] * 3):
            person = self.writer(member)
            sent_at = now - _REMINDED_AFTER + timedelta(seconds=30 + 15 * number)
            # One MP in two has supporters who want no reminders: staff have them alone.
            agrees = members.index(member) % 2 == 0
            agreed = [sent_at.isoformat(), CONSENT] if agrees else ["", ""]
            rows.writerow([*self._past_row(person, sent_at), *agreed])
            if agrees and number % 4 == 0:  # who reports a reply gets no more reminders
                self.answered.append(person)
        return out.getvalue()

    def _past_row(self, person: Writer, sent_at: datetime) -> list[str]:
        seat = person.member.membership_on(self._day).seat
        return [person.email, person.name, seat.name, sent_at.isoformat()]
