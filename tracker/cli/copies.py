"""`tracker backup` and `tracker restore`."""

from collections.abc import Iterator
from pathlib import Path

import click

from tracker import store
from tracker.cli.failures import CommandError
from tracker.cli.output import counted, say
from tracker.cli.shell import Shell
from tracker.config import Settings
from tracker.keys import key_path
from tracker.operations.backups import BackupError, back_up
from tracker.operations.backups import restore as take_over
from tracker.operations.erasure_log import erasure_log
from tracker.operations.key_fit import key_problem
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
            back_up(database, file)
        except BackupError as error:
            raise CommandError(str(error)) from error
        say(f"backed up to {file}")
        for line in _not_in_it(settings):
            say(line)
        # Afterwards, so that a backup that failed is not taken for one: metrics and
        # staff are shown its age.
        with store.write(engine) as session:
            store.record_job_done(session, "backup", shell.clock())


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
    with shell.database(settings) as engine:
        if problem := key_problem(engine, settings):
            raise CommandError(f"restored, but {problem}")


def _not_in_it(settings: Settings) -> Iterator[str]:
    """Give what a backup is worth little without, and where it is."""
    kept = "TRACKER__WEB__SECRET_KEY"
    if settings.web.secret_key is None:
        kept = str(key_path(settings))
    yield (
        f"not in it, keep it apart: the secret key, {kept}; without it people are not"
        " found by their address, and links in emails are dead"
    )
    log = erasure_log(settings)
    if log.exists():
        yield (
            f"not in it, keep it apart: {log}; it says who has to be erased again after"
            " a restore"
        )


def _sqlite_file(settings: Settings, program: str) -> Path:
    """Return the database's file; on PostgreSQL refuse, naming what does it there."""
    if settings.sqlite_path is None:
        raise CommandError(
            f"the database is PostgreSQL, which has its own programs for this: use"
            f" {program} (pg_dump writes a backup, pg_restore takes it over)"
        )
    return settings.sqlite_path
