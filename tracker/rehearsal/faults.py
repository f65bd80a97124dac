"""Faults that are whole answers: statuses, pages that aren't JSON, and changed bodies.

Owns them by name (checks.md 1.1 U1-U6, U14-U19, U22-U25, U28, U34); those that play with
time, size or the connection are in `wire_faults.py`. Each is a value that writes itself.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from tracker.rehearsal import wire
from tracker.rehearsal.edm_answers import refusal
from tracker.rehearsal.exchange import Exchange
from tracker.rehearsal.wire import HTML_TYPE, JSON_TYPE, Answer, json_bytes

Json = dict[str, object]

_PAGE = (
    "<!DOCTYPE html><html><head><title>{title}</title></head>"
    "<body><h1>{title}</h1><script>document.title='rehearsal'</script></body></html>"
)


@dataclass(frozen=True, slots=True)
class CloudflareChallenge:
    """U1: a 403 page that wants a browser to prove itself."""

    async def __call__(self, exchange: Exchange) -> None:
        headers = _html_headers(exchange, [("cf-mitigated", "challenge")])
        await exchange.respond(403, headers, _page("Just a moment..."))


@dataclass(frozen=True, slots=True)
class HtmlPage:
    """U2, U4: any status with a page; 200 is a captive portal or maintenance."""

    status: int = 200
    title: str = "Down for maintenance"

    async def __call__(self, exchange: Exchange) -> None:
        headers = _html_headers(exchange)
        await exchange.respond(self.status, headers, _page(self.title))


@dataclass(frozen=True, slots=True)
class TooManyRequests:
    """U3: 429 with any `Retry-After`, or none. `wire.http_date` makes a date of it."""

    retry_after: str | None = None

    async def __call__(self, exchange: Exchange) -> None:
        wait = [] if self.retry_after is None else [("retry-after", self.retry_after)]
        headers = _html_headers(exchange, wait)
        await exchange.respond(429, headers, _page("Error 1015: rate limited"))


@dataclass(frozen=True, slots=True)
class StatusOnly:
    """U31: 404, 410 or another status with the envelope of a refusal."""

    status: int = 404

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.send(refusal(self.status, "The Early Day Motion is not here."))


@dataclass(frozen=True, slots=True)
class RefusedInside:
    """U16, and the recorded failure: HTTP says 200, the envelope says no."""

    status: int = 400
    sentence: str = "A value was expected where none was given (rehearsal)."

    async def __call__(self, exchange: Exchange) -> None:
        body = refusal(self.status, self.sentence).body
        await exchange.send(Answer(body))


@dataclass(frozen=True, slots=True)
class Transformed:
    """The good answer, its JSON changed by a function (`transforms.py` has them)."""

    change: Callable[[Json], object]

    async def __call__(self, exchange: Exchange) -> None:
        good = exchange.good_answer()
        body = json_bytes(self.change(json.loads(good.body)))
        await exchange.send(Answer(body, good.status, good.content_type))


@dataclass(frozen=True, slots=True)
class Mangled:
    """The good answer, its bytes changed by a function (`mangles.py` has them)."""

    change: Callable[[bytes], bytes]

    async def __call__(self, exchange: Exchange) -> None:
        good = exchange.good_answer()
        changed = self.change(good.body)
        await exchange.send(Answer(changed, good.status, good.content_type))


@dataclass(frozen=True, slots=True)
class Replayed:
    """U28: these very bytes, as a copy `age` seconds old, or dated otherwise.

    Also the way to answer with a recorded body.
    """

    body: bytes
    age: int | None = None
    date: datetime | None = None
    status: int = 200
    content_type: str = JSON_TYPE

    async def __call__(self, exchange: Exchange) -> None:
        answer = Answer(self.body, self.status, self.content_type)
        await exchange.send(answer, age=self.age, date=self.date)


@dataclass(frozen=True, slots=True)
class Redirect:
    """U19: sent elsewhere; no `to` means to itself."""

    to: str | None = None
    status: int = 302

    async def __call__(self, exchange: Exchange) -> None:
        location = exchange.request.target if self.to is None else self.to
        headers = _html_headers(exchange, [("location", location)])
        await exchange.respond(self.status, headers, b"")


@dataclass(frozen=True, slots=True)
class GarbageEncoding:
    """U24: bytes that are not what `Content-Encoding` says."""

    encoding: str = "br"

    async def __call__(self, exchange: Exchange) -> None:
        headers = wire.usual_headers(exchange.now)
        headers.append(("content-encoding", self.encoding))
        await exchange.respond(200, headers, b"\x00\xffnot compressed at all" * 20)


@dataclass(frozen=True, slots=True)
class NoContent:
    """U25: 204, with no body and no length."""

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.write(wire.head(204, wire.usual_headers(exchange.now)))


@dataclass(frozen=True, slots=True)
class EmptyBody:
    """U25: 200, JSON by its type, and not one byte."""

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.respond(200, wire.usual_headers(exchange.now), b"")


@dataclass(frozen=True, slots=True)
class EarlyHints:
    """U25: 103 before the good answer; nothing is wrong with that."""

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.write(wire.head(103, [("link", "</style.css>; rel=preload")]))
        await exchange.send(exchange.good_answer())


@dataclass(frozen=True, slots=True)
class EndlessPages:
    """U34: whatever `skip` is asked for, the first page comes, of a huge total."""

    total: int = 1_000_000

    async def __call__(self, exchange: Exchange) -> None:
        kept = [
            (name, value)
            for name, values in exchange.request.query.items()
            for value in values
            if not name.lower().endswith("skip")
        ]
        page = json.loads(exchange.good_answer(urlencode(kept)).body)
        if page.get("PagingInfo"):
            page["PagingInfo"]["Total"] = self.total
        else:
            page["totalResults"] = self.total
        await exchange.send(Answer(json_bytes(page)))


def _page(title: str) -> bytes:
    return _PAGE.format(title=title).encode()


def _html_headers(
    exchange: Exchange, extra: wire.Headers = ()
) -> list[tuple[str, str]]:
    return [
        ("date", wire.http_date(exchange.now)),
        ("content-type", HTML_TYPE),
        ("cache-control", "private, no-store"),
        ("server", "cloudflare"),
        *extra,
    ]
