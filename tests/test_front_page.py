"""The motions' pages out of memory: the same bytes, never old, never somebody's own."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from dashboard.app import create_app
from dashboard.desk import Desk
from dashboard.front_page import FRESHNESS_SECONDS, PAGE_SECONDS, FrontPageLayer
from dashboard.kept import CHANGED_SECONDS
from dashboard.security import security_headers
from dashboard.streams import Streams
from tests.conftest import FakeClock, MakeSettings
from tests.live import served
from tests.page_data import (
    MOTIONS,
    PATH,
    house,
    record_failure,
    record_house,
    record_rows,
    rows_of,
)
from tracker.rehearsal.house import House
from tracker.store import Engine

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIRST_AT = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)


@dataclass
class Told:
    """The streams' signal, as it is told to be."""

    signal: tuple[int, int] = (0, 0)
    is_running: bool = True


@dataclass
class Scene:
    """The layer over an app that counts how often it was asked, and says so."""

    layer: FrontPageLayer
    told: Told
    clock: FakeClock
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    seconds: float = 1_000.0
    gate: asyncio.Event | None = None

    def pass_by(self, seconds: float) -> None:
        """Let so much time pass by both clocks."""
        self.seconds += seconds
        self.clock.advance(seconds)

    def get(self, path: str = "/", **options: Any) -> httpx.Response:
        """Ask the layer as a client would."""
        return asyncio.run(self.asking(path, **options))

    async def asking(
        self, path: str, method: str = "GET", **options: Any
    ) -> httpx.Response:
        """Ask from inside a loop."""
        transport = httpx.ASGITransport(app=self.layer)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver"
        ) as client:
            return await client.request(method, path, **options)


@pytest.fixture
def scene(sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock) -> Scene:
    clock.set(NOW)
    made = settings(motions=MOTIONS)
    told = Told()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.asked.append(scope["path"])
        if found.gate is not None:
            await found.gate.wait()
        coding = dict(scope["headers"]).get(b"accept-encoding", b"none").decode()
        answer = Response(
            f"{len(found.asked)} {coding}", found.status, headers=found.headers
        )
        await answer(scope, receive, send)

    layer = FrontPageLayer(
        app,
        app,
        Desk(made, sqlite_engine, clock, False),
        cast(Streams, told),
        ticks=lambda: found.seconds,
    )
    found = Scene(layer, told, clock)
    return found


def test_a_page_is_made_once_and_sent_again(scene):
    first, second = scene.get(), scene.get()
    assert first.text == second.text == "1 br"
    assert scene.asked == ["/"]
    scene.get(PATH)
    scene.get(f"{PATH}/freshness.json")
    assert scene.asked == ["/", PATH, f"{PATH}/freshness.json"]


@pytest.mark.parametrize(
    ("path", "seconds"),
    [
        ("/", PAGE_SECONDS),
        (PATH, PAGE_SECONDS),
        (f"{PATH}/freshness.json", FRESHNESS_SECONDS),
    ],
)
def test_nothing_is_sent_that_is_older_than_its_time(scene, path, seconds):
    scene.get(path)
    scene.pass_by(seconds - 0.001)
    scene.get(path)
    assert len(scene.asked) == 1
    scene.pass_by(0.001)
    scene.get(path)
    assert len(scene.asked) == 2


@pytest.mark.parametrize("seconds", [-3_600, 3_600])
def test_a_clock_that_was_put_elsewhere_keeps_nothing_alive(scene, seconds):
    scene.get()
    scene.clock.advance(seconds)
    scene.get()
    assert len(scene.asked) == 2
    scene.seconds += PAGE_SECONDS
    scene.get()
    assert len(scene.asked) == 3, "nor does one that stands still"


def test_after_an_event_the_very_next_answer_has_it(scene):
    scene.get()
    scene.told.signal = (1, 1)
    scene.get()
    assert len(scene.asked) == 2


def test_after_any_other_commit_it_is_made_anew_in_a_moment(scene):
    scene.get()
    scene.told.signal = (0, 1)
    scene.get()
    assert len(scene.asked) == 1, "many commits a second make few pages"
    scene.pass_by(CHANGED_SECONDS)
    scene.get()
    assert len(scene.asked) == 2


def test_each_coding_has_its_own_bytes(scene):
    for accepts in ("br", "gzip", "identity", "br, gzip", "*;q=0"):
        scene.get(headers={"accept-encoding": accepts})
    assert scene.asked == ["/"] * 3
    plain = scene.get(headers={"accept-encoding": "identity"})
    assert plain.text.endswith("none")


def test_what_is_known_is_a_304_without_a_body(scene):
    first = scene.get()
    tag = first.headers["etag"]
    for tags in (tag, f'"other", W/{tag}', "*"):
        again = scene.get(headers={"if-none-match": tags})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert "content-length" not in again.headers
    other = scene.get(headers={"if-none-match": '"other"'})
    assert (other.status_code, other.text) == (200, first.text)
    head = scene.get(method="HEAD")
    assert (head.content, head.headers["etag"]) == (b"", tag)
    assert head.headers["content-length"] == str(len(first.content))


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/?q=ann", {}),
        (f"{PATH}/find?q=zz1", {}),
        (f"{PATH}/mps/1", {}),
        ("/me/token", {}),
        ("/staff", {}),
        ("/", {"method": "POST", "content": b"x"}),
        ("/", {"content": b"x"}),
        ("/", {"method": "OPTIONS"}),
        ("/motions/2026-27/719", {}),
    ],
)
def test_everything_else_is_the_apps(scene, path, options):
    scene.get(path, **options)
    scene.get(path, **options)
    assert len(scene.asked) == 2


@pytest.mark.parametrize("status", [503, 404, 500])
def test_no_failure_is_kept(scene, status):
    scene.status = status
    assert scene.get().status_code == status
    scene.status = 200
    assert scene.get().status_code == 200


def test_nothing_with_a_cookie_is_kept(scene):
    scene.headers = {"Set-Cookie": "a=b"}
    first, second = scene.get(), scene.get()
    assert first.text != second.text


def test_while_nobody_looks_for_changes_nothing_is_kept(scene):
    scene.told.is_running = False
    scene.get()
    scene.get()
    assert len(scene.asked) == 2


def test_the_headers_are_those_that_every_answer_has(scene, settings):
    got = scene.get()
    for name, value in security_headers(settings(motions=MOTIONS).web).items():
        assert got.headers[name] == value
        again = scene.get(headers={"if-none-match": got.headers["etag"]})
        assert again.headers[name] == value


def test_many_who_come_at_once_wait_for_one_page(scene):
    async def come() -> list[httpx.Response]:
        scene.gate = asyncio.Event()
        coming = [asyncio.create_task(scene.asking("/")) for _ in range(20)]
        while not scene.asked:
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        scene.gate.set()
        return [await one for one in coming]

    texts = {answer.text for answer in asyncio.run(come())}
    assert len(texts) == 1
    assert scene.asked == ["/"]


def test_what_was_sent_is_in_the_log_by_template_a_line_a_second(
    scene, monkeypatch, caplog
):
    monkeypatch.setattr("dashboard.front_page.NOTE_SECONDS", 0.0)

    async def come() -> None:
        for _ in range(3):
            await scene.asking(PATH)
        await asyncio.sleep(0.01)

    with caplog.at_level("INFO", logger="dashboard.requests"):
        asyncio.run(come())
    said = " ".join(caplog.messages)
    assert "GET /motions/{session}/{number} 200 kept" in said
    assert "718" not in said


# Over a real socket, with the real page


@pytest.fixture
def client(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[httpx.Client]:
    clock.set(NOW)
    made = settings(motions=MOTIONS)
    app = create_app(made, sqlite_engine, clock=clock)
    with (
        served(app, made) as dashboard,
        httpx.Client(base_url=dashboard.url, headers={"accept": "text/html"}) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def parliament() -> House:
    return house()


def test_the_kept_page_is_the_page(client, sqlite_engine, parliament, clock):
    record_house(sqlite_engine, parliament, NOW.date())
    record_rows(sqlite_engine, rows_of(parliament, 5, first_at=FIRST_AT), NOW)
    clock.advance(20)
    kept, made = client.get("/"), client.get("/?")
    assert kept.headers["etag"]
    assert "5 MPs have signed" in " ".join(kept.text.split()) or ">5<" in kept.text
    plain = client.get("/?q=")
    assert plain.text == kept.text == made.text
    assert {*plain.headers} - {"date"} <= {*kept.headers}
    assert "set-cookie" not in kept.headers


def test_a_signature_is_on_the_next_page(client, sqlite_engine, parliament):
    record_rows(sqlite_engine, rows_of(parliament, 5, first_at=FIRST_AT), NOW)
    first = client.get("/").headers["etag"]
    path = f"/api/v1{PATH}/stream?after=0"
    record_rows(sqlite_engine, rows_of(parliament, 6, first_at=FIRST_AT), NOW)
    with client.stream("GET", path) as stream:
        for line in stream.iter_lines():
            if line == "id: 6":
                break
    # The backlog tells at once; the reader's own turn is a moment later.
    until = datetime.now(UTC) + timedelta(seconds=10)
    while client.get("/").headers["etag"] == first:
        assert datetime.now(UTC) < until
    assert 'id="count">6<' in client.get("/").text


def test_trouble_is_on_the_page_as_soon_as_time_has_passed(
    client, sqlite_engine, parliament, clock
):
    record_rows(sqlite_engine, rows_of(parliament, 5, first_at=FIRST_AT), NOW)
    assert "tone-ok" in client.get("/").text
    record_failure(sqlite_engine, NOW + timedelta(minutes=2))
    clock.set(NOW + timedelta(minutes=3))
    assert "tone-failing" in client.get("/").text


def test_the_bytes_stay_while_nothing_changes(client, sqlite_engine, parliament, clock):
    record_rows(sqlite_engine, rows_of(parliament, 5, first_at=FIRST_AT), NOW)
    clock.set(NOW + timedelta(minutes=4))
    tag = client.get("/").headers["etag"]
    clock.advance(PAGE_SECONDS)
    known = client.get("/", headers={"if-none-match": tag})
    assert known.status_code == 304
    clock.advance(60)
    assert client.get("/", headers={"if-none-match": tag}).status_code == 200
