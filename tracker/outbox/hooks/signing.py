"""How a webhook is signed: Standard Webhooks, with one secret, or two while it changes.

The secret is `whsec_` and base64 of 24 to 64 bytes, as the standard has it. Two, with a
blank between them, give two signatures: so a receiver can change over at its own time.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime

from standardwebhooks import Webhook

from tracker.config import ConfigError, Settings, WebhookSettings

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64
MOST_SECRETS = 2
MAKE_ONE = "openssl rand -base64 32"


def signed_headers(
    secrets: str, *, message_id: str, body: str, now: datetime
) -> Mapping[str, str]:
    """Return the three headers by which a receiver knows that the body is ours.

    `message_id` is the same at every try, the time is that of this one.
    """
    signatures = (
        Webhook(secret).sign(message_id, now, body) for secret in secrets.split()
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def refuse_bad_secrets(settings: Settings) -> None:
    """Let only a configuration through whose webhooks can be signed; ConfigError else."""
    for webhook in settings.webhooks:
        problem = secret_problem(webhook)
        if problem is not None:
            raise ConfigError(problem)


def secret_problem(webhook: WebhookSettings) -> str | None:
    """Return what is wrong with a webhook's secret, in a sentence that holds none of it."""
    name = webhook.secret_variable
    secrets = webhook.secret.get_secret_value().split() if webhook.secret else []
    if not secrets:
        return (
            f"the webhook {webhook.name!r} needs a secret: set {name} to {PREFIX} and"
            f" the output of `{MAKE_ONE}`"
        )
    if len(secrets) > MOST_SECRETS:
        return f"{name} must hold one secret, or two with a blank between them"
    if not all(_is_good(secret) for secret in secrets):
        return (
            f"{name} must be {PREFIX} and base64 of {SHORTEST} to {LONGEST} bytes: make"
            f" it with `{MAKE_ONE}`"
        )
    return None


def _is_good(secret: str) -> bool:
    text = secret.removeprefix(PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return SHORTEST <= len(key) <= LONGEST and len(set(key)) > 1
