"""One request to Parliament: its deadline, size, pace, brake, and the reason it failed."""

import asyncio
import gzip
import itertools
import logging
import re
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psutil
import pytest

from tests.certificates import server_context
from tests.conftest import FakeClock
from tests.upstream import MOTION_ID, Watch, house, small_world, watching
from tracker.desk import StoredBrake, open_desk
from tracker.parliament import http as parliament_http
from tracker.parliament.errors import BrakedError, ParliamentError
from tracker.parliament.http import Answer, ParliamentHttp
from tracker.parliament.motion_requests import fetch_motion
from tracker.parliament.retry_after import http_date, wait_asked_for
from tracker.rehearsal import catalogue, faults, wire, wire_faults
from tracker.rehearsal.exchange import Exchange
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store.schema import open_database

DETAIL = f"/EarlyDayMotion/{MOTION_ID}"
MEBIBYTE = 1024 * 1024
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


class KeptBrake:
    """A brake in memory, with what was asked of it."""

    def __init__(self) -> None:
        self.until_at: datetime | None = None
        self.reasons: list[str] = []

    def until(self) -> datetime | None:
        return self.until_at

    def pull(self, until_at: datetime, reason: str) -> None:
        self.until_at = until_at
        self.reasons.append(reason)


class Raw:
    """A fault that writes these very headers and pieces of a body."""

    def __init__(self, headers: list[tuple[str, str]], *pieces: bytes) -> None:
        self.headers, self.pieces = headers, pieces

    async def __call__(self, exchange: Exchange) -> None:
        exchange.keep_alive = False
        head = [*wire.usual_headers(exchange.now), *self.headers]
        await exchange.write(wire.head(200, head))
        for piece in self.pieces:
            await exchange.write(piece)


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    world: World = small_world(FakeClock(NOW))
    with StandIn(world) as made:
        yield made


@pytest.fixture
def brake(stand_in: StandIn) -> Iterator[KeptBrake]:
    stand_in.clear_faults()
    yield KeptBrake()
    stand_in.clear_faults()


def ask(
    url: str,
    brake: KeptBrake,
    *,
    clock: FakeClock | None = None,
    deadline_seconds: float = 5,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Answer:
    async def asked() -> Answer:
        async with ParliamentHttp(
            contact="test@example.org",
            deadline_seconds=deadline_seconds,
            requests_per_second=1000,
            brake=brake,
            clock=clock or FakeClock(NOW),
            transport=transport,
        ) as http:
            return await http.get(url)

    return asyncio.run(asked())


def failure(*args: Any, **options: Any) -> ParliamentError:
    with pytest.raises(ParliamentError) as caught:
        ask(*args, **options)
    return caught.value


# --- What is asked ---------------------------------------------------------------------


def test_a_request_says_who_asks_and_how_to_reach_them(stand_in, brake):
    answer = ask(stand_in.url + DETAIL, brake)
    assert answer.body == stand_in.body(DETAIL)
    headers = stand_in.requests[-1].headers
    assert re.fullmatch(
        r"edm-signature-tracker/[\w.]+ \(\+test@example\.org\)", headers["user-agent"]
    )
    assert headers["accept"] == "application/json"
    assert headers["accept-encoding"] == "gzip"
    assert "cookie" not in headers


def test_a_proxy_of_the_environment_is_not_used(stand_in, brake, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert ask(stand_in.url + DETAIL, brake).body


# --- U19: redirects --------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed_not_even_to_a_host_of_ours(brake, status, stand_in):
    with StandIn(World(house())) as elsewhere:
        before = stand_in.request_count()
        to = elsewhere.url + DETAIL
        stand_in.fault(faults.Redirect(to, status))
        error = failure(stand_in.url + DETAIL, brake)
        assert (error.kind, str(error)) == (
            FailureKind.UNREADABLE,
            f"answered {status}, a redirect, which is not followed",
        )
        assert elsewhere.request_count() == 0
        assert stand_in.request_count() == before + 1


# --- U20, U21: time and size -----------------------------------------------------------


@pytest.mark.parametrize("name", catalogue.SLOW)
def test_the_deadline_is_for_the_whole_answer(stand_in, brake, name):
    stand_in.fault(catalogue.SLOW[name])
    started = time.monotonic()
    error = failure(stand_in.url + DETAIL, brake, deadline_seconds=0.5)
    assert error.kind is FailureKind.TIMEOUT
    # The answer never ends: whatever is far from for ever will do on a busy machine.
    assert 0.45 < time.monotonic() - started < 10


def test_an_answer_within_the_deadline_may_be_slow(stand_in, brake):
    stand_in.fault(wire_faults.Delayed(0.3))
    assert ask(stand_in.url + DETAIL, brake, deadline_seconds=2).body


@pytest.mark.parametrize(
    "fault",
    [
        wire_faults.HugeBody(),
        wire_faults.HugeBody(has_length=False),
        wire_faults.GzipBomb(2_000),
    ],
)
def test_a_huge_answer_ends_at_8_mib_with_memory_flat(stand_in, brake, fault):
    ask(stand_in.url + DETAIL, brake)
    stand_in.fault(fault)
    with memory_growth() as grown:
        error = failure(stand_in.url + DETAIL, brake)
    assert str(error) == "the answer is larger than 8 MiB"
    assert grown[0] < 40 * MEBIBYTE


def test_what_follows_the_end_of_a_gzip_is_not_kept(stand_in, brake):
    small = gzip.compress(b"{}")
    garbage = [b"\0" * MEBIBYTE] * 100
    coding = [("content-encoding", "gzip"), ("connection", "close")]
    stand_in.fault(Raw(coding, small, *garbage))
    with memory_growth() as grown:
        error = failure(stand_in.url + DETAIL, brake)
    assert str(error) == "the answer goes on after the end of its gzip"
    assert grown[0] < 40 * MEBIBYTE


@pytest.mark.parametrize("coding", ["identity", "gzip"])
@pytest.mark.parametrize(("over", "fits"), [(0, True), (1, False)])
def test_exactly_8_mib_is_read_and_one_byte_more_is_not(
    stand_in, brake, coding, over, fits
):
    body = b" " * (parliament_http.MAX_ANSWER_BYTES + over)
    sent = gzip.compress(body, 1) if coding == "gzip" else body
    length = ("content-length", str(len(sent)))
    stand_in.fault(Raw([("content-encoding", coding), length], sent))
    if fits:
        assert ask(stand_in.url + DETAIL, brake).body == body
    else:
        assert "8 MiB" in str(failure(stand_in.url + DETAIL, brake))


def test_half_a_gzip_is_refused(stand_in, brake):
    half = gzip.compress(stand_in.body(DETAIL))[:-20]
    length = ("content-length", str(len(half)))
    stand_in.fault(Raw([("content-encoding", "gzip"), length], half))
    error = failure(stand_in.url + DETAIL, brake)
    assert str(error) == "the answer's gzip ends before its end"


class memory_growth:  # noqa: N801 - a context manager, used like a function
    """Give a list whose item is by how much memory grew at most, in bytes."""

    def __enter__(self) -> list[int]:
        self._process = psutil.Process()
        self._before = self._process.memory_info().rss
        self._grown = [0]
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self._grown

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stop.wait(0.005):
            now = self._process.memory_info().rss - self._before
            self._grown[0] = max(self._grown[0], now)


# --- U27: connections ------------------------------------------------------------------


def test_a_refused_connection_says_so(stand_in, brake):
    with stand_in.refusing():
        error = failure(stand_in.url + DETAIL, brake)
    assert error.kind is FailureKind.CONNECTION
    assert str(error).startswith("the connection was refused")


@pytest.mark.parametrize(
    "fault", [wire_faults.ResetInBody(), wire_faults.ResetAtOnce()]
)
def test_a_reset_says_so(stand_in, brake, fault):
    stand_in.fault(fault)
    error = failure(stand_in.url + DETAIL, brake)
    assert error.kind is FailureKind.CONNECTION
    assert str(error) == "the connection was reset (Connection reset by peer)"


def test_a_name_that_no_resolver_knows_says_so(brake):
    # RFC 6761: nothing below .invalid ever has an address.
    error = failure("http://parliament.invalid/x", brake)
    assert error.kind is FailureKind.CONNECTION
    assert str(error).startswith("the server's name can't be found (DNS)")


@pytest.mark.parametrize(
    ("names", "days", "is_trusted", "words"),
    [
        ("IP:127.0.0.1", 30, False, "the server's TLS certificate can't be trusted"),
        ("IP:127.0.0.1", -1, True, "the server's TLS certificate has expired"),
        (
            "DNS:elsewhere.example",
            30,
            True,
            "the server's TLS certificate is for another name",
        ),
    ],
)
def test_each_fault_of_a_certificate_has_its_own_reason(
    brake, tmp_path, names, days, is_trusted, words
):
    tls = server_context(tmp_path, names=names, days=days)
    trusted = ssl.create_default_context()
    if is_trusted:
        trusted.load_verify_locations(tmp_path / "cert.pem")
    with StandIn(World(house()), tls=tls) as stand_in:
        transport = httpx.AsyncHTTPTransport(verify=trusted)
        error = failure(stand_in.url + DETAIL, brake, transport=transport)
        assert stand_in.request_count() == 0
    assert error.kind is FailureKind.CONNECTION
    assert str(error).startswith(words)


def test_a_good_certificate_is_believed(brake, tmp_path):
    tls = server_context(tmp_path, names="IP:127.0.0.1", days=30)
    trusted = ssl.create_default_context(cafile=tmp_path / "cert.pem")
    with StandIn(small_world(FakeClock(NOW)), tls=tls) as stand_in:
        transport = httpx.AsyncHTTPTransport(verify=trusted)
        assert ask(stand_in.url + DETAIL, brake, transport=transport).body


# --- U3: the brake ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("3600", 3600),
        ("3601", 3600),
        ("315576000", 3600),
        ("9" * 400, 3600),
        ("-1", 60),
        ("abc", 60),
        ("1.5", 60),
        ("", 60),
        (None, 60),
        ("²", 60),
        (wire.http_date(NOW + timedelta(seconds=90)), 90),
        (wire.http_date(NOW - timedelta(seconds=90)), 0),
        (wire.http_date(NOW + timedelta(days=3650)), 3600),
        ("Fri, 31 Dec 9999 23:59:59 -0100", 60),
        ("Mon, 99 Jun 2026 12:00:00 GMT", 60),
    ],
)
def test_retry_after_is_heeded_from_nothing_to_an_hour(asked, seconds):
    assert wait_asked_for(asked, answered_at=NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "Fri, 31 Dec 9999 23:59:59 -0100", None])
def test_what_is_no_http_date_is_none(text):
    assert http_date(text) is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_date_is_measured_by_parliaments_clock_not_by_ours(brake, status):
    """Two days between the clocks change nothing: ten minutes are ten minutes."""
    theirs, ours = FakeClock(NOW), FakeClock(NOW + timedelta(days=2))
    with StandIn(small_world(theirs)) as stand_in:
        until = wire.http_date(theirs() + timedelta(minutes=10))
        stand_in.fault(Status(status, until))
        failure(stand_in.url + DETAIL, brake, clock=ours)
    assert brake.until_at == ours() + timedelta(minutes=10)


class Status:
    """A page of any status that asks to wait."""

    def __init__(self, status: int, retry_after: str) -> None:
        self.status, self.retry_after = status, retry_after

    async def __call__(self, exchange: Exchange) -> None:
        date = ("date", wire.http_date(exchange.now))
        wait = ("retry-after", self.retry_after)
        await exchange.respond(self.status, [date, wait], b"<html>later")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, FailureKind.THROTTLED),
        (503, FailureKind.UNAVAILABLE),
        (502, FailureKind.UNAVAILABLE),
        (403, FailureKind.BLOCKED),
    ],
)
def test_a_wait_is_heeded_whatever_it_comes_with_and_backs_off_as_ever(
    stand_in, brake, status, kind
):
    stand_in.fault(Status(status, "7"))
    assert failure(stand_in.url + DETAIL, brake).kind is kind
    assert brake.until_at == NOW + timedelta(seconds=7)
    assert brake.reasons == [f"Parliament answered {status} and asked us to wait"]


@pytest.mark.parametrize(("seconds", "is_asked"), [(119, False), (120, True)])
def test_nothing_is_sent_until_the_wait_is_over(stand_in, brake, seconds, is_asked):
    clock = FakeClock(NOW)
    stand_in.fault(faults.TooManyRequests("120"))
    failure(stand_in.url + DETAIL, brake, clock=clock)
    before = stand_in.request_count()
    clock.advance(seconds)
    if is_asked:
        ask(stand_in.url + DETAIL, brake, clock=clock)
    else:
        error = failure(stand_in.url + DETAIL, brake, clock=clock)
        assert isinstance(error, BrakedError)
        assert str(error) == (
            "Parliament asked us to wait until 2026-06-15T12:02:00+00:00"
        )
    assert stand_in.request_count() == before + is_asked


def test_the_brake_outlives_the_process(migrated_sqlite_url, settings, clock):
    engine = open_database(migrated_sqlite_url, is_upgraded=False)
    with watching(engine, settings, clock) as watch:
        watch.stand_in.fault(faults.TooManyRequests("120"))
        assert watch.poll().outcome is Outcome.FAILED
        engine.dispose()
        again = open_database(migrated_sqlite_url, is_upgraded=False)
        restarted = Watch(watch.stand_in, watch.settings, again, clock)
        assert restarted.poll_later(119).outcome is Outcome.BRAKED
        assert watch.stand_in.request_count() == 1
        assert restarted.poll_later(1).outcome is Outcome.CHANGED
        again.dispose()


@pytest.fixture
def watch(sqlite_engine, settings, clock):
    with watching(sqlite_engine, settings, clock) as made:
        yield made


def test_one_brake_stops_motions_and_members_whoever_was_told(watch):
    watch.baseline()
    watch.stand_in.fault(faults.TooManyRequests("120"), path_prefix="/api/")

    async def members(desk):
        await desk.members.api.fetch_member(90_001)

    with pytest.raises(ParliamentError, match="120 seconds"):
        watch.run(members)
    asked = watch.stand_in.request_count()
    assert watch.poll().outcome is Outcome.BRAKED

    async def calendar(desk):
        await desk.members.api.fetch_sessions()

    with pytest.raises(BrakedError):
        watch.run(calendar)
    assert watch.stand_in.request_count() == asked


def test_a_200_meanwhile_does_not_lift_the_brake(watch):
    """A request that was under way ends well after another one was told to wait."""
    watch.baseline()
    watch.stand_in.fault(wire_faults.Delayed(0.3), path_prefix="/EarlyDayMotion/")
    watch.stand_in.fault(faults.TooManyRequests("120"), path_prefix="/api/")

    async def both(desk):
        good = asyncio.create_task(
            fetch_motion(desk.poll.http, watch.stand_in.url, MOTION_ID)
        )
        await asyncio.sleep(0.1)
        with pytest.raises(ParliamentError, match="120 seconds"):
            await desk.members.api.fetch_member(90_001)
        await good

    watch.run(both)
    assert watch.poll_later(119).outcome is Outcome.BRAKED
    assert watch.poll_later(1).outcome is Outcome.UNCHANGED


def test_a_shorter_wait_does_not_shorten_the_brake(sqlite_engine, clock):
    brake = StoredBrake(sqlite_engine, clock)
    brake.pull(clock() + timedelta(seconds=600), "the first")
    brake.pull(clock() + timedelta(seconds=10), "the second")
    assert brake.until() == clock() + timedelta(seconds=600)
    brake.pull(clock() + timedelta(seconds=601), "the third")
    assert brake.until() == clock() + timedelta(seconds=601)


def test_a_brake_from_before_our_clock_was_set_back_does_not_hold_for_days(watch):
    watch.clock.advance(2 * 86_400)
    watch.stand_in.fault(faults.TooManyRequests("120"))
    watch.poll()
    watch.clock.advance(-2 * 86_400)
    watch.stand_in.fault(faults.TooManyRequests("30"))
    assert watch.poll().outcome is Outcome.FAILED
    assert watch.poll_later(29).outcome is Outcome.BRAKED
    assert watch.poll_later(1).outcome is Outcome.CHANGED


# --- U28: how fresh, how old -----------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "age", "fresh_seconds"),
    [
        ([], None, 60),
        ([], 59, 1),
        ([], 600, 0),
        ([("cache-control", "public, max-age=300")], None, 300),
        ([("cache-control", "public, max-age=300")], 100, 200),
        ([("cache-control", "max-age=99999999")], None, 3600),
        ([("cache-control", "no-store")], None, 60),
        ([("cache-control", "max-age=-5")], None, 60),
    ],
)
def test_an_answer_is_fresh_as_long_as_parliaments_cache_says(
    stand_in, brake, headers, age, fresh_seconds
):
    aged = [] if age is None else [("age", str(age))]
    body = [("content-length", "2"), ("content-type", "application/json")]
    stand_in.fault(Bare([*headers, *aged, *body], b"{}"))
    answer = ask(stand_in.url + DETAIL, brake)
    assert answer.fresh_until_at == NOW + timedelta(seconds=fresh_seconds)


class Bare(Raw):
    """A 200 with no headers but these and a Date."""

    async def __call__(self, exchange: Exchange) -> None:
        exchange.keep_alive = False
        date = ("date", wire.http_date(exchange.now))
        head = self.headers if self.has_date else [date, *self.headers]
        await exchange.write(wire.head(200, head) + b"".join(self.pieces))

    @property
    def has_date(self) -> bool:
        return any(name == "date" for name, _ in self.headers)


@pytest.mark.parametrize(
    ("date", "age", "answered_at"),
    [
        (wire.http_date(NOW), None, NOW),
        (wire.http_date(NOW), "59", NOW - timedelta(seconds=59)),
        (wire.http_date(NOW), "old", NOW),
        (wire.http_date(NOW), "-7", NOW),
        (wire.http_date(NOW + timedelta(hours=1)), None, NOW + timedelta(hours=1)),
        (wire.http_date(NOW + timedelta(days=8)), None, None),
        ("yesterday", "5", None),
        ("Fri, 31 Dec 9999 23:59:59 -0100", None, None),
    ],
)
def test_when_an_answer_was_made_is_its_date_minus_its_age(
    stand_in, brake, date, age, answered_at
):
    aged = [] if age is None else [("age", age)]
    body = [("content-length", "2"), ("content-type", "application/json")]
    stand_in.fault(Bare([("date", date), *aged, *body], b"{}"))
    assert ask(stand_in.url + DETAIL, brake).answered_at == answered_at


# --- U38: the pace ---------------------------------------------------------------------


def test_requests_are_evenly_spaced_over_both_apis_and_all_clients_of_a_process(
    sqlite_engine, settings, clock
):
    """Ten requests at five a second; the stand-in's own times are looked at.

    Half of them by a client of its own, as the pages have one for postcodes.
    """
    world = small_world(clock)
    with watching(
        sqlite_engine,
        settings,
        clock,
        world=world,
        parliament={"requests_per_second": 5},
    ) as watch:
        seen: list[float] = []

        class Told:
            async def __call__(self, exchange: Exchange) -> None:
                seen.append(time.monotonic())
                await exchange.send(exchange.good_answer())

        watch.stand_in.fault(Told(), path_prefix="/", times=None)

        async def ten(desk):
            async with open_desk(watch.settings, watch.engine, clock) as other:
                api = other.members.api
                await asyncio.gather(
                    *(api.fetch_member(90_001 + i) for i in range(5)),
                    *(
                        fetch_motion(desk.poll.http, watch.stand_in.url, MOTION_ID)
                        for _ in range(5)
                    ),
                )

        watch.run(ten)
    assert len(seen) == 10
    assert 1.75 < seen[-1] - seen[0] < 20
    # Where ten come in two seconds, no second has more than five, nor a burst.
    for start in seen:
        assert sum(start <= at < start + 0.98 for at in seen) <= 5
    gaps = [later - at for at, later in itertools.pairwise(seen)]
    assert min(gaps) > 0.1


def test_the_reason_of_a_failure_is_not_logged_by_the_client(stand_in, brake, caplog):
    caplog.set_level(logging.INFO, logger="tracker")
    stand_in.fault(faults.HtmlPage(503))
    failure(stand_in.url + DETAIL, brake)
    assert [r for r in caplog.records if r.name.startswith("tracker")] == []
