"""tracker.store.locks: one holder at a time, over processes, and none after a kill."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.processes import start_python
from tracker.store import DatabaseBusyError, Engine, locks
from tracker.store.locks import try_lock, waiting_lock

HOLD = """
import sys
from tracker.store.engine import open_engine
from tracker.store.locks import try_lock

with try_lock(open_engine(sys.argv[1]), sys.argv[2]) as is_ours:
    print(is_ours, flush=True)
    sys.stdin.readline()
"""


@contextmanager
def held_elsewhere(url: str, name: str) -> Iterator[subprocess.Popen[str]]:
    """Give another process, which holds the lock, or at least tried to."""
    process = start_python(HOLD, url, name)
    try:
        assert process.stdout
        assert process.stdout.readline() == "True\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def is_free(engine: Engine, name: str) -> bool:
    with try_lock(engine, name) as is_ours:
        return is_ours


def test_a_lock_is_had_once(engine):
    with try_lock(engine, "poll-1") as is_ours:
        assert is_ours
        assert not is_free(engine, "poll-1")
    assert is_free(engine, "poll-1")


def test_locks_of_other_names_are_free(engine):
    with try_lock(engine, "poll-1"):
        assert is_free(engine, "poll-2")


def test_an_error_inside_lets_the_lock_go(engine):
    def fail() -> None:
        with try_lock(engine, "poll-1"):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert is_free(engine, "poll-1")


def test_a_lock_is_held_over_processes_and_let_go_when_its_holder_is_killed(
    engine, database_url
):
    with held_elsewhere(database_url, "poll-1") as process:
        assert not is_free(engine, "poll-1")
        process.kill()  # SIGKILL: nothing of its own can be cleaned up
        process.wait()
        with waiting_lock(engine, "poll-1"):  # PostgreSQL takes a moment to notice
            pass
        assert is_free(engine, "poll-1")


def test_a_waiting_lock_waits_for_its_turn(engine):
    order: list[str] = []
    has_it = threading.Event()

    def second() -> None:
        has_it.wait(10)
        with waiting_lock(engine, "migrate"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with waiting_lock(engine, "migrate"):
        has_it.set()
        thread.join(0.2)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_on_sqlite_it_does_not_wait_for_ever(sqlite_engine, monkeypatch):
    monkeypatch.setattr(locks, "WAIT_SECONDS", 0.1)
    with (
        try_lock(sqlite_engine, "migrate"),
        pytest.raises(DatabaseBusyError, match=r"lock 'migrate' .* 0\.1 seconds"),
        waiting_lock(sqlite_engine, "migrate"),
    ):
        pass
