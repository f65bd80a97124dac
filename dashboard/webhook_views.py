"""What the webhooks' page shows: how each fares, and what it was told last. Pure.

Shows no address beyond its host: the rest may be a secret of the receiver's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from dashboard import words
from dashboard.outbox_views import sentence
from tracker.config import WebhookSettings
from tracker.store.tables import Message, MessageState, WebhookState, WebhookTry

PATH = "/staff/webhooks"
SHOWN = 20
_STATES = {
    MessageState.HELD: "Held",
    MessageState.QUEUED: "Waits",
    MessageState.SENDING: "Being delivered",
    MessageState.SENT: "Delivered",
    MessageState.FAILED: "Failed",
    MessageState.UNCERTAIN: "Uncertain",
    MessageState.CANCELLED: "Cancelled",
    MessageState.PARKED: "Parked",
}


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery, and what its newest try brought."""

    message_id: int
    type: str
    outcome: str
    is_ok: bool
    when: str
    reason: str | None
    answer: str | None
    can_retry: bool


@dataclass(frozen=True, slots=True)
class WebhookView:
    """A webhook: where it goes, what it is told of, and how that goes."""

    name: str
    host: str
    events: Sequence[str]
    health: str
    is_off: bool
    is_failing: bool
    rows: Sequence[DeliveryRow]


def webhook_view(
    webhook: WebhookSettings,
    state: WebhookState | None,
    deliveries: Sequence[tuple[Message, WebhookTry | None]],
    *,
    now: datetime,
) -> WebhookView:
    """Return one webhook as the page shows it."""
    is_off = state is not None and state.off_at is not None
    return WebhookView(
        name=webhook.name,
        host=urlsplit(webhook.url).hostname or "",
        events=[event.value for event in webhook.events],
        health=health_words(state, now=now),
        is_off=is_off,
        is_failing=bool(state and state.failing_since_at),
        rows=[
            _row(message, newest, is_off=is_off, now=now)
            for message, newest in deliveries
        ],
    )


def health_words(state: WebhookState | None, *, now: datetime) -> str:
    """Return how a webhook fares, in a sentence or two."""
    if state is None:
        return "On. Nothing was sent to it yet."
    last = ""
    if state.last_ok_at is not None:
        last = f" It last took something {words.ago(state.last_ok_at, now=now)}."
    if state.off_at is not None:
        since = words.moment_words(state.off_at, now=now)
        return f"Switched off at {since}: {state.off_reason}.{last}"
    if state.failing_since_at is not None:
        since = words.moment_words(state.failing_since_at, now=now)
        return f"Failing since {since}.{last}"
    return f"On.{last}"


def _row(
    message: Message, newest: WebhookTry | None, *, is_off: bool, now: datetime
) -> DeliveryRow:
    tries = words.counted(message.attempt_count, "try", "tries")
    outcome = _STATES[message.state]
    if message.attempt_count and message.state is not MessageState.SENT:
        outcome += f" after {tries}"
    when = words.moment_words(message.created_at, now=now)
    if message.state is MessageState.QUEUED and message.attempt_count:
        when += f"; next try {words.moment_words(message.next_try_at, now=now)}"
    return DeliveryRow(
        message_id=message.id or 0,
        type=message.subject or "",
        outcome=outcome,
        is_ok=message.error is None,
        when=when,
        reason=sentence(message.error) if message.error else None,
        answer=_answer(newest),
        can_retry=_can_retry(message) and not is_off,
    )


def _can_retry(message: Message) -> bool:
    """Return whether a try by hand is of use: one never tried goes at once anyway."""
    is_waiting = message.state is MessageState.QUEUED and message.attempt_count > 0
    return is_waiting or message.state is MessageState.FAILED


def _answer(newest: WebhookTry | None) -> str | None:
    if newest is None or newest.status_code is None:
        return None
    took = f"{newest.status_code} in {_took(newest.took_seconds)}"
    return f"{took}: {newest.answer}" if newest.answer else took


def _took(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
