"""What comes of invented people in `tracker demo`: reminders, and being told who signs."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from tests.conftest import FakeClock
from tests.test_rehearsal_supporters import NOW, seat_the_house
from tracker import store
from tracker.config import Settings
from tracker.following.story import run_follow_ups
from tracker.rehearsal import hearing
from tracker.rehearsal.crowd import Crowd
from tracker.rehearsal.demo import DEMO_MOTION_ID, demo_world
from tracker.rehearsal.show import demo_settings
from tracker.rehearsal.supporters import supporters_write
from tracker.rehearsal.world import World
from tracker.store import Engine
from tracker.store.tables import FollowUp, FollowUpState, SignAlert


@pytest.fixture
def world() -> World:
    return demo_world(lambda: NOW)


@pytest.fixture
def made(
    sqlite_engine: Engine, world: World, clock: FakeClock, tmp_path: Path
) -> Settings:
    clock.set(NOW)
    seat_the_house(sqlite_engine, world)
    return demo_settings(world, "http://127.0.0.1:9", tmp_path, 8000, 9)


async def until(done: Callable[[], bool], *tasks: asyncio.Task[None]) -> None:
    for _ in range(1200):
        if done() or any(task.done() for task in tasks):
            break
        await asyncio.sleep(0.05)
    assert done()


def alerts(engine: Engine) -> list[SignAlert]:
    with store.read(engine) as session:
        return list(session.exec(select(SignAlert)).all())


def test_strangers_ask_confirm_and_their_mps_sign(
    sqlite_engine, world, made, clock, monkeypatch
):
    monkeypatch.setattr(hearing, "_SIGNS_SOON", 1)
    monkeypatch.setattr(hearing, "_EVERY_SECONDS", (0.1, 0.2))
    for wait in ("_MAIL_SECONDS", "_SIGNS_SECONDS"):
        monkeypatch.setattr(hearing, wait, 0.05)
    before = len(world.rows(DEMO_MOTION_ID))

    async def scene() -> None:
        stop, crowd = asyncio.Event(), Crowd(world)
        asking = asyncio.create_task(
            hearing.strangers_ask(
                made, sqlite_engine, world, crowd, clock=clock, stop=stop
            )
        )
        await until(
            lambda: (
                len(world.rows(DEMO_MOTION_ID)) > before
                and any(one.confirmed_at for one in alerts(sqlite_engine))
            ),
            asking,
        )
        stop.set()
        await asyncio.wait_for(asking, 10)

    asyncio.run(scene())
    signed = {row.member_id for row in world.rows(DEMO_MOTION_ID)}
    assert {one.member_id for one in alerts(sqlite_engine)} <= signed


def test_some_of_the_past_agreed_to_reminders_that_are_due_within_minutes(
    sqlite_engine, world, made, clock
):
    run_follow_ups(sqlite_engine, made, now=clock())
    crowd = Crowd(world)

    async def scene() -> None:
        stop = asyncio.Event()
        told = {"clock": clock, "stop": stop, "crowd": crowd}
        writing = asyncio.create_task(
            supporters_write(made, sqlite_engine, world, **told)
        )
        await until(lambda: bool(crowd.answered), writing)
        stop.set()
        await asyncio.wait_for(writing, 10)

    asyncio.run(scene())
    for minutes in (6, 7):
        clock.set(NOW + timedelta(minutes=minutes))
        run_follow_ups(sqlite_engine, made, now=clock())
    with store.read(sqlite_engine) as session:
        gone = session.exec(
            select(FollowUp).where(FollowUp.state == FollowUpState.OUT)
        ).all()
    assert {"ask-and-ring", "ring-the-office"} == {one.rule for one in gone}
