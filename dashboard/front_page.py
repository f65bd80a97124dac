"""The motions' pages out of memory: made once per change and sent again and again.

Owns which paths, for how long, and that many who come at once wait for one page. It
stands outside everything else; what is made anew is asked of the app inside, so that it
is the same page. No cookie is read here. What is kept is in `kept.py`.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.desk import Desk
from dashboard.encoding import accepted
from dashboard.kept import Answer, Kept, Moment, kept_answer
from dashboard.open_answers import has_tag
from dashboard.security import log, security_headers
from dashboard.streams import Streams

PAGE_SECONDS = 5.0
"""A page may be so old: ages in it are in tens of seconds, and its script knows better."""
FRESHNESS_SECONDS = 1.0

NOTE_SECONDS = 1.0

_CODINGS = {"br": 1, "gzip": 1}
_WITH_A_BODY = (b"content-length", b"transfer-encoding")


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
        self._notes = _Notes()
        self._security = security_headers(desk.settings.web)
        self._lives = _lives(
            (motion.session, motion.number) for motion in desk.settings.motions
        )
        self._kept: dict[tuple[str, str | None], Kept] = {}
        self._making: dict[tuple[str, str | None], asyncio.Task[Kept | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is kept, made anew if it is too old."""
        known = self._lives.get(scope["path"]) if scope["type"] == "http" else None
        asked = _asked(scope) if known else None
        if known is None or asked is None:
            await self._app(scope, receive, send)
            return
        accepts, tags = asked
        key = scope["path"], _coding(accepts)
        kept = self._kept.get(key)
        if kept is None or not self._holds(kept, known[0]):
            kept = await self._made(key, scope)
        if kept is None:
            await self._app(scope, receive, send)
            return
        status = await _send(kept, tags, scope["method"], send)
        self._notes.take(scope["method"], known[1], status)

    def _holds(self, kept: Kept, life_seconds: float) -> bool:
        signal, at = self._streams.signal, self._clock()
        return kept.holds(signal, self._ticks(), at, life_seconds)

    async def _made(self, key: tuple[str, str | None], scope: Scope) -> Kept | None:
        """Return a new answer, made once for all who wait; None if it is none to keep.

        While nobody looks for changes, none is.
        """
        if not self._streams.is_running:
            return None
        task = self._making.get(key)
        if task is None:
            task = asyncio.create_task(self._make(key, scope))
            self._making[key] = task
        await asyncio.wait({task})
        is_made = not task.cancelled() and task.exception() is None
        return task.result() if is_made else None

    async def _make(self, key: tuple[str, str | None], scope: Scope) -> Kept | None:
        try:
            read = Moment(self._streams.signal, self._ticks(), self._clock())
            answer = Answer()
            await self._inner(_asking(scope, key[1]), _nothing, answer.send)
            kept = kept_answer(answer, read, self._security)
            if kept is not None:
                self._kept[key] = kept
            return kept
        finally:
            del self._making[key]


class _Notes:
    """The log of requests, a line a second for those of a kind: a line each would cost
    as much as the answer.
    """

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, int]] = Counter()

    def take(self, method: str, template: str, status: int) -> None:
        """Count a request; what was counted is written within a second."""
        if not log.isEnabledFor(logging.INFO):
            return
        if not self._counts:
            asyncio.get_running_loop().call_later(NOTE_SECONDS, self._write)
        self._counts[method, template, status] += 1

    def _write(self) -> None:
        for (method, template, status), count in self._counts.items():
            log.info("%s %s %d kept, %d in a second", method, template, status, count)
        self._counts.clear()


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


def _asked(scope: Scope) -> tuple[bytes, bytes] | None:
    """Return what the client takes, and the tags of what it has.

    None for a request that is more than a look: another method, a query, a body.
    """
    if scope["query_string"] or scope["method"] not in ("GET", "HEAD"):
        return None
    accepts = tags = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepts = value
        elif name == b"if-none-match":
            tags = value
        elif name in _WITH_A_BODY:
            return None
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


async def _send(kept: Kept, tags: bytes, method: str, send: Send) -> int:
    """Send the answer, or that the client has it; return the status."""
    # Nearly always it names the one tag that it was given.
    is_known = tags == kept.raw_tag or (
        tags != b"" and has_tag(tags.decode("latin-1"), kept.raw_tag.decode())
    )
    status = 304 if is_known else 200
    headers = kept.headers_of_304 if is_known else kept.headers
    body = b"" if is_known or method == "HEAD" else kept.body
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
    return status
