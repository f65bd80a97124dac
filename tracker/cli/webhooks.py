"""`tracker webhooks`: see whether receivers take what they are sent; switch one on again."""

import asyncio
import getpass
import json
import secrets
from collections.abc import Sequence

import click

from tracker import store
from tracker.cli.failures import CommandError
from tracker.cli.root import LazyGroup
from tracker.cli.shell import Shell
from tracker.config import ConfigError, Settings, WebhookSettings
from tracker.outbox.hooks.loop import exchange_of
from tracker.outbox.hooks.signing import secret_problem, signed_headers
from tracker.rules.audience import NOBODY
from tracker.rules.event_types import EventType
from tracker.rules.webhooks import Answered
from tracker.store import Engine, NewOutgoing, OutboxError


@click.group(
    cls=LazyGroup,
    lazy={
        "test": ("tracker.cli.webhooks:test", "Send a ping, and show the answer."),
        "on": ("tracker.cli.webhooks:switch_on", "Switch one on again."),
    },
)
def webhooks() -> None:
    """Other programs that are told."""


@click.command()
@click.argument("name", required=False)
@click.pass_obj
def test(shell: Shell, name: str | None) -> None:
    """Send a ping to the webhook NAME, or to each, and print what was answered.

    It is sent in `hold` too: somebody asks for it. Exit code 1 if one is refused.
    """
    settings = shell.settings()
    chosen = _chosen(settings, name)
    for webhook in chosen:
        if problem := secret_problem(webhook):
            raise ConfigError(problem)
    with shell.database(settings) as engine:
        answers = [_ping(shell, settings, engine, webhook) for webhook in chosen]
    refused = 0
    for webhook, answered in zip(chosen, answers, strict=True):
        refused += 0 if answered.is_taken else 1
        click.echo(f"{webhook.name}: {answer_words(answered)}")
    if refused:
        raise CommandError(f"refused by {refused} of {len(chosen)}")


@click.command()
@click.argument("name")
@click.pass_obj
def switch_on(shell: Shell, name: str) -> None:
    """Switch the webhook NAME on again; it is told what it missed."""
    settings = shell.settings()
    _chosen(settings, name)
    with shell.database(settings) as engine, store.write(engine) as session:
        try:
            count = store.switch_on(
                session,
                name,
                actor=f"command of {getpass.getuser()}",
                now=shell.clock(),
            )
        except OutboxError as error:
            raise CommandError(str(error).rstrip(".")) from error
    click.echo(f"{name} is on; deliveries that waited: {count}")


def answer_words(answered: Answered) -> str:
    """Return what a receiver said, in one line."""
    said = f": {answered.answer}" if answered.answer else ""
    if answered.error is not None:
        return f"{answered.error}{said}"
    return f"taken, {answered.status_code} in {answered.took_seconds:.1f} s{said}"


def _ping(
    shell: Shell, settings: Settings, engine: Engine, webhook: WebhookSettings
) -> Answered:
    now = shell.clock()
    new = NewOutgoing(EventType.PING, secrets.token_hex(16))
    with store.write(engine) as session:
        event = store.record_outgoing(session, new, NOBODY, now)
    body = json.dumps(store.outgoing_object(event))
    secret = webhook.secret.get_secret_value() if webhook.secret else ""
    message_id = f"msg_{secrets.token_hex(16)}"
    headers = signed_headers(secret, message_id=message_id, body=body, now=now)
    return asyncio.run(exchange_of(settings).post(webhook.url, body, headers))


def _chosen(settings: Settings, name: str | None) -> Sequence[WebhookSettings]:
    if not settings.webhooks:
        raise CommandError("no webhook is configured: see [[webhooks]] in config.toml")
    found = [one for one in settings.webhooks if name in (None, one.name)]
    if not found:
        known = ", ".join(one.name for one in settings.webhooks)
        raise CommandError(f"there is no webhook {name!r}; there is {known}")
    return found
