"""Notices to staff: what is due leaves as one message, to every address of theirs.

Owns the claim, and Apprise, which is slow to import and may hang: it works in a thread
that nobody waits for beyond a time. Taken by one address is taken; else it is tried
again for a day. None of it delays emails or webhooks.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tracker import store
from tracker.clock import Clock
from tracker.config import Settings
from tracker.outbox.daemons import in_daemon
from tracker.outbox.loop import in_slots, pause
from tracker.rules.staff_notices import digest
from tracker.store import DatabaseError, Engine

log = logging.getLogger(__name__)

SLOTS = tuple(f"digest-{number}" for number in range(16))
IDLE_SECONDS = 1.0
DEADLINE_SECONDS = 30.0
NOT_TAKEN = "none of the addresses of notify.urls took it"


@dataclass(frozen=True, slots=True)
class _Claim:
    """Lines that leave together, and the claims by which they are ours."""

    claims: Sequence[tuple[int, str]]
    lines: Sequence[str]


class DigestSender:
    """Sends digests; one per slot."""

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        clock: Clock,
        *,
        slot: str,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._slot = slot
        self._deadline_seconds = deadline_seconds

    async def send_due(self) -> bool:
        """Send what is due as one message; return whether there was any."""
        claim = await asyncio.to_thread(self._claim)
        if claim is None:
            return False
        title, text = digest(
            claim.lines,
            campaign=self._settings.campaign.name,
            url=self._settings.web.base_url,
        )
        taken = [
            await self._notify(url.get_secret_value(), title, text)
            for url in self._settings.notify.urls
        ]
        await asyncio.to_thread(self._record, claim, is_taken=any(taken))
        return True

    def put_back(self, *, is_alive: bool) -> None:
        """Take back what this slot has claimed; see HookSender.put_back."""
        with store.write(self._engine) as session:
            store.record_deaths(session, self._slot, self._clock(), is_alive=is_alive)

    async def _notify(self, url: str, title: str, text: str) -> bool:
        try:
            async with asyncio.timeout(self._deadline_seconds):
                return await in_daemon(partial(notify, url, title, text))
        except TimeoutError:
            log.warning("an address of notify.urls did not answer in time")
            return False

    def _claim(self) -> _Claim | None:
        now = self._clock()
        with store.read(self._engine) as session:
            if not store.has_due_notices(session, now):
                return None
        with store.write(self._engine) as session:
            messages = store.due_notices(session, now)
            for message in messages:
                store.record_claim(session, message, self._slot, now)
            return _Claim(
                [(message.id or 0, message.claimed_by or "") for message in messages],
                [message.body or "" for message in messages],
            )

    def _record(self, claim: _Claim, *, is_taken: bool) -> None:
        now = self._clock()
        reason = None if is_taken else NOT_TAKEN
        with store.write(self._engine) as session:
            for message_id, claimed_by in claim.claims:
                message = store.claimed_message(session, message_id, claimed_by)
                if message is not None:
                    store.record_notified(session, message, reason, now)


async def run_digests(
    settings: Settings, engine: Engine, *, clock: Clock, stop: asyncio.Event
) -> None:
    """Send notices to staff until `stop` is set; in `hold`, or without staff, none."""
    is_needed = settings.mail.mode == "send" and bool(settings.notify.urls)

    async def work(slot: str, lost: asyncio.Event) -> None:
        sender = DigestSender(settings, engine, clock, slot=slot)
        await _send(sender, stop, lost)

    if is_needed:
        await in_slots(engine, SLOTS, work, stop=stop, what="notices to staff")
    await stop.wait()


def notify(url: str, title: str, text: str) -> bool:
    """Return whether one Apprise address took the message. Slow, and may hang."""
    import apprise  # only now: it takes a second that most commands don't have

    # Its lines hold addresses, and those hold secrets: ours name the scheme alone.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    told = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
    scheme = url.partition("://")[0]
    if not told.add(url):
        log.warning("a %s:// address of notify.urls is none that Apprise knows", scheme)
        return False
    is_taken = bool(told.notify(title=title, body=text, body_format="text"))
    if not is_taken:
        log.warning("a %s:// address of notify.urls did not take a notice", scheme)
    return is_taken


async def _send(sender: DigestSender, stop: asyncio.Event, lost: asyncio.Event) -> None:
    is_alive, is_leftover = False, True
    while not (stop.is_set() or lost.is_set()):
        is_more = False
        try:
            if is_leftover:
                await asyncio.to_thread(sender.put_back, is_alive=is_alive)
                is_alive, is_leftover = True, False
            is_more = await sender.send_due()
        except DatabaseError as error:
            log.warning("notices to staff wait for the database: %s", error)
            is_leftover = True
        if not is_more:
            await pause(stop, IDLE_SECONDS)
