"""`tracker run`, `worker` and `web`: what goes on until a signal ends it.

The only module of tracker/ that imports dashboard/, and only when it is needed.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import click

from tracker.cli.failures import CommandError
from tracker.cli.memory import share_heaps
from tracker.cli.output import say
from tracker.cli.quick import quick_imports
from tracker.cli.shell import Shell
from tracker.clock import Clock
from tracker.config import Settings, WebSettings
from tracker.operations.key_fit import require_key
from tracker.store import Engine

log = logging.getLogger(__name__)


@click.command()
@click.pass_obj
def run(shell: Shell) -> None:
    """Poll by the schedule, and serve the dashboard, in one process."""
    share_heaps()
    settings = shell.settings()
    with shell.database(settings, is_upgraded=True) as engine:
        require_key(engine, settings)
        with bound(settings.web) as listening:

            async def both(stop: asyncio.Event) -> None:
                await together(
                    stop,
                    work(settings, engine, shell.clock, stop),
                    show(settings, engine, shell.clock, stop, listening),
                )

            in_fast_loop(until_signalled(both))


@click.command()
@click.pass_obj
def worker(shell: Shell) -> None:
    """Poll by the schedule; of several workers one schedules, the others stand by."""
    share_heaps()
    settings = shell.settings()
    with shell.database(settings, is_upgraded=True) as engine:
        require_key(engine, settings)

        async def alone(stop: asyncio.Event) -> None:
            await work(settings, engine, shell.clock, stop)

        asyncio.run(until_signalled(alone))


@click.command()
@click.pass_obj
def web(shell: Shell) -> None:
    """Serve the dashboard; a worker elsewhere does the polling."""
    share_heaps()
    settings = shell.settings()
    with shell.database(settings) as engine:
        require_key(engine, settings)
        with bound(settings.web) as listening:

            async def alone(stop: asyncio.Event) -> None:
                await show(settings, engine, shell.clock, stop, listening)

            in_fast_loop(until_signalled(alone))


async def work(
    settings: Settings, engine: Engine, clock: Clock, stop: asyncio.Event
) -> None:
    """Do what happens without anyone looking, until `stop` is set."""
    if problem := settings.parliament.contact_problem:
        log.warning("%s", problem)
    with quick_imports():
        from tracker.worker import run_worker

    await run_worker(settings, engine, clock=clock, stop=stop)


def bound(web: WebSettings) -> socket.socket:
    """Return the dashboard's socket; CommandError if it can't be had.

    Had before anything is started: a port in use stops the program while there is
    nothing yet to stop.
    """
    with quick_imports():
        from dashboard.serve import ServeError, listening_socket
    try:
        return listening_socket(web)
    except ServeError as error:
        raise CommandError(str(error)) from error


async def show(
    settings: Settings,
    engine: Engine,
    clock: Clock,
    stop: asyncio.Event,
    listening: socket.socket,
    *,
    is_rehearsal: bool = False,
    note: str | None = None,
) -> None:
    """Serve the dashboard until `stop` is set; when it is up it says where, and `note`."""
    with quick_imports():
        from dashboard.app import create_app
        from dashboard.serve import ServeError, serve_on

    started = asyncio.Event()
    try:
        port = listening.getsockname()[1]  # not web.port, which may be 0
        app = create_app(settings, engine, clock=clock, rehearsal=is_rehearsal)
        telling = asyncio.create_task(_tell(settings.web.host, port, note, started))
        try:
            await serve_on(listening, app, settings.web, stop=stop, started=started)
        finally:
            telling.cancel()
    except ServeError as error:
        raise CommandError(str(error)) from error


async def _tell(host: str, port: int, note: str | None, started: asyncio.Event) -> None:
    await started.wait()
    shown = f"[{host}]" if ":" in host else host
    say(f"Dashboard: http://{shown}:{port}")
    if note:
        say(note)


def in_fast_loop(job: Coroutine[Any, Any, None]) -> None:
    """Run in the loop that uvicorn would choose: uvloop's where there is one.

    An answer costs a third less in it.
    """
    from uvicorn.loops.auto import auto_loop_factory

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
        runner.run(job)


async def until_signalled(
    job: Callable[[asyncio.Event], Awaitable[None]],
) -> None:
    """Run `job` with an event that SIGINT and SIGTERM set.

    A second signal ends the process at once, as if nobody had asked nicely before.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def ask(which: signal.Signals) -> None:
        log.info("stopping: %s", which.name)
        stop.set()
        for each in signals:
            loop.remove_signal_handler(each)

    for which in signals:
        loop.add_signal_handler(which, ask, which)
    await job(stop)


async def together(stop: asyncio.Event, *parts: Coroutine[Any, Any, None]) -> None:
    """Run the parts until all are done; when one ends, the others are told to stop.

    What the first one failed with is raised once all have ended.
    """
    tasks = [asyncio.create_task(part) for part in parts]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop.set()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    for result in ended:
        if isinstance(result, BaseException):
            raise result
