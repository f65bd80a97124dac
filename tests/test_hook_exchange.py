"""One exchange with a receiver over a real socket: where it may go, and what is made of
an answer that is slow, wrong, large, a redirect, or none."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence

import httpcore
import pytest
import trustme

from tests.hook_server import Receiver, Reply, receiver
from tracker.outbox.hooks.exchange import MOST_SHOWN, Exchange
from tracker.outbox.hooks.guard import GuardedBackend, RefusedError
from tracker.rules.webhooks import Answered

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NoNetwork(httpcore.AsyncNetworkBackend):
    """Notes where it was told to connect; nobody is there."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def connect_tcp(self, host: str, port: int, *args: object) -> None:  # type: ignore[override]
        self.asked.append(host)
        raise httpcore.ConnectError("nobody is there")


def resolver(*answers: Sequence[str]) -> Resolve:
    """Return a resolver that gives these answers one after another."""
    left = list(answers)

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def posted(
    url: str,
    *,
    is_own_network: bool = True,
    deadline_seconds: float = 10,
    backend: GuardedBackend | None = None,
    trust: ssl.SSLContext | None = None,
) -> Answered:
    exchange = Exchange(
        backend or GuardedBackend(is_own_network=is_own_network),
        contact="test@example.org",
        deadline_seconds=deadline_seconds,
        trust=trust,
    )
    return asyncio.run(exchange.post(url, '{"type":"ping"}', {"webhook-id": "msg_1"}))


def refused(backend: GuardedBackend, host: str, port: int = 443) -> str:
    async def connect() -> None:
        await backend.connect_tcp(host, port)

    with pytest.raises(RefusedError) as raised:
        asyncio.run(connect())
    return str(raised.value)


@pytest.fixture
def at() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


def test_a_taken_post_has_the_body_and_the_headers(at):
    answered = posted(at.url)
    assert answered.is_taken
    assert (answered.status_code, answered.answer) == (200, "taken")
    [request] = at.requests
    assert request.body == b'{"type":"ping"}'
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "msg_1"
    assert "test@example.org" in request.headers["user-agent"]
    assert "cookie" not in request.headers


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_taken(status):
    with receiver(Reply(status, b"")) as at:
        assert posted(at.url).is_taken


@pytest.mark.parametrize("status", [301, 302, 307, 308, 304, 400, 404, 410, 429, 500])
def test_anything_else_is_a_failure_and_a_redirect_is_not_followed(status):
    with receiver() as elsewhere:
        location = (("Location", elsewhere.url),)
        with receiver(Reply(status, b"no", location)) as at:
            answered = posted(at.url)
        assert not answered.is_taken
        assert answered.status_code == status
        assert answered.is_gone is (status == 410)
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "reply", [Reply(wait_seconds=30), Reply(body=b"x" * 500, drip_seconds=0.1)]
)
def test_the_deadline_is_over_the_whole_exchange_however_it_drips(reply):
    with receiver(reply) as at:
        began = time.monotonic()
        answered = posted(at.url, deadline_seconds=0.5)
        assert time.monotonic() - began < 5
    assert answered.error == "no whole answer within 0.5 seconds"


def test_a_long_answer_is_cut_and_not_read_to_its_end():
    begin = (b"<b>x</b>\x1b[31m" * 10_000)[: 64 * 1024]
    with receiver(Reply(body=begin, missing_count=10**9)) as at:
        answered = posted(at.url, deadline_seconds=5)
    assert answered.is_taken
    assert answered.answer is not None
    assert len(answered.answer) == MOST_SHOWN + 1
    assert answered.answer.endswith("…")
    assert "\x1b" not in answered.answer


def test_nobody_at_home_is_said_in_words():
    with receiver() as gone:
        url = gone.url
    assert (
        posted(url).error == "the receiver can't be reached: it refused the connection"
    )


def test_a_receiver_without_a_good_certificate_is_told_nothing():
    ours = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("127.0.0.1").configure_cert(context)
    trust = ssl.create_default_context()
    ours.configure_trust(trust)
    with receiver(tls=context) as at:
        assert "certificate is not good" in (posted(at.url).error or "")
        assert at.requests == []
        assert posted(at.url, trust=trust).is_taken
        stranger = ssl.create_default_context()
        trustme.CA().configure_trust(stranger)
        assert not posted(at.url, trust=stranger).is_taken
        assert len(at.requests) == 1


# Where a connection may go


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://localhost/",
        "https://0x7f000001/",
        "https://2130706433/",
        "https://127.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::1]/",
        "https://[fe80::1]/",
        "https://100.64.0.1/",
        "https://192.0.0.8/",
        "https://169.254.169.254/",
        "https://224.0.0.1/",
        "https://0.0.0.0/",
    ],
)
def test_no_address_but_a_public_one_is_connected_to(url):
    inner = NoNetwork()
    backend = GuardedBackend(is_own_network=False, inner=inner)
    answered = posted(url, backend=backend)
    assert answered.error is not None
    assert "not a public address" in answered.error
    assert inner.asked == []


@pytest.mark.parametrize("host", ["0177.0.0.1", "①27.0.0.1", "127.0.0.1#@x", "a b"])
def test_what_is_no_host_is_not_even_resolved(host):
    inner = NoNetwork()
    backend = GuardedBackend(is_own_network=False, inner=inner)
    assert not posted(f"https://{host}/", backend=backend).is_taken
    assert inner.asked == []


def test_a_public_address_is_tried():
    inner = NoNetwork()
    backend = GuardedBackend(is_own_network=False, inner=inner)
    assert "reached" in (posted("https://93.184.216.34/", backend=backend).error or "")
    assert inner.asked == ["93.184.216.34"]


def test_one_forbidden_address_among_good_ones_refuses_them_all():
    inner = NoNetwork()
    resolve = resolver(["93.184.216.34", "127.0.0.1"])
    backend = GuardedBackend(is_own_network=False, inner=inner, resolve=resolve)
    assert refused(backend, "hooks.example.org") == (
        "hooks.example.org leads to 127.0.0.1, not a public address"
    )
    assert inner.asked == []


def test_a_name_that_changes_after_the_look_is_connected_to_as_it_was():
    """DNS rebinding: public when it is looked at, loopback when it would be asked again."""
    inner = NoNetwork()
    resolve = resolver(["93.184.216.34"], ["127.0.0.1"])
    backend = GuardedBackend(is_own_network=False, inner=inner, resolve=resolve)
    posted("https://rebound.example.org/", backend=backend)
    assert inner.asked == ["93.184.216.34"]
    answered = posted("https://rebound.example.org/", backend=backend)
    assert "not a public address" in (answered.error or "")
    assert inner.asked == ["93.184.216.34"]


@pytest.mark.parametrize("port", [25, 80, 8443, 22])
def test_only_443_is_allowed(port):
    backend = GuardedBackend(is_own_network=False, inner=NoNetwork())
    assert f"port {port} is not allowed" in refused(backend, "93.184.216.34", port)


def test_a_unix_socket_is_refused():
    backend = GuardedBackend(is_own_network=True)
    with pytest.raises(RefusedError):
        asyncio.run(backend.connect_unix_socket("/var/run/docker.sock"))


@pytest.mark.parametrize("address", ["93.184.216.34", "169.254.169.254", "0.0.0.0"])
def test_on_ones_own_network_nothing_else_is_reached(address):
    backend = GuardedBackend(is_own_network=True, inner=NoNetwork())
    assert "not a private address" in refused(backend, address, 8080)


def test_no_proxy_of_the_environment_is_used(at, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert posted(at.url).is_taken


def test_a_resolver_that_fails_is_a_failure():
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    backend = GuardedBackend(is_own_network=False, resolve=resolve)
    answered = posted("https://nowhere.example.org/", backend=backend)
    assert answered.error == (
        "the receiver can't be reached: the name can't be resolved"
    )
