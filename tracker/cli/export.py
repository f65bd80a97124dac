"""`tracker export`: what is known of the first motion, to a file or to stdout."""

import getpass
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import click

from tracker import store
from tracker.board import nudges_view, signature_lines
from tracker.cli.failures import CommandError
from tracker.cli.output import counted, say
from tracker.cli.shell import Shell
from tracker.config import MotionSettings, Settings
from tracker.emails_export import TooLongError, write_emails
from tracker.exports import (
    Format,
    Table,
    events_table,
    nudges_table,
    render,
    signatures_table,
)
from tracker.operations.files import beside, sync_folder, write_whole
from tracker.store import Engine, Session

What = Literal["signatures", "events", "nudges", "emails"]


@click.command()
@click.argument("what", type=click.Choice(get_args(What)))
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
    """Write the first motion's signatures, events, nudge list or emails to a file.

    The emails name supporters: that they were exported is kept in the audit log, and
    `tracker erase` does not reach the file. Delete it when it is no longer needed.
    """
    if fmt == "xlsx" and output is None and sys.stdout.isatty():
        raise click.UsageError("xlsx is no text for a terminal: add --output FILE")
    settings = shell.settings()
    first = settings.motions[0]
    if what == "emails":
        with shell.database(settings) as engine, _target(output) as file:
            count = _write_emails(shell, engine, first, file, fmt)
        if output is not None:
            say(
                f"{counted(count, 'email')} with names and addresses in {output}:"
                " `tracker erase` does not reach this file, so delete it when it is no"
                " longer needed"
            )
        return
    with shell.database(settings) as engine, store.read(engine) as session:
        table = _table(session, settings, first, what, now=shell.clock())
    data = render(table, fmt)
    if output is not None:
        write_whole(output, data)
        return
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def _table(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    what: What,
    *,
    now: datetime,
) -> Table:
    if what == "nudges":
        return nudges_table(nudges_view(session, settings, watched, now=now).rows)
    motion = store.motion_by_number(session, watched.session, watched.number)
    if what == "signatures":
        return signatures_table(signature_lines(session, motion))
    if motion is None or motion.id is None:
        return events_table(())
    return events_table(store.all_events(session, motion.id))


@contextmanager
def _target(output: Path | None) -> Iterator[BinaryIO]:
    """Give a file for stdout, or for a name that appears, when it is whole.

    What fails before has let nothing out: it is in the audit log first.
    """
    if output is None:
        with tempfile.TemporaryFile() as file:
            yield file
            file.seek(0)
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with beside(output) as part:
        part.touch(mode=0o600, exist_ok=False)  # it names people
        with part.open("wb") as file:
            yield file
        part.replace(output)
        sync_folder(output.parent)


def _write_emails(
    shell: Shell, engine: Engine, watched: MotionSettings, file: BinaryIO, fmt: Format
) -> int:
    """Write the emails, then the audit log; return how many there are."""
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
    return count
