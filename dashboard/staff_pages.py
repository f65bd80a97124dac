"""The staff board out of memory: a page that was just made is sent again while it holds.

Owns how long, for whom and how much is kept. A page is kept under the very cookie and
query that it was made for, so nobody is sent another's. Before each answer the database
is asked whether anything was committed since: an ended session, a disabled user, a call
logged by another process all end what was kept at once. It stands outside of everything
that answers, inside of the headers and the request log.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.desk import Desk
from dashboard.kept import Answer, RawHeaders
from tracker.store import DatabaseError
from tracker.store.version import DatabaseVersion

PATH = "/staff"
LIFE_SECONDS = 1.0
"""What the time alone changes (who is due by now, a session's limits) shows so soon."""
MOST_PAGES = 32
"""At some 150 KB each."""

Key = tuple[bytes, bytes]
"""The cookies and the query of a request, as they came."""
Version = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is sent; both clocks and the database as they were before it was read."""

    version: Version
    at_seconds: float
    at: datetime
    headers: RawHeaders
    body: bytes

    def holds(self, version: Version, seconds: float, at: datetime) -> bool:
        """Return whether it still says what would be said now.

        By both clocks: one that was put back or forward may keep nothing alive.
        """
        age, wall_age = seconds - self.at_seconds, (at - self.at).total_seconds()
        is_young = age < LIFE_SECONDS and -LIFE_SECONDS < wall_age < LIFE_SECONDS
        return is_young and version == self.version


class Versions:
    """The database's version, asked in a thread of its own between `start` and `stop`."""

    def __init__(self, desk: Desk) -> None:
        self._source = DatabaseVersion(desk.engine)
        self._thread: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Begin to ask."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-version")

    def stop(self) -> None:
        """Ask no more."""
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
            self._thread = None
        self._source.close()

    async def read(self) -> Version | None:
        """Return the version; None while nobody asks, or when the database doesn't say."""
        if self._thread is None:
            return None
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, self._source.read)
        except DatabaseError:
            return None  # whoever makes the page meets the fault, and says it


class StaffPagesLayer:
    """Answers for the board out of its memory; all else goes to the app inside."""

    def __init__(
        self,
        app: ASGIApp,
        desk: Desk,
        versions: Versions,
        *,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._clock = desk.clock
        self._versions = versions
        self._ticks = ticks
        self._pages: dict[Key, Page] = {}
        self._making: dict[tuple[Key, Version], asyncio.Task[Page | None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is kept, made anew if it no longer holds."""
        key = _key(scope)
        version = await self._versions.read() if key else None
        page = await self._page(key, version, scope) if key and version else None
        if page is None:
            await self._app(scope, receive, send)
            return
        scope["route_template"] = PATH
        headers = [*page.headers]  # the layers outside add theirs
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page.body})

    async def _page(self, key: Key, version: Version, scope: Scope) -> Page | None:
        """Return the page at this version, made once for all who wait for it.

        None if what is answered is no page to keep.
        """
        kept = self._pages.get(key)
        if kept is not None and kept.holds(version, self._ticks(), self._clock()):
            return kept
        task = self._making.get((key, version))
        if task is None:
            task = asyncio.create_task(self._make(key, version, scope))
            self._making[key, version] = task
        await asyncio.wait({task})
        is_made = not task.cancelled() and task.exception() is None
        return task.result() if is_made else None

    async def _make(self, key: Key, version: Version, scope: Scope) -> Page | None:
        try:
            seconds, at = self._ticks(), self._clock()
            answer = Answer()
            await self._app({**scope}, _nothing, answer.send)
            if answer.status != 200 or "set-cookie" in Headers(raw=answer.headers):
                return None
            page = Page(version, seconds, at, answer.headers, answer.body)
            self._keep(key, page)
            return page
        finally:
            del self._making[key, version]

    def _keep(self, key: Key, page: Page) -> None:
        """Keep a page, and let go of those that hold no longer, or are too many."""
        now = self._ticks(), self._clock()
        self._pages.pop(key, None)
        self._pages = {
            one: kept
            for one, kept in [*self._pages.items()][1 - MOST_PAGES :]
            if kept.holds(page.version, *now)
        }
        self._pages[key] = page


def _key(scope: Scope) -> Key | None:
    """Return under what a request's page is kept; None if it is no plain look at one."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
        return None
    cookies = b""
    for name, value in scope["headers"]:
        if name == b"cookie":
            if cookies:
                return None
            cookies = value
        elif name in (b"content-length", b"transfer-encoding"):
            return None
    return (cookies, scope["query_string"]) if cookies else None


async def _nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
