"""`tracker backup` and `tracker restore`."""

import asyncio
import getpass
from collections.abc import Iterator
from pathlib import Path

import click

from tracker import store
from tracker.cli.failures import CommandError
from tracker.cli.output import counted, say
from tracker.cli.shell import Shell
from tracker.config import Settings
from tracker.logs import visible
from tracker.operations.backups import BackupError, back_up
from tracker.operations.backups import restore as take_over
from tracker.operations.erasure_log import erasure_log
from tracker.operations.key_copies import bring_key, keep_key, key_copy
from tracker.operations.key_fit import key_problem
from tracker.outbox.pings import Pings
from tracker.supporters.erasure import known_erasures

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", metavar="FILE", type=_FILE)
@click.pass_obj
def backup(shell: Shell, file: Path) -> None:
    """Copy the database to a new FILE, while others may go on writing."""
    settings = shell.settings()
    database = _sqlite_file(settings, "pg_dump")
    with shell.database(settings) as engine:
        try:
            back_up(database, file, lambda: keep_key(settings, file))
        except BackupError as error:
            raise CommandError(str(error)) from error
        say(f"backed up to {file}")
        for line in _beside_it(settings, file):
            say(line)
        # Afterwards, so that a backup that failed is not taken for one: metrics and
        # staff are shown its age. Whoever took all people's data is in the audit log.
        with store.write(engine) as session:
            now, who = shell.clock(), f"command of {getpass.getuser()}"
            store.record_job_done(session, "backup", now)
            store.record_audit(session, who, "backup", "the whole database", at=now)
    pings = Pings(settings.health, contact=settings.parliament.contact)
    asyncio.run(pings.ping("backup"))


@click.command()
@click.argument("file", metavar="FILE", type=_FILE)
@click.pass_obj
def restore(shell: Shell, file: Path) -> None:
    """Take over the content of a backup FILE into an empty database."""
    settings = shell.settings()
    database = _sqlite_file(settings, "pg_restore")
    with shell.database(settings) as engine:
        try:
            restored = take_over(
                file,
                database,
                engine,
                known_erasures(engine, settings),
                now=shell.clock(),
            )
        except BackupError as error:
            raise CommandError(str(error)) from error
    say(f"restored from {file}")
    if restored.held_count:
        held = counted(restored.held_count, "message")
        say(f"{held} may have been sent since: held, see `tracker outbox`")
    if restored.erased_count:
        people = counted(restored.erased_count, "person", "people")
        say(f"{people} who had been erased since: erased again")
    if not (log := erasure_log(settings)).exists():
        say(
            f"there is no {log}: whoever was erased after the backup was made is back;"
            " if the old place has that file, put it there and run"
            " `tracker erase --again`"
        )
    with shell.database(settings) as engine:
        if key_problem(engine, settings) and bring_key(settings, file):
            say("the secret key that lay beside the backup is in use again")
        if problem := key_problem(engine, settings):
            # The restore is done; what needs the key says so again.
            click.echo(f"tracker: restored, but {visible(problem)}", err=True)


def _beside_it(settings: Settings, file: Path) -> Iterator[str]:
    """Give what a backup is worth little without, and where it is."""
    without = "without it people are not found by their address, and links are dead"
    if settings.web.secret_key is not None:
        yield f"not in it, keep it apart: TRACKER__WEB__SECRET_KEY; {without}"
    elif (kept := key_copy(file)).exists():
        yield f"the secret key is beside it in {kept}; {without}"
    log = erasure_log(settings)
    if log.exists():
        yield (
            f"not in it, keep it apart: {log}; it says who has to be erased again after"
            " a restore, which looks for it beside the database"
        )


def _sqlite_file(settings: Settings, program: str) -> Path:
    """Return the database's file; on PostgreSQL refuse, naming what does it there."""
    if settings.sqlite_path is None:
        raise CommandError(
            f"the database is PostgreSQL, which has its own programs for this: use"
            f" {program} (pg_dump writes a backup, pg_restore takes it over)"
        )
    return settings.sqlite_path
