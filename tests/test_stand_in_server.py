"""The stand-in's server: headers, cache, counting, refusing, and its clock."""

import time
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from tracker.rehearsal.faults import HtmlPage
from tracker.rehearsal.house import invented_house
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World

MOTION = 65_001
DETAIL = f"/EarlyDayMotion/{MOTION}"
HOUSE = invented_house()


class SetClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 6, 16, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return SetClock()


@pytest.fixture
def world(clock):
    world = World(HOUSE, clock=clock)
    world.add_motion(MOTION, 718, "Title", "Text", date(2026, 6, 1), 90_001)
    world.sign(MOTION, 90_001)
    return world


def row_count(answer: httpx.Response) -> int:
    return len(answer.json()["Response"]["Sponsors"])


def test_headers_are_the_recorded_ones_at_the_worlds_time(world):
    with StandIn(world) as stand_in:
        headers = httpx.get(stand_in.url + DETAIL).headers
    assert headers["date"] == "Tue, 16 Jun 2026 10:00:00 GMT"
    assert headers["expires"] == "Tue, 16 Jun 2026 10:01:00 GMT"
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert headers["cache-control"] == "public, max-age=60"
    assert headers["cf-cache-status"] == "EXPIRED"
    assert headers["content-encoding"] == "gzip"
    assert not {"etag", "last-modified", "age"} & set(headers)


def test_a_client_that_takes_no_gzip_gets_plain_json(world):
    with StandIn(world) as stand_in:
        answer = httpx.get(
            stand_in.url + DETAIL, headers={"accept-encoding": "identity"}
        )
    assert "content-encoding" not in answer.headers
    assert answer.json()["Success"] is True


def test_a_cached_copy_hides_a_signature_for_sixty_seconds(world, clock):
    with StandIn(world, cache_seconds=60) as stand_in, httpx.Client() as client:
        assert row_count(client.get(stand_in.url + DETAIL)) == 1
        world.sign(MOTION, 90_002)
        clock.forward(59)
        copy = client.get(stand_in.url + DETAIL)
        assert (row_count(copy), copy.headers["age"]) == (1, "59")
        assert copy.headers["cf-cache-status"] == "HIT"
        clock.forward(1)
        fresh = client.get(stand_in.url + DETAIL)
        assert row_count(fresh) == 2
        assert "age" not in fresh.headers


def test_a_pending_signature_appears_when_the_clock_reaches_it(world, clock):
    world.sign(MOTION, 90_002, visible_from=clock.now + timedelta(hours=4))
    with StandIn(world) as stand_in, httpx.Client() as client:
        clock.forward(4 * 3600 - 1)
        assert row_count(client.get(stand_in.url + DETAIL)) == 1
        clock.forward(1)
        assert row_count(client.get(stand_in.url + DETAIL)) == 2


def test_requests_are_kept_and_counted_by_path(world):
    with StandIn(world) as stand_in, httpx.Client() as client:
        client.get(stand_in.url + DETAIL, headers={"user-agent": "a test"})
        client.get(f"{stand_in.url}/api/Members/Search?House=1&skip=20")
        first, second = stand_in.requests
        assert first.headers["user-agent"] == "a test"
        assert (second.path, second.query["skip"]) == ("/api/Members/Search", ["20"])
        assert stand_in.request_count() == 2
        assert stand_in.request_count("/EarlyDayMotion/") == 1


def test_faults_meet_the_paths_and_times_they_were_planned_for(world):
    with StandIn(world) as stand_in, httpx.Client() as client:
        stand_in.fault(HtmlPage(503), times=2)
        statuses = [client.get(stand_in.url + DETAIL).status_code for _ in range(3)]
        assert statuses == [503, 503, 200]
        stand_in.fault(HtmlPage(520), path_prefix="/api/", times=None)
        assert client.get(stand_in.url + DETAIL).status_code == 200
        assert client.get(f"{stand_in.url}/api/Members/90001").status_code == 520
        stand_in.clear_faults()
        assert client.get(f"{stand_in.url}/api/Members/90001").status_code == 200


def test_a_closed_listener_refuses_and_is_back_on_the_same_port(world):
    with StandIn(world) as stand_in:
        url = stand_in.url
        with stand_in.refusing(), pytest.raises(httpx.ConnectError):
            httpx.get(url + DETAIL)
        assert httpx.get(url + DETAIL).status_code == 200
        assert stand_in.url == url


def test_a_fault_that_breaks_by_itself_is_not_kept_secret(world):
    async def broken(_exchange):
        raise KeyError("a mistake in a test")

    stand_in = StandIn(world)
    stand_in.start()
    stand_in.fault(broken)
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(stand_in.url + DETAIL)
    with pytest.raises(RuntimeError, match="the stand-in itself failed"):
        stand_in.stop()


def test_a_full_house_of_signatures_is_answered_quickly(world):
    for member_id in range(90_002, 90_651):
        world.sign(MOTION, member_id)
    with StandIn(world) as stand_in, httpx.Client() as client:
        assert row_count(client.get(stand_in.url + DETAIL)) == 650
        began = time.monotonic()
        for _ in range(5):
            client.get(stand_in.url + DETAIL)
        assert time.monotonic() - began < 10


def test_stopping_ends_what_is_under_way(world):
    stand_in = StandIn(world)
    stand_in.start()
    with httpx.Client() as client:
        client.get(stand_in.url + DETAIL)  # leaves a connection open
        stand_in.stop()
        with pytest.raises(httpx.TransportError):
            client.get(stand_in.url + DETAIL)
