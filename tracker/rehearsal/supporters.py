"""Invented supporters: some wrote in past days, others write while one watches.

Owns who they are and when they write; the same seed gives the same people. They use
what real ones use: the import of a file, the action page's form, the link to confirm.
Every address of theirs ends in `.example`.
"""

import asyncio
import csv
import io
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tracker import store
from tracker.clock import Clock, london_date
from tracker.config import MotionSettings, Settings
from tracker.keys import email_key, secret_key
from tracker.outbox.links import links_of
from tracker.outbox.templates import suggested_text
from tracker.rehearsal.contacts import plain_letters
from tracker.rehearsal.names import InventedName, invented_names
from tracker.rehearsal.people import Person
from tracker.rehearsal.world import World
from tracker.rules.asks import Ask
from tracker.store import DatabaseError, Engine
from tracker.supporters.action import Entry, NothingToSendError, take_form
from tracker.supporters.confirming import confirm
from tracker.supporters.importing import ImportDesk, import_file
from tracker.supporters.letter_form import Typed, filled_from

SEED = 47
PAST_FILE = "supporters-of-past-days.csv"
SOURCE = "REHEARSAL: invented people, told nothing since they do not exist"
_PAST_MEMBERS, _MOST_WRITERS, _PAST_DAYS = 45, 14, 11
_NEVER_CONFIRMS = 0.1
_REMINDERS = 0.6
_WORDS = (
    "I taught in Baku for two years, and some of my pupils write for a living now.",
    "A journalist should not sit in prison for what she wrote.",
    "My family came here because people were locked up for what they said.",
    "I have written to you before about the press, and this is the same question.",
    "I am a nurse and no politician, but I read the news and this is not right.",
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
    """Endless people for the Members of a World, each once."""

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

    def past_file(self, now: datetime) -> str:
        """Return a CSV of who wrote in the days before `now`, to 45 Members."""
        out = io.StringIO()
        rows = csv.writer(out)
        rows.writerow(["supporter_email", "supporter_name", "constituency", "sent_at"])
        for member in self.rng.sample(self._members, _PAST_MEMBERS):
            seat = member.membership_on(self._day).seat
            first = self.rng.uniform(0.5, _PAST_DAYS)
            for _ in range(self.rng.randint(1, _MOST_WRITERS)):
                person = self.writer(member)
                sent_at = now - timedelta(days=self.rng.uniform(0.1, first))
                rows.writerow(
                    [person.email, person.name, seat.name, sent_at.isoformat()]
                )
        return out.getvalue()


async def supporters_write(
    settings: Settings,
    engine: Engine,
    world: World,
    *,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """Have people write until `stop`: those of past days at once, then one by one."""
    crowd = Crowd(world)
    watched = settings.motions[0]
    while not await asyncio.to_thread(_is_known, engine, watched, len(world.seats)):
        if await _stopped(stop, 0.5):
            return
    past = Path(settings.source_folder) / PAST_FILE
    past.write_text(crowd.past_file(clock()), "utf-8")
    while not await asyncio.to_thread(_import_past, settings, engine, past, clock):
        if await _stopped(stop, 1):
            return
    for number in range(10**9):
        if await _stopped(stop, crowd.rng.uniform(2, 6) * min(8, 1 + number / 30)):
            return
        with suppress(DatabaseError):  # busy: this one writes another day
            await _write_one(settings, engine, crowd.writer(), crowd.rng, clock, stop)


async def _write_one(
    settings: Settings,
    engine: Engine,
    writer: Writer,
    rng: random.Random,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """Fill in the form, and after a few seconds press the button in the email."""
    with suppress(NothingToSendError):  # the MP has signed, or has no address
        await asyncio.to_thread(write_form, settings, engine, writer, rng, clock)
        if rng.random() > _NEVER_CONFIRMS and not await _stopped(stop, 1.5):
            await asyncio.to_thread(press_button, settings, engine, writer, clock)


def write_form(
    settings: Settings, engine: Engine, writer: Writer, rng: random.Random, clock: Clock
) -> None:
    """Fill in the action page's form as this person would; NothingToSendError."""
    now = clock()
    seat = writer.member.membership_on(london_date(now)).seat
    entry = Entry(
        watched=settings.motions[0],
        member_id=writer.member.member_id,
        constituency=seat.name,
        ons_code=seat.ons_code,
        ask=Ask.SIGN,
        filled=filled_from(_typed(settings, writer, rng)),
        form_key=writer.email,
    )
    take_form(engine, settings, entry, now=now)


def press_button(
    settings: Settings, engine: Engine, writer: Writer, clock: Clock
) -> bool:
    """Confirm this person's latest email; return whether there was one to confirm."""
    links = links_of(settings)
    key = email_key(secret_key(settings), writer.email)
    with store.read(engine) as session:
        person = store.supporter_by_key(session, key)
        letters = store.letters_of(session, person.id or 0) if person else ()
    if not letters or letters[0].email.id is None:
        return False
    token = links.confirmation(letters[0].email.id).rpartition("/")[2]
    return confirm(engine, settings, links, token, now=clock()) is not None


def _typed(settings: Settings, writer: Writer, rng: random.Random) -> Typed:
    return Typed(
        name=writer.name,
        email=writer.email,
        address=writer.address,
        postcode=writer.postcode,
        own_words=rng.choice(_WORDS),
        text=suggested_text(settings.campaign),
        send=True,
        reminders=rng.random() < _REMINDERS,
        is_13=True,
    )


def _is_known(engine: Engine, watched: MotionSettings, seat_count: int) -> bool:
    """Return whether the motion and most of the House have been read."""
    with store.read(engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
        sitting = store.sitting_members(session)
    return motion is not None and len(sitting) > seat_count * 0.9


def _import_past(settings: Settings, engine: Engine, path: Path, clock: Clock) -> bool:
    """Return whether the file was taken in; a busy database is tried again."""
    desk = ImportDesk(engine, secret_key(settings), clock)
    try:
        import_file(desk, settings.motions[0], path, source=SOURCE)
    except DatabaseError:
        return False
    return True


async def _stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Return whether the rehearsal was ended within so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()
