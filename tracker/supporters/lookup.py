"""A look-up of postcodes for a process that serves pages: its client of the Members API.

Owns when that client is opened and closed; what is asked is in postcodes.py.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tracker import store
from tracker.board import motion_standing
from tracker.clock import Clock
from tracker.config import MotionSettings, Settings
from tracker.desk import open_desk
from tracker.parliament.member_requests import MembersApi
from tracker.parliament.seats import boundaries_on
from tracker.rules.calendar import MotionState, Standing
from tracker.rules.postcodes import PlaceFound
from tracker.store import Engine
from tracker.store.tables import Motion
from tracker.supporters.postcodes import look_up


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finds the seat of a postcode for a motion."""

    engine: Engine
    api: MembersApi | None
    clock: Clock

    async def place(self, watched: MotionSettings, text: str) -> PlaceFound:
        """Return what is known of a postcode; PostcodeError for what is none."""
        stands = await asyncio.to_thread(self._stands, watched)
        return await self.place_before(stands, text)

    async def place_before(self, stands: Standing, text: str) -> PlaceFound:
        """Return the same for a motion of which it is known how it stands."""
        is_over = stands.state is not MotionState.OPEN
        return await look_up(
            self.engine,
            self.api,
            text,
            boundaries=boundaries_on(stands.house_on),
            last_on=stands.last_on if is_over else None,
            now=self.clock(),
        )

    def _stands(self, watched: MotionSettings) -> Standing:
        with store.read(self.engine) as session:
            known = store.motion_by_number(session, watched.session, watched.number)
            motion = known or Motion(session=watched.session, number=watched.number)
            return motion_standing(session, watched, motion, now=self.clock())


@asynccontextmanager
async def open_lookup(
    settings: Settings, engine: Engine, clock: Clock
) -> AsyncIterator[Lookup]:
    """Give a Lookup whose HTTP client is closed when it is left."""
    async with open_desk(settings, engine, clock) as desk:
        yield Lookup(engine, desk.members.api, clock)
