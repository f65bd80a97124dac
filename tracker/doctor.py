"""What is wrong, if anything: looked for one thing after the other, told in words.

Owns what is looked at and how much is too much. Changes nothing, and asks each of
Parliament's services once, unless its brake is on.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tracker import store
from tracker.board import MotionView, motion_view
from tracker.clock import Clock, london_date
from tracker.config import MotionSettings, Settings
from tracker.desk import Desk, open_desk
from tracker.operations.key_fit import key_problem
from tracker.outbox.hooks.health import webhook_health
from tracker.parliament.errors import ParliamentError
from tracker.parliament.http import Answer
from tracker.parliament.motion_requests import fetch_motion, fetch_motion_id
from tracker.parliament.sessions import search_range
from tracker.rules.calendar import MotionState
from tracker.rules.health import Health
from tracker.store import DatabaseError, Engine
from tracker.store.copies import quick_problem
from tracker.store.locks import try_lock
from tracker.supporters.mailbox_health import mailbox_health

LEAST_FREE_BYTES = 200 * 1024 * 1024
MEMBERS_LAST = timedelta(days=3)
_AHEAD = timedelta(seconds=30)
_BEHIND = timedelta(minutes=5)
"""An answer may lie in Parliament's cache for a minute, and longer in a bad hour."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its name, whether it is in order, and in words."""

    name: str
    is_ok: bool
    text: str


async def findings(settings: Settings, engine: Engine, clock: Clock) -> list[Finding]:
    """Return what was looked at, in the order in which it should be mended."""
    is_worked_on = _is_worked_on(engine)
    found = [
        configuration_finding(settings),
        *database_findings(settings, engine, is_worked_on=is_worked_on),
    ]
    async with open_desk(settings, engine, clock) as desk:
        asked = await asyncio.gather(
            *(_motion_finding(desk, watched) for watched in settings.motions),
            _service("Members API", settings.parliament.members_url, _members(desk)),
            _calendar_finding(desk),
        )
    found += [finding for group in asked for finding in group]
    return found + _record_findings(
        settings, engine, clock(), is_worked_on=is_worked_on
    )


def database_findings(
    settings: Settings, engine: Engine, *, is_worked_on: bool
) -> Iterator[Finding]:
    """Give what there is to say about the database, the disk and the scheduler's lock.

    `is_worked_on` is whether a worker has that lock.
    """
    shown = settings.database.shown_url
    yield _database(engine, shown)
    running = "a worker is running" if is_worked_on else "no worker is running"
    yield Finding("scheduler", True, running)
    yield key_finding(key_problem(engine, settings))
    if settings.sqlite_path is not None:
        yield _disk(settings.sqlite_path.parent)


def configuration_finding(settings: Settings) -> Finding:
    """Return what is watched, and whether Parliament is told of a real address."""
    names = ", ".join(f"EDM {m.number} of {m.session}" for m in settings.motions)
    text = f"{names}, from {settings.source_folder}"
    if problem := settings.parliament.contact_problem:
        return Finding("configuration", False, f"{text}: {problem}")
    return Finding("configuration", True, text)


def key_finding(problem: str | None) -> Finding:
    """Return whether the secret key is the one that the database was written with."""
    return Finding("secret key", problem is None, problem or "is the database's own")


def clock_finding(answered_at: datetime | None, now: datetime) -> Finding:
    """Return whether our clock fits Parliament's: an answer's Date, less its Age."""
    if answered_at is None:
        return Finding("clock", True, "Parliament's answer has no date to compare")
    seconds = round(abs((now - answered_at).total_seconds()))
    if answered_at > now + _AHEAD:
        text = f"{seconds} seconds behind Parliament's: set this machine's clock"
        return Finding("clock", False, text)
    if answered_at < now - _BEHIND:
        text = (
            f"{seconds} seconds ahead of Parliament's answer: set this machine's clock"
        )
        return Finding("clock", False, text)
    return Finding("clock", True, "agrees with Parliament's")


def poll_finding(view: MotionView, *, is_worked_on: bool) -> Finding:
    """Return whether the last polls of a motion were well."""
    name = f"polls of EDM {view.number}"
    if view.health is Health.NEVER:
        hint = (
            "The worker that is running asks within minutes; if not, its log says why."
            if is_worked_on
            else "Run `tracker poll`, or start `tracker run`."
        )
        return Finding(name, False, f"{view.health_note} {hint}")
    why = f" ({view.failure})" if view.failure else ""
    return Finding(name, view.health is Health.OK, f"{view.health_note}{why}")


def members_finding(
    synced_at: datetime | None, *, is_open: bool, is_worked_on: bool, now: datetime
) -> Finding:
    """Return whether Members were brought, and lately enough for an open motion."""
    if synced_at is None:
        hint = (
            "the worker that is running brings them within minutes"
            if is_worked_on
            else "run `tracker members sync`"
        )
        return Finding("members", False, f"never brought: {hint}")
    days = (now - synced_at) // timedelta(days=1)
    text = f"brought {days} days ago" if days > 0 else "brought within the last day"
    if is_open and now - synced_at > MEMBERS_LAST:
        return Finding("members", False, f"{text}: run `tracker members sync`")
    return Finding("members", True, text)


def _is_worked_on(engine: Engine) -> bool:
    with try_lock(engine, "scheduler") as is_ours:
        return not is_ours


def _database(engine: Engine, shown: str) -> Finding:
    try:
        with store.write(engine):
            pass
        problem = quick_problem(engine)
    except DatabaseError as error:
        problem = str(error)
    if problem:
        return Finding("database", False, f"{shown}: {problem}")
    return Finding("database", True, f"{shown}, at the newest revision, can be written")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    text = f"{free // 1024**2} MiB free in {folder}"
    if free < LEAST_FREE_BYTES:
        return Finding("disk", False, f"{text}: free some space")
    return Finding("disk", True, text)


async def _motion_finding(desk: Desk, watched: MotionSettings) -> list[Finding]:
    """Ask for the motion as a poll would, and compare the clocks by the answer."""
    name = f"EDM {watched.number} of {watched.session}"
    try:
        parliament_id, answer = await _ask_motion(desk, watched)
    except ParliamentError as error:
        url = desk.settings.parliament.motions_url
        return [Finding(name, False, f"not read from {url}: {error}")]
    found = Finding(name, True, f"answered by Parliament as motion {parliament_id}")
    return [found, clock_finding(answer.answered_at, desk.clock())]


async def _ask_motion(desk: Desk, watched: MotionSettings) -> tuple[int, Answer]:
    http, url = desk.poll.http, desk.settings.parliament.motions_url
    parliament_id = watched.id or await asyncio.to_thread(_known_id, desk, watched)
    if parliament_id is None:
        starts_on, ends_on = search_range(watched.session)
        candidate = await fetch_motion_id(
            http, url, number=watched.number, starts_on=starts_on, ends_on=ends_on
        )
        parliament_id = candidate.parliament_id
    return parliament_id, await fetch_motion(http, url, parliament_id)


def _known_id(desk: Desk, watched: MotionSettings) -> int | None:
    with store.read(desk.engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
    return motion.parliament_id if motion else None


async def _members(desk: Desk) -> object:
    return await desk.members.api.fetch_speakers(london_date(desk.clock()))


async def _calendar_finding(desk: Desk) -> list[Finding]:
    url = desk.settings.parliament.calendar_url
    if not url:
        return [Finding("calendar", True, "none is configured")]
    return await _service("calendar", url, desk.members.api.fetch_sessions())


async def _service(name: str, url: str, asking: Awaitable[object]) -> list[Finding]:
    try:
        await asking
    except ParliamentError as error:
        return [Finding(name, False, f"not read from {url}: {error}")]
    return [Finding(name, True, f"answers at {url}")]


def _record_findings(
    settings: Settings, engine: Engine, now: datetime, *, is_worked_on: bool
) -> list[Finding]:
    with store.read(engine) as session:
        synced_at = store.job_done_at(session, "members")
        views = [
            motion_view(session, settings, watched, now=now)
            for watched in settings.motions
        ]
        mailbox = [
            Finding("drop mailbox", *mailbox_health(session, url, now=now))
            for url in (settings.mail.imap_url,)
            if url
        ]
        states = store.webhook_states(session)
        webhooks = [
            Finding(f"webhook {one.name}", *webhook_health(one, states.get(one.name)))
            for one in settings.webhooks
        ]
    is_open = any(view.state is MotionState.OPEN for view in views)
    polls = [poll_finding(view, is_worked_on=is_worked_on) for view in views]
    members = members_finding(
        synced_at, is_open=is_open, is_worked_on=is_worked_on, now=now
    )
    return [members, *polls, *mailbox, *webhooks]
