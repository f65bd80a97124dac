import asyncio
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import httpx
import pytest

from dashboard import stream
from dashboard.app import create_app
from dashboard.hub import QUEUE_LENGTH, Hub, Item, Listener
from dashboard.stream import asked_for, greeting
from dashboard.streams import Streams
from tests.conftest import MakeSettings
from tests.factories import SEEN_AT, motion_answer, recorded, signature_row
from tests.live import MOTION, Served, listening, served
from tracker.config import Settings
from tracker.store import Engine
from tracker.store.schema import open_database

BASELINE = 2
"""The ledger begins with two backfilled events, of ids 1 and 2."""


@pytest.fixture
def configured(settings: MakeSettings) -> Settings:
    motions = [
        {"number": 718, "session": "2014-15"},
        {"number": 240, "session": "2014-15"},
    ]
    return settings(motions=motions)


@pytest.fixture
def writer(engine: Engine) -> Iterator[Engine]:
    """Another process's engine, on the same database."""
    url = engine.url.render_as_string(hide_password=False)
    other = open_database(url, is_upgraded=False)
    yield other
    other.dispose()


@pytest.fixture
def live(configured: Settings, engine: Engine, writer: Engine) -> Iterator[Served]:
    sign(configured, writer, BASELINE)
    with served(create_app(configured, engine), configured) as server:
        yield server


def sign(settings: Settings, engine: Engine, count: int, *, motion: int = 0) -> None:
    """Record that the motion now has so many signatures."""
    watched = settings.motions[motion]
    rows = [signature_row(1000 * motion + place) for place in range(1, count + 1)]
    recorded(
        engine,
        watched,
        motion_answer(
            rows, number=watched.number, parliament_id=46_000 + watched.number
        ),
        SEEN_AT + timedelta(minutes=count),
        parliament_id=46_000 + watched.number,
    )


def open_streams(server: Served) -> int:
    streams: Streams = server.app.state.streams
    return streams.hub.listener_count


def wait_until(condition: Callable[[], bool], *, seconds: float = 5) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)


def test_a_signature_recorded_by_another_process_arrives_within_a_second(
    live: Served, configured: Settings, writer: Engine
) -> None:
    took = []
    with listening(live.url) as reader:
        reader.greeting()
        for count in (3, 4, 5):
            sign(configured, writer, count)
            began = time.monotonic()
            event = reader.event()
            took.append(time.monotonic() - began)
            assert event["sse_event"] == "signature"
            assert event["sse_id"] == event["id"] == count
            assert (event["kind"], event["member_id"]) == ("signed", 1000 + count)
    # A machine that is held up for a moment may upset one of them, not all three.
    assert min(took) < 1


def test_the_data_is_the_object_of_events(
    live: Served, configured: Settings, writer: Engine
) -> None:
    with listening(live.url, after=2) as reader:
        sign(configured, writer, 3)
        event = reader.event()
    page = httpx.get(f"{live.url}{MOTION}/events?after=2", trust_env=False).json()
    assert {key: event[key] for key in page["events"][0]} == page["events"][0]


def test_a_reconnect_misses_nothing_and_repeats_nothing(
    live: Served, configured: Settings, writer: Engine
) -> None:
    with listening(live.url) as reader:
        reader.greeting()
        sign(configured, writer, 4)
        seen = reader.ids(2)
    sign(configured, writer, 6)
    with listening(live.url, last_event_id=seen[-1]) as reader:
        seen += reader.ids(2)
        sign(configured, writer, 7)
        seen += reader.ids(1)
    assert seen == [3, 4, 5, 6, 7]


def test_one_that_starts_from_now_is_told_its_place_for_a_reconnect(
    live: Served, configured: Settings, writer: Engine
) -> None:
    with listening(live.url) as reader:
        reader.greeting()
    sign(configured, writer, 3)
    with listening(live.url, last_event_id=reader.last_id) as again:
        assert again.ids(1) == [3]


def test_what_is_recorded_while_many_connect_reaches_each_of_them_once(
    live: Served, configured: Settings, writer: Engine
) -> None:
    seen: list[list[int]] = []

    def listen() -> None:
        with listening(live.url, after=0) as reader:
            seen.append(reader.ids(12))

    threads = [threading.Thread(target=listen) for _ in range(8)]
    for count, thread in enumerate(threads, start=3):
        thread.start()
        sign(configured, writer, count)
    sign(configured, writer, 11)
    sign(configured, writer, 12)
    for thread in threads:
        thread.join()
    assert seen == [list(range(1, 13))] * 8


def test_a_first_reading_is_history_and_comes_only_when_asked_for_by_id(
    configured: Settings, engine: Engine, writer: Engine
) -> None:
    with (
        served(create_app(configured, engine), configured) as server,
        listening(server.url) as from_now,
        listening(server.url, after=0) as by_id,
    ):
        from_now.greeting()
        by_id.greeting()
        sign(configured, writer, 2)
        assert by_id.ids(2) == [1, 2]
        sign(configured, writer, 3)
        assert from_now.ids(1) == [3]
        assert by_id.ids(1) == [3]


def test_another_motions_events_are_not_delivered(
    live: Served, configured: Settings, writer: Engine
) -> None:
    with listening(live.url, after=2) as reader:
        sign(configured, writer, 1, motion=1)
        sign(configured, writer, 2, motion=1)
        sign(configured, writer, 3)
        assert reader.event()["member_id"] == 1003


@pytest.mark.parametrize(
    ("after", "last_event_id", "first"),
    [
        (0, None, 1),
        (1, None, 2),
        (0, 2, 3),  # the header wins
        (0, "x", 3),  # also when it can't be read: from now
        ("-1", None, 3),
        ("one", None, 3),
        ("9" * 40, None, 3),
        (2**40, None, 3),  # never given out here
        ("", None, 3),
    ],
)
def test_where_a_stream_starts(
    live: Served,
    configured: Settings,
    writer: Engine,
    after: object,
    last_event_id: object,
    first: int,
) -> None:
    with listening(live.url, after=after, last_event_id=last_event_id) as reader:
        reader.greeting()
        sign(configured, writer, 3)
        assert reader.ids(1) == [first]


def test_a_comment_comes_when_nothing_happens(
    live: Served,
    configured: Settings,
    writer: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert stream.COMMENT_SECONDS == 15
    monkeypatch.setattr(stream, "COMMENT_SECONDS", 0.05)
    with listening(live.url, after=2) as reader:
        reader.greeting()
        time.sleep(0.3)
        sign(configured, writer, 3)
        reader.event()
    assert len(reader.comments) >= 3


def test_a_stream_ends_by_itself_within_ten_minutes(
    live: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert max(stream.LIFE_SECONDS) == 600
    monkeypatch.setattr(stream, "LIFE_SECONDS", (0.1, 0.2))
    with listening(live.url) as reader:
        reader.rest()
    wait_until(lambda: open_streams(live) == 0)


def test_the_time_to_come_back_is_spread() -> None:
    times = {greeting(None) for _ in range(50)}
    assert len(times) > 10
    assert all(text.startswith(b"retry: ") for text in times)


def test_one_who_leaves_is_forgotten(live: Served) -> None:
    with listening(live.url) as reader:
        reader.greeting()
        assert open_streams(live) == 1
    wait_until(lambda: open_streams(live) == 0)


def test_one_who_never_reads_is_dropped_and_delays_nobody(live: Served) -> None:
    with stuck_client(live) as _, listening(live.url, after=2) as reader:
        reader.greeting()
        wait_until(lambda: open_streams(live) == 2)
        for place in range(12):
            deliver(live, [b": " + b"x" * 1_000_000 + b"\n\n"])
            for _ in range(QUEUE_LENGTH // 5 if place > 1 else 0):
                deliver(live, [b": small\n\n"])
            # Whoever reads keeps up, and is not asked to wait for the other.
            deliver(live, [b"id: 9\nevent: e\ndata: {}\n\n"])
            assert reader.event()["sse_id"] == 9
        wait_until(lambda: open_streams(live) == 1)


def deliver(server: Served, blocks: list[bytes]) -> None:
    """Hand these bytes to everyone who listens to EDM 718, as if they were events."""
    hub: Hub = server.app.state.streams.hub
    items = [
        Item(next(later_ids), ("2014-15", 718), is_backfilled=False, data=data)
        for data in blocks
    ]
    server.loop.call_soon_threadsafe(hub.deliver, items)


later_ids = itertools.count(1_000_000)


def stuck_client(server: Served) -> socket.socket:
    """Return a connection that asks for the stream and then reads nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", int(server.url.rpartition(":")[2])))
    client.sendall(f"GET {MOTION}/stream?after=2 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return client


def test_streams_end_when_the_program_stops_also_of_those_who_do_not_read(
    live: Served,
) -> None:
    with stuck_client(live) as _, listening(live.url) as reader:
        reader.greeting()
        wait_until(lambda: open_streams(live) == 2)
        deliver(live, [b": " + b"x" * 9_000_000 + b"\n\nid: 3\nevent: e\ndata: {}\n\n"])
        reader.event()
        assert live.stop() < 8
        assert reader.rest() == []


@pytest.mark.parametrize("path", ["1999-00/1", "2014-15/719", "2014-15/" + "9" * 400])
def test_an_unknown_motion_has_no_stream(live: Served, path: str) -> None:
    answer = httpx.get(f"{live.url}/api/v1/motions/{path}/stream", trust_env=False)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_stream_is_open_to_every_origin_and_kept_by_no_cache(live: Served) -> None:
    answer = httpx.head(f"{live.url}{MOTION}/stream", trust_env=False)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "no-store" in answer.headers["cache-control"]
    assert "content-security-policy" in answer.headers
    assert "set-cookie" not in answer.headers


def test_a_stream_can_only_be_read(live: Served) -> None:
    answer = httpx.post(f"{live.url}{MOTION}/stream", trust_env=False)
    assert answer.status_code == 405
    assert httpx.options(f"{live.url}{MOTION}/stream", trust_env=False).is_success


def test_a_listener_may_be_behind_by_a_queue_and_no_more() -> None:
    async def run() -> None:
        hub, motion, broken = Hub(), ("2014-15", 718), []
        listener = Listener(motion, True, abort=lambda: broken.append(1))
        hub.join(listener)
        items = [Item(n, motion, False, b"") for n in range(QUEUE_LENGTH)]
        hub.deliver(items)
        assert (listener.is_over, len(listener.queue)) == (False, QUEUE_LENGTH)
        hub.deliver([Item(QUEUE_LENGTH, motion, False, b"")])
        assert (listener.is_over, listener.queue, broken) == (True, [], [1])
        assert hub.listener_count == 0

    asyncio.run(run())


def test_the_header_wins_over_the_query() -> None:
    def asked(query: str, header: bytes | None = None) -> int | None:
        headers = [] if header is None else [(b"last-event-id", header)]
        return asked_for(
            {"type": "http", "query_string": query.encode(), "headers": headers}
        )

    assert asked("after=5") == 5
    assert asked("after=5", b"7") == 7
    assert asked("after=5", b"seven") is None
    assert asked("after=5", b"") == 5
    assert asked("") is None
    assert asked("after=%C2%B2") is None  # a superscript two is a digit to Python
