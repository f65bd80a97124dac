"""`tracker db …`: bringing the schema up, and moving to another database."""

import click

from tracker.cli.root import LazyGroup


@click.group(
    cls=LazyGroup,
    lazy={
        "upgrade": ("tracker.cli.upgrading:upgrade", "Bring the schema up to date."),
        "move": ("tracker.cli.moving:move", "Copy everything to another database."),
    },
)
def db() -> None:
    """Bring the database up, or move it."""
