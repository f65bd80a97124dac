"""Answers kept as bytes: when one may still be sent, its tag, and its form as a 304.

Owns nothing of what they say. An answer that is no plain 200, or that sets a cookie, is
never kept.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import MutableHeaders
from starlette.types import Message

CHANGED_SECONDS = 0.3
"""After a commit, unless it brought an event: then the very next answer has it."""

_UNSENT_AT_304 = ("content-length", "content-type", "content-encoding")
RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Moment:
    """When something was asked for: what was known then, and both clocks."""

    signal: tuple[int, int]
    at_seconds: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is sent, and when what is in it was read."""

    read: Moment
    body: bytes
    raw_tag: bytes
    headers: RawHeaders
    headers_of_304: RawHeaders

    def holds(
        self, signal: tuple[int, int], seconds: float, at: datetime, life: float
    ) -> bool:
        """Return whether this may still be sent, `life` seconds after it was read.

        By both clocks: one that was put back or forward may keep nothing alive.
        """
        if self.read.signal != signal:
            if self.read.signal[0] != signal[0]:
                return False
            life = min(life, CHANGED_SECONDS)
        age = seconds - self.read.at_seconds
        return age < life and -life < (at - self.read.at).total_seconds() < life


class Answer:
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


def kept_answer(
    answer: Answer, read: Moment, headers_of_all: Mapping[str, str]
) -> Kept | None:
    """Return the answer to be kept, with the headers every answer has; None if none."""
    headers = MutableHeaders(raw=answer.headers)
    if answer.status != 200 or "set-cookie" in headers:
        return None
    for name, value in headers_of_all.items():
        headers.setdefault(name, value)
    digest = hashlib.sha256(answer.body).hexdigest()
    tag = headers.setdefault("ETag", f'"{digest[:32]}"')
    short = MutableHeaders(raw=[*headers.raw])
    for name in _UNSENT_AT_304:
        del short[name]
    return Kept(read, answer.body, tag.encode(), headers.raw, short.raw)
