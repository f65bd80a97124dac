"""What every answer carries, and what is noted of every request; a pure ASGI layer.

Owns the security headers, the limit on what is sent to us, and the request log, which
has the route's template and never the path: paths and queries may hold tokens.
"""

import logging
import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.csp import PAGE_POLICY
from dashboard.problems import Problem, problem_response
from tracker.config import WebSettings

MAX_BODY_BYTES = 1_000_000
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_YEAR_SECONDS = 31_536_000
TOKEN_PATHS = ("/me/", "/confirm/", "/unsubscribe/", "/alerts/")
"""Addresses with somebody's token in them begin so. Errors have it in theirs as well: a
proxy's log would find it in the Referer of their style sheet."""
_UNNAMED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}

log = logging.getLogger("dashboard.requests")


def security_headers(web: WebSettings) -> Mapping[str, str]:
    """Return the headers of every answer that does not bring its own of that name."""
    headers = {
        "Content-Security-Policy": PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
    if web.base_url.startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    return headers


class SecurityLayer:
    """The outermost layer: also what FastAPI answers to a bug passes through it."""

    def __init__(self, app: ASGIApp, web: WebSettings) -> None:
        self._app = app
        self._headers = security_headers(web)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the headers, and note the request when it is done."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        is_keyed = scope["path"].startswith(TOKEN_PATHS)
        own = {**self._headers, **_UNNAMED} if is_keyed else self._headers

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in own.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            app = _too_large if _is_too_large(scope) else self._app
            await app(scope, receive, send_with_headers)
        finally:
            taken = (time.perf_counter() - started) * 1000
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            log.info("%s %s %d %.1f ms", method, route_template(scope), status, taken)


class HeadLayer:
    """Answers HEAD as GET without the body, which FastAPI's routes do not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, HEAD as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            is_body = message["type"] == "http.response.body"
            await send({**message, "body": b""} if is_body else message)

        as_get = {**scope, "method": "GET"}
        await self._app(as_get, receive, send_head)
        scope["route_template"] = route_template(as_get)


def route_template(scope: Scope) -> str:
    """Return the template of the route that answered, "-" if none did."""
    told = scope.get("route_template")
    return told or getattr(scope.get("route"), "path", None) or "-"


def _is_too_large(scope: Scope) -> bool:
    length = Headers(scope=scope).get("content-length", "0")
    is_number = length.isascii() and length.isdigit()
    return not is_number or len(length) > 12 or int(length) > MAX_BODY_BYTES


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    problem = Problem(413, "This request is larger than what is taken here.")
    # The body is not read: the connection can't be used again.
    await problem_response(problem, {"Connection": "close"})(scope, receive, send)
