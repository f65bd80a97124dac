"""dashboard.rates: one address is limited, others are not held up by it."""

import threading
import time

import pytest
import time_machine
from limits import parse
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from dashboard.problems import ProblemError
from dashboard.rates import Rates, client_key
from dashboard.rates_memory import ForgettingStorage

LIMIT = "3/minute"


def request_of(host: str | None) -> Request:
    client = None if host is None else (host, 40_000)
    return Request({"type": "http", "client": client, "headers": []})


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("testclient", "testclient", True),
        (None, None, True),
    ],
)
def test_an_address_is_an_ipv4_one_or_a_network_of_ipv6(one, other, is_same):
    keys = client_key(request_of(one)), client_key(request_of(other))
    assert (keys[0] == keys[1]) is is_same


def test_over_the_limit_it_is_told_when_to_come_back():
    rates, request = Rates(), request_of("192.0.2.1")
    with time_machine.travel(1_800_000_000, tick=False) as travel:
        for _ in range(3):
            rates.count(request, "lookup", LIMIT)
        travel.shift(20)
        with pytest.raises(ProblemError) as caught:
            rates.count(request, "lookup", LIMIT)
        assert caught.value.problem.status == 429
        wait = int((caught.value.headers or {})["Retry-After"])
        assert 39 <= wait <= 41
        assert f"try again in {wait} seconds" in caught.value.problem.detail
        travel.shift(wait)
        rates.count(request, "lookup", LIMIT)


def test_another_address_and_another_thing_are_counted_apart():
    rates = Rates()
    for _ in range(3):
        rates.count(request_of("192.0.2.1"), "lookup", LIMIT)
    rates.count(request_of("192.0.2.2"), "lookup", LIMIT)
    rates.count(request_of("192.0.2.1"), "form", LIMIT)
    with pytest.raises(ProblemError):
        rates.count(request_of("192.0.2.1"), "lookup", LIMIT)


def test_what_is_refused_does_not_put_the_end_off():
    rates, request = Rates(), request_of("192.0.2.1")
    with time_machine.travel(1_800_000_000, tick=False) as travel:
        for _ in range(3):
            rates.count(request, "lookup", LIMIT)
        for _ in range(50):
            travel.shift(1)
            with pytest.raises(ProblemError):
                rates.count(request, "lookup", LIMIT)
        travel.shift(11)
        rates.count(request, "lookup", LIMIT)


def test_whoever_has_not_come_for_a_minute_is_forgotten():
    """Else each address that ever came stays in memory, and is gone through each time."""
    storage, limit = ForgettingStorage(), parse("3/minute")
    limiter = MovingWindowRateLimiter(storage)
    with time_machine.travel(1_800_000_000, tick=False) as travel:
        for number in range(500):
            limiter.hit(limit, f"10.0.{number}")
        travel.shift(30)
        limiter.hit(limit, "10.0.7")
        assert len(storage.events) == 500
        travel.shift(31)
        limiter.hit(limit, "10.0.8")
        assert len(storage.events) == 2
        assert limiter.get_window_stats(limit, "10.0.7").remaining == 2


def test_no_hit_starts_a_thread(monkeypatch):
    limiter, limit = MovingWindowRateLimiter(ForgettingStorage()), parse("3/minute")
    started: list[threading.Thread] = []
    monkeypatch.setattr(threading.Thread, "start", started.append)
    for number in range(5):
        limiter.hit(limit, f"10.0.{number}")
        time.sleep(0.02)  # longer than that of `limits` waits for its thread
    assert started == []
