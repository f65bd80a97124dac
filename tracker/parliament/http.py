"""GET from Parliament's services: the only module of the program's reading side with HTTP.

Owns what every request obeys (product.md 3.7, checks.md U19-U27, U38): one deadline for
the whole answer, a cap on its size after decompression, no redirect, one pace and one
brake over all services, an honest User-Agent. Does not read what is in an answer.
"""

import asyncio
import ssl
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Protocol
from weakref import WeakKeyDictionary

import httpx
from aiolimiter import AsyncLimiter

from tracker.clock import Clock
from tracker.parliament.connection import connection_reason
from tracker.parliament.decode import (
    AnswerError,
    check_content_type,
    check_picture_type,
)
from tracker.parliament.errors import BrakedError, ParliamentError
from tracker.parliament.retry_after import http_date, wait_asked_for
from tracker.rules.outcomes import FailureKind
from tracker.rules.schedule import is_brake_on

_MIB = 1024 * 1024
MAX_ANSWER_BYTES = 8 * _MIB
MAX_PICTURE_BYTES = _MIB
CACHE_SECONDS = 60
"""How long Parliament's answers are cached when they do not say [recorded headers]."""

_LONGEST_FRESH_SECONDS = 3600
_FARTHEST_AHEAD = timedelta(days=7)
_PACES: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[float, AsyncLimiter]] = (
    WeakKeyDictionary()
)

Params = Sequence[tuple[str, str]]


class BrakePort(Protocol):
    """Where the brake is kept: in the database, so that a restart does not lift it."""

    def until(self) -> datetime | None:
        """Return until when nothing may be asked (aware UTC), over or not."""

    def pull(self, until_at: datetime, reason: str) -> None:
        """Put the brake on until then, unless it is on for longer already."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A 200 of the kind that was asked for, not yet read.

    `answered_at` is its Date minus its Age: when Parliament made it, by Parliament's
    clock; None when it does not say, or names a time more than a week ahead of us.
    `fresh_until_at` is by our clock.
    """

    body: bytes
    answered_at: datetime | None
    fresh_until_at: datetime


@dataclass(frozen=True, slots=True)
class _Kind:
    """What kind of answer is asked for: how it is named, checked, and how large it is."""

    accept: str
    check: Callable[[str | None], None]
    most_bytes: int


_JSON = _Kind("application/json", check_content_type, MAX_ANSWER_BYTES)
_PICTURE = _Kind("image/jpeg, image/png", check_picture_type, MAX_PICTURE_BYTES)


class ParliamentHttp:
    """A client for all of Parliament's services. Use it as an async context manager."""

    def __init__(
        self,
        *,
        contact: str,
        deadline_seconds: float,
        requests_per_second: float,
        brake: BrakePort,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._deadline_seconds = deadline_seconds
        self._brake = brake
        self._clock = clock
        self._requests_per_second = requests_per_second
        self._http = httpx.AsyncClient(
            transport=transport,
            verify=_trusted(),
            follow_redirects=False,
            trust_env=False,
            timeout=deadline_seconds,
            headers={
                "User-Agent": f"edm-signature-tracker/{_version()} (+{contact})",
                # The only coding whose inflation `_inflated` bounds.
                "Accept-Encoding": "gzip",
            },
        )

    async def __aenter__(self) -> "ParliamentHttp":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def get(self, url: str, params: Params = ()) -> Answer:
        """Return a good answer's body, or raise ParliamentError with the reason.

        Waits for its turn first. Raises BrakedError, without asking, while Parliament's
        last Retry-After is not over.
        """
        return await self._get(url, params, _JSON)

    async def get_picture(self, url: str) -> Answer:
        """Return a picture of at most MAX_PICTURE_BYTES, under all that `get` obeys."""
        return await self._get(url, (), _PICTURE)

    async def _get(self, url: str, params: Params, kind: _Kind) -> Answer:
        async with _pace(self._requests_per_second):
            await self._refuse_while_braked()
            try:
                # httpx's own time-out is per read: a drip would never end.
                async with asyncio.timeout(self._deadline_seconds):
                    return await self._ask(url, params, kind)
            except TimeoutError as error:
                raise ParliamentError(
                    FailureKind.TIMEOUT,
                    f"no whole answer within {self._deadline_seconds:g} seconds",
                ) from error
            except httpx.TimeoutException as error:
                raise ParliamentError(
                    FailureKind.TIMEOUT, f"timed out ({type(error).__name__})"
                ) from error
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
                raise ParliamentError(
                    FailureKind.CONNECTION, connection_reason(error)
                ) from error
            except AnswerError as error:
                raise ParliamentError(FailureKind.UNREADABLE, str(error)) from error

    async def _refuse_while_braked(self) -> None:
        until = await asyncio.to_thread(self._brake.until)
        if until is not None and is_brake_on(until, now=self._clock()):
            raise BrakedError(
                "Parliament asked us to wait until "
                f"{until.isoformat(timespec='seconds')}"
            )

    async def _ask(self, url: str, params: Params, kind: _Kind) -> Answer:
        async with self._http.stream(
            "GET", url, params=list(params), headers={"Accept": kind.accept}
        ) as response:
            now = self._clock()
            await self._check_status(response, now)
            kind.check(response.headers.get("content-type"))
            body = await _capped_body(response, kind.most_bytes)
        return Answer(
            body=body,
            answered_at=_answered_at(response.headers, now),
            fresh_until_at=now + _fresh_for(response.headers),
        )

    async def _check_status(self, response: httpx.Response, now: datetime) -> None:
        status = response.status_code
        if status == 200:
            return
        if status == 429 or (status >= 400 and "retry-after" in response.headers):
            date = http_date(response.headers.get("date")) or now
            wait = wait_asked_for(response.headers.get("retry-after"), answered_at=date)
            reason = f"Parliament answered {status} and asked us to wait"
            await asyncio.to_thread(self._brake.pull, now + wait, reason)
            # The others back off as ever: their wait may be of no time at all.
            kind = FailureKind.THROTTLED if status == 429 else _failure_of(status)
            raise ParliamentError(kind, f"{reason} {wait.total_seconds():.0f} seconds")
        raise ParliamentError(_failure_of(status), _status_reason(response))


def _pace(requests_per_second: float) -> AsyncLimiter:
    """Return the one pace of all clients in this event loop.

    In `tracker run` the worker polls and the pages look postcodes up: together they may
    ask no more than one of them.
    """
    paces = _PACES.setdefault(asyncio.get_running_loop(), {})
    # One at a time, evenly spaced: aiolimiter's own rate would allow bursts.
    return paces.setdefault(
        requests_per_second, AsyncLimiter(1, 1 / requests_per_second)
    )


def _failure_of(status: int) -> FailureKind:
    if status == 403:
        return FailureKind.BLOCKED
    if status in (404, 410):
        return FailureKind.NOT_FOUND
    if status >= 500:
        return FailureKind.UNAVAILABLE
    return FailureKind.UNREADABLE


def _status_reason(response: httpx.Response) -> str:
    status = response.status_code
    if 300 <= status < 400:
        return f"answered {status}, a redirect, which is not followed"
    if response.headers.get("cf-mitigated"):
        return f"answered {status}: Cloudflare stands in front of Parliament's API"
    return f"answered {status}, 200 is right"


async def _capped_body(response: httpx.Response, most_bytes: int) -> bytes:
    """Return the body, inflated here since httpx inflates without a bound (U21)."""
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in ("identity", "gzip", ""):
        raise AnswerError(f"the answer is coded as {coding[:20]!r}, gzip is right")
    body = bytearray()
    inflate = zlib.decompressobj(wbits=31) if coding == "gzip" else None
    async for chunk in response.aiter_raw():
        room = most_bytes - len(body) + 1
        try:
            body += inflate.decompress(chunk, room) if inflate else chunk
        except zlib.error as error:
            raise AnswerError("the answer is not valid gzip") from error
        if len(body) > most_bytes:
            raise AnswerError(f"the answer is larger than {most_bytes // _MIB} MiB")
        if inflate is not None and inflate.unused_data:
            raise AnswerError("the answer goes on after the end of its gzip")
    if inflate is not None and not inflate.eof:
        raise AnswerError("the answer's gzip ends before its end")
    return bytes(body)


def _answered_at(headers: httpx.Headers, now: datetime) -> datetime | None:
    date = http_date(headers.get("date"))
    if date is None or date > now + _FARTHEST_AHEAD:
        return None
    return date - timedelta(seconds=_seconds(headers.get("age")) or 0)


def _fresh_for(headers: httpx.Headers) -> timedelta:
    """Return how long a shared cache may still hand this answer out."""
    told = [
        _seconds(directive.partition("=")[2])
        for directive in headers.get("cache-control", "").lower().split(",")
        if directive.strip().startswith("max-age=")
    ]
    max_age = told[0] if told and told[0] is not None else CACHE_SECONDS
    left = max_age - (_seconds(headers.get("age")) or 0)
    return timedelta(seconds=min(max(left, 0), _LONGEST_FRESH_SECONDS))


def _seconds(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@cache
def _trusted() -> ssl.SSLContext:
    """Return who is trusted for TLS; reading the certificates takes a while."""
    return httpx.create_ssl_context(trust_env=False)


def _version() -> str:
    try:
        return version("edm-signature-tracker")
    except PackageNotFoundError:
        return "0"
