"""Polls that are killed at step 1, 2, 3 … : run as a process of its own, which forks.

A step is what could be interrupted: a statement that writes, a commit, the request, the
end of a poll. After each kill a fresh process goes through the same answers, and the
ledger has to be that of a run that nobody disturbed.
"""

import asyncio
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
from sqlalchemy import event
from sqlalchemy.engine import Engine as AnyEngine

from tests.factories import PARLIAMENT_ID, motion_answer, signature_row
from tracker import store
from tracker.config import MotionSettings, ParliamentSettings
from tracker.desk import StoredBrake
from tracker.parliament.http import ParliamentHttp
from tracker.poll import PollDesk, poll_motion
from tracker.replay import replay
from tracker.store import Engine
from tracker.store.engine import open_engine

WATCHED = MotionSettings(number=718, session="2014-15", id=PARLIAMENT_ID)
START = datetime(2015, 1, 23, 12, tzinfo=UTC)
SETTINGS = ParliamentSettings(
    contact="test@example.org", missing_polls=2, missing_seconds=60
)
Step = Callable[[], None]
Ledger = Sequence[tuple[object, ...]]


def answers() -> list[bytes]:
    """Return what Parliament answers, minute by minute: every kind of event is in it."""
    rows = {number: signature_row(number) for number in range(1, 5)}
    rows[9] = signature_row(9, withdrawn="2015-01-22T12:00:00")
    first = motion_answer(list(rows.values()))
    rows[2] = signature_row(2, withdrawn="2015-01-23T12:00:30")
    rows[10] = signature_row(10, member_id=1009)
    second = motion_answer(list(rows.values()))
    del rows[3]
    without = motion_answer(list(rows.values()))
    return [first, second, without, without]


def main() -> None:
    """Kill polls until they pass, and print at how many steps that was."""
    template, folder = Path(sys.argv[1]), Path(sys.argv[2])
    path = folder / "ledger.db"
    undisturbed = _ledger_after(template, path, kill_at=None)
    assert undisturbed is not None
    kinds = [kind for _, _, kind, *_ in undisturbed]
    assert kinds.count("removed") == 1, kinds
    step = 0
    while True:
        step += 1
        found = _ledger_after(template, path, kill_at=step)
        if found is None:
            break
        assert found == undisturbed, f"killed at step {step}: {found}"
    print(step - 1)  # noqa: T201 - what the test reads


def _ledger_after(template: Path, path: Path, *, kill_at: int | None) -> Ledger | None:
    for leftover in path.parent.glob(f"{path.name}*"):
        leftover.unlink()
    shutil.copy(template, path)
    if kill_at is not None and not _was_killed(path, kill_at):
        return None
    assert not _was_killed(path, None)
    engine = open_engine(f"sqlite:///{path}")
    try:
        assert replay(engine).differences == ()
        return _ledger(engine)
    finally:
        engine.dispose()


def _was_killed(path: Path, kill_at: int | None) -> bool:
    """Poll everything in a process of its own; return whether it was killed."""
    child = multiprocessing.get_context("fork").Process(
        target=_poll_all, args=(path, _killer(kill_at))
    )
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL), f"ended with {child.exitcode}"
    return child.exitcode != 0


def _killer(kill_at: int | None) -> Step:
    left = kill_at or 0

    def step() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def _poll_all(path: Path, step: Step) -> None:
    @event.listens_for(AnyEngine, "before_cursor_execute")
    def before_write(_c: object, _k: object, statement: str, *_: object) -> None:
        if not statement.lstrip().startswith(("SELECT", "PRAGMA")):
            step()

    @event.listens_for(AnyEngine, "commit")
    def before_commit(_connection: object) -> None:
        step()

    asyncio.run(_polls(open_engine(f"sqlite:///{path}"), step))


async def _polls(engine: Engine, step: Step) -> None:
    """Poll every answer, each a minute after the one before."""
    now, body = START, b""

    def answer(_request: httpx.Request) -> httpx.Response:
        step()
        return httpx.Response(
            200,
            stream=httpx.ByteStream(body),
            headers={
                "Content-Type": "application/json",
                "Date": format_datetime(now, usegmt=True),
            },
        )

    async with ParliamentHttp(
        contact=SETTINGS.contact,
        deadline_seconds=20,
        requests_per_second=1000,
        brake=StoredBrake(engine, lambda: now),
        clock=lambda: now,
        transport=httpx.MockTransport(answer),
    ) as http:
        desk = PollDesk(engine, http, SETTINGS, lambda: now)
        for body in answers():  # noqa: B007 - `answer` sends it
            report = await poll_motion(desk, WATCHED)
            assert report.error is None, report.error
            step()
            now += timedelta(minutes=1)
    engine.dispose()


def _ledger(engine: Engine) -> Ledger:
    """Return the events without what differs from run to run: ids, and times of ours."""
    with store.read(engine) as session:
        return [
            (
                event.signature_id,
                event.ordinal,
                event.kind.value,
                event.member_id,
                event.again,
                event.happened_at,
                event.time_from,
                event.backfilled,
            )
            for event in store.all_events(session, 1)
        ]


if __name__ == "__main__":
    main()
