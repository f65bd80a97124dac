"""`tracker export`: the first motion's signatures, events or emails, to a file or stdout."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import click

from tracker import store
from tracker.board import signature_lines
from tracker.cli.failures import CommandError
from tracker.cli.shell import Shell
from tracker.config import MotionSettings
from tracker.emails_export import TooLongError, write_emails
from tracker.exports import Format, Table, events_table, render, signatures_table
from tracker.operations.files import beside, sync_folder, write_whole
from tracker.store import Engine, Session
from tracker.store.tables import Motion

What = Literal["signatures", "events", "emails"]


@click.command()
@click.argument("what", type=click.Choice(["signatures", "events", "emails"]))
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
    """Write the first motion's signatures, events or emails as CSV, JSON or XLSX.

    The emails name supporters: that they were exported is kept in the audit log.
    """
    if fmt == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("xlsx is no text for a terminal: add --output FILE")
    settings = shell.settings()
    first = settings.motions[0]
    if what == "emails":
        with shell.database(settings) as engine, _target(output) as file:
            _write_emails(shell, engine, first, file, fmt)
        return
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


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    """Give stdout, or a file that appears when it is whole."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with beside(output) as part:
        with part.open("wb") as file:
            yield file
        part.replace(output)
        sync_folder(output.parent)


def _write_emails(
    shell: Shell, engine: Engine, watched: MotionSettings, file: BinaryIO, fmt: Format
) -> None:
    with store.read(engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
        motion_id = motion.id if motion and motion.id else 0
        try:
            count = write_emails(file, store.email_lines(session, motion_id), fmt)
        except TooLongError as error:
            raise CommandError(str(error)) from error
    with store.write(engine) as session:
        store.record_audit(
            session,
            f"command of {getpass.getuser()}",
            "export",
            f"{count} emails about EDM {watched.number} of {watched.session}, {fmt}",
            at=shell.clock(),
        )
