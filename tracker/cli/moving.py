"""`tracker db move`: everything to another database, compared table by table."""

from pathlib import Path

import click
from pydantic import ValidationError

from tracker.cli.failures import WRONG_USE, CommandError
from tracker.cli.output import counted, say
from tracker.config import DatabaseSettings
from tracker.operations.moving import MoveError
from tracker.operations.moving import move as move_all
from tracker.store.copies import TableCopy


@click.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def move(source: str, target: str) -> None:
    """Copy everything from one database URL to another, which must be empty."""
    source_at, target_at = _database("FROM", source), _database("TO", target)
    try:
        move_all(source_at.url, target_at.url, tell=_tell)
    except MoveError as error:
        raise CommandError(str(error)) from error
    say(f"moved: name it in database.url from now on ({target_at.shown_url})")
    say(
        "still in FROM: everybody. Delete it once the new one is in use: whoever is erased"
        " from then on is not erased there"
    )
    begin, end = _begin(source_at), _begin(target_at)
    say(
        "not moved, and needed there: the secret key (TRACKER__WEB__SECRET_KEY, else"
        f" {begin}.secret, which becomes {end}.secret), and if there is one"
        f" {begin}.erasures, which becomes {end}.erasures"
    )


def _begin(database: DatabaseSettings) -> str:
    """Return how the files begin that belong to a database and are not in it."""
    return str(database.sqlite_path or "(beside config.toml) data/tracker")


def _tell(copy: TableCopy) -> None:
    same = "the same" if copy.is_same else "NOT the same"
    say(
        f"{copy.name}: {counted(copy.source_count, 'row')},"
        f" checksum {copy.source_checksum[:16]}, {same}"
    )


def _database(name: str, url: str) -> DatabaseSettings:
    """Return a database's URL as the configuration reads one; paths start here."""
    context = {"folder": Path.cwd(), "rehearsal": False}
    try:
        return DatabaseSettings.model_validate({"url": url}, context=context)
    except ValidationError:
        # The URL may hold a password: it is not repeated.
        raise CommandError(
            f"{name} must be sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME",
            exit_code=WRONG_USE,
        ) from None
