"""Telling a watch outside that work goes on: its silence is what raises the alarm.

Owns when an address of [health] is asked, and that it never disturbs the work: nobody
waits for the answer, a failure is one warning, and no address is logged, since it may
hold a key. The operator names the addresses, so private ones are as good as others; a
redirect is not followed.
"""

import asyncio
import logging
import ssl
import time
from functools import cache

import httpx  # noqa: TID251 - HTTP is for here too

from tracker.config.health import HealthSettings, Work

log = logging.getLogger(__name__)

DEADLINE_SECONDS = 10.0
LEAST_SECONDS = 60.0
"""How far apart two pings of one kind begin at least."""


class Pings:
    """The pings of one process. Leave it with `aclose`: what is under way ends then."""

    def __init__(
        self,
        health: HealthSettings,
        *,
        contact: str,
        deadline_seconds: float = DEADLINE_SECONDS,
        least_seconds: float = LEAST_SECONDS,
    ) -> None:
        self._health = health
        self._contact = contact
        self._deadline_seconds = deadline_seconds
        self._least_seconds = least_seconds
        self._began: dict[Work, float] = {}
        self._failing: set[Work] = set()
        self._under_way: dict[Work, asyncio.Task[None]] = {}

    def is_due(self, work: Work) -> bool:
        """Return whether there is an address, and a minute is over since the last."""
        began = self._began.get(work)
        is_rested = began is None or time.monotonic() - began >= self._least_seconds
        return bool(self._health.ping_url(work)) and is_rested

    def tell(self, work: Work) -> None:
        """Begin a ping if one is due and none is under way; wait for nothing."""
        if self.is_due(work) and work not in self._under_way:
            self._began[work] = time.monotonic()
            task = asyncio.create_task(self.ping(work))
            self._under_way[work] = task
            task.add_done_callback(lambda _: self._under_way.pop(work, None))

    async def ping(self, work: Work) -> None:
        """Ask the address of that work, if it has one. Raises nothing.

        The first failure of several in a row is a warning.
        """
        url = self._health.ping_url(work)
        problem = await self._problem(url) if url else None
        if problem is None:
            self._failing.discard(work)
        elif work not in self._failing:
            self._failing.add(work)
            log.warning("the address of health.%s_ping_url %s", work, problem)

    async def aclose(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _problem(self, url: str) -> str | None:
        """Return what went wrong, to follow "the address …"; None if nothing did."""
        try:
            async with asyncio.timeout(self._deadline_seconds):
                status = await self._status(url)
        except TimeoutError:
            return f"did not answer within {self._deadline_seconds:g} seconds"
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            # Not its text: the address may be in it.
            return f"can't be reached ({type(error).__name__})"
        return None if 200 <= status < 300 else f"answered {status}"

    async def _status(self, url: str) -> int:
        agent = f"edm-signature-tracker (+{self._contact})"
        async with (
            httpx.AsyncClient(
                verify=_trusted(),
                timeout=None,  # the deadline is over the whole
                follow_redirects=False,
                trust_env=False,
            ) as client,
            # GET: every kind of watch takes it. The answer's text is not read.
            client.stream("GET", url, headers={"User-Agent": agent}) as response,
        ):
            return response.status_code


@cache
def _trusted() -> ssl.SSLContext:
    """Return who is trusted for TLS; reading the certificates takes a while."""
    return httpx.create_ssl_context(trust_env=False)
