"""`tracker run` with Parliament out of reach, and how it ends when it is told to."""

import time

import httpx
import pytest

from tests.live import MOTION, listening
from tests.test_cli_serve import running, until
from tests.test_live_across_processes import parliament, program, sign
from tracker.rehearsal import wire_faults

__all__ = ["parliament", "program"]

pytestmark = pytest.mark.slow


def test_without_network_it_serves_what_it_has_and_says_what_it_cannot_reach(
    program, parliament
):
    parliament.stop()
    with running(program, "run") as process:
        address = process.address()

        def motion() -> dict[str, object]:
            found: dict[str, object] = httpx.get(f"{address}{MOTION}").json()
            return found

        assert motion()["signature_count"] == 3
        assert httpx.get(f"{address}/readyz").status_code == 200
        assert "Rehearsed" in httpx.get(address + "/").text
        code, log = process.end()
    assert code == 0
    assert "Traceback" not in log


def test_a_motion_never_polled_says_since_when_parliament_cannot_be_reached(
    program, parliament
):
    parliament.stop()
    (program.folder / "data" / "tracker.db").unlink()
    with running(program, "run") as process:
        address = process.address()
        url = f"{address}{MOTION}"
        until(lambda: httpx.get(url).json()["last_poll_at"] is not None, "it polls")
        answer = httpx.get(url).json()
        assert answer["health"] == "never"
        assert (
            "Parliament has not given a readable answer since" in answer["health_note"]
        )
        code, log = process.end()
    assert code == 0
    assert "the connection was refused" in log
    assert "Traceback" not in log


def test_it_ends_within_seconds_with_streams_open_and_a_poll_under_way(
    program, parliament
):
    parliament.fault(wire_faults.Hang(), times=None)
    before = parliament.request_count("/EarlyDayMotion/")
    (program.folder / "data" / "tracker.db").unlink()
    with running(program, "run") as process:
        address = process.address()
        until(
            lambda: parliament.request_count("/EarlyDayMotion/") > before,
            "a poll is under way",
        )
        with listening(address) as one, listening(address) as two:
            one.greeting()
            two.greeting()
            began = time.monotonic()
            code, log = process.end()
            took = time.monotonic() - began
    assert code == 0
    assert took < 10
    assert "Traceback" not in log
    assert "Error running job" not in log


def test_what_was_signed_meanwhile_is_seen_once_parliament_is_back(program, parliament):
    """The process outlives the outage: nothing has to be started again."""
    sign(parliament, 2)
    with parliament.refusing():
        assert program.run("poll").code == 1
    report = program.run("poll", "--json").document["motions"][0]
    assert report["outcome"] == "changed"
    assert report["signature_count"] == 5
