"""The dashboard on a socket, beside the worker in one event loop.

Owns the listening socket, uvicorn's settings and an end within seconds. Signals belong to
whoever calls: uvicorn's own handlers would end the process with 143 (checks.md C5).
"""

import asyncio
import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from dashboard.app import create_app
from dashboard.protocol import GuardedProtocol
from dashboard.streams import Streams
from tracker.clock import Clock, utc_now
from tracker.config import Settings, WebSettings
from tracker.store import Engine

GRACE_SECONDS = 2.0
"""After this long, streams whose clients don't read are broken off."""
LAST_SECONDS = 5
"""After this long, whatever still answers is cut short."""
SILENT_SECONDS = 60
"""A peer that takes nothing for so long is gone (Linux's TCP_USER_TIMEOUT)."""


class ServeError(Exception):
    """The dashboard cannot listen; the text is one sentence for whoever runs it."""


async def serve(
    settings: Settings,
    engine: Engine,
    *,
    clock: Clock = utc_now,
    rehearsal: bool = False,
    stop: asyncio.Event,
    started: asyncio.Event | None = None,
) -> None:
    """Answer requests until `stop` is set; returns when all streams have ended.

    `started` is set when connections are taken. Raises ServeError if the address can't
    be had, or the app can't start.
    """
    listening = listening_socket(settings.web)
    await serve_on(
        listening,
        create_app(settings, engine, clock=clock, rehearsal=rehearsal),
        settings.web,
        stop=stop,
        started=started,
    )


async def serve_on(
    listening: socket.socket,
    app: FastAPI,
    web: WebSettings,
    *,
    stop: asyncio.Event,
    started: asyncio.Event | None = None,
) -> None:
    """Answer requests at a socket that is already bound (its port may have been 0)."""
    server = Server(_uvicorn_config(app, web))
    with listening:
        running = asyncio.create_task(server.serve([listening]))
        watching = asyncio.create_task(_end_at(stop, server, app.state.streams))
        try:
            await _until_started(server, running)
            if started is not None:
                started.set()
            await running
        finally:
            watching.cancel()
            server.should_exit = True


def listening_socket(web: WebSettings) -> socket.socket:
    """Return a bound socket for web.host and web.port; ServeError if it can't be had."""
    family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # asyncio does this only for sockets that name their protocol. Without it the body of
    # an answer waits 40 ms for the acknowledgement of its head.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = SILENT_SECONDS * 1000
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    try:
        listening.bind((web.host, web.port))
    except OSError as error:
        listening.close()
        raise ServeError(_why_not(error, web)) from error
    return listening


class Server(uvicorn.Server):
    """uvicorn's server, which leaves signals to whoever started it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take over no signal: uvicorn raises SIGTERM again at the end."""
        yield


def _uvicorn_config(app: FastAPI, web: WebSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(web.trusted_proxies),
        forwarded_allow_ips=[*web.trusted_proxies],
        timeout_graceful_shutdown=LAST_SECONDS,
    )


async def _until_started(server: Server, running: asyncio.Task[None]) -> None:
    while not server.started:
        if running.done():
            running.result()
            raise ServeError("the dashboard could not start")
        await asyncio.sleep(0.01)


async def _end_at(stop: asyncio.Event, server: Server, streams: Streams) -> None:
    await stop.wait()
    # uvicorn waits for open streams: they end themselves first.
    streams.hub.close()
    server.should_exit = True
    await asyncio.sleep(GRACE_SECONDS)
    streams.hub.abort()


def _why_not(error: OSError, web: WebSettings) -> str:
    where = f"{web.host}:{web.port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"{where} is already in use: is the dashboard running already? Else choose"
            " another web.port"
        )
    if error.errno == errno.EACCES:
        return f"{where} may not be used by this user: choose a web.port from 1024"
    return f"{where} cannot be listened at: {error.strerror or error}"
