"""How a webhook fares, in one sentence for whoever runs the program."""

from tracker.config import WebhookSettings
from tracker.outbox.hooks.signing import secret_problem
from tracker.store.tables import WebhookState


def webhook_health(
    webhook: WebhookSettings, state: WebhookState | None
) -> tuple[bool, str]:
    """Return whether a webhook is well, and what there is to say of it. Times are UTC."""
    problem = secret_problem(webhook)
    if problem is not None:
        return False, problem
    if state is None:
        return True, "is on; nothing was sent to it yet"
    if state.off_at is not None:
        return False, (
            f"is switched off since {state.off_at:%d %B %H:%M}: {state.off_reason};"
            f" run `tracker webhooks on {webhook.name}`"
        )
    if state.failing_since_at is not None:
        since = f"{state.failing_since_at:%d %B %H:%M}"
        return False, f"has taken nothing since {since}"
    return True, f"took something at {state.last_ok_at:%d %B %H:%M}"
