"""The Audience of an installation: what its configuration says of who is told."""

from tracker.config import Settings
from tracker.rules.audience import Audience, Hook


def audience_of(settings: Settings) -> Audience:
    """Return who is told of what happens here."""
    return Audience(
        hooks=tuple(
            Hook(webhook.name, frozenset(webhook.events))
            for webhook in settings.webhooks
        ),
        has_staff=bool(settings.notify.urls),
        is_held=settings.mail.mode == "hold",
    )
