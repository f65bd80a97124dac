"""One good answer and its bytes: status, headers as recorded, gzip when asked.

Owns the head that Cloudflare puts before Parliament's answers; faults write their own.
"""

import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus

JSON_TYPE = "application/json; charset=utf-8"
HTML_TYPE = "text/html; charset=UTF-8"
FRESH_SECONDS = 60

Headers = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route has to say, before it is written."""

    body: bytes
    status: int = 200
    content_type: str = JSON_TYPE


def json_answer(value: object, status: int = 200) -> Answer:
    """Return `value` as a JSON answer; text beyond ASCII is written as UTF-8."""
    return Answer(json_bytes(value), status)


def json_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def http_date(moment: datetime) -> str:
    """Return an aware UTC datetime as HTTP writes it."""
    return format_datetime(moment, usegmt=True)


def head(status: int, headers: Headers) -> bytes:
    """Return a status line and headers, ended by the empty line."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:  # Cloudflare's own 520 to 526
        phrase = "Origin Error"
    lines = [
        f"HTTP/1.1 {status} {phrase}",
        *(f"{name}: {value}" for name, value in headers),
    ]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def usual_headers(
    now: datetime,
    *,
    content_type: str = JSON_TYPE,
    age: int | None = None,
    fresh_seconds: int = FRESH_SECONDS,
) -> list[tuple[str, str]]:
    """Return the recorded headers of an answer of `now`, without its length.

    `age` (seconds) marks a copy out of the cache, `fresh_seconds` is how long one may
    be handed out.
    """
    headers = [
        ("date", http_date(now)),
        ("content-type", content_type),
        ("connection", "keep-alive"),
        ("cf-ray", "0rehearsal0-LHR"),
        ("cache-control", f"public, max-age={fresh_seconds}"),
        ("expires", http_date(now + timedelta(seconds=fresh_seconds - (age or 0)))),
        ("pragma", "no-cache"),
        ("vary", "Accept-Encoding"),
        ("cf-cache-status", "EXPIRED" if age is None else "HIT"),
        ("server", "cloudflare"),
    ]
    return headers if age is None else [*headers, ("age", str(age))]


def accepts_gzip(request_headers: Mapping[str, str]) -> bool:
    return "gzip" in request_headers.get("accept-encoding", "")


def zipped(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=1, mtime=0)
