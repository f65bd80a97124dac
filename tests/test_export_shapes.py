"""Exports of other campaigning systems are imported as they are, without a mapping by hand.

Invented rows under the column names of product.md 5, one file for each system, in the
encoding and with the separator that it uses.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.supporters_house import KEY, NOW, WATCHED, seat_a_house
from tracker import store
from tracker.rules.matching import MatchMethod
from tracker.store import Engine
from tracker.store.tables import Consent, Supporter, SupporterEmail
from tracker.supporters.importing import ImportDesk, ImportResult, import_file

DATA = Path(__file__).parent / "data"
CARVER, ASH = 101, 107


@pytest.fixture
def house(sqlite_engine: Engine) -> Engine:
    seat_a_house(sqlite_engine)
    return sqlite_engine


def imported(engine: Engine, name: str) -> ImportResult:
    desk = ImportDesk(engine, KEY, lambda: NOW)
    return import_file(desk, WATCHED, DATA / name, source="an export")


def emails(engine: Engine) -> list[tuple[Supporter, SupporterEmail]]:
    with store.read(engine) as session:
        return list(
            session.exec(
                select(Supporter, SupporterEmail)
                .where(SupporterEmail.supporter_id == Supporter.id)
                .order_by(col(Supporter.email))
            ).all()
        )


def test_action_network_tells_postcodes_and_utc(house):
    result = imported(house, "action-network.csv")
    assert (result.read, result.counted, result.review) == (3, 2, 1)
    (ann, first), (bob, second), (cat, third) = emails(house)
    assert (ann.name, bob.email) == ("Ann Example", "bob.example@example.org")
    assert (first.member_id, first.method) == (CARVER, MatchMethod.POSTCODE)
    assert (second.member_id, second.method) == (ASH, MatchMethod.RECIPIENT)
    assert first.sent_at == second.sent_at == datetime(2026, 6, 1, 10, 15, tzinfo=UTC)
    # A postcode of another country names nobody, and is not kept.
    assert (third.member_id, cat.postcode) == (None, None)


def test_engaging_networks_tells_british_dates_and_targets_by_name(house):
    result = imported(house, "engaging-networks.csv")
    assert (result.read, result.counted, result.rejected) == (2, 2, [])
    (zoe, first), (_, second) = emails(house)
    assert zoe.name == "Zoë Example"
    assert (first.member_id, first.subject) == (CARVER, "Please sign EDM 240")
    assert first.method is MatchMethod.POSTCODE
    assert (second.member_id, second.method) == (ASH, MatchMethod.CONSTITUENCY)
    # London's summer time is an hour ahead of UTC.
    assert first.sent_at == datetime(2026, 6, 1, 9, 15, tzinfo=UTC)
    assert second.sent_at == datetime(2026, 6, 2, 22, 59, tzinfo=UTC)


def test_proca_tells_areas_targets_by_address_and_who_agreed(house):
    result = imported(house, "proca.csv")
    assert (result.read, result.counted, result.rejected) == (2, 2, [])
    (ann, first), (_, second) = emails(house)
    assert (first.member_id, second.member_id) == (CARVER, ASH)
    assert first.method is second.method is MatchMethod.RECIPIENT
    assert first.subject == "Please sign"
    with store.read(house) as session:
        [consent] = session.exec(select(Consent)).all()
    assert consent.supporter_id == ann.id
    assert consent.wording == "Email me about this motion, and when my MP signs"
    assert consent.given_at == datetime(2026, 6, 1, 10, 14, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["action-network.csv", "engaging-networks.csv", "proca.csv"]
)
def test_each_imported_again_changes_nothing(house, name):
    first = imported(house, name)
    before = len(emails(house))
    again = imported(house, name)
    assert again.duplicates == first.read
    assert len(emails(house)) == before
