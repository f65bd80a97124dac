"""A stand-in Parliament with one motion in it, and polls of it over a real socket."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from tests.conftest import FakeClock, MakeSettings
from tracker import store
from tracker.board import MotionView, motion_view
from tracker.config import MotionSettings, Settings
from tracker.desk import Desk, open_desk
from tracker.poll import poll_motion
from tracker.recording import PollReport
from tracker.rehearsal.house import House, invented_house
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.store import Engine
from tracker.store.tables import Motion, Poll, SignatureEvent

MOTION_ID = 65_001
NUMBER = 718
SESSION = "2026-27"
TITLE = "A motion that is only rehearsed"
FIRST_MEMBER = 90_001
ROWS = 40
FIRST_SIGNED_AT = datetime(2026, 6, 8, 14, 0, tzinfo=UTC)

T = TypeVar("T")


@cache
def house(boundaries: str = "2024") -> House:
    """The invented House; making it takes a while and it is never changed."""
    return invented_house("2010" if boundaries == "2010" else "2024")


@dataclass(frozen=True, slots=True)
class Watch:
    """One motion watched by the real code: every poll has a client of its own."""

    stand_in: StandIn
    settings: Settings
    engine: Engine
    clock: FakeClock

    @property
    def world(self) -> World:
        return self.stand_in.world

    @property
    def motion(self) -> MotionSettings:
        return self.settings.motions[0]

    def run(self, work: Callable[[Desk], Awaitable[T]]) -> T:
        """Do something with a newly opened desk."""

        async def opened() -> T:
            async with open_desk(self.settings, self.engine, self.clock) as desk:
                return await work(desk)

        return asyncio.run(opened())

    def poll(self, *, is_accepted: bool = False) -> PollReport:
        """Poll the motion once, as `tracker poll` would."""
        return self.run(
            lambda desk: poll_motion(desk.poll, self.motion, is_accepted=is_accepted)
        )

    def poll_later(self, seconds: float = 60) -> PollReport:
        """Poll when so many seconds have gone by."""
        self.clock.advance(seconds)
        return self.poll()

    def sign(self, count: int = 1, *, at: Any = ...) -> list[int]:
        """Have the next Members sign; return their rows' ids."""
        start = FIRST_MEMBER + len(self.world.rows(MOTION_ID))
        return [
            self.world.sign(MOTION_ID, member_id, at)
            for member_id in range(start, start + count)
        ]

    def baseline(self) -> PollReport:
        """Poll for the first time, then let a minute go by."""
        report = self.poll()
        assert report.outcome == "changed"
        assert report.signature_count == len(self.world.rows(MOTION_ID))
        self.clock.advance(60)
        return report

    def last_poll(self) -> Poll:
        with store.read(self.engine) as session:
            [poll] = store.recent_polls(session, self.stored().id or 0, limit=1)
            return poll

    def stored(self) -> Motion:
        with store.read(self.engine) as session:
            motion = store.motion_by_number(
                session, self.motion.session, self.motion.number
            )
        assert motion is not None
        return motion

    def events(self) -> list[SignatureEvent]:
        with store.read(self.engine) as session:
            return list(store.all_events(session, self.stored().id or 0))

    def state(self) -> tuple[list[dict[str, Any]], ...]:
        """Return all that a failed poll may not touch: motion, rows and events."""
        with store.read(self.engine) as session:
            rows = store.signatures_of(session, self.stored().id or 0)
        motion = self.stored().model_dump(exclude={"not_found_since_at"})
        return (
            [motion],
            [row.model_dump() for row in rows],
            [event.model_dump() for event in self.events()],
        )

    def view(self) -> MotionView:
        with store.read(self.engine) as session:
            now = self.clock()
            return motion_view(session, self.settings, self.motion, now=now)


def small_world(clock: FakeClock, *, rows: int = ROWS) -> World:
    """Return a World of 2024 with one motion that so many Members have signed."""
    world = World(house(), clock=clock)
    world.add_motion(
        MOTION_ID, NUMBER, TITLE, "Text.", date(2026, 6, 8), FIRST_MEMBER,
        status_at=FIRST_SIGNED_AT,
    )  # fmt: skip
    for place in range(rows):
        at = FIRST_SIGNED_AT + timedelta(minutes=place)
        world.sign(MOTION_ID, FIRST_MEMBER + place, at)
    return world


@contextmanager
def watching(
    engine: Engine,
    settings: MakeSettings,
    clock: FakeClock,
    *,
    world: World | None = None,
    rows: int = ROWS,
    cache_seconds: float = 0,
    fresh_seconds: int = 60,
    motion: dict[str, Any] | None = None,
    parliament: dict[str, Any] | None = None,
    **tables: Any,
) -> Iterator[Watch]:
    """Give a Watch over a stand-in; the motion's id is configured unless told."""
    watched = {"number": NUMBER, "session": SESSION, "id": MOTION_ID}
    world = world or small_world(clock, rows=rows)
    with StandIn(
        world, clock=clock, cache_seconds=cache_seconds, fresh_seconds=fresh_seconds
    ) as stand_in:
        made = settings(
            rehearsal=True,
            motions=[watched if motion is None else motion],
            parliament={
                "motions_url": stand_in.url,
                "members_url": stand_in.url,
                "calendar_url": stand_in.url,
                "requests_per_second": 1000,
                **(parliament or {}),
            },
            **tables,
        )
        yield Watch(stand_in, made, engine, clock)
