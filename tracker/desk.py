"""What the shells work with, put together from the configuration and the database.

The only place where the HTTP client, the brake kept in the database and the settings
meet; stories (poll.py, members.py) are given the result.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.clock import Clock
from tracker.config import Settings
from tracker.members import MembersDesk
from tracker.outbox.audience import audience_of
from tracker.parliament.http import ParliamentHttp
from tracker.parliament.member_requests import MembersApi
from tracker.poll import PollDesk
from tracker.rules.schedule import is_brake_on
from tracker.store import Engine


@dataclass(frozen=True, slots=True)
class Desk:
    """One client for all of Parliament's services, and what asks through it."""

    settings: Settings
    engine: Engine
    clock: Clock
    poll: PollDesk
    members: MembersDesk


class StoredBrake:
    """The brake of product.md 3.7, in the database: a restart does not lift it."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    def until(self) -> datetime | None:
        """Return until when nothing may be asked, over or not."""
        with store.read(self._engine) as session:
            brake = store.brake_until(session)
            return brake.until_at if brake else None

    def pull(self, until_at: datetime, reason: str) -> None:
        """Put the brake on; one that is on and lasts longer stays."""
        with store.write(self._engine) as session:
            known = store.brake_until(session)
            if known and not is_brake_on(known.until_at, now=self._clock()):
                # Perhaps from before our clock was set back: it must not outlast this.
                store.lift_brake(session)
            store.record_brake(session, until_at, reason)


@asynccontextmanager
async def open_desk(
    settings: Settings, engine: Engine, clock: Clock
) -> AsyncIterator[Desk]:
    """Give a Desk whose HTTP client is closed when it is left."""
    parliament = settings.parliament
    async with ParliamentHttp(
        contact=parliament.contact,
        deadline_seconds=parliament.timeout_seconds,
        requests_per_second=parliament.requests_per_second,
        brake=StoredBrake(engine, clock),
        clock=clock,
    ) as http:
        api = MembersApi(http, parliament.members_url, parliament.calendar_url)
        yield Desk(
            settings=settings,
            engine=engine,
            clock=clock,
            poll=PollDesk(engine, http, parliament, clock, audience_of(settings)),
            members=MembersDesk(engine, api, clock, settings.motions),
        )
