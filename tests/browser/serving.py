"""The real dashboard on a real socket, in a thread and event loop of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dashboard.app import create_app
from dashboard.serve import listening_socket, serve_on
from tracker.clock import Clock
from tracker.config import Settings
from tracker.store import Engine

PATIENCE_SECONDS = 20
CHROMIUM = "/usr/bin/chromium"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def served(
    settings: Settings, engine: Engine, *, clock: Clock, rehearsal: bool = False
) -> Iterator[str]:
    """Give the base URL of a dashboard that is answering, with web.port 0."""
    listening = listening_socket(settings.web)
    port = listening.getsockname()[1]
    app = create_app(settings, engine, clock=clock, rehearsal=rehearsal)
    is_up = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        started = asyncio.Event()
        serving = asyncio.create_task(
            serve_on(listening, app, settings.web, stop=stop, started=started)
        )
        waiting = asyncio.create_task(started.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        is_up.set()
        await serving

    thread = threading.Thread(
        target=lambda: loop.run_until_complete(run()), name="served-dashboard"
    )
    thread.start()
    try:
        assert is_up.wait(PATIENCE_SECONDS)
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(PATIENCE_SECONDS)
        loop.close()
    assert not thread.is_alive()
