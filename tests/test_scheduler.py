"""The real scheduler over a real socket: it polls on, whatever happens around it."""

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from pydantic import SecretStr

from tests.conftest import FakeClock, MakeSettings
from tests.hook_server import Reply, receiver
from tests.upstream import MOTION_ID, Watch, small_world
from tracker import scheduler, store
from tracker.clock import utc_now
from tracker.config import HealthSettings
from tracker.desk import open_desk
from tracker.poll import poll_motion
from tracker.rehearsal import catalogue, faults, wire_faults
from tracker.rehearsal.exchange import Exchange
from tracker.rehearsal.server import StandIn
from tracker.rules.outcomes import Outcome
from tracker.scheduler import run_scheduler
from tracker.store import Engine
from tracker.store.schema import open_database
from tracker.store.tables import Poll
from tracker.worker import run_worker

DETAIL = f"/EarlyDayMotion/{MOTION_ID}"
PATIENCE_SECONDS = 15


@pytest.fixture
def watch(sqlite_engine: Engine, settings: MakeSettings) -> Iterator[Watch]:
    """A motion that may be polled every second, of a Parliament that keeps copies for 0."""
    world = small_world(FakeClock(), rows=3)
    with StandIn(world, clock=utc_now, fresh_seconds=0) as stand_in:
        made = settings(
            rehearsal=True,
            motions=[{"number": 718, "session": "2026-27", "id": MOTION_ID}],
            parliament={
                "motions_url": stand_in.url,
                "members_url": stand_in.url,
                "calendar_url": stand_in.url,
                "poll_seconds": 1,
                "quiet_poll_seconds": 1,
                "requests_per_second": 1000,
                "timeout_seconds": 2,
            },
        )
        # As if the regular jobs had just been done: only polls are due.
        with store.write(sqlite_engine) as session:
            for name in ("members", "calendar"):
                store.record_job_done(session, name, utc_now())
        yield Watch(stand_in, made, sqlite_engine, FakeClock())


def pinging(watch: Watch, url: str) -> Watch:
    """Return the watch over one outside, which hears of good polls."""
    health = HealthSettings(poll_ping_url=SecretStr(url))
    settings = watch.settings.model_copy(update={"health": health})
    return replace(watch, settings=settings)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, or fail."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():
            await asyncio.sleep(0.02)


def live(watch: Watch, life: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run the scheduler while `life` goes on, and stop it then."""

    async def lived() -> None:
        stop = asyncio.Event()
        async with open_desk(watch.settings, watch.engine, utc_now) as desk:
            running = asyncio.create_task(run_scheduler(desk, stop))
            try:
                await life(stop)
            finally:
                stop.set()
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await running

    asyncio.run(lived())


def stored_polls(watch: Watch) -> list[Poll]:
    """Return all polls, oldest first."""
    with store.read(watch.engine) as session:
        return list(reversed(store.recent_polls(session, 1, limit=100)))


def polls(watch: Watch) -> list[Outcome]:
    """Return the outcomes of all polls, oldest first."""
    return [poll.outcome for poll in stored_polls(watch)]


def shortest_gap(watch: Watch) -> timedelta:
    """Return the shortest time between the starts of two polls."""
    return min(b.started_at - a.started_at for a, b in pairwise(stored_polls(watch)))


def problems(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]


def test_it_polls_again_and_again_and_sees_what_changes(watch, caplog):
    async def life(_stop):
        await until(lambda: len(polls(watch)) >= 2)
        watch.world.sign(MOTION_ID, 90_010)
        await until(lambda: Outcome.CHANGED in polls(watch)[1:])
        # The new signer is fetched afterwards.
        await until(lambda: watch.stand_in.request_count("/api/Members/90010") == 1)

    live(watch, life)
    assert shortest_gap(watch) > timedelta(seconds=0.97)
    assert watch.view().signature_count == 4
    assert problems(caplog) == []


def test_a_good_poll_is_told_to_the_watch_outside_and_no_more_than_once_a_minute(watch):
    with receiver() as outside:
        watch = pinging(watch, outside.url)

        async def life(_stop):
            await until(lambda: len(polls(watch)) >= 3)

        live(watch, life)
        assert [request.path for request in outside.requests] == ["/hook"]


def test_of_polls_that_fail_the_watch_outside_hears_nothing(watch):
    watch.stand_in.fault(catalogue.FAILING["U4 200 page"], times=None)
    with receiver() as outside:
        watch = pinging(watch, outside.url)

        async def life(_stop):
            await until(lambda: len(polls(watch)) >= 1)

        live(watch, life)
        assert set(polls(watch)) == {Outcome.FAILED}
        assert outside.requests == []


def test_a_watch_outside_that_hangs_holds_up_no_poll_and_no_stop(watch):
    with receiver(Reply(wait_seconds=60)) as outside:
        watch = pinging(watch, outside.url)

        async def life(_stop):
            await until(lambda: len(polls(watch)) >= 3)
            assert len(outside.requests) == 1

        began = time.monotonic()
        live(watch, life)
        assert time.monotonic() - began < PATIENCE_SECONDS


def test_a_poll_longer_than_the_interval_is_not_overtaken(watch):
    under_way, most = [0], [0]

    class Slow:
        async def __call__(self, exchange: Exchange) -> None:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            await asyncio.sleep(1.3)
            under_way[0] -= 1
            await exchange.send(exchange.good_answer())

    watch.stand_in.fault(Slow(), times=None)

    async def life(_stop):
        await until(lambda: len(polls(watch)) >= 2)

    live(watch, life)
    assert most == [1]
    assert Outcome.BUSY not in polls(watch)


def test_it_survives_failures(watch, caplog):
    watch.stand_in.fault(faults.RefusedInside())
    watch.stand_in.fault(wire_faults.ResetAtOnce())

    async def life(_stop):
        await until(lambda: Outcome.CHANGED in polls(watch))

    live(watch, life)
    assert polls(watch)[:3] == ["failed", "failed", "changed"]
    assert problems(caplog) == []


def test_it_skips_turns_while_the_database_is_locked(watch, caplog, monkeypatch):
    watch.engine.dispose()
    path = watch.engine.url.database
    assert path is not None
    # A short patience, so that the test is: the lock is held for longer than it.
    monkeypatch.setattr("tracker.store.engine.BUSY_SECONDS", 0.2)
    impatient = open_database(f"sqlite:///{path}", is_upgraded=False)
    watched = Watch(watch.stand_in, watch.settings, impatient, watch.clock)

    async def life(_stop):
        await until(lambda: len(polls(watch)) >= 1)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        skipped = "EDM 718 was not polled: the database is locked by another program"
        await until(lambda: skipped in caplog.text)
        count = len(polls(watch))
        other.execute("ROLLBACK")
        other.close()
        await until(lambda: len(polls(watch)) > count)

    live(watched, life)
    impatient.dispose()
    assert problems(caplog) == []


def test_what_is_planned_often_while_it_is_under_way_is_done_once_more(
    watch, monkeypatch, caplog
):
    monkeypatch.setattr(scheduler, "_MOST_WAITING", 3)
    begun = [0]

    async def lived() -> None:
        ended = asyncio.Event()

        async def work() -> None:
            begun[0] += 1
            await ended.wait()

        async with open_desk(watch.settings, watch.engine, utc_now) as desk:
            jobs = scheduler._Jobs(desk)
            jobs._scheduler.start()
            for _ in range(8):
                jobs._plan("work", work, timedelta(0))
                await until(lambda: jobs._scheduler.get_job("work") is None)
            assert begun == [1]
            ended.set()
            await until(lambda: begun == [2])
            await jobs._end_jobs()

    asyncio.run(lived())
    assert begun == [2]
    assert "skipped" not in caplog.text


def test_a_second_scheduler_stands_by_and_takes_over(watch, monkeypatch):
    monkeypatch.setattr(scheduler, "STAND_BY_SECONDS", 0.1)

    async def life() -> None:
        stops = [asyncio.Event(), asyncio.Event()]
        workers = []
        for stop in stops:
            work = run_worker(watch.settings, watch.engine, clock=utc_now, stop=stop)
            workers.append(asyncio.create_task(work))
            await until(lambda: len(polls(watch)) >= 1)
        await until(lambda: len(polls(watch)) >= 3)
        assert shortest_gap(watch) > timedelta(seconds=0.97)
        stops[0].set()
        await workers[0]
        count = len(polls(watch))
        await until(lambda: len(polls(watch)) >= count + 2)
        stops[1].set()
        await workers[1]

    asyncio.run(life())


def test_the_clock_set_back_an_hour_does_not_stop_the_polls(watch, caplog):
    async def life(_stop):
        await until(lambda: len(polls(watch)) >= 1)
        await asyncio.sleep(0.4)  # the next one has been planned, by the old clock
        with time_machine.travel(utc_now() - timedelta(hours=1), tick=True):
            count = len(polls(watch))
            await until(lambda: len(polls(watch)) >= count + 2)

    live(watch, life)
    assert "the clock was set by -36" in caplog.text
    # What is done daily is not done again because of it.
    assert watch.stand_in.request_count("/api/Members/Search") == 0
    assert problems(caplog) == []


def test_a_stop_in_the_middle_of_a_poll_is_quick_and_silent(watch, caplog):
    watch.stand_in.fault(wire_faults.Hang(), times=None)
    took = [0.0]

    async def life(stop):
        await until(lambda: watch.stand_in.request_count(DETAIL) == 1)
        stop.set()
        took[0] = asyncio.get_running_loop().time()

    live(watch, life)
    assert polls(watch) == []
    assert problems(caplog) == []
    assert "Traceback" not in caplog.text
    assert not [t for t in threading.enumerate() if t.name.startswith("APScheduler")]


def test_members_and_the_calendar_are_brought_when_they_are_due(watch):
    with store.write(watch.engine) as session:
        long_ago = utc_now() - timedelta(days=8)
        store.record_job_done(session, "calendar", long_ago)
        store.record_job_done(session, "members", utc_now() - timedelta(hours=23))

    async def life(_stop):
        await until(lambda: watch.stand_in.request_count("/calendar/events") == 1)
        await until(lambda: len(polls(watch)) >= 1)
        await until(lambda: done_at("calendar") > long_ago)

    def done_at(name: str) -> datetime:
        with store.read(watch.engine) as session:
            return store.job_done_at(session, name) or long_ago

    live(watch, life)
    assert watch.stand_in.request_count("/calendar/sessions") == 1
    assert watch.stand_in.request_count("/api/Members/Search") == 0


def test_a_sync_that_fails_is_tried_again_later_and_the_polls_go_on(watch, caplog):
    with store.write(watch.engine) as session:
        store.record_job_done(session, "members", utc_now() - timedelta(days=2))
    watch.stand_in.fault(faults.HtmlPage(503), "/api/Members/Search", times=None)

    async def life(_stop):
        await until(lambda: len(polls(watch)) >= 2)
        await until(lambda: "members: answered 503" in caplog.text)

    live(watch, life)
    assert "next try in 0:10:00" in caplog.text
    assert watch.stand_in.request_count("/api/Members/Search") == 1


def test_a_fault_nobody_thought_of_is_logged_and_the_polls_go_on(
    watch, caplog, monkeypatch
):
    count = [0]

    async def odd(*args, **options):
        count[0] += 1
        if count[0] == 1:
            raise RuntimeError("nobody thought of this")
        return await poll_motion(*args, **options)

    monkeypatch.setattr("tracker.scheduler.poll_motion", odd)

    async def life(_stop):
        await until(lambda: len(polls(watch)) >= 2)

    live(watch, life)
    assert "nobody thought of this" in caplog.text
