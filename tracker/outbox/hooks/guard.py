"""Where a webhook's connection may go: looked at each time one is made.

Every address that the name has at that moment is judged (rules/networks.py), and the
connection is made to one of those very addresses: a name that changes between the look
and the connection (DNS rebinding) gains nothing.
"""

import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

import httpcore
import httpx  # noqa: TID251 - HTTP is for here too

from tracker.outbox.daemons import in_daemon
from tracker.rules.networks import is_private, is_public

HTTPS_PORT = 443
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
Options = Iterable[httpcore.SOCKET_OPTION]


class RefusedError(Exception):
    """We do not connect there; the text is a clause for whoever set the webhook up."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects only where a webhook may go.

    `is_own_network` (network.allow_private_webhooks) means private addresses only, on
    any port; else public ones only, on 443.
    """

    def __init__(
        self,
        *,
        is_own_network: bool,
        resolve: Resolve | None = None,
        inner: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._is_own_network = is_own_network
        self._resolve = resolve or resolved
        self._inner = inner or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Options | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to the first address that answers; RefusedError if not one
        of the name's addresses may be reached."""
        problem: Exception | None = None
        for address in await self._allowed(host, port):
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
        raise problem or httpcore.ConnectError("the name has no address")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Options | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refuse: a webhook is never a file of this machine."""
        raise RefusedError("a webhook can't be a unix socket")

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore does between its own tries."""
        await self._inner.sleep(seconds)

    async def _allowed(self, host: str, port: int) -> Sequence[str]:
        if not self._is_own_network and port != HTTPS_PORT:
            raise RefusedError(f"port {port} is not allowed, only {HTTPS_PORT}")
        try:
            found = await self._resolve(host, port)
        except OSError as error:
            raise httpcore.ConnectError("the name can't be resolved") from error
        is_allowed = is_private if self._is_own_network else is_public
        wanted = "a private" if self._is_own_network else "a public"
        for address in found:
            if not is_allowed(address):
                raise RefusedError(f"{host} leads to {address}, not {wanted} address")
        return found


async def resolved(host: str, port: int) -> Sequence[str]:
    """Return every address that a name has now, as the system finds it; OSError if none."""
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(found[4][0]) for found in await in_daemon(ask)))


def guarded_transport(
    backend: GuardedBackend, trust: ssl.SSLContext
) -> httpx.AsyncHTTPTransport:
    """Return httpx's transport with our way to connect, for one exchange."""
    transport = httpx.AsyncHTTPTransport(verify=trust, trust_env=False)
    # httpx offers no way to give it one (house style, "Traps").
    transport._pool = httpcore.AsyncConnectionPool(
        ssl_context=trust, max_connections=1, network_backend=backend
    )
    return transport
