"""The dashboard's socket: how it starts, whom it believes, how it ends."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from fastapi import Request

from dashboard.app import create_app
from dashboard.serve import ServeError, listening_socket, serve
from tests.conftest import MakeSettings
from tests.live import MOTION, listening, served
from tracker.store import Engine

PROGRAM = """
import asyncio, signal, sys
from pathlib import Path
from dashboard.serve import serve
from tracker.config import settings_from
from tracker.store.schema import open_database

async def main():
    settings = settings_from(
        {
            "motions": [{"number": 718, "session": "2014-15"}],
            "parliament": {"contact": "test@example.org"},
            "web": {"port": int(sys.argv[1])},
        },
        folder=Path(sys.argv[2]),
    )
    engine = open_database(settings.database.url, is_upgraded=True)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(settings, engine, stop=stop)
    engine.dispose()

asyncio.run(main())
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def test_a_port_in_use_is_one_sentence(
    settings: MakeSettings, sqlite_engine: Engine
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = settings(web={"port": other.getsockname()[1]})
        with pytest.raises(ServeError, match=r"already in use.*web\.port"):
            asyncio.run(serve(taken, sqlite_engine, stop=asyncio.Event()))


def test_an_address_that_is_not_this_machines_is_one_sentence(
    settings: MakeSettings,
) -> None:
    with pytest.raises(ServeError, match=r"192\.0\.2\.1:8000 cannot be listened at"):
        listening_socket(settings(web={"host": "192.0.2.1"}).web)


def test_no_answer_waits_for_its_head_to_be_acknowledged(
    settings: MakeSettings,
) -> None:
    web = settings().web.model_copy(update={"port": 0})
    with listening_socket(web) as bound:
        assert bound.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


def test_nothing_tells_what_the_server_is(
    settings: MakeSettings, sqlite_engine: Engine
) -> None:
    configured = settings()
    with served(create_app(configured, sqlite_engine), configured) as server:
        answer = httpx.get(f"{server.url}/healthz", trust_env=False)
    assert answer.status_code == 200
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("trusted", "client"), [([], "127.0.0.1"), (["127.0.0.0/8"], "203.0.113.9")]
)
def test_only_a_trusted_proxy_says_who_the_client_is(
    settings: MakeSettings, sqlite_engine: Engine, trusted: list[str], client: str
) -> None:
    configured = settings(web={"trusted_proxies": trusted})
    app = create_app(configured, sqlite_engine)
    seen: list[object] = []

    def who(request: Request) -> None:
        seen.append(request.client and request.client.host)

    app.add_api_route("/who", who)
    with served(app, configured) as server:
        httpx.get(
            f"{server.url}/who",
            headers={"X-Forwarded-For": "203.0.113.9"},
            trust_env=False,
        )
    assert seen == [client]


def test_a_request_that_is_no_http_breaks_nothing(
    settings: MakeSettings, sqlite_engine: Engine
) -> None:
    configured = settings()
    with served(create_app(configured, sqlite_engine), configured) as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(b"\x16\x03\x01 not http\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 400")
        answer = httpx.get(f"{server.url}/healthz", trust_env=False)
    assert answer.status_code == 200


@pytest.mark.slow
def test_who_leaves_before_the_form_has_come_leaves_no_trace_in_the_log(
    settings: MakeSettings, sqlite_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    made = settings()
    path = MOTION.removeprefix("/api/v1") + "/act"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nname=An"
    )
    with served(create_app(made, sqlite_engine), made) as server:
        port = int(server.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            client.sendall(head.encode())
            client.shutdown(socket.SHUT_RDWR)
    # It has stopped by now: whatever it had to say is said.
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == []


def test_sigterm_with_open_streams_ends_the_process_cleanly(tmp_path: Path) -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(port), str(tmp_path)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        ended: list[list[str]] = []

        def listen() -> None:
            with listening(url) as reader:
                reader.greeting()
                opened.release()
                ended.append(reader.rest())

        opened = threading.Semaphore(0)
        threads = [threading.Thread(target=listen) for _ in range(20)]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert opened.acquire(timeout=20)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=15)
        assert time.monotonic() - began < 10
        for thread in threads:
            thread.join()
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert len(ended) == 20
    assert "Traceback" not in said
    assert "rror" not in said


def wait_for(url: str) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            httpx.get(f"{url}/healthz", trust_env=False)
        except httpx.TransportError:
            assert time.monotonic() < until, "the program did not start"
            time.sleep(0.1)
        else:
            return


def test_stopping_is_quick_when_nobody_listens(
    settings: MakeSettings, sqlite_engine: Engine
) -> None:
    configured = settings()
    with served(create_app(configured, sqlite_engine), configured) as server:
        httpx.get(f"{server.url}{MOTION}", trust_env=False)
        assert server.stop() < 3
