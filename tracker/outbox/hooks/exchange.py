"""One exchange with a receiver: a POST, and what came of it. Raises nothing of its own.

Owns the deadline over the whole, the cap on the answer, and the words for what went
wrong. No redirect is followed, no proxy of the environment used, no cookie kept, and
nothing of the answer but its beginning is looked at.
"""

import asyncio
import ssl
import time
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import httpx  # noqa: TID251 - HTTP is for here too

from tracker.outbox.hooks.guard import GuardedBackend, RefusedError, guarded_transport
from tracker.rules.webhooks import Answered, error_of_status

DEADLINE_SECONDS = 15.0
MOST_READ = 64 * 1024
MOST_SHOWN = 300


class Exchange:
    """Speaks to receivers, each time over a connection of its own."""

    def __init__(
        self,
        backend: GuardedBackend,
        *,
        contact: str,
        deadline_seconds: float = DEADLINE_SECONDS,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._backend = backend
        self._contact = contact
        self._deadline_seconds = deadline_seconds
        self._trust = trust

    async def post(self, url: str, body: str, headers: Mapping[str, str]) -> Answered:
        """Return what the receiver answered, or why it did not."""
        began = time.monotonic()
        status, text, error = None, None, None
        try:
            async with asyncio.timeout(self._deadline_seconds):
                status, text = await self._post(url, body, headers)
                error = error_of_status(status)
        except TimeoutError:
            error = f"no whole answer within {self._deadline_seconds:g} seconds"
        except RefusedError as refused:
            error = f"not connected: {refused}"
        except httpx.TimeoutException:
            error = "the receiver did not answer in time"
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as problem:
            error = f"the receiver can't be reached: {_reason(problem)}"
        return Answered(time.monotonic() - began, status, text, error)

    async def _post(
        self, url: str, body: str, headers: Mapping[str, str]
    ) -> tuple[int, str]:
        transport = guarded_transport(self._backend, self._trust or _trusted())
        async with (
            httpx.AsyncClient(
                transport=transport,
                timeout=self._deadline_seconds,
                follow_redirects=False,
                trust_env=False,
            ) as client,
            client.stream(
                "POST", url, content=body.encode(), headers=self._headers(headers)
            ) as response,
        ):
            return response.status_code, _shown(await _begin(response))

    def _headers(self, signed: Mapping[str, str]) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": f"edm-signature-tracker/{_version()} (+{self._contact})",
            # Nothing is inflated here: a small answer could be a large one.
            "Accept-Encoding": "identity",
            **signed,
        }


async def _begin(response: httpx.Response) -> bytes:
    """Return the beginning of the answer; a longer one is not read to its end."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= MOST_READ:
            break
    return bytes(body[:MOST_READ])


def _shown(body: bytes) -> str:
    text = " ".join(body[: 4 * MOST_SHOWN].decode("utf-8", "replace").split())
    text = "".join(char for char in text if char.isprintable())
    is_cut = len(text) > MOST_SHOWN or len(body) > 4 * MOST_SHOWN
    return f"{text[:MOST_SHOWN]}…" if is_cut else text


def _reason(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not good ({cause.verify_message})"
        if isinstance(cause, ConnectionRefusedError):
            return "it refused the connection"
        cause = cause.__cause__ or cause.__context__
    said = " ".join(str(error).split())
    said = "".join(char for char in said if char.isprintable())[:200]
    return said or type(error).__name__


@cache
def _trusted() -> ssl.SSLContext:
    """Return who is trusted for TLS; reading the certificates takes a while."""
    return httpx.create_ssl_context(trust_env=False)


def _version() -> str:
    try:
        return version("edm-signature-tracker")
    except PackageNotFoundError:
        return "0"
