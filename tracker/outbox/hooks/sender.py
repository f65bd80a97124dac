"""The sender of one webhook: takes what is due to it and delivers it, one at a time.

1. CLAIM one Message, in a transaction of its own.
2. SIGN and POST it: the body and the id were fixed when it was written.
3. RECORD what the receiver answered.

A sender that dies on the way leaves its Message to be sent again, with the same id:
receivers are told that this happens. Several that die on one leave it parked.
"""

import asyncio
import logging
from dataclasses import dataclass

from tracker import store
from tracker.clock import Clock
from tracker.config import WebhookSettings
from tracker.outbox.hooks.exchange import Exchange
from tracker.outbox.hooks.signing import signed_headers
from tracker.rules.audience import Audience
from tracker.rules.webhooks import Answered
from tracker.store import Engine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A delivery that is ours: its Message's number, this claim's name, what is sent."""

    id: int
    claimed_by: str
    message_id: str
    body: str


class HookSender:
    """Delivers to one webhook; one per slot."""

    def __init__(
        self,
        webhook: WebhookSettings,
        engine: Engine,
        clock: Clock,
        *,
        slot: str,
        exchange: Exchange,
        audience: Audience,
    ) -> None:
        self._webhook = webhook
        self._engine = engine
        self._clock = clock
        self._slot = slot
        self._exchange = exchange
        self._audience = audience

    async def deliver_next(self) -> bool:
        """Deliver what is due next; return whether anything was. Raises DatabaseError."""
        claim = await asyncio.to_thread(self._claim)
        if claim is None:
            return False
        answered = await self._exchange.post(
            self._webhook.url,
            claim.body,
            signed_headers(
                self._secrets,
                message_id=claim.message_id,
                body=claim.body,
                now=self._clock(),
            ),
        )
        if not answered.is_taken:
            # What was answered is kept for staff, not logged.
            log.warning("the webhook %s did not take a delivery", self._webhook.name)
        await asyncio.to_thread(self._record, claim, answered)
        return True

    def put_back(self, *, is_alive: bool) -> None:
        """Take back what this slot has claimed: a stop, or a database that failed.

        `is_alive` False means that a sender before us died on it.
        """
        with store.write(self._engine) as session:
            store.record_deaths(session, self._slot, self._clock(), is_alive=is_alive)

    @property
    def _secrets(self) -> str:
        secret = self._webhook.secret
        return secret.get_secret_value() if secret else ""

    def _claim(self) -> _Claim | None:
        now = self._clock()
        with store.read(self._engine) as session:
            if not store.has_delivery(session, self._webhook.name, now):
                return None
        with store.write(self._engine) as session:
            message = store.next_delivery(session, self._webhook.name, now)
            if message is None or message.id is None:
                return None
            store.record_claim(session, message, self._slot, now)
            return _Claim(
                message.id,
                message.claimed_by or "",
                message.message_id,
                message.body or "",
            )

    def _record(self, claim: _Claim, answered: Answered) -> None:
        now = self._clock()
        with store.write(self._engine) as session:
            message = store.claimed_message(session, claim.id, claim.claimed_by)
            if message is not None:
                store.record_delivery(session, message, answered, self._audience, now)
