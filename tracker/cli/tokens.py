"""`tracker token add`: let another program in; its token is shown once and never again."""

import getpass

import click

from tracker import store
from tracker.cli.failures import CommandError
from tracker.cli.root import LazyGroup
from tracker.cli.shell import Shell
from tracker.keys import new_api_token
from tracker.rules.access import TokenNameError, TokenScope, checked_token_name
from tracker.store import access


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
    try:
        checked = checked_token_name(name)
    except TokenNameError as error:
        raise click.UsageError(f"NAME {error}") from error
    made = new_api_token()
    granted = sorted({TokenScope(scope) for scope in scopes})
    with shell.database(shell.settings()) as engine, store.write(engine) as session:
        try:
            access.add_token(
                session,
                checked,
                made,
                granted,
                by=f"command line, {getpass.getuser()}",
                at=shell.clock(),
            )
        except access.TokenError as error:
            raise CommandError(str(error)) from error
    click.echo(made)
