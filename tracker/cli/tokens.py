"""`tracker token add`: let another program in; its token is shown once and never again."""

import getpass
import secrets

import click

from tracker import store
from tracker.cli.failures import CommandError
from tracker.cli.root import LazyGroup
from tracker.cli.shell import Shell
from tracker.rules.access import TokenScope

LONGEST_NAME = 100
_BYTES = 32
_PREFIX = "edm_"
"""By which a token that got into a file or a log can be found."""


@click.group(
    cls=LazyGroup,
    lazy={"add": ("tracker.cli.tokens:add", "Make a token, and print it once.")},
)
def token() -> None:
    """Let other programs use the staff JSON."""


@click.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    required=True,
    multiple=True,
    type=click.Choice([scope.value for scope in TokenScope]),
    help="What it may do; may be given several times.",
)
@click.pass_obj
def add(shell: Shell, name: str, scopes: tuple[str, ...]) -> None:
    """Make a token of this NAME and print it, once, alone on stdout."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise click.UsageError(
            f"NAME takes 1 to {LONGEST_NAME} characters that can be seen"
        )
    settings = shell.settings()
    made = _PREFIX + secrets.token_urlsafe(_BYTES)
    with shell.database(settings) as engine, store.write(engine) as session:
        if store.token_named(session, name) is not None:
            raise CommandError(f"there is a token named {name!r}: choose another name")
        granted = sorted({TokenScope(scope) for scope in scopes})
        store.record_token(session, name, made, granted, at=shell.clock())
        store.record_audit(
            session,
            f"command line, {getpass.getuser()}",
            "token added",
            f"{name}: {' '.join(granted)}",
            at=shell.clock(),
        )
    click.echo(made)
