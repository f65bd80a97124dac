"""When the sender works: the loop beside the scheduler, and the slots of several senders.

Any number of processes may run it on one database. Each holds a slot, a lock that dies
with its process: so another one knows who is dead, and takes up what they left.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass

from tracker import store
from tracker.clock import Clock, london_date
from tracker.config import Settings
from tracker.holding import noticing_loss
from tracker.outbox.links import links_of
from tracker.outbox.look import cancel_what_ended, note_what_ended
from tracker.outbox.mail_server import Patience, server_of
from tracker.outbox.pings import Pings
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.parliament.sessions import is_dissolved_on
from tracker.rules.sending import DISSOLVED
from tracker.store import DatabaseError, DatabaseLostError, Engine
from tracker.store.locks import HeldLock, kept_lock, try_lock

log = logging.getLogger(__name__)

SlotWork = Callable[[str, asyncio.Event], Awaitable[None]]

SLOTS = tuple(f"sender-{number}" for number in range(16))
IDLE_SECONDS = 1.0
TIDY_SECONDS = 30.0
LOST_SECONDS = 1.0
GRACE_SECONDS = 5.0
"""How long an email under way may take after the program was told to stop."""


async def run_sender(
    settings: Settings,
    engine: Engine,
    *,
    clock: Clock,
    stop: asyncio.Event,
    patience: Patience | None = None,
) -> None:
    """Send what is due until `stop` is set. In `hold` nothing leaves, whatever is queued.

    What ended (a motion, a Parliament) is cancelled also in `hold`.
    """

    async def work(slot: str, lost: asyncio.Event) -> None:
        await _Loop(settings, engine, clock, slot, patience).run(stop, lost)

    await in_slots(engine, SLOTS, work, stop=stop, what="emails")


async def in_slots(
    engine: Engine,
    slots: Sequence[str],
    work: SlotWork,
    *,
    stop: asyncio.Event,
    what: str,
) -> None:
    """Work in the first free slot until `stop` is set; in another when it is lost.

    `work` is given the slot, and an event that tells it that the slot is lost.
    """
    while not stop.is_set():
        wait = LOST_SECONDS
        try:
            with sender_slot(engine, slots) as slot:
                if slot is None:
                    log.warning("%d processes send %s already", len(slots), what)
                    wait = TIDY_SECONDS
                else:
                    async with noticing_loss(slot.lock) as lost:
                        await work(slot.name, lost)
        except DatabaseLostError as error:
            log.warning("sending %s waits for the database: %s", what, error)
        await pause(stop, wait)


@dataclass(frozen=True, slots=True)
class Slot:
    """A sender's place: its name, and the lock that says that it lives."""

    name: str
    lock: HeldLock


@contextmanager
def sender_slot(engine: Engine, slots: Sequence[str] = SLOTS) -> Iterator[Slot | None]:
    """Give the first free slot, held until left; None if all are taken."""
    with ExitStack() as held:
        for name in slots:
            lock = held.enter_context(kept_lock(engine, name))
            if lock is not None:
                yield Slot(name, lock)
                return
        yield None


def take_up_the_dead(engine: Engine, clock: Clock, *, own_slot: str) -> int:
    """Take back what senders of any kind left that are dead; return how many Messages."""
    count = 0
    with store.read(engine) as session:
        slots = store.claimants(session) - {own_slot}
    for slot in sorted(slots):
        with try_lock(engine, slot) as is_dead:
            if is_dead:
                count += _record_deaths(engine, clock, slot)
    return count


def _record_deaths(engine: Engine, clock: Clock, slot: str) -> int:
    with store.write(engine) as session:
        left = store.record_deaths(session, slot, clock())
    if left:
        log.warning("a sender had died with %d messages in its hands", len(left))
    return len(left)


class _Loop:
    """The loop of the process that holds `slot`."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        clock: Clock,
        slot: str,
        patience: Patience | None,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._slot = slot
        self._sender = self._new_sender(patience)
        self._tidied_at: float | None = None
        self._pings = Pings(settings.health, contact=settings.parliament.contact)

    def _new_sender(self, patience: Patience | None) -> OutboxSender | None:
        mail = self._settings.mail
        if mail.mode != "send":
            return None
        return OutboxSender(
            self._settings,
            self._engine,
            self._clock,
            slot=self._slot,
            mailer=Mailer(server_of(mail), patience),
            links=links_of(self._settings),
        )

    async def run(self, stop: asyncio.Event, lost: asyncio.Event) -> None:
        """Work until either is set; what is under way at a stop has five seconds to end.

        What is under way when the slot is lost goes on: nobody sends it a second time.
        """
        async with aclosing(self._pings):
            while not (stop.is_set() or lost.is_set()):
                is_more = False
                try:
                    await self._tidy_if_due()
                    is_more = await self._send(stop)
                    await self._tell_alive()
                except DatabaseError as error:
                    log.warning("sending waits for the database: %s", error)
                if not is_more:
                    await pause(stop, IDLE_SECONDS)

    async def _tell_alive(self) -> None:
        """Tell the watch outside that a round went well: not while mail stands still."""
        if self._pings.is_due("send") and not await asyncio.to_thread(self._is_paused):
            self._pings.tell("send")

    def _is_paused(self) -> bool:
        with store.read(self._engine) as session:
            found = store.sender_pause(session)
        return found is not None and self._clock() < found.until_at

    async def _tidy_if_due(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._tidied_at is None:
            # Who starts: whatever our slot had was left by a dead one.
            await asyncio.to_thread(
                _record_deaths, self._engine, self._clock, self._slot
            )
        if self._tidied_at is None or now - self._tidied_at >= TIDY_SECONDS:
            await asyncio.to_thread(self._tidy)
            self._tidied_at = now

    def _tidy(self) -> None:
        now = self._clock()
        take_up_the_dead(self._engine, self._clock, own_slot=self._slot)
        with store.write(self._engine) as session:
            cancel_what_ended(session, self._settings, now)
            note_what_ended(session, self._settings, now)
            if is_dissolved_on(london_date(now)):
                store.cancel_for(session, None, None, DISSOLVED, now)

    async def _send(self, stop: asyncio.Event) -> bool:
        if self._sender is None:
            return False
        sending = asyncio.create_task(asyncio.to_thread(self._sender.send_batch))
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait((sending, stopped), return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                self._sender.stop()
                await asyncio.wait((sending,), timeout=GRACE_SECONDS)
            return await self._ended(sending)
        finally:
            stopped.cancel()

    async def _ended(self, sending: "asyncio.Task[bool]") -> bool:
        if not sending.done() and self._sender is not None:
            self._sender.abort()
        return await sending


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until `stop` is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
