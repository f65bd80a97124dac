"""The motions' pages, kept as bytes: made once per change and sent again and again.

Owns for how long bytes are sent, the tag and the 304. It stands outside everything else
and answers for few paths without a query; what is made anew is asked of the app inside,
so that it is the same page. No cookie is read here, and nothing that sets one is kept.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.desk import Desk
from dashboard.encoding import accepted
from dashboard.open_answers import has_tag
from dashboard.security import note_request, security_headers
from dashboard.streams import Streams

PAGE_SECONDS = 5.0
"""A page may be so old: ages in it are in tens of seconds, and its script knows better."""
FRESHNESS_SECONDS = 1.0
CHANGED_SECONDS = 0.3
"""After a commit, unless it brought an event: then the very next answer has it."""

_CODINGS = {"br": 1, "gzip": 1}
_UNSENT_AT_304 = ("content-length", "content-type", "content-encoding")
_WITH_A_BODY = (b"content-length", b"transfer-encoding")
RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class _Moment:
    """When something was asked for: what was known then, and both clocks."""

    newest_id: int
    change_count: int
    at_seconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer as it is sent, and when what is in it was read."""

    read: _Moment
    body: bytes
    tag: str
    headers: RawHeaders
    headers_of_304: RawHeaders

    def holds(self, now: _Moment, life_seconds: float) -> bool:
        """Return whether this may still be sent.

        By both clocks: one that was put back or forward may keep nothing alive.
        """
        if self.read.newest_id != now.newest_id:
            return False
        if self.read.change_count != now.change_count:
            life_seconds = min(life_seconds, CHANGED_SECONDS)
        age = now.at_seconds - self.read.at_seconds
        return age < life_seconds and (
            -life_seconds < (now.at - self.read.at).total_seconds() < life_seconds
        )


class FrontPageLayer:
    """Answers for the motions' pages out of its memory; all else goes to the app inside.

    `inner` is the same app without the headers that are set here.
    """

    def __init__(
        self,
        app: ASGIApp,
        inner: ASGIApp,
        desk: Desk,
        streams: Streams,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._inner = inner
        self._clock = desk.clock
        self._ticks = ticks
        self._streams = streams
        self._security = security_headers(desk.settings.web)
        self._lives = _lives(
            (motion.session, motion.number) for motion in desk.settings.motions
        )
        self._kept: dict[tuple[str, str | None], _Kept] = {}
        self._making: dict[tuple[str, str | None], asyncio.Task[_Kept | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is kept, made anew if it is too old."""
        known = self._lives.get(scope["path"]) if _is_plain(scope) else None
        if known is None or not self._streams.is_running:
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        life_seconds, template = known
        accepts, tags = _asked(scope)
        key = scope["path"], _coding(accepts)
        kept = self._kept.get(key)
        if kept is None or not kept.holds(self._now(), life_seconds):
            kept = await self._made(key, scope)
        if kept is None:
            await self._app(scope, receive, send)
            return
        scope["route_template"] = template
        status = await _send(kept, tags, scope["method"], send)
        note_request(scope, status, started)

    def _now(self) -> _Moment:
        newest_id, change_count = self._streams.signal
        return _Moment(newest_id, change_count, self._ticks(), self._clock())

    async def _made(self, key: tuple[str, str | None], scope: Scope) -> _Kept | None:
        """Return a new answer, made once for all who wait; None if it is none to keep."""
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, scope))
            self._making[key] = task
        await asyncio.wait({task})
        is_made = not task.cancelled() and task.exception() is None
        return task.result() if is_made else None

    async def _make(self, key: tuple[str, str | None], scope: Scope) -> _Kept | None:
        try:
            read = self._now()
            answer = _Answer()
            await self._inner(_asking(scope, key[1]), _nothing, answer.send)
            kept = self._keep(read, answer)
            if kept is not None:
                self._kept[key] = kept
            return kept
        finally:
            del self._making[key]

    def _keep(self, read: _Moment, answer: "_Answer") -> _Kept | None:
        headers = MutableHeaders(raw=answer.headers)
        if answer.status != 200 or "set-cookie" in headers:
            return None
        for name, value in self._security.items():
            headers.setdefault(name, value)
        tag = headers.setdefault("ETag", f'"{_digest(answer.body)}"')
        short = MutableHeaders(raw=[*headers.raw])
        for name in _UNSENT_AT_304:
            del short[name]
        return _Kept(read, answer.body, tag, headers.raw, short.raw)


class _Answer:
    """What the app inside sends, gathered."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: RawHeaders = []
        self.body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [*message.get("headers", ())]
        else:
            self.body += message.get("body", b"")


def _lives(motions: Iterable[tuple[str, int]]) -> dict[str, tuple[float, str]]:
    """Return the paths that are answered here, for how long, and their templates."""
    template = "/motions/{session}/{number}"
    lives = {"/": (PAGE_SECONDS, "/")}
    for session, number in motions:
        path = f"/motions/{session}/{number}"
        lives[path] = PAGE_SECONDS, template
        # The widget: a busy site shows it to each of its own readers.
        lives[f"{path}/embed"] = PAGE_SECONDS, f"{template}/embed"
        lives[f"{path}/freshness.json"] = (
            FRESHNESS_SECONDS,
            f"{template}/freshness.json",
        )
    return lives


def _is_plain(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and not scope["query_string"]
        and scope["method"] in ("GET", "HEAD")
        and not any(name in _WITH_A_BODY for name, _ in scope["headers"])
    )


def _asked(scope: Scope) -> tuple[bytes, bytes]:
    """Return what the client takes, and the tags of what it has."""
    accepts = tags = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepts = value
        elif name == b"if-none-match":
            tags = value
    return accepts, tags


@lru_cache(maxsize=256)
def _coding(accepts: bytes) -> str | None:
    return accepted(accepts.decode("latin-1"), _CODINGS)


def _asking(scope: Scope, coding: str | None) -> Scope:
    """Return the request that stands for all of those who take this coding."""
    headers = [(b"accept", b"text/html"), (b"host", b"localhost")]
    if coding:
        headers.append((b"accept-encoding", coding.encode()))
    return {**scope, "method": "GET", "headers": headers}


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(kept: _Kept, tags: bytes, method: str, send: Send) -> int:
    """Send the answer, or that the client has it; return the status."""
    is_known = bool(tags) and has_tag(tags.decode("latin-1"), kept.tag)
    status = 304 if is_known else 200
    headers = kept.headers_of_304 if is_known else kept.headers
    body = b"" if is_known or method == "HEAD" else kept.body
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return status


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]
