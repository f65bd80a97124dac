"""`tracker emails …`: supporters' emails from a file, and those that wait for staff."""

import click

from tracker.cli.root import LazyGroup


@click.group(
    cls=LazyGroup,
    lazy={
        "import": (
            "tracker.cli.emails_import:import_",
            "Take in emails from a CSV, .mbox or .eml file.",
        ),
        "review": (
            "tracker.cli.emails_review:review",
            "Show or decide emails that no MP could be told for.",
        ),
    },
)
def emails() -> None:
    """Take in supporters' emails, and decide those in doubt."""
