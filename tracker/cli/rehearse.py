"""`tracker demo`: a rehearsal against a stand-in Parliament, offline, in quick time."""

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tracker.cli.failures import CommandError
from tracker.cli.serve import bound, show, until_signalled
from tracker.clock import utc_now
from tracker.config import Settings, WebSettings
from tracker.rehearsal import staff
from tracker.rehearsal.show import HOST, PORT, run_demo
from tracker.store import Engine

_NOTE = (
    f'Staff sign in at /login as "{staff.NAME}" with the password "{staff.PASSWORD}",'
    " which opens this rehearsal only."
)


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    help="The dashboard's port; else 8000, or a free one.",
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the rehearsal's database is kept; else a new folder that is removed.",
)
def demo(port: int | None, folder: Path | None) -> None:
    """Rehearse: an invented House signs while you watch. Nothing leaves the machine."""

    with _listening(port) as listening, _folder(folder) as place:

        async def serve(
            settings: Settings, engine: Engine, stop: asyncio.Event
        ) -> None:
            await show(
                settings,
                engine,
                utc_now,
                stop,
                listening,
                is_rehearsal=True,
                note=_NOTE,
            )

        async def rehearse(stop: asyncio.Event) -> None:
            taken = listening.getsockname()[1]
            await run_demo(place, port=taken, serve=serve, stop=stop)

        asyncio.run(until_signalled(rehearse))


def _listening(port: int | None) -> socket.socket:
    """Return the dashboard's socket at `port`; None is 8000, or a free one."""
    try:
        return bound(WebSettings(host=HOST, port=port or PORT))
    except CommandError as error:
        if port is None:
            return bound(WebSettings(host=HOST, port=0))
        raise CommandError(str(error).replace("web.port", "--port")) from error


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="tracker-demo-") as made:
        yield Path(made)
