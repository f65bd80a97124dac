"""How often one address may ask for what costs something: limits kept in memory.

Owns who "one address" is: an IPv4 address, or the /64 of an IPv6 one. Behind a proxy that
is the address the trusted proxy names (serve.py). Nothing is stored or logged.
"""

import ipaddress
import math
import time
from functools import cache

from fastapi import Request
from limits import RateLimitItem, parse
from limits.strategies import MovingWindowRateLimiter

from dashboard.problems import ProblemError
from dashboard.rates_memory import ForgettingStorage


class Rates:
    """The limits of one process. A request over its limit is a 429 with Retry-After."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(ForgettingStorage())

    def count(self, request: Request, name: str, limit: str) -> None:
        """Count one request for `name`; ProblemError 429 if that is over `limit`.

        `limit` is written "30/minute".
        """
        item = _parsed(limit)
        key = (name, client_key(request))
        if self._limiter.hit(item, *key):
            return
        reset_at = self._limiter.get_window_stats(item, *key).reset_time
        # At the very end of its minute a request is still counted.
        wait = max(1, math.floor(reset_at - time.time()) + 1)
        raise ProblemError(
            429,
            f"That is too often: try again in {wait} seconds.",
            {"Retry-After": str(wait)},
        )


@cache
def _parsed(limit: str) -> RateLimitItem:
    return parse(limit)


def client_key(request: Request) -> str:
    """Return whom a request counts for."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:  # how a socket of both kinds sees IPv4
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))
