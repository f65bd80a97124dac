"""The public JSON's answers for other sites' pages and for caches.

Owns the CORS headers, the ETag and the 304; as a pure ASGI layer, so that errors have
them too. Not the stream's: it stands outside.
"""

import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PUBLIC = re.compile(
    r"/api/openapi\.json"
    r"|/api/oembed"
    r"|/api/v1/motions/[^/]+/[^/]+"
    r"(?:/members(?:/[^/]+)?|/events|/stream|/history|/lookup"
    r"|/signatures\.(?:csv|json|xlsx)|/feed\.atom|/badge\.svg)?"
)
_PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "If-None-Match, Last-Event-ID",
    "Access-Control-Max-Age": "86400",
    "Allow": "GET, HEAD, OPTIONS",
}


class OpenAnswers:
    """Lets any origin read the public addresses, without cookies."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a public address on with its headers added, any other as it is."""
        if scope["type"] != "http" or not _PUBLIC.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS":
            answer = Response(status_code=204, headers=_PREFLIGHT)
            await answer(scope, receive, send)
        else:
            known = Headers(scope=scope).get("if-none-match", "")
            await self._app(scope, receive, _Open(send, known))


class _Open:
    """A `send` that holds the start of an answer back until its tag is known."""

    def __init__(self, send: Send, known_tags: str) -> None:
        self._send = send
        self._known_tags = known_tags
        self._start: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            headers["Access-Control-Allow-Origin"] = "*"
            self._start = message
            return
        if self._start is not None:
            start, self._start = self._start, None
            if start["status"] == 200 and not message.get("more_body"):
                message = _tagged(start, message, self._known_tags)
            await self._send(start)
        await self._send(message)


def has_tag(known_tags: str, tag: str) -> bool:
    """Return whether an `If-None-Match` names the tag: the client has these bytes."""
    known = {known.strip().removeprefix("W/") for known in known_tags.split(",")}
    return tag in known or "*" in known


def _tagged(start: Message, body: Message, known_tags: str) -> Message:
    """Put a tag into the head, and make it a 304 if the client has these very bytes."""
    headers = MutableHeaders(raw=start["headers"])
    digest = hashlib.sha256(body.get("body", b"")).hexdigest()
    tag = headers.setdefault("ETag", f'"{digest[:32]}"')
    # Asked again each time: a live page must not show an older count than the event
    # that it has just been told of.
    headers.setdefault("Cache-Control", "public, no-cache")
    if not has_tag(known_tags, tag):
        return body
    start["status"] = 304
    del headers["content-length"]
    del headers["content-type"]
    return {**body, "body": b""}
