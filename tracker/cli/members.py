"""`tracker members sync`: bring Members, posts and offices, with progress on a terminal."""

import asyncio
import logging
import sys
from urllib.parse import urlsplit

import click

from tracker import store
from tracker.cli.failures import CommandError
from tracker.cli.output import counted, day_text, say
from tracker.cli.root import LazyGroup
from tracker.cli.shell import Shell
from tracker.clock import Clock
from tracker.config import Settings
from tracker.desk import open_desk
from tracker.members import Progress, SyncReport, sync_members
from tracker.parliament.errors import ParliamentError
from tracker.related import sync_all_related
from tracker.store import Engine

log = logging.getLogger(__name__)


@click.group(
    cls=LazyGroup,
    lazy={
        "sync": (
            "tracker.cli.members:sync",
            "Bring Members and posts, and contacts older than a week.",
        )
    },
)
def members() -> None:
    """Bring what Parliament knows of its Members."""


@click.command()
@click.pass_obj
def sync(shell: Shell) -> None:
    """Bring Members and posts, and contacts older than a week."""
    settings = shell.settings()
    with shell.database(settings) as engine:
        try:
            report = asyncio.run(_sync(settings, engine, shell.clock))
        except ParliamentError as error:
            host = urlsplit(settings.parliament.members_url).hostname
            raise CommandError(
                f"the MPs could not be brought from {host}: {error}"
            ) from (error)
    for day, count in sorted(report.house_counts.items()):
        say(f"{counted(count, 'Member')} of the House of {day_text(day)}")
    say(f"contacts of {counted(report.contact_count, 'Member')}")
    if report.problems:
        raise CommandError("not all could be brought: " + "; ".join(report.problems))


async def _sync(settings: Settings, engine: Engine, clock: Clock) -> SyncReport:
    async with open_desk(settings, engine, clock) as desk:
        report = await sync_members(desk.members, progress=_progress())
        await sync_all_related(
            engine, desk.poll.http, desk.poll.settings, settings.motions
        )
    with store.write(engine) as session:
        store.record_job_done(session, "members", clock())
    return report


def _progress() -> Progress | None:
    """Return what draws the progress on stderr, or None where no person is looking."""
    if not sys.stderr.isatty():
        return None

    def tell(what: str, done: int, total: int) -> None:
        end = "\n" if done >= total else ""
        click.echo(f"\r{what}: {done} of {total}\x1b[K{end}", err=True, nl=False)

    return tell
