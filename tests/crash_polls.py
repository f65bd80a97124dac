"""Polls of the same few answers of Parliament's, and the ledger that they have to give."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx

from tests.factories import PARLIAMENT_ID, motion_answer, signature_row
from tracker import store
from tracker.config import MotionSettings, ParliamentSettings
from tracker.desk import StoredBrake
from tracker.parliament.http import ParliamentHttp
from tracker.poll import PollDesk, poll_motion
from tracker.store import Engine

WATCHED = MotionSettings(number=718, session="2014-15", id=PARLIAMENT_ID)
START = datetime(2015, 1, 23, 12, tzinfo=UTC)
SETTINGS = ParliamentSettings(
    contact="test@example.org", missing_polls=2, missing_seconds=60
)
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


async def poll_all(engine: Engine) -> None:
    """Poll every answer, each a minute after the one before."""
    now, body = START, b""

    def answer(_request: httpx.Request) -> httpx.Response:
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
            now += timedelta(minutes=1)
    engine.dispose()


def ledger(engine: Engine) -> Ledger:
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
