"""`…/stream`: new signatures as server-sent events, by a small ASGI app of our own.

Owns the wire: where a stream starts, what is sent when nothing happens, and when it ends.
It stands ahead of FastAPI, and holds no thread and no database session while it waits.
"""

import asyncio
import random
import re
from collections.abc import Sequence
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.desk import Desk, find_watched
from dashboard.hub import Item, Listener, MotionKey
from dashboard.problems import ProblemError, database_problem_error, problem_response
from dashboard.streams import Streams
from tracker.store import DatabaseError

TEMPLATE = "/api/v1/motions/{session}/{number}/stream"
COMMENT_SECONDS = 15.0
LIFE_SECONDS = (540.0, 600.0)
"""A stream ends after so long, not all at once: the browser comes back by itself."""
RETRY_MILLISECONDS = (1_000, 6_000)
"""When it comes back: spread, so that a restart is not met by everyone at once."""

ABORT = "tracker.abort"
"""The ASGI extension (serve.py) by which a connection can be broken off."""

_PATH = re.compile(r"/api/v1/motions/([^/]+)/([^/]+)/stream")
_ID = re.compile(r"[0-9]{1,18}")
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"access-control-allow-origin", b"*"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
]


class StreamLayer:
    """Answers the stream's address; everything else goes to the app inside."""

    def __init__(self, app: ASGIApp, desk: Desk, streams: Streams) -> None:
        self._app = app
        self._desk = desk
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send signature events newer than the client's last id until it leaves.

        Also until this process stops, or about ten minutes have passed.
        """
        match = _PATH.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None or scope["method"] == "OPTIONS":
            await self._app(scope, receive, send)
            return
        scope["route_template"] = TEMPLATE
        try:
            motion = self._motion(scope, match[1], match[2])
            if scope["method"] == "HEAD":
                await _send_start(send)
                await _send_end(send)
            else:
                await self._stream(motion, scope, receive, send)
        except ProblemError as error:
            headers = {"Access-Control-Allow-Origin": "*", **(error.headers or {})}
            await problem_response(error.problem, headers)(scope, receive, send)

    def _motion(self, scope: Scope, session: str, number: str) -> MotionKey:
        if scope["method"] not in ("GET", "HEAD"):
            raise ProblemError(405, "A stream can only be read.", {"Allow": "GET"})
        watched = find_watched(self._desk.settings, session, number)
        return watched.session, watched.number

    async def _stream(
        self, motion: MotionKey, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """1. Listen. 2. Send what the database has. 3. Send what came meanwhile, and comes.

        In this order nothing is missed; what was sent by id is not sent again.
        """
        asked_id = asked_for(scope)
        abort = scope.get("extensions", {}).get(ABORT, {}).get("call")
        listener = Listener(motion, wants_history=asked_id is not None, abort=abort)
        self._streams.hub.join(listener)
        leaving = asyncio.create_task(_watch_leaving(receive, listener))
        try:
            last_id = await self._start_id(asked_id)
            await _send_start(send)
            await _send(send, greeting(last_id if asked_id is None else None))
            last_id = await self._send_backlog(listener, last_id, send)
            await _follow(listener, last_id, send)
            await _send_end(send)
        finally:
            leaving.cancel()
            self._streams.hub.leave(listener)

    async def _start_id(self, asked_id: int | None) -> int:
        try:
            return await self._streams.start_id(asked_id)
        except DatabaseError as error:
            raise database_problem_error() from error

    async def _send_backlog(self, listener: Listener, last_id: int, send: Send) -> int:
        try:
            while not listener.is_over:
                items = await self._streams.backlog(listener.motion, last_id)
                if not items:
                    break
                await _send(send, _joined(items))
                last_id = items[-1].event_id
        except DatabaseError:
            # The answer has begun: end it, and the browser comes back for the rest.
            listener.end()
        return last_id


def asked_for(scope: Scope) -> int | None:
    """Return the id that a client has already; None (from now) if it names none.

    `Last-Event-ID` wins over `after`, also when it can't be read.
    """
    said = Headers(scope=scope).get("last-event-id", "").strip()
    if not said:
        query = parse_qs(scope["query_string"].decode("latin-1"))
        said = query.get("after", [""])[-1].strip()
    return int(said) if _ID.fullmatch(said) else None


def greeting(last_id: int | None) -> bytes:
    """Return the first bytes of a stream: when to come back, and from where.

    One that starts from now is told its place: else a browser cut off before the first
    event would come back without an id, and miss what came in between.
    """
    place = "" if last_id is None else f"id: {last_id}\n"
    return f"{place}retry: {random.randint(*RETRY_MILLISECONDS)}\n\n".encode()


async def _follow(listener: Listener, last_id: int, send: Send) -> None:
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + random.uniform(*LIFE_SECONDS)
    while not listener.is_over and (left := ends_at - loop.time()) > 0:
        await listener.wait(min(COMMENT_SECONDS, left))
        fresh = [item for item in listener.take() if item.event_id > last_id]
        if fresh:
            last_id = fresh[-1].event_id
            await _send(send, _joined(fresh))
        elif not listener.is_over:
            await _send(send, b": still here\n\n")


async def _watch_leaving(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()


def _joined(items: Sequence[Item]) -> bytes:
    return items[0].data if len(items) == 1 else b"".join(item.data for item in items)


async def _send_start(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS]})


async def _send(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


async def _send_end(send: Send) -> None:
    await send({"type": "http.response.body", "body": b"", "more_body": False})
