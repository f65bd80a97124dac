"""`tracker export`: the first motion's signatures or events, to a file or to stdout."""

import sys
from pathlib import Path
from typing import Literal

import click

from tracker import store
from tracker.board import signature_lines
from tracker.cli.shell import Shell
from tracker.exports import Format, Table, events_table, render, signatures_table
from tracker.operations.files import write_whole
from tracker.store import Session
from tracker.store.tables import Motion

What = Literal["signatures", "events"]


@click.command()
@click.argument("what", type=click.Choice(["signatures", "events"]))
@click.option(
    "--format",
    "fmt",
    required=True,
    type=click.Choice(["csv", "json", "xlsx"]),
    help="The kind of file.",
)
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where to; else stdout. A file that is there is replaced.",
)
@click.pass_obj
def export(shell: Shell, what: What, fmt: Format, output: Path | None) -> None:
    """Write the first motion's signatures or events as CSV, JSON or XLSX."""
    if fmt == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("xlsx is no text for a terminal: add --output FILE")
    settings = shell.settings()
    first = settings.motions[0]
    with shell.database(settings) as engine, store.read(engine) as session:
        motion = store.motion_by_number(session, first.session, first.number)
        table = _table(session, motion, what)
    data = render(table, fmt)
    if output is not None:
        write_whole(output, data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _table(session: Session, motion: Motion | None, what: What) -> Table:
    if what == "signatures":
        return signatures_table(signature_lines(session, motion))
    if motion is None or motion.id is None:
        return events_table(())
    return events_table(store.all_events(session, motion.id))
