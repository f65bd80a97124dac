"""The stand-in Parliament on a real socket, in a thread and event loop of its own.

Owns the listener, keep-alive connections and what was asked. What is answered comes from
`routes.py`, unless a fault was planned. Bytes are read and written by hand, because
faults need them raw.
"""

import asyncio
import ssl
import threading
from collections import Counter, deque
from collections.abc import Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from tracker.clock import Clock
from tracker.rehearsal.exchange import Exchange, Fault, SeenRequest
from tracker.rehearsal.plan import CopyCache, FaultPlan
from tracker.rehearsal.routes import Answers
from tracker.rehearsal.wire import FRESH_SECONDS, Answer
from tracker.rehearsal.world import World

_KEPT_REQUESTS = 5_000
_PATIENCE_SECONDS = 10
_GONE = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError)


class StandIn:
    """All three services of Parliament under one address, `url`.

    `cache_seconds` (60 is the real one) replays copies with `Age` by the World's clock;
    `fresh_seconds` is what answers say of how long they may be kept;
    `clock` replaces the World's. A fault that breaks by itself makes `stop` raise.
    """

    def __init__(
        self,
        world: World,
        *,
        clock: Clock | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        cache_seconds: float = 0,
        fresh_seconds: int = FRESH_SECONDS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.world = world
        if clock is not None:
            world.clock = clock
        self.cache = CopyCache(cache_seconds)
        self._answers = Answers(world)
        self._plan = FaultPlan()
        self._fresh_seconds = fresh_seconds
        self._host, self._port, self._tls = host, port, tls
        self._lock = threading.Lock()
        self._requests: deque[SeenRequest] = deque(maxlen=_KEPT_REQUESTS)
        self._path_counts: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The base URL of all three services: their paths do not clash."""
        return f"{'https' if self._tls else 'http'}://{self._host}:{self._port}"

    def start(self) -> None:
        """Listen; returns when connections are taken."""
        ready: Future[None] = Future()
        self._thread = threading.Thread(
            target=self._run, args=(ready,), name="stand-in-parliament", daemon=True
        )
        self._thread.start()
        ready.result(_PATIENCE_SECONDS)
        self.world.base_url = self.url

    def stop(self) -> None:
        """Stop listening, break what is under way, and wait for the thread."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(_PATIENCE_SECONDS)
        self._thread = None
        if self._failure is not None:
            raise RuntimeError("the stand-in itself failed") from self._failure

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def fault(
        self,
        fault: Fault,
        path_prefix: str = "/EarlyDayMotion/",
        times: int | None = 1,
    ) -> None:
        """Plan a fault for the next `times` requests (None: all) under a path."""
        self._plan.add(fault, path_prefix, times)

    def clear_faults(self) -> None:
        self._plan.clear()

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Refuse connections meanwhile, and break those that are open."""
        self._wait_for(self._hush())
        try:
            yield
        finally:
            self._wait_for(self._listen())

    @property
    def requests(self) -> list[SeenRequest]:
        """The latest requests, oldest first, at most 5,000."""
        with self._lock:
            return list(self._requests)

    def request_count(self, path_prefix: str = "/") -> int:
        """Return how many requests ever came for paths with this beginning."""
        with self._lock:
            return sum(
                count
                for path, count in self._path_counts.items()
                if path.startswith(path_prefix)
            )

    def body(self, target: str) -> bytes:
        """Return the body that a path with its query would get now, without a fault."""
        path, _, query = target.partition("?")
        return self._answers.answer(path, query).body

    def _run(self, ready: Future[None]) -> None:
        asyncio.run(self._serve(ready))

    async def _serve(self, ready: Future[None]) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        try:
            await self._listen()
        except OSError as exc:
            ready.set_exception(exc)
            return
        ready.set_result(None)
        await self._stopping.wait()
        await self._hush()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._connected, self._host, self._port, ssl=self._tls
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def _hush(self) -> None:
        self._server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _wait_for(self, work: Coroutine[object, object, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_SECONDS)

    def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = self._loop.create_task(self._converse(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._failure = task.exception()

    async def _converse(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer one request after the other until somebody closes."""
        try:
            while await self._answer_one(reader, writer):
                pass
            writer.close()
        except _GONE:
            writer.transport.abort()
        finally:
            if not writer.is_closing():  # cancelled, or a fault of ours broke
                writer.transport.abort()

    async def _answer_one(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        request = await self._read(reader)
        exchange = Exchange(request, self._answers, reader, writer, self._fresh_seconds)
        fault = self._plan.next_for(request.path)
        if fault is not None:
            await fault(exchange)
        elif request.method not in ("GET", "HEAD"):
            await exchange.send(Answer(b"{}", 405))
        else:
            await self._send_good(exchange)
        return exchange.keep_alive

    async def _send_good(self, exchange: Exchange) -> None:
        request = exchange.request
        copy = self.cache.copy(request.target, request.at)
        if copy is not None:
            answer, age_seconds = copy
            await exchange.send(answer, age=age_seconds)
            return
        answer = exchange.good_answer()
        self.cache.keep(request.target, answer, request.at)
        await exchange.send(answer)

    async def _read(self, reader: asyncio.StreamReader) -> SeenRequest:
        raw = await reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        await reader.readexactly(int(headers.get("content-length", "0")))
        parts = urlsplit(target)
        request = SeenRequest(
            method,
            unquote(parts.path),
            parse_qs(parts.query, keep_blank_values=True),
            parts.query,
            headers,
            self.world.now(),
        )
        with self._lock:
            self._requests.append(request)
            self._path_counts[request.path] += 1
        return request
