"""board.one_view over a database: who sits, who left with and without a signature."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.page_data import (
    MOTIONS,
    PATH,
    WATCHED,
    house,
    record_house,
    record_rows,
    rows_of,
)
from tracker import store
from tracker.board import OneView, one_view
from tracker.config import Settings
from tracker.rules.status import NudgeStatus
from tracker.store import Engine
from tracker.store.tables import Member, Membership

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIRST_AT = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
LEFT_ON, NEWCOMER = date(2026, 11, 20), 99_001


@pytest.fixture
def made(settings: MakeSettings, clock: FakeClock) -> Settings:
    clock.set(NOW)
    return settings(motions=MOTIONS)


@pytest.fixture
def rows(sqlite_engine: Engine) -> list[dict[str, Any]]:
    """Three rows, the second withdrawn."""
    record_house(sqlite_engine, house(), FIRST_AT.date())
    found = rows_of(house(), 3, first_at=FIRST_AT, withdrawn=[1])
    record_rows(sqlite_engine, found, NOW - timedelta(days=7))
    return found


def seen(engine: Engine, made: Settings, member_id: int) -> OneView | None:
    with store.read(engine) as session:
        return one_view(session, made, WATCHED, member_id, now=NOW)


def leave(engine: Engine, member_id: int, *, is_followed: bool) -> None:
    """End a Member's seat, and have somebody new win it, or nobody so far."""
    with store.write(engine) as session:
        held = session.exec(
            select(Membership).where(Membership.member_id == member_id)
        ).one()
        held.ended_on = LEFT_ON
        if is_followed:
            session.add(Member(member_id=NEWCOMER, name="Newly Elected", synced_at=NOW))
            session.flush()
            session.add(
                Membership(
                    member_id=NEWCOMER,
                    constituency=held.constituency,
                    ons_code=held.ons_code,
                    party="Green Party",
                    started_on=LEFT_ON + timedelta(days=1),
                )
            )


def test_who_sits_has_no_successor_and_nobody_is_nobody(sqlite_engine, made, rows):
    one = seen(sqlite_engine, made, rows[0]["MemberId"])
    assert one is not None
    assert not one.has_left
    assert one.successor is None
    assert one.predecessors == ()
    assert one.member.status is NudgeStatus.SIGNED
    assert one.motion.signature_count == 2
    assert seen(sqlite_engine, made, 1) is None


def test_who_signed_and_left_is_shown_with_who_holds_the_seat_now(
    sqlite_engine, made, rows
):
    former = rows[0]["MemberId"]
    leave(sqlite_engine, former, is_followed=True)
    one = seen(sqlite_engine, made, former)
    assert one is not None
    assert one.has_left
    assert one.member.why.endswith("No longer an MP; the signature stays.")
    assert one.successor is not None
    assert one.successor.member_id == NEWCOMER
    follower = seen(sqlite_engine, made, NEWCOMER)
    assert follower is not None
    assert [before.member_id for before in follower.predecessors] == [former]


def test_a_withdrawn_signature_of_who_left_is_no_predecessors(
    sqlite_engine, made, rows
):
    former = rows[1]["MemberId"]
    leave(sqlite_engine, former, is_followed=True)
    one = seen(sqlite_engine, made, former)
    assert one is not None
    assert one.member.status is NudgeStatus.WITHDREW
    assert one.member.why.endswith("No longer an MP.")
    follower = seen(sqlite_engine, made, NEWCOMER)
    assert follower is not None
    assert follower.predecessors == ()


@pytest.mark.parametrize("place", [0, 1])
def test_a_page_that_feeds_link_to_is_there_when_its_mp_has_left(
    sqlite_engine, made, rows, clock, place
):
    former = rows[place]["MemberId"]
    leave(sqlite_engine, former, is_followed=False)
    with TestClient(create_app(made, sqlite_engine, clock=clock)) as client:
        page = client.get(f"{PATH}/mps/{former}")
        assert page.status_code == 200
        assert "the seat is vacant" in page.text
        assert "/act?member=" not in page.text
        assert client.get(f"{PATH}/mps/{former}/card.png").status_code == 200
