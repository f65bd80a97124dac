"""When webhooks are delivered: a loop for each, so that one that hangs delays no other.

Beside the sender of emails and like it: any number of processes, each with a slot of its
own for each webhook. In `hold` nothing leaves.
"""

import asyncio
import logging

from tracker import store
from tracker.clock import Clock
from tracker.config import Settings, WebhookSettings
from tracker.outbox.audience import audience_of
from tracker.outbox.hooks.exchange import Exchange
from tracker.outbox.hooks.guard import GuardedBackend
from tracker.outbox.hooks.sender import HookSender
from tracker.outbox.loop import in_slots, pause
from tracker.store import DatabaseError, Engine

log = logging.getLogger(__name__)

SLOTS_EACH = 16
IDLE_SECONDS = 1.0
GRACE_SECONDS = 3.0
"""How long a delivery under way may take after the program was told to stop."""


def exchange_of(settings: Settings) -> Exchange:
    """Return how receivers are spoken to, by [network]."""
    is_own_network = settings.network.allow_private_webhooks
    return Exchange(
        GuardedBackend(is_own_network=is_own_network),
        contact=settings.parliament.contact,
    )


async def run_webhooks(
    settings: Settings,
    engine: Engine,
    *,
    clock: Clock,
    stop: asyncio.Event,
    exchange: Exchange | None = None,
) -> None:
    """Deliver what is due until `stop` is set."""
    if settings.mail.mode == "send":
        await asyncio.to_thread(_cancel_forgotten, settings, engine, clock)
        exchange = exchange or exchange_of(settings)
        loops = (
            _run_one(settings, webhook, engine, clock, stop, exchange)
            for webhook in settings.webhooks
        )
        await asyncio.gather(*loops)
    await stop.wait()


async def _run_one(
    settings: Settings,
    webhook: WebhookSettings,
    engine: Engine,
    clock: Clock,
    stop: asyncio.Event,
    exchange: Exchange,
) -> None:
    slots = [f"hook-{webhook.name}-{number}" for number in range(SLOTS_EACH)]

    async def work(slot: str, lost: asyncio.Event) -> None:
        sender = HookSender(
            webhook,
            engine,
            clock,
            slot=slot,
            exchange=exchange,
            audience=audience_of(settings),
        )
        await _deliver(sender, stop, lost)

    await in_slots(engine, slots, work, stop=stop, what=f"to {webhook.name}")


async def _deliver(
    sender: HookSender, stop: asyncio.Event, lost: asyncio.Event
) -> None:
    # Whatever our slot had was left by one that died.
    is_alive, is_leftover = False, True
    while not (stop.is_set() or lost.is_set()):
        is_more = False
        try:
            if is_leftover:
                await asyncio.to_thread(sender.put_back, is_alive=is_alive)
                is_alive, is_leftover = True, False
            is_more = await _until(stop, sender)
        except DatabaseError as error:
            log.warning("webhooks wait for the database: %s", error)
            is_leftover = True
        if not is_more:
            await pause(stop, IDLE_SECONDS)


async def _until(stop: asyncio.Event, sender: HookSender) -> bool:
    """Deliver one; when told to stop, give it a moment and then put it back."""
    delivering = asyncio.create_task(sender.deliver_next())
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((delivering, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not delivering.done():
            await asyncio.wait((delivering,), timeout=GRACE_SECONDS)
    finally:
        stopped.cancel()
    if delivering.done():
        return delivering.result()
    delivering.cancel()
    await asyncio.wait((delivering,))
    await asyncio.to_thread(sender.put_back, is_alive=True)
    return False


def _cancel_forgotten(settings: Settings, engine: Engine, clock: Clock) -> None:
    names = [webhook.name for webhook in settings.webhooks]
    try:
        with store.write(engine) as session:
            store.cancel_forgotten(session, names, clock())
    except DatabaseError as error:
        log.warning("webhooks that are gone were not looked for: %s", error)
