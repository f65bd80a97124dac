"""A look-up of postcodes for a process that serves pages: its client of the Members API.

Owns when that client is opened and closed; what is asked is in postcodes.py.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tracker.clock import Clock
from tracker.config import MotionSettings, Settings
from tracker.desk import open_desk
from tracker.parliament.member_requests import MembersApi
from tracker.parliament.seats import boundaries_on
from tracker.rules.postcodes import PlaceFound
from tracker.store import Engine
from tracker.supporters.postcodes import look_up, motion_day


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds the seat of a postcode for a motion."""

    engine: Engine
    api: MembersApi | None
    clock: Clock

    async def place(self, watched: MotionSettings, text: str) -> PlaceFound:
        """Return what is known of a postcode; PostcodeError for what is none."""
        now = self.clock()
        house_on, last_on = await motion_day(self.engine, watched, now)
        return await look_up(
            self.engine,
            self.api,
            text,
            boundaries=boundaries_on(house_on),
            last_on=last_on,
            now=now,
        )


@asynccontextmanager
async def open_lookup(
    settings: Settings, engine: Engine, clock: Clock
) -> AsyncIterator[Lookup]:
    """Give a Lookup whose HTTP client is closed when it is left."""
    async with open_desk(settings, engine, clock) as desk:
        yield Lookup(engine, desk.members.api, clock)
