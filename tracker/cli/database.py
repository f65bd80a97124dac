"""`tracker db …`: bringing the schema up, moving, and going on with another key."""

import click

from tracker.cli.root import LazyGroup


@click.group(
    cls=LazyGroup,
    lazy={
        "upgrade": ("tracker.cli.upgrading:upgrade", "Bring the schema up to date."),
        "move": ("tracker.cli.moving:move", "Copy everything to another database."),
        "rekey": ("tracker.cli.rekeying:rekey", "Go on after the secret key was lost."),
    },
)
def db() -> None:
    """Bring the database up, or move it."""
