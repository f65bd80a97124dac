"""One request and the pen to answer it with, well or badly.

Owns what a fault may do on the wire: write bytes, wait for the client to go, reset.
"""

import asyncio
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracker.rehearsal import wire
from tracker.rehearsal.routes import Answers
from tracker.rehearsal.wire import Answer, Headers

_FLUSH_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request as it came in; header names in lower case, `at` by the World's clock."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    query_text: str
    headers: Mapping[str, str]
    at: datetime

    @property
    def target(self) -> str:
        return f"{self.path}?{self.query_text}" if self.query_text else self.path


class Exchange:
    """A request under way. `keep_alive` turned off closes the connection afterwards."""

    def __init__(
        self,
        request: SeenRequest,
        answers: Answers,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        fresh_seconds: int = wire.FRESH_SECONDS,
    ) -> None:
        self.request = request
        self._fresh_seconds = fresh_seconds
        self.keep_alive = request.headers.get("connection", "").lower() != "close"
        self._answers = answers
        self._reader = reader
        self._writer = writer

    @property
    def now(self) -> datetime:
        return self.request.at

    def good_answer(self, query_text: str | None = None) -> Answer:
        """Return what would be answered without a fault, perhaps to another query."""
        query = self.request.query_text if query_text is None else query_text
        return self._answers.answer(self.request.path, query)

    async def write(self, data: bytes) -> None:
        """Send bytes as they are; ConnectionError when the client has gone."""
        if self._writer.is_closing():
            raise ConnectionResetError("the client has gone")
        self._writer.write(data)
        await self._writer.drain()

    async def send(
        self, answer: Answer, *, age: int | None = None, date: datetime | None = None
    ) -> None:
        """Send an answer with the usual headers, compressed when asked.

        `age` in seconds and `date` make it a copy from a cache or from the past.
        """
        headers = wire.usual_headers(
            date or self.now,
            content_type=answer.content_type,
            age=age,
            fresh_seconds=self._fresh_seconds,
        )
        body = answer.body
        if wire.accepts_gzip(self.request.headers) and "json" in answer.content_type:
            body = wire.zipped(body)
            headers.append(("content-encoding", "gzip"))
        await self.respond(answer.status, headers, body)

    async def respond(self, status: int, headers: Headers, body: bytes) -> None:
        """Send exactly these headers, the body's length, and the body."""
        length = ("content-length", str(len(body)))
        shown = b"" if self.request.method == "HEAD" else body
        await self.write(wire.head(status, [*headers, length]) + shown)

    async def until_client_goes(self) -> None:
        """Wait, saying nothing, until the client closes its side."""
        self.keep_alive = False
        while await self._reader.read(1024):
            pass

    async def reset(self) -> None:
        """Break the connection with a TCP reset, after what was written has gone out."""
        self.keep_alive = False
        await asyncio.sleep(_FLUSH_SECONDS)
        connection: socket.socket = self._writer.get_extra_info("socket")
        connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self._writer.transport.abort()


class Fault(Protocol):
    """A bad (or only odd) way to answer: writes the whole answer itself."""

    async def __call__(self, exchange: Exchange) -> None: ...
