"""`tracker db upgrade`: the schema as this program needs it."""

import click

from tracker.cli.output import say
from tracker.cli.shell import Shell


@click.command()
@click.pass_obj
def upgrade(shell: Shell) -> None:
    """Make the database if it is missing, and bring an outdated one up."""
    settings = shell.settings()
    with shell.database(settings, is_upgraded=True):
        say(f"the database is up to date: {settings.database.shown_url}")
