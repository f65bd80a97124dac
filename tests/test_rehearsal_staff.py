"""The rehearsal's member of staff: may sign in, and has rung some MPs before."""

from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.house_data import record_mp
from tests.staff import sign_in
from tracker import store
from tracker.board import nudges_view
from tracker.config import Settings
from tracker.rehearsal.staff import (
    CALLS,
    NAME,
    PASSWORD,
    add_rehearsal_staff,
    log_past_calls,
)
from tracker.rules.passwords import checked_password
from tracker.store import Engine
from tracker.store.tables import Tally


@pytest.fixture
def made(settings: MakeSettings) -> Settings:
    return settings(motions=[{"number": 718, "session": "2026-27"}])


def ask(engine: Engine, clock: FakeClock, count: int) -> None:
    """Have so many MPs been written to long ago."""
    asked_at = clock() - timedelta(days=20)
    with store.write(engine) as session:
        motion = store.record_motion(session, "2026-27", 718)
    for member_id in range(1, count + 1):
        record_mp(engine, member_id)
        with store.write(engine) as session:
            session.add(
                Tally(
                    motion_id=motion.id or 0,
                    member_id=member_id,
                    supporter_count=1,
                    email_count=1,
                    first_email_at=asked_at,
                    last_email_at=asked_at,
                )
            )


def test_the_password_is_one_that_the_program_takes():
    assert checked_password(PASSWORD) == PASSWORD


def test_who_is_printed_may_sign_in(made, sqlite_engine, clock):
    add_rehearsal_staff(sqlite_engine, clock=clock)
    app = create_app(made, sqlite_engine, clock=clock, rehearsal=True)
    with TestClient(app, base_url=made.web.base_url) as client:
        sign_in(client, NAME, PASSWORD)
        assert client.get("/staff", follow_redirects=False).status_code == 200


def test_calls_are_logged_once_there_are_enough_mps_to_have_rung(
    made, sqlite_engine, clock
):
    ask(sqlite_engine, clock, 3)
    assert not log_past_calls(made, sqlite_engine, clock)
    with store.read(sqlite_engine) as session:
        motion = store.motion_by_number(session, "2026-27", 718)
        assert motion is not None
        assert store.contacts_about(session, motion.id or 0) == []


def test_one_is_to_be_called_back_today_and_one_said_yes(made, sqlite_engine, clock):
    ask(sqlite_engine, clock, 15)
    assert log_past_calls(made, sqlite_engine, clock)
    with store.read(sqlite_engine) as session:
        rows = nudges_view(session, made, made.motions[0], now=clock()).rows
    assert sum(row.last_call is not None for row in rows) == len(CALLS) - 1
    assert sum(row.call_back_on is not None for row in rows) == 1
