"""`tracker emails import`: supporters' emails from a file, matched and counted."""

import sys
from pathlib import Path

import click

from tracker.cli.failures import WRONG_USE, CommandError
from tracker.cli.output import counted, say, say_json
from tracker.cli.shell import Shell
from tracker.config import MotionSettings, Settings
from tracker.keys import secret_key
from tracker.operations.key_fit import require_key
from tracker.supporters.csv_file import FileRefusedError
from tracker.supporters.importing import (
    ImportDesk,
    ImportResult,
    Progress,
    import_file,
)
from tracker.supporters.reader import ReaderLostError, spare_the_collector

_SHOWN = 20


@click.command("import")
@click.argument(
    "file", type=click.Path(path_type=Path, exists=True, dir_okay=False, readable=True)
)
@click.option(
    "--motion", metavar="SESSION/NUMBER", help="Which motion; else the first."
)
@click.option(
    "--source",
    metavar="TEXT",
    help="Where the data come from and what people were told.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing, say the same numbers.")
@click.option("--json", "is_json", is_flag=True, help="One JSON document on stdout.")
@click.pass_obj
def import_(
    shell: Shell,
    file: Path,
    motion: str | None,
    source: str | None,
    dry_run: bool,
    is_json: bool,
) -> None:
    """Take in emails from FILE: a CSV, an .mbox or an .eml.

    Importing a file again changes nothing. Rows that can't be read are told of, the rest
    is imported.
    """
    settings = shell.settings()
    watched = watched_motion(settings, motion)
    told = source if source is not None else _source(file, is_asked=not dry_run)
    spare_the_collector()
    with shell.database(settings) as engine:
        require_key(engine, settings)
        desk = ImportDesk(engine, secret_key(settings), shell.clock, is_large=True)
        try:
            result = import_file(
                desk,
                watched,
                file,
                source=told,
                is_dry=dry_run,
                progress=_progress(file),
            )
        except FileRefusedError as error:
            raise CommandError(f"{file}: {error}") from error
        except ReaderLostError as error:
            raise CommandError(str(error)) from error
    if is_json:
        say_json(result.document())
    else:
        _tell(result, is_dry=dry_run)


def watched_motion(settings: Settings, named: str | None) -> MotionSettings:
    """Return the motion that is meant: `SESSION/NUMBER`, or the first."""
    if named is None:
        return settings.motions[0]
    session, _, number = named.partition("/")
    found = settings.motion(session, int(number)) if number.isdecimal() else None
    if found is None:
        known = ", ".join(f"{m.session}/{m.number}" for m in settings.motions)
        raise CommandError(
            f"--motion {named} is none of the motions of the configuration: {known}",
            exit_code=WRONG_USE,
        )
    return found


def _source(file: Path, *, is_asked: bool) -> str:
    """Return what a person at the terminal says of the data, else the file's name."""
    if is_asked and sys.stdin.isatty() and sys.stderr.isatty():
        question = "Where do these data come from, and what were people told?"
        return str(click.prompt(question, err=True))
    if file.suffix.lower() == ".csv":
        return f"not told; from the file {file.name}"
    # Emails that somebody saved are often called after who wrote them.
    return f"not told; from a file of emails ({file.suffix.lower() or 'no ending'})"


def _progress(file: Path) -> Progress | None:
    """Return what draws the progress on stderr, or None where no person is looking."""
    if not sys.stderr.isatty():
        return None
    size = max(1, file.stat().st_size)

    def tell(read_count: int, position: int) -> None:
        share = min(100, 100 * position // size)
        end = "\n" if share == 100 else ""
        click.echo(f"\r{read_count:,} rows, {share}%\x1b[K{end}", err=True, nl=False)

    return tell


def _tell(result: ImportResult, *, is_dry: bool) -> None:
    said = "would be counted" if is_dry else "counted"
    say(
        f"{counted(result.read, 'row')} read: {result.counted} {said},"
        f" {counted(result.duplicates, 'duplicate')}, {result.review} for review,"
        f" {len(result.rejected)} rejected"
    )
    for row in result.rejected[:_SHOWN]:
        say(f"  line {row.line}: {row.reason}")
    if len(result.rejected) > _SHOWN:
        say(f"  and {len(result.rejected) - _SHOWN} more; --json lists them all")
    if result.unknown_postcodes:
        say(
            f"postcodes named nobody: {result.unknown_postcodes}"
            " (`tracker postcodes load FILE`, then import again)"
        )
    if result.review and not is_dry:
        say("`tracker emails review` shows what waits for a decision")
