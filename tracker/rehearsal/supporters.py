"""Invented supporters: some wrote in past days, others write while one watches.

Owns when they write; who they are is in crowd.py, and what they do later in hearing.py.
They use what real ones use: the import of a file, the action page's form, the link to
confirm.
"""

import asyncio
import random
from contextlib import suppress
from pathlib import Path

from tracker import store
from tracker.clock import Clock, london_date
from tracker.config import MotionSettings, Settings
from tracker.keys import email_key, secret_key
from tracker.outbox.links import links_of
from tracker.outbox.templates import suggested_text
from tracker.rehearsal.crowd import Crowd, Writer
from tracker.rehearsal.world import World
from tracker.rules.asks import Ask
from tracker.store import DatabaseError, Engine
from tracker.supporters.action import Entry, take_form
from tracker.supporters.confirming import confirm
from tracker.supporters.importing import ImportDesk, import_file
from tracker.supporters.last_look import NothingToSendError
from tracker.supporters.letter_form import Typed, filled_from

PAST_FILE = "supporters-of-past-days.csv"
SOURCE = "REHEARSAL: invented people, told nothing since they do not exist"
_NEVER_CONFIRMS = 0.1
_REMINDERS = 0.6
_WORDS = (
    "I taught in Baku for two years, and some of my pupils write for a living now.",
    "A journalist should not sit in prison for what she wrote.",
    "My family came here because people were locked up for what they said.",
    "I have written to you before about the press, and this is the same question.",
    "I am a nurse and no politician, but I read the news and this is not right.",
)


async def supporters_write(
    settings: Settings,
    engine: Engine,
    world: World,
    *,
    clock: Clock,
    stop: asyncio.Event,
    crowd: Crowd | None = None,
) -> None:
    """Have people write until `stop`: those of past days at once, then one by one.

    Every third writes to an MP whom somebody wrote to before.
    """
    crowd = crowd or Crowd(world)
    watched = settings.motions[0]
    while not await asyncio.to_thread(_is_known, engine, watched, len(world.seats)):
        if await stopped(stop, 0.5):
            return
    past = Path(settings.source_folder) / PAST_FILE
    past.write_text(crowd.past_file(clock()), "utf-8")
    while not await asyncio.to_thread(_import_past, settings, engine, past, clock):
        if await stopped(stop, 1):
            return
    for number in range(10**9):
        if await stopped(stop, crowd.rng.uniform(2, 6) * min(8, 1 + number / 30)):
            return
        with suppress(DatabaseError):  # busy: this one writes another day
            await _write_one(settings, engine, crowd, crowd.next(), clock, stop)


async def _write_one(
    settings: Settings,
    engine: Engine,
    crowd: Crowd,
    writer: Writer,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """Fill in the form, and after a few seconds press the button in the email."""
    with suppress(NothingToSendError):  # the MP has signed, or has no address
        await asyncio.to_thread(write_form, settings, engine, writer, crowd.rng, clock)
        if crowd.rng.random() < _NEVER_CONFIRMS or await stopped(stop, 1.5):
            return
        if await asyncio.to_thread(press_button, settings, engine, writer, clock):
            crowd.answered.append(writer)


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


async def stopped(stop: asyncio.Event, seconds: float) -> bool:
    """Return whether the rehearsal was ended within so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
    return stop.is_set()
