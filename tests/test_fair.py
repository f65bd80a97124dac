"""Threads that write have their turn in the order in which they came."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tracker import store
from tracker.store import engine as engine_module
from tracker.store.fair import FairTurn

PATIENCE_SECONDS = 10.0


def waiting(turn: FairTurn, count: int) -> None:
    """Return when so many wait for a turn."""
    until = time.monotonic() + PATIENCE_SECONDS
    while len(turn._waiting) < count:
        assert time.monotonic() < until, "nobody came"
        time.sleep(0.001)


def test_the_first_to_come_is_the_first_to_have_it():
    turn, order = FairTurn(), list[int]()

    def work(number: int) -> None:
        assert turn.take(PATIENCE_SECONDS)
        order.append(number)
        turn.give()

    assert turn.take(0)
    with ThreadPoolExecutor(8) as pool:
        for number in range(8):
            pool.submit(work, number)
            waiting(turn, number + 1)
        turn.give()
    assert order == list(range(8))
    assert turn.take(0)


def test_whoever_gives_up_keeps_nobody_waiting():
    turn = FairTurn()
    assert turn.take(0)
    assert not turn.take(0.01)
    turn.give()
    assert turn.take(0)


def test_a_long_work_of_small_transactions_lets_others_in_between(migrated_sqlite_url):
    engine = store.open_engine(migrated_sqlite_url)
    is_over, count = threading.Event(), 0

    def work_on() -> None:
        nonlocal count
        while not is_over.is_set():
            with store.write(engine) as session:
                session.connection()
                time.sleep(0.02)
                count += 1

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work_on)
        try:
            for _ in range(5):
                before = count
                with store.write(engine):
                    passed = count - before
                assert passed <= 2  # the one that was under way, and no more begun
        finally:
            is_over.set()
        working.result(PATIENCE_SECONDS)
    engine.dispose()


def test_whoever_waits_for_others_of_the_same_process_is_told_in_time(
    monkeypatch, migrated_sqlite_url
):
    monkeypatch.setattr(engine_module, "BUSY_SECONDS", 0.05)
    engine = store.open_engine(migrated_sqlite_url)
    with (
        store.write(engine),
        pytest.raises(store.DatabaseBusyError, match="others have been writing"),
        store.write(engine),
    ):
        pass
    with store.write(engine) as session:
        store.record_motion(session, "2014-15", 718)
    engine.dispose()
