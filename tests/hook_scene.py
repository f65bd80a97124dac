"""Webhooks in a database for tests: what they are told, and senders as the worker has them."""

import asyncio
import base64
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from tests.conftest import FakeClock
from tests.outbox_scene import PRIVACY
from tracker import store
from tracker.config import Settings, settings_from
from tracker.outbox.audience import audience_of
from tracker.outbox.hooks.exchange import Exchange
from tracker.outbox.hooks.guard import GuardedBackend
from tracker.outbox.hooks.sender import HookSender
from tracker.rules.event_types import EventType
from tracker.store import Engine, NewOutgoing
from tracker.store.tables import (
    Message,
    MessageKind,
    MessageState,
    WebhookState,
    WebhookTry,
)

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OLD_SECRET = "whsec_" + base64.b64encode(bytes(range(100, 132))).decode()


def hook_settings(
    folder: Any,
    urls: dict[str, str],
    *,
    mode: str = "send",
    secret: str = SECRET,
    notify: tuple[str, ...] = (),
    **tables: Any,
) -> Settings:
    """Return a configuration with these webhooks, each told of everything."""
    environ = {f"TRACKER_WEBHOOK_{name.upper()}_SECRET": secret for name in urls}
    return settings_from(
        rehearsal=True,
        tables={
            "motions": [{"number": 718, "session": "2026-27"}],
            "parliament": {"contact": "test@example.org"},
            "mail": {
                "mode": mode,
                "smtp_url": "smtp://127.0.0.1:9",
                "sender": "campaign@example.org",
            },
            "privacy": PRIVACY,
            "web": {"base_url": "https://campaign.example.org"},
            "webhooks": [
                {"name": name, "url": url, "events": [one.value for one in EventType]}
                for name, url in urls.items()
            ],
            "notify": {"urls": list(notify)},
            "network": {"allow_private_webhooks": True},
            **tables,
        },
        folder=folder,
        environ=environ,
    )


@dataclass
class HookScene:
    """A database in which things are told; the clock moves when it is told to."""

    engine: Engine
    settings: Settings
    clock: FakeClock

    def tell(self, key: str = "one", **data: Any) -> None:
        """Tell every webhook of a supporter who was erased."""
        with store.write(self.engine) as session:
            store.record_outgoing(
                session,
                NewOutgoing(EventType.SUPPORTER_ERASED, key, data=data),
                audience_of(self.settings),
                self.clock(),
            )

    def sender(self, name: str = "crm", *, deadline_seconds: float = 5) -> HookSender:
        """Return the sender of one webhook."""
        [webhook] = [one for one in self.settings.webhooks if one.name == name]
        exchange = Exchange(
            GuardedBackend(is_own_network=True),
            contact="test@example.org",
            deadline_seconds=deadline_seconds,
        )
        return HookSender(
            webhook,
            self.engine,
            self.clock,
            slot=f"hook-{name}-0",
            exchange=exchange,
            audience=audience_of(self.settings),
        )

    def deliver(self, name: str = "crm", **options: Any) -> int:
        """Deliver whatever is due now; return how many tries that took."""

        async def all_due() -> int:
            count, sender = 0, self.sender(name, **options)
            while await sender.deliver_next():
                count += 1
            return count

        return asyncio.run(all_due())

    def deliver_for(self, seconds: float) -> int:
        """Deliver what is due, and jump to when the next is, for so long; count tries."""
        ends_at = self.clock().timestamp() + seconds
        count = self.deliver()
        while (due := self.next_at()) is not None and due <= ends_at:
            self.clock.advance(max(due - self.clock().timestamp(), 0))
            count += self.deliver()
        self.clock.advance(ends_at - self.clock().timestamp())
        return count

    def next_at(self) -> float | None:
        with store.read(self.engine) as session:
            at = session.exec(
                select(Message.next_try_at)
                .where(Message.state == MessageState.QUEUED)
                .where(Message.kind == MessageKind.WEBHOOK)
                .order_by(col(Message.next_try_at))
            ).first()
        return at.timestamp() if at else None

    def messages(self, kind: MessageKind = MessageKind.WEBHOOK) -> list[Message]:
        """Return what was written, oldest first."""
        with store.read(self.engine) as session:
            return list(
                session.exec(
                    select(Message)
                    .where(Message.kind == kind)
                    .order_by(col(Message.id))
                ).all()
            )

    def tries(self) -> list[WebhookTry]:
        with store.read(self.engine) as session:
            return list(
                session.exec(select(WebhookTry).order_by(col(WebhookTry.id))).all()
            )

    def state(self, name: str = "crm") -> WebhookState:
        with store.read(self.engine) as session:
            return store.webhook_states(session)[name]
