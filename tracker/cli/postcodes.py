"""`tracker postcodes load FILE`: the table of postcodes, so that no third party is asked."""

import sys
from pathlib import Path

import click

from tracker import store
from tracker.cli.failures import CommandError
from tracker.cli.output import counted, say
from tracker.cli.root import LazyGroup
from tracker.cli.shell import Shell
from tracker.supporters.postcode_file import PostcodeFileError
from tracker.supporters.postcodes import load_postcodes


@click.group(
    cls=LazyGroup,
    lazy={
        "load": (
            "tracker.cli.postcodes:load",
            "Load the ONS Postcode Directory, or any CSV like it.",
        )
    },
)
def postcodes() -> None:
    """Know the seat of every postcode without asking anybody."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def load(shell: Shell, file: Path) -> None:
    """Load the ONS Postcode Directory, or any CSV with a postcode and a constituency."""
    settings = shell.settings()
    with shell.database(settings) as engine:
        try:
            loaded = load_postcodes(engine, file, now=shell.clock(), progress=_progress)
        except PostcodeFileError as error:
            raise CommandError(str(error)) from error
        with store.read(engine) as session:
            waiting = store.review_count(session)
    table, left_out = loaded.table, loaded.left_out
    say(
        f"{counted(table.row_count, 'postcode')} of the constituencies of"
        f" {table.boundaries} are in use"
    )
    for count, what in (
        (left_out.seat_count, f"a constituency of {table.boundaries}"),
        (left_out.postcode_count, "a postcode that can be read"),
    ):
        if count:
            say(f"left out: {counted(count, 'row')} without {what}")
    if waiting:
        # Of an imported email the postcode is not kept: here nothing could be matched.
        emails = counted(waiting, "email waits", "emails wait")
        say(f"{emails} for review: import the same files again to match by postcode")


def _progress(done: int, total: int) -> None:
    """Draw the progress on stderr where a person is looking."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        click.echo(
            f"\rpostcodes: {done:,} of about {total:,}\x1b[K{end}", err=True, nl=False
        )
