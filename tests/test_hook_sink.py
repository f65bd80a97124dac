"""The rehearsal's receiver: takes what programs and staff are told, and it can be read."""

import asyncio
import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.hook_scene import OLD_SECRET
from tracker.clock import utc_now
from tracker.outbox.hooks.exchange import Exchange
from tracker.outbox.hooks.guard import GuardedBackend
from tracker.outbox.hooks.signing import signed_headers
from tracker.outbox.staff_digest import notify
from tracker.rehearsal.hook_sink import MOST_KEPT, SECRET, hook_sink
from tracker.rules.webhooks import Answered
from tracker.store import Engine

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

BODY = json.dumps(
    {
        "type": "signature.signed",
        "timestamp": "2026-06-15T12:00:00Z",
        "data": {"name": "Ynys <script>alert(1)</script>"},
    }
)


async def post(port: int, secret: str = SECRET) -> Answered:
    exchange = Exchange(GuardedBackend(is_own_network=True), contact="test@example.org")
    headers = signed_headers(secret, message_id="msg_1", body=BODY, now=utc_now())
    return await exchange.post(f"http://127.0.0.1:{port}/hook", BODY, headers)


def kept(folder: Path) -> list[dict[str, object]]:
    paths = sorted((folder / "hooks").glob("*.json"))
    return [json.loads(path.read_text("utf-8")) for path in paths]


def test_it_says_whether_a_signature_is_good(tmp_path):
    async def both() -> None:
        async with hook_sink(tmp_path) as port:
            assert (await post(port)).is_taken
            assert (await post(port, OLD_SECRET)).is_taken

    asyncio.run(both())
    assert [one["is_verified"] for one in kept(tmp_path)] == [True, False]
    assert kept(tmp_path)[0]["body"] == json.loads(BODY)


def test_it_keeps_the_latest_and_begins_anew(tmp_path):
    async def many() -> None:
        async with hook_sink(tmp_path) as port:
            for _ in range(MOST_KEPT + 2):
                await post(port)

    asyncio.run(many())
    assert len(kept(tmp_path)) == MOST_KEPT

    async def again() -> None:
        async with hook_sink(tmp_path):
            assert kept(tmp_path) == []

    asyncio.run(again())


def test_what_is_no_request_does_no_harm(tmp_path):
    async def nonsense() -> None:
        async with hook_sink(tmp_path) as port:
            for text in (b"\r\n\r\n", b"POST / HTTP/1.1\r\n\r\n{", b"x" * 100_000):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(text)
                writer.write_eof()
                await reader.read()
                writer.close()
            assert (await post(port)).is_taken

    asyncio.run(nonsense())
    assert len(kept(tmp_path)) == 1


def test_a_rehearsal_has_a_page_of_it_and_nothing_else_has(
    sqlite_engine: Engine, settings: MakeSettings, tmp_path: Path, clock: FakeClock
) -> None:
    async def told() -> None:
        async with hook_sink(tmp_path) as port:
            await post(port)
            url = f"json://127.0.0.1:{port}/staff"
            assert await asyncio.to_thread(notify, url, "A title", "A line.")

    asyncio.run(told())
    made = settings()
    app = create_app(made, sqlite_engine, clock=clock, rehearsal=True)
    page = TestClient(app).get("/rehearsal/webhooks").text
    assert "signature.signed" in page
    assert "its signature is good" in page
    assert "To staff: A title" in page
    assert "<script>alert(1)" not in page
    real = TestClient(create_app(made, sqlite_engine, clock=clock))
    assert real.get("/rehearsal/webhooks").status_code == 404
