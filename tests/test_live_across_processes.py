"""What `tracker poll` sees in one process reaches a browser connected to another."""

import subprocess
import sys
import threading
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.live import listening
from tests.program import environment, program_in
from tests.test_cli_serve import running
from tests.upstream import FIRST_MEMBER, MOTION_ID, house
from tracker.clock import utc_now
from tracker.rehearsal import wire_faults
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World

SIGNED_AT = datetime(2015, 1, 21, 14, 0, tzinfo=UTC)


@pytest.fixture
def parliament():
    world = World(house("2010"), clock=utc_now, sessions=[], non_sitting=[])
    tabled_on = date(2015, 1, 21)
    world.add_motion(MOTION_ID, 718, "Rehearsed", "Text.", tabled_on, FIRST_MEMBER)
    with StandIn(world) as stand_in:
        sign(stand_in, 3)
        yield stand_in


@pytest.fixture
def program(tmp_path, monkeypatch, parliament):
    program = program_in(tmp_path, monkeypatch)
    program.configure(
        motions_url=parliament.url,
        members_url=parliament.url,
        more=f"id = {MOTION_ID}\n[web]\nport = 0\n",
    )
    assert program.run("poll").code == 0
    return program


def sign(parliament: StandIn, count: int) -> None:
    """Have the next Members sign."""
    world = parliament.world
    start = FIRST_MEMBER + len(world.rows(MOTION_ID))
    for member_id in range(start, start + count):
        world.sign(MOTION_ID, member_id, SIGNED_AT + timedelta(minutes=1))


@pytest.mark.slow
def test_a_poll_in_one_process_reaches_a_browser_connected_to_another(
    program, parliament
):
    with running(program, "web") as web:
        address = web.address()
        with listening(address) as stream:
            stream.greeting()
            came: list[tuple[datetime, dict[str, object]]] = []

            def read() -> None:
                came.extend((utc_now(), event) for event in map(stream_event, [0] * 2))

            def stream_event(_: int) -> dict[str, object]:
                return stream.event()

            reader = threading.Thread(target=read)
            reader.start()
            sign(parliament, 2)
            assert program.run("poll").code == 0
            reader.join(10)
        assert [event["id"] for _, event in came] == [4, 5]
        for at, event in came:
            assert event["sse_event"] == "signature"
            assert event["kind"] == "signed"
            # `observed_at` is shortly before the commit.
            observed_at = datetime.fromisoformat(str(event["observed_at"]))
            assert at - observed_at < timedelta(seconds=1)

        # While nobody listens, two polls bring three more.
        sign(parliament, 1)
        assert program.run("poll").code == 0
        sign(parliament, 2)
        assert program.run("poll").code == 0
        with listening(address, last_event_id=5) as stream:
            assert stream.ids(3) == [6, 7, 8]
        with listening(address, last_event_id=8) as stream:
            stream.greeting()
            sign(parliament, 1)
            assert program.run("poll").code == 0
            assert stream.ids(1) == [9]  # nothing is repeated
        assert web.end()[0] == 0


@pytest.mark.slow
def test_of_two_processes_that_poll_at_once_one_is_busy(program, parliament):
    sign(parliament, 2)
    parliament.fault(wire_faults.Delayed(3))
    command = [sys.executable, "-m", "tracker", "poll", "--json"]
    polls = [
        subprocess.Popen(
            command,
            cwd=program.folder,
            env=environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(2)
    ]
    outs = [poll.communicate(timeout=60)[0] for poll in polls]
    assert sorted(poll.returncode for poll in polls) == [0, 1]
    [busy] = [out for poll, out in zip(polls, outs, strict=True) if poll.returncode]
    assert '"busy"' in busy
    assert parliament.request_count("/EarlyDayMotion/") == 2
    status = program.run("status", "--json").document
    assert status["motions"][0]["signature_count"] == 5
    assert program.run("replay").code == 0
