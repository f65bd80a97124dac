"""How long a writer waits while people's data go: nobody may notice the nightly job.

Beside the job a second thread writes one row after another, as a request would; the
anchor is the same thread without the job.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from threading import Thread

from sqlalchemy import insert

from bench.board import seat_house
from tracker import store
from tracker.config import settings_from
from tracker.store import Engine
from tracker.store.schema import open_database
from tracker.store.tables import EmailState, MatchMethod, Supporter, SupporterEmail, Way
from tracker.supporters.retention import apply_retention

PEOPLE = 20_000
NOW = datetime(2027, 1, 1, tzinfo=UTC)
CLOSED_ON = date(2026, 7, 20)
SENT_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALONE_SECONDS = 2.0
BREATH_SECONDS = 0.002


def measure_retention() -> Iterator[str]:
    """What a writer waits while the nightly job lets people go (to reach: 200 ms)."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = settings_from(
            {
                "motions": [
                    {"number": 1, "session": "2026-27", "closes_on": CLOSED_ON}
                ],
                "parliament": {"contact": "bench@campaign.example"},
            },
            folder=folder,
            rehearsal=True,
        )
        engine = open_database(settings.database.url, is_upgraded=True)
        _fill(engine)
        alone, _ = _waits_during(engine, lambda: time.sleep(ALONE_SECONDS))
        gone: list[int] = []
        beside, seconds = _waits_during(
            engine,
            lambda: gone.append(apply_retention(engine, settings, now=NOW).people),
        )
        engine.dispose()
    yield _shown("a write with nothing beside it", alone)
    yield _shown(f"while {gone[0]:,} people went in {seconds:.1f} s", beside)


def _fill(engine: Engine) -> None:
    numbers = range(1, PEOPLE + 1)
    with store.write(engine) as session:
        members = seat_house(session)
        motion = store.record_motion(session, "2026-27", 1)
        session.flush()
        connection = session.connection()
        connection.execute(
            insert(Supporter),
            [
                {
                    "id": number,
                    "ref": f"r{number}",
                    "email_key": f"k{number}",
                    "email": f"person{number}@example.org",
                    "created_at": SENT_AT,
                    "last_act_at": SENT_AT,
                }
                for number in numbers
            ],
        )
        connection.execute(
            insert(SupporterEmail),
            [
                {
                    "motion_id": motion.id,
                    "member_id": members[number % len(members)],
                    "supporter_id": number,
                    "way": Way.IMPORT,
                    "state": EmailState.COUNTED,
                    "method": MatchMethod.NAME,
                    "sent_at": SENT_AT,
                    "sent_minute": number,
                    "message_id": f"{number}@example.org",
                    "subject": "EDM 1",
                }
                for number in numbers
            ],
        )


def _waits_during(
    engine: Engine, work: Callable[[], object]
) -> tuple[list[float], float]:
    """Return how long each write beside some work took, and how long the work took."""
    began = time.perf_counter()
    working = Thread(target=work)
    working.start()
    waits = []
    while working.is_alive():
        before = time.perf_counter()
        with store.write(engine) as session:
            store.record_job_done(session, "bench", NOW)
        waits.append(time.perf_counter() - before)
        time.sleep(BREATH_SECONDS)
    return waits, time.perf_counter() - began


def _shown(name: str, waits: list[float]) -> str:
    waits.sort()
    middle, high, longest = (
        1000 * each
        for each in (median(waits), waits[int(len(waits) * 0.99)], waits[-1])
    )
    return f"{name}: median {middle:.1f}, p99 {high:.1f}, longest {longest:.1f} ms"
