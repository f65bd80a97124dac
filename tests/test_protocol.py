"""Requests that are too slow, too large or too deep, over a real socket (W25)."""

import socket
import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import httpx
import psutil
import pytest

from dashboard import protocol
from dashboard.app import create_app
from dashboard.security import MAX_BODY_BYTES
from tests.conftest import MakeSettings
from tests.live import Served, served
from tracker.store import Engine

EMAILS = "/api/v1/emails"
CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
HALF_FORM = (
    b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nusername="
)
CHUNKED = (
    f"POST {EMAILS} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\n\r\n"
).encode()


@pytest.fixture
def server(settings: MakeSettings, sqlite_engine: Engine) -> Iterator[Served]:
    made = settings()
    with served(create_app(made, sqlite_engine), made) as found:
        yield found


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.4)
    monkeypatch.setattr(protocol, "BODY_SECONDS", 0.4)


def connected(server: Served) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def answer_to(server: Served, *parts: bytes, most: int = 10_000) -> bytes:
    """Send the parts until nobody takes them; return what is answered until the end."""
    with connected(server) as line:
        try:
            for part in parts[:most]:
                line.sendall(part)
        except (ConnectionError, BrokenPipeError):
            pass
        return read_all(line)


def read_all(line: socket.socket) -> bytes:
    found = b""
    try:
        while part := line.recv(65536):
            found += part
    except ConnectionError:
        pass  # it was reset with our bytes unread
    return found


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ",
        HALF_FORM,
        CHUNKED,
    ],
)
def test_who_never_finishes_a_request_is_sent_away(server, begun):
    answer = answer_to(server, begun)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"default-src 'none'" in answer


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("cuts", [(), (34,), (20, 34)])
@pytest.mark.parametrize("begun", [b"GET / HT", HALF_FORM])
def test_who_never_finishes_another_request_is_sent_away(server, begun, cuts):
    """Also after one that came in pieces, and was waited for itself."""
    both = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n" + begun
    with connected(server) as line:
        for start, end in pairwise((0, *cuts, len(both))):
            line.sendall(both[start:end])
            time.sleep(0.05)
        answer = read_all(line)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.count(b"HTTP/1.1 408 ") == 1


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("begun", "drop"),
    [
        pytest.param(b"GET / HTTP/1.1\r\n", b"X: y\r\n", id="head"),
        pytest.param(HALF_FORM, b"x", id="body"),
    ],
)
def test_what_comes_a_little_at_a_time_is_not_waited_for(server, begun, drop):
    """The time is for the whole of a head or a body, not for each part."""
    with connected(server) as line:
        began = time.monotonic()
        line.sendall(begun)
        stop = threading.Event()

        def drip() -> None:
            try:
                while not stop.wait(0.05):
                    line.sendall(drop)
            except OSError:
                pass

        dripping = threading.Thread(target=drip)
        dripping.start()
        answer = read_all(line)
        stop.set()
        dripping.join()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - began < 5


def test_a_slow_crowd_keeps_nobody_else_waiting(server):
    lines = [connected(server) for _ in range(200)]
    try:
        for line in lines:
            line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200
    finally:
        for line in lines:
            line.close()


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Bomb: " + b"x" * 300_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 50_000 + b"\r\n",
    ],
)
def test_a_bomb_of_headers_is_refused(server, head):
    answer = answer_to(server, head)
    assert answer == b"" or answer.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))
    assert httpx.get(f"{server.url}/healthz", trust_env=False).status_code == 200


def test_a_body_without_a_length_is_cut_with_memory_flat(server):
    """FastAPI reads the whole of it before it asks who is there."""
    process = psutil.Process()
    before = process.memory_info().rss
    answer = answer_to(server, CHUNKED, *[CHUNK] * 2_000)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 413 ")
    assert process.memory_info().rss - before < 40_000_000
    assert 20 * MAX_BODY_BYTES < 2_000 * 0x10000


def test_ordinary_requests_go_through_one_after_another(server):
    with httpx.Client(base_url=server.url, trust_env=False) as client:
        for _ in range(3):
            assert client.get("/healthz").status_code == 200
            form = {"username": "x" * 50, "password": "y" * 50}
            assert client.post("/login", data=form).status_code in (401, 403, 422)
        large = client.post("/login", content=b"x" * (MAX_BODY_BYTES + 1))
        assert large.status_code == 413


@pytest.mark.parametrize("deep", ["[" * 100_000, '{"a":' * 100_000])
def test_deep_json_is_refused_and_breaks_nothing(server, deep):
    asked = {"content-type": "application/json", "accept": "application/json"}
    answer = httpx.post(
        f"{server.url}{EMAILS}", content=deep, headers=asked, trust_env=False
    )
    assert answer.status_code in (400, 401, 413, 422)
