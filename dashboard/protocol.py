"""How one connection is read: uvicorn's protocol, with limits that it lacks.

Owns how long a request may take to arrive and how large it may be, before any of the app
is asked (checks.md W25): httptools reads heads of any length, and uvicorn waits for ever
for the rest of a request. Answers take as long as they take.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from dashboard.security import MAX_BODY_BYTES
from dashboard.stream import ABORT

HEAD_SECONDS = 20.0
"""So long a client may be silent, and so long the head of a request may take."""
BODY_SECONDS = 60.0
MAX_HEAD_BYTES = 64 * 1024

_REFUSAL = (
    "HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: 0\r\nCache-Control: no-store\r\n"
    "X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none';"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'\r\n\r\n"
)


class GuardedProtocol(HttpToolsProtocol):
    """One connection. A request that is too slow or too large ends it with a reason.

    The app can break the connection off as well (`abort`, an ASGI extension).
    """

    _timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _body_bytes = 0
    _is_in_head = True
    _is_arriving = False
    _begun = 0
    _waited_for: tuple[int, bool] | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that has no end is not kept."""
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > MAX_HEAD_BYTES:
            self._refuse("431 Request Header Fields Too Large")
        elif self._is_arriving:
            self._wait_for_the_rest()

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._is_in_head, self._body_bytes = True, 0
        self._is_arriving = True
        self._begun += 1
        self.scope["extensions"] = {ABORT: {"call": self.transport.abort}}

    def on_headers_complete(self) -> None:
        """Hand the request to the app, unless its head is too large."""
        self._is_in_head, self._head_bytes = False, 0
        size = len(self.url) + sum(len(name) + len(v) for name, v in self.headers)
        if size > MAX_HEAD_BYTES:
            self._refuse("431 Request Header Fields Too Large")
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on a part of the body: one without a length said is counted as it comes."""
        self._body_bytes += len(body)
        if self._body_bytes > MAX_BODY_BYTES:
            self._refuse("413 Content Too Large")
        elif not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._rest()
        self._is_in_head, self._is_arriving = True, False
        if not self.transport.is_closing():
            super().on_message_complete()

    def _wait_for_the_rest(self) -> None:
        """Set the time for what is still to come, once for a head and once for a body.

        Only now: most requests come in one piece, and a timer would cost them more than
        the reading.
        """
        awaited = self._begun, self._is_in_head
        if awaited != self._waited_for and not self.transport.is_closing():
            self._waited_for = awaited
            self._wait(HEAD_SECONDS if self._is_in_head else BODY_SECONDS)

    def _wait(self, seconds: float) -> None:
        self._rest()
        self._timer = self.loop.call_later(seconds, self._refuse, "408 Request Timeout")

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _refuse(self, status: str) -> None:
        """End the connection; say why unless an answer is under way."""
        self._rest()
        if self.transport.is_closing():
            return
        cycle = self.cycle
        if cycle is None or cycle.response_complete or not cycle.response_started:
            self.transport.write(_REFUSAL.format(status).encode())
        self.transport.close()
