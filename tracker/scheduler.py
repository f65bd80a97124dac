"""When things are done: the jobs, and the one process that runs them.

Owns APScheduler and its jobs: a poll per motion, due when due.py says so; Members daily,
the calendar weekly, and the chores of chores.py. Several workers may be started; the one
that holds the lock "scheduler" schedules, the others stand by and take over when it dies
or loses the lock.
"""

import asyncio
import contextlib
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger

from tracker import store
from tracker.chores import TELLING, Chore, Hands, chores_of
from tracker.clock import utc_now
from tracker.config import MotionSettings
from tracker.desk import Desk
from tracker.due import PollDue, poll_due
from tracker.holding import either, noticing_loss
from tracker.keys import KeyFileError
from tracker.members import fetch_after_poll, sync_calendar, sync_members
from tracker.outbox.pings import Pings
from tracker.parliament.errors import ParliamentError
from tracker.photos import sync_photos
from tracker.poll import poll_motion
from tracker.recording import PollReport
from tracker.related import sync_all_related
from tracker.rules.outcomes import Outcome
from tracker.store import DatabaseError, DatabaseLostError
from tracker.store.locks import HeldLock, kept_lock
from tracker.supporters.imap_box import MailboxError
from tracker.turns import Turns

log = logging.getLogger(__name__)

MEMBERS_EVERY = timedelta(days=1)
CALENDAR_EVERY = timedelta(days=7)
PHOTOS_EVERY = timedelta(minutes=10)
RETRY_AFTER = timedelta(minutes=10)
LONGEST_RETRY = timedelta(hours=6)
STAND_BY_SECONDS = 5
CLOCK_STEP_SECONDS = 5
_SOONEST = timedelta(milliseconds=20)
_MOST_WAITING = 100
MOST_POLLS = 10
"""Polls under way at once: each holds a lock, on PostgreSQL a connection."""

Job = Callable[..., Coroutine[None, None, None]]


async def run_scheduler(desk: Desk, stop: asyncio.Event) -> None:
    """Schedule until `stop` is set; stand by while another process schedules."""
    is_told = False
    while not stop.is_set():
        try:
            with kept_lock(desk.engine, "scheduler") as lock:
                if lock is not None:
                    await _schedule(desk, stop, lock)
                    is_told = False
                elif not is_told:
                    log.info("standing by: another process schedules")
                    is_told = True
        except DatabaseLostError as error:
            log.warning("nothing is scheduled: %s; trying again", error)
        await _wait(stop, STAND_BY_SECONDS)


async def _schedule(desk: Desk, stop: asyncio.Event, lock: HeldLock) -> None:
    """Schedule until `stop` is set, or the lock is lost: another may have it then."""
    async with noticing_loss(lock) as lost:
        await _Jobs(desk).run(stop, lost)
        if not stop.is_set():
            log.warning("the database server let our lock go: no longer scheduling")


class _Jobs:
    """The jobs of the process that schedules.

    Each job plans its own next run when it ends, so it never overlaps itself, and a run
    that was missed happens once.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        settings = desk.settings
        self._pings = Pings(settings.health, contact=settings.parliament.contact)
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._failures: Counter[str] = Counter()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._turns_to_poll = Turns(MOST_POLLS)
        self._over: set[tuple[str, int]] = set()
        self._next_in_line: set[str] = set()
        self._to_read_again: set[int] = set()
        self._under_way: set[asyncio.Task[None]] = set()
        self._runs: set[asyncio.Task[object]] = set()
        self._is_stopping = False

    async def run(self, stop: asyncio.Event, lost: asyncio.Event) -> None:
        """Run until either is set; what is under way ends where nothing is half-done."""
        self._scheduler.start()
        await self._plan_all()
        watch = asyncio.create_task(self._watch_clock())
        log.info("scheduling: motions %d", len(self._desk.settings.motions))
        try:
            await either(stop, lost)
        finally:
            watch.cancel()
            await self._end_jobs()
            await self._pings.aclose()

    async def _end_jobs(self) -> None:
        """Cancel what is under way and wait for it: APScheduler would log errors."""
        self._scheduler.pause()
        self._is_stopping = True
        await asyncio.sleep(0)  # runs that were just begun see it
        for task in self._under_way:
            task.cancel()
        if self._runs:
            await asyncio.wait(self._runs)
        self._scheduler.shutdown(wait=False)

    async def _plan_all(self) -> None:
        for watched in self._desk.settings.motions:
            await self._plan_poll(watched)
        await self._plan_regular("members", MEMBERS_EVERY, self._sync_members)
        await self._plan_regular("photos", PHOTOS_EVERY, self._sync_photos)
        if self._desk.settings.parliament.calendar_url:
            await self._plan_regular("calendar", CALENDAR_EVERY, self._sync_calendar)
        for chore in chores_of(self._desk.settings):
            job = partial(self._do_chore, chore)
            await self._plan_regular(chore.name, chore.every, job)

    def _plan(self, name: str, job: Job, wait: timedelta, *args: object) -> None:
        """Plan the one next run of a job, instead of any that was planned before."""
        self._scheduler.add_job(
            self._run,
            DateTrigger(utc_now() + max(wait, _SOONEST)),
            args=(name, job, *args),
            id=name,
            replace_existing=True,
            # `_run` lets none overlap itself; APScheduler would drop the run instead,
            # and with it the only one that is planned.
            max_instances=_MOST_WAITING,
            coalesce=True,
            misfire_grace_time=None,
        )

    async def _run(self, name: str, job: Job, *args: object) -> None:
        """Do a job in a task of its own, which a stop can end without an error.

        One that is still under way is waited for, by one run: it does what any other
        that is planned meanwhile would do.
        """
        if name in self._next_in_line:
            return
        run = asyncio.current_task()
        assert run is not None, "a job runs in a task"
        self._runs.add(run)
        run.add_done_callback(self._runs.discard)
        self._next_in_line.add(name)
        async with self._turns[name]:
            self._next_in_line.discard(name)
            if self._is_stopping:
                return
            task = asyncio.create_task(job(*args))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    async def _poll(self, watched: MotionSettings) -> None:
        """Poll a motion if it is still due: another process may just have done it."""
        try:
            due = await self._due(watched)
            if due.at - self._desk.clock() <= _SOONEST:
                async with self._turns_to_poll.turn(due.urgency):
                    report = await poll_motion(self._desk.poll, watched)
                self._follow_poll(report)
        except DatabaseError as error:
            log.warning("EDM %s was not polled: %s", watched.number, error)
        finally:
            await self._plan_poll(watched)

    def _follow_poll(self, report: PollReport) -> None:
        if report.outcome.is_good:
            self._pings.tell("poll")
        if report.outcome is Outcome.CHANGED:
            self._to_read_again |= {*report.withdrawn, *report.removed}
            self._plan("after-poll", self._after_poll, _SOONEST)
            self._tell_now()

    async def _plan_poll(self, watched: MotionSettings) -> None:
        try:
            wait = (await self._due(watched)).at - self._desk.clock()
        except DatabaseError as error:
            log.warning("the next poll of EDM %s: %s", watched.number, error)
            wait = timedelta(seconds=self._desk.settings.parliament.poll_seconds)
        self._plan(
            f"poll {watched.session} {watched.number}", self._poll, wait, watched
        )

    async def _due(self, watched: MotionSettings) -> PollDue:
        """Return when the motion is due; those found to be over no longer count."""
        settings = self._desk.settings
        due = await asyncio.to_thread(
            poll_due,
            self._desk.engine,
            settings,
            watched,
            open_count=len(settings.motions) - len(self._over),
            now=self._desk.clock(),
        )
        key = watched.session, watched.number
        if due.is_open:
            self._over.discard(key)
        else:
            self._over.add(key)
        return due

    async def _after_poll(self) -> None:
        doubted = sorted(self._to_read_again)
        self._plan("after-poll", self._after_poll, LONGEST_RETRY)
        try:
            await fetch_after_poll(self._desk.members, doubted)
        except (ParliamentError, DatabaseError) as error:
            self._again("after-poll", self._after_poll, error)
            return
        self._failures["after-poll"] = 0
        self._to_read_again -= set(doubted)
        if not self._to_read_again and self._scheduler.get_job("after-poll"):
            self._scheduler.remove_job("after-poll")
        self._tell_now()  # who waited for their posts to be read

    async def _sync_members(self) -> None:
        async def sync() -> None:
            report = await sync_members(self._desk.members)
            poll = self._desk.poll
            await sync_all_related(
                poll.engine, poll.http, poll.settings, self._desk.settings.motions
            )
            log.info("Members are up to date: contacts read %d", report.contact_count)
            self._plan("photos", self._sync_photos, _SOONEST)  # of who is new
            self._tell_now()  # who came, and who left

        await self._regular("members", MEMBERS_EVERY, self._sync_members, sync)

    async def _sync_calendar(self) -> None:
        async def sync() -> None:
            await sync_calendar(self._desk.members)

        await self._regular("calendar", CALENDAR_EVERY, self._sync_calendar, sync)

    async def _sync_photos(self) -> None:
        async def sync() -> None:
            if count := await sync_photos(self._desk.members):
                log.info("photos of MPs: %d came", count)

        await self._regular("photos", PHOTOS_EVERY, self._sync_photos, sync)

    def _tell_now(self) -> None:
        """Have what just changed be told at once, not at the next minute."""
        for chore in chores_of(self._desk.settings):
            if chore.name == TELLING:
                self._plan(chore.name, partial(self._do_chore, chore), _SOONEST)

    async def _do_chore(self, chore: Chore) -> None:
        desk = self._desk
        hands = Hands(desk.settings, desk.engine, desk.clock, lambda: self._is_stopping)

        async def work() -> None:
            await asyncio.to_thread(chore.do, hands)

        job = partial(self._do_chore, chore)
        await self._regular(chore.name, chore.every, job, work)

    async def _regular(
        self, name: str, every: timedelta, job: Job, sync: Callable[[], Awaitable[None]]
    ) -> None:
        """Do what is done every so often, keep that it was done, plan the next time."""
        # Should it end with a fault nobody has thought of, there is a next time.
        self._plan(name, job, LONGEST_RETRY)
        try:
            await sync()
            await asyncio.to_thread(self._record_done, name)
        except (ParliamentError, DatabaseError, MailboxError, KeyFileError) as error:
            self._again(name, job, error, first=min(RETRY_AFTER, every))
            return
        self._failures[name] = 0
        self._plan(name, job, every)

    async def _plan_regular(self, name: str, every: timedelta, job: Job) -> None:
        try:
            last = await asyncio.to_thread(self._done_at, name)
        except DatabaseError as error:
            self._again(name, job, error)
            return
        now = self._desk.clock()
        # Never longer than the interval: our clock may have been set back since.
        self._plan(name, job, min(last + every - now, every) if last else _SOONEST)

    def _done_at(self, name: str) -> datetime | None:
        with store.read(self._desk.engine) as session:
            return store.job_done_at(session, name)

    def _record_done(self, name: str) -> None:
        with store.write(self._desk.engine) as session:
            store.record_job_done(session, name, self._desk.clock())

    def _again(
        self,
        name: str,
        job: Job,
        error: Exception,
        *,
        first: timedelta = RETRY_AFTER,
    ) -> None:
        """Plan another try after a failure: ten minutes, doubling up to six hours."""
        self._failures[name] += 1
        wait = min(first * 2 ** min(self._failures[name] - 1, 10), LONGEST_RETRY)
        log.warning("%s: %s; next try in %s", name, error, wait)
        self._plan(name, job, wait)

    async def _watch_clock(self) -> None:
        """Plan everything anew when the wall clock is set: APScheduler goes by it.

        Set back an hour, it would run nothing until the hour is over (measured).
        """
        ahead = utc_now().timestamp() - time.monotonic()
        while True:
            await asyncio.sleep(1)
            now_ahead = utc_now().timestamp() - time.monotonic()
            if abs(now_ahead - ahead) > CLOCK_STEP_SECONDS:
                log.warning("the clock was set by %.0f seconds", now_ahead - ahead)
                await self._plan_all()
            ahead = now_ahead


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
