"""The worker process: everything that happens without anyone looking.

Puts the scheduler and the senders of the outbox (emails, webhooks, notices to staff)
beside each other. When one of them ends, the others are told to, since half a worker
would go unnoticed.
"""

import asyncio

from tracker.clock import Clock
from tracker.config import Settings
from tracker.desk import open_desk
from tracker.outbox.hooks.loop import run_webhooks
from tracker.outbox.hooks.signing import refuse_bad_secrets
from tracker.outbox.loop import run_sender
from tracker.outbox.staff_digest import run_digests
from tracker.scheduler import run_scheduler
from tracker.store import Engine


async def run_worker(
    settings: Settings, engine: Engine, *, clock: Clock, stop: asyncio.Event
) -> None:
    """Work until `stop` is set. Several may run on one database: one schedules, all send.

    ConfigError for a webhook that can't be signed.
    """
    if settings.mail.mode == "send":
        refuse_bad_secrets(settings)
    async with open_desk(settings, engine, clock) as desk:
        parts = [
            asyncio.create_task(run_scheduler(desk, stop)),
            asyncio.create_task(run_sender(settings, engine, clock=clock, stop=stop)),
            asyncio.create_task(run_webhooks(settings, engine, clock=clock, stop=stop)),
            asyncio.create_task(run_digests(settings, engine, clock=clock, stop=stop)),
        ]
        await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        for ended in await asyncio.gather(*parts, return_exceptions=True):
            if isinstance(ended, BaseException):
                raise ended
