"""Invented supporters hear from their MPs, and strangers ask to be told when one signs.

Owns who says what and how often; the same seed gives the same answers. They use what
real people use: the form of their own page, the form on an MP's page, the links in what
they were mailed. Every address of theirs ends in `.example`.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress

from tracker import store
from tracker.clock import Clock
from tracker.config import Settings
from tracker.keys import email_key, secret_key
from tracker.outbox.links import links_of
from tracker.rehearsal.crowd import Crowd, Writer
from tracker.rehearsal.demo import DEMO_MOTION_ID, willing_members
from tracker.rehearsal.people import Person
from tracker.rehearsal.supporters import stopped
from tracker.rehearsal.world import World
from tracker.rules.reports import ReportKind
from tracker.store import DatabaseError, Engine
from tracker.supporters.alerting import ask_alert, confirm_alert
from tracker.supporters.reporting import Topic, report

SEED = 59
SAID = {
    ReportKind.SIGNED_OR_WILL: 4,
    ReportKind.NOTHING_YET: 4,
    ReportKind.THANKS_ONLY: 3,
    ReportKind.RANG: 2,
    ReportKind.CANNOT_MINISTER: 1,
    ReportKind.DISAGREES: 1,
    ReportKind.SIGNS_NO_EDMS: 1,
}
"""What people report, and how often."""
_CONFIRMS = 0.9
_EVERY_SECONDS = (3.0, 6.0)
_MAIL_SECONDS, _SIGNS_SECONDS = 1.5, 4.0
"""How long an email takes to be read, and then an MP to sign."""
_SIGNS_SOON = 0.25
"""For how many the MP signs at once, so that one who watches sees people told of it."""
_SLOWEST = 8
"""How many times slower it all gets, so that a night's rehearsal has no endless lists."""


async def supporters_hear_back(
    settings: Settings,
    engine: Engine,
    crowd: Crowd,
    *,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """Have one after the other who wrote report what came of it, until `stop`."""
    rng = random.Random(SEED)
    done = 0
    while not await stopped(
        stop, rng.uniform(*_EVERY_SECONDS) * min(_SLOWEST, 1 + done / 20)
    ):
        if not crowd.answered:
            continue
        writer = crowd.answered.pop(rng.randrange(len(crowd.answered)))
        [kind] = rng.choices([*SAID], [*SAID.values()])
        with suppress(DatabaseError):  # busy: this one tells nobody
            await asyncio.to_thread(
                report_answer, settings, engine, writer, kind, clock
            )
        done += 1


async def strangers_ask(
    settings: Settings,
    engine: Engine,
    world: World,
    crowd: Crowd,
    *,
    clock: Clock,
    stop: asyncio.Event,
) -> None:
    """Have people ask to be told when an MP signs, and most of them confirm, until `stop`."""
    rng = random.Random(SEED + 1)
    done = 0
    while not await stopped(
        stop, rng.uniform(*_EVERY_SECONDS) * min(_SLOWEST, 1 + done / 20)
    ):
        awaited = next(unsigned(world, rng), None)
        if awaited is None:
            continue
        writer = crowd.writer(awaited)
        with suppress(DatabaseError):  # busy: this one asks no more
            await asyncio.to_thread(ask, settings, engine, writer, clock)
            if rng.random() < _CONFIRMS and not await stopped(stop, _MAIL_SECONDS):
                await asyncio.to_thread(agree, settings, engine, writer, clock)
        if rng.random() < _SIGNS_SOON and not await stopped(stop, _SIGNS_SECONDS):
            sign_now(world, awaited)
        done += 1


def report_answer(
    settings: Settings, engine: Engine, writer: Writer, kind: ReportKind, clock: Clock
) -> bool:
    """Report on this person's own page; False if they have none, or wrote to nobody."""
    links = links_of(settings)
    with store.read(engine) as session:
        key = email_key(secret_key(settings), writer.email)
        person = store.supporter_by_key(session, key)
    if person is None:
        return False
    token = links.own_page(person.ref).rpartition("/")[2]
    watched = settings.motions[0]
    topic = Topic(watched.session, watched.number, writer.member.member_id)
    return report(engine, settings, links, token, topic, kind, now=clock())


def ask(settings: Settings, engine: Engine, writer: Writer, clock: Clock) -> None:
    """Ask to be told when this person's MP signs."""
    ask_alert(
        engine,
        settings,
        settings.motions[0],
        writer.member.member_id,
        writer.email,
        now=clock(),
    )


def agree(settings: Settings, engine: Engine, writer: Writer, clock: Clock) -> bool:
    """Press the button in what that brought; False if nothing was asked or known."""
    links, watched = links_of(settings), settings.motions[0]
    with store.read(engine) as session:
        key = email_key(secret_key(settings), writer.email)
        person = store.supporter_by_key(session, key)
        motion = store.motion_by_number(session, watched.session, watched.number)
        if person is None or person.id is None or motion is None or motion.id is None:
            return False
        alert = store.alert_about(
            session,
            supporter_id=person.id,
            motion_id=motion.id,
            member_id=writer.member.member_id,
        )
    if alert is None or alert.id is None:
        return False
    token = links.alert(alert.id).rpartition("/")[2]
    return confirm_alert(engine, settings, links, token, now=clock()) is not None


def sign_now(world: World, member: Person) -> None:
    """Have an MP sign, unless they did."""
    with world.lock:
        if not any(r.member_id == member.member_id for r in world.rows(DEMO_MOTION_ID)):
            world.sign(DEMO_MOTION_ID, member.member_id)


def unsigned(world: World, rng: random.Random) -> Iterator[Person]:
    """Give those who might sign and have not, the likeliest first."""
    signed = {row.member_id for row in world.rows(DEMO_MOTION_ID)}
    return (one for one in willing_members(world, rng) if one.member_id not in signed)
