"""A receiver of webhooks over a real socket, which answers as it is told to.

Keeps each request as it came. `answers` are given one after another, the last for ever.
"""

import contextlib
import ssl
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Reply:
    """What is answered; `wait_seconds` before it, `drip` a byte each so many seconds.

    `missing_count` bytes are promised after the body, and never come.
    """

    status: int = 200
    body: bytes = b"taken"
    headers: tuple[tuple[str, str], ...] = ()
    wait_seconds: float = 0
    drip_seconds: float = 0
    missing_count: int = 0


@dataclass(frozen=True)
class Received:
    """A request as it came; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A receiver that runs; `wait_for(n)` returns once n requests are there."""

    url: str = ""
    answers: list[Reply] = field(default_factory=lambda: [Reply()])
    requests: list[Received] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    is_closing: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1].split("/")[0])

    def take(self, request: Received) -> Reply:
        """Keep a request and return what is answered to it."""
        with self.changed:
            self.requests.append(request)
            index = min(len(self.requests), len(self.answers)) - 1
            self.changed.notify_all()
            return self.answers[index]

    def wait_for(self, count: int, seconds: float = 20) -> Sequence[Received]:
        """Return the requests once there are `count` of them."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.requests) >= count, seconds)
            return list(self.requests)


class _Handler(BaseHTTPRequestHandler):
    """Answers for the Receiver that its server has."""

    server: "_Server"

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Received(self.path, headers, self.rfile.read(length))
        reply = self.server.found.take(request)
        self.server.found.is_closing.wait(reply.wait_seconds)
        with contextlib.suppress(OSError):  # whoever asked may have gone
            self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers:
            self.send_header(name, value)
        length = len(reply.body) + reply.missing_count
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if not reply.drip_seconds:
            self.wfile.write(reply.body)
            self.server.found.is_closing.wait(60 if reply.missing_count else 0)
            return
        for byte in reply.body:
            if self.server.found.is_closing.wait(reply.drip_seconds):
                return
            self.wfile.write(bytes([byte]))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, found: Receiver) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.found = found

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of whoever left, or did not like our certificate."""


@contextlib.contextmanager
def receiver(*answers: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Give a receiver on this machine until it is left."""
    found = Receiver()
    if answers:
        found.answers = list(answers)
    server = _Server(found)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    scheme = "https" if tls else "http"
    found.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield found
    finally:
        found.is_closing.set()
        server.shutdown()
        thread.join()
        server.server_close()
