"""The dashboard on a real socket, and a small client of its stream, for tests."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI

from dashboard.serve import listening_socket, serve_on
from tracker.config import Settings

PATIENCE_SECONDS = 10.0
MOTION = "/api/v1/motions/2014-15/718"


@dataclass
class Served:
    """A dashboard that is answering in a thread of its own."""

    url: str
    app: FastAPI
    loop: asyncio.AbstractEventLoop
    stop_event: asyncio.Event
    thread: threading.Thread

    def stop(self) -> float:
        """Stop it, and return how many seconds that took."""
        began = time.monotonic()
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.stop_event.set)
            self.thread.join(PATIENCE_SECONDS * 2)
        assert not self.thread.is_alive(), "the dashboard did not stop"
        return time.monotonic() - began


@contextmanager
def served(app: FastAPI, settings: Settings) -> Iterator[Served]:
    """Serve the app at a free port of 127.0.0.1."""
    web = settings.web.model_copy(update={"port": 0})
    listening = listening_socket(web)
    port = listening.getsockname()[1]
    is_started = threading.Event()
    found: dict[str, Any] = {}

    async def main() -> None:
        stop, started = asyncio.Event(), asyncio.Event()
        found.update(loop=asyncio.get_running_loop(), stop_event=stop)
        running = asyncio.create_task(
            serve_on(listening, app, web, stop=stop, started=started)
        )
        await started.wait()
        is_started.set()
        await running

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="dashboard")
    thread.start()
    assert is_started.wait(PATIENCE_SECONDS), "the dashboard did not start"
    server = Served(f"http://127.0.0.1:{port}", app, thread=thread, **found)
    try:
        yield server
    finally:
        server.stop()


class StreamReader:
    """Reads server-sent events one by one; comments and blocks without data apart."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.iter_lines()
        self.comments: list[str] = []
        self.retry_milliseconds: int | None = None
        self.last_id: str | None = None

    def events(self, count: int) -> list[dict[str, Any]]:
        """Return the next so many events, each with its `sse_id` and `sse_event`."""
        return [self.event() for _ in range(count)]

    def event(self) -> dict[str, Any]:
        """Return the next event."""
        while True:
            block = self._block()
            if "data" in block:
                data: dict[str, Any] = json.loads(block["data"])
                return data | {
                    "sse_id": int(block["id"]),
                    "sse_event": block["event"],
                }

    def ids(self, count: int) -> list[int]:
        """Return the ids of the next so many events."""
        return [event["id"] for event in self.events(count)]

    def rest(self) -> list[str]:
        """Return what still comes until the stream ends."""
        return [line for line in self._lines if line]

    def greeting(self) -> None:
        """Read the first block: what comes later than this call is delivered."""
        self._block()

    def _block(self) -> dict[str, str]:
        block: dict[str, str] = {}
        for line in self._lines:
            if line.startswith(":"):
                self.comments.append(line[1:].strip())
            elif line:
                name, _, value = line.partition(": ")
                block[name] = value
            elif block:
                break
        else:
            raise EOFError("the stream has ended")
        self.last_id = block.get("id", self.last_id)
        if "retry" in block:
            self.retry_milliseconds = int(block["retry"])
        return block


@contextmanager
def listening(
    url: str,
    *,
    after: object = None,
    last_event_id: object = None,
    motion: str = MOTION,
) -> Iterator[StreamReader]:
    """Open the stream of a motion, EDM 718 unless told, and give its reader."""
    params = {} if after is None else {"after": str(after)}
    headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
    timeout = httpx.Timeout(PATIENCE_SECONDS)
    with (
        httpx.Client(base_url=url, timeout=timeout, trust_env=False) as client,
        client.stream(
            "GET", f"{motion}/stream", params=params, headers=headers
        ) as response,
    ):
        assert response.status_code == 200, response.read()
        yield StreamReader(response)
