"""The board's data for staff and for the public page, with few emails stored and many."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from bench.timing import cpu_milliseconds, shown
from tracker import store
from tracker.board import nudges_view, page_view
from tracker.config import Settings, settings_from
from tracker.rehearsal.house import invented_house
from tracker.rehearsal.people import COMMONS
from tracker.store import Engine
from tracker.store.bulk import insert_rows, moment_maker
from tracker.store.schema import open_database
from tracker.store.tables import (
    EmailState,
    Member,
    Membership,
    Supporter,
    SupporterEmail,
    Way,
)

FEW, MANY = 1_000, 1_000_000
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def measure_board() -> Iterator[str]:
    """The board's data, from 1,000 emails to 1,000,000 (to reach: 1.2 times as long)."""
    taken = {}
    for count in (FEW, MANY):
        with tempfile.TemporaryDirectory() as folder:
            settings = settings_from(
                {
                    "motions": [{"number": 1, "session": "2026-27"}],
                    "parliament": {"contact": "bench@campaign.example"},
                },
                folder=Path(folder),
            )
            engine = open_database(settings.database.url, is_upgraded=True)
            fill(engine, count)
            taken[count] = cpu_milliseconds(partial(_read, engine, settings))
            engine.dispose()
        yield shown(f"{count:,} emails", taken[count])
    yield f"ratio of medians: {median(taken[MANY]) / median(taken[FEW]):.2f}"


def _read(engine: Engine, settings: Settings) -> None:
    with store.read(engine) as session:
        page_view(session, settings, settings.motions[0], now=NOW)
        nudges_view(session, settings, settings.motions[0], now=NOW)


def fill(engine: Engine, count: int, *, now: datetime = NOW) -> None:
    """Seat an invented House, and have so many supporters write, one email each."""
    with store.write(engine) as session:
        motion = store.record_motion(session, "2026-27", 1)
        people = seat_house(session)
        at = moment_maker(session)
        written = at(now)
        insert_rows(
            session,
            Supporter,
            ("id", "ref", "created_at", "last_act_at"),
            [(i, f"{i:032x}", written, written) for i in range(1, count + 1)],
        )
        columns = (
            *("id", "motion_id", "member_id", "supporter_id", "way", "state"),
            *("sent_at", "sent_minute"),
        )
        kind = (Way.IMPORT.value, EmailState.COUNTED.value)
        insert_rows(
            session,
            SupporterEmail,
            columns,
            [
                (
                    *(i, motion.id, people[i % len(people)], i, *kind),
                    *(at(now - timedelta(days=9, minutes=i % 9000)), i),
                )
                for i in range(1, count + 1)
            ],
        )
        store.recount_tallies(session)


def seat_house(session: store.Session) -> list[int]:
    """Add an invented House with its seats; return who sits in it."""
    house = invented_house("2024")
    people = [person for person in house.people if person.house == COMMONS]
    for person in people:
        held = person.membership_on(NOW.date())
        session.add(
            Member(
                member_id=person.member_id,
                name=person.name.display,
                synced_at=NOW,
            )
        )
        session.flush()
        session.add(
            Membership(
                member_id=person.member_id,
                constituency=held.seat.name,
                ons_code=held.seat.ons_code,
                party=person.party_on(NOW.date()).name,
                started_on=held.starts_on,
            )
        )
    session.flush()
    return [person.member_id for person in people]
