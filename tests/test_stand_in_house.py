"""The invented House and its register: values only, no socket."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from tracker.rehearsal.house import House, invented_house
from tracker.rehearsal.motions import numbered, ragged, text_time
from tracker.rehearsal.names import LONGEST_NAME
from tracker.rehearsal.parties import PLAID_CYMRU, SINN_FEIN, SNP
from tracker.rehearsal.people import COMMONS
from tracker.rehearsal.sessions import (
    invented_non_sitting,
    invented_sessions,
    rehearsal_session,
)
from tracker.rehearsal.world import World

NOW = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
HOUSE = invented_house()


def a_world() -> World:
    world = World(HOUSE, clock=lambda: NOW)
    world.add_motion(1, 718, "A title", "A text", date(2026, 6, 1), 90_001)
    return world


def orders(world: World, now: datetime = NOW) -> list[tuple[int, int | None]]:
    return [(row.row_id, order) for row, order in numbered(world.rows(1), now)]


@pytest.mark.parametrize("boundaries", ["2010", "2024"])
def test_every_seat_has_one_invented_member(boundaries):
    house = invented_house(boundaries)
    members = [p for p in house.people if p.house == COMMONS]
    assert len(members) == len(house.seats) == 650
    assert {p.latest_membership.seat for p in members} == set(house.seats)
    assert len({p.member_id for p in members}) == 650


def test_the_same_seed_gives_the_same_house_and_another_does_not():
    assert invented_house() == HOUSE
    assert invented_house(seed=719) != HOUSE


@pytest.mark.parametrize(
    ("party", "nation"), [(SINN_FEIN, "N"), (PLAID_CYMRU, "W"), (SNP, "S")]
)
def test_national_parties_sit_only_in_their_nation(party, nation):
    seats = [
        p.latest_membership.seat for p in HOUSE.people if p.parties[0].party is party
    ]
    assert seats
    assert {seat.ons_code[0] for seat in seats} == {nation}


def test_names_try_the_page_two_alike_and_one_of_ninety_characters():
    counts = Counter(p.name.display for p in HOUSE.people)
    assert sorted(counts.values())[-2:] == [1, 2]
    assert LONGEST_NAME in counts
    assert len(LONGEST_NAME) == 90
    assert any("'" in name for name in counts)
    assert any(not name.isascii() for name in counts)


def test_nothing_written_to_an_invented_office_could_arrive():
    blocks = [block for p in HOUSE.people for block in p.contacts]
    phones = {str(b["phone"]) for b in blocks if "phone" in b}
    assert all(p.startswith(("020 7946 0", "01632 960")) for p in phones)
    addresses = [str(b["email"]) for b in blocks if "email" in b]
    assert all(address.endswith(".example") for address in addresses)
    without = [p for p in HOUSE.people if not any("email" in b for b in p.contacts)]
    assert 1 < len(without) < 65


def test_some_offices_file_their_form_address_under_the_constituency():
    filed = [
        block["email"]
        for person in HOUSE.people
        for block in person.contacts
        if block["type"] == "Constituency office" and "email" in block
    ]
    assert any(str(address).endswith(".mp@parliament.example") for address in filed)


def test_nobody_in_the_chair_holds_a_post():
    holders = {h.member_id for post in HOUSE.posts for h in post.holdings}
    assert len(HOUSE.deputy_ids) == len(set(HOUSE.deputy_ids)) == 3
    assert not holders & {HOUSE.speaker_id, *HOUSE.deputy_ids}


def test_withdrawn_rows_come_last_without_order_and_free_their_number():
    world = a_world()
    first, second, third = (world.sign(1, 90_001 + i) for i in range(3))
    world.withdraw(second)
    assert orders(world) == [(first, 1), (third, 2), (second, None)]
    world.unwithdraw(second)
    assert orders(world) == [(first, 1), (third, 2), (second, 3)]


def test_a_pending_signature_leaves_a_gap_until_its_moment():
    world = a_world()
    sitting_at = NOW + timedelta(hours=3)
    pending = world.sign(1, 90_002, sitting_at, visible_from=sitting_at)
    later = world.sign(1, 90_003)
    assert orders(world, sitting_at - timedelta(microseconds=1)) == [(later, 2)]
    assert orders(world, sitting_at) == [(pending, 1), (later, 2)]


def test_a_vanished_row_comes_back_where_it_was():
    world = a_world()
    first, second = world.sign(1, 90_001), world.sign(1, 90_002)
    world.vanish(first)
    assert orders(world) == [(second, 1)]
    world.restore(first)
    assert orders(world) == [(first, 1), (second, 2)]


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "2026-06-15T11:00:00"),
        (700_000, "2026-06-15T11:00:00.7"),
        (710_000, "2026-06-15T11:00:00.71"),
        (466_666, "2026-06-15T11:00:00.4666667"),
        (123_455, "2026-06-15T11:00:00.1234551"),
    ],
)
def test_moments_are_written_in_london_time_without_a_zone(micros, text):
    assert text_time(NOW.replace(microsecond=micros)) == text


def test_stamps_of_the_worlds_own_vary_in_digits_and_are_never_in_the_future():
    moment = NOW.replace(microsecond=987_654)
    stamps = [ragged(moment, row_id) for row_id in range(4)]
    assert all(stamp <= moment for stamp in stamps)
    lengths = [len((text_time(s) or "").partition(".")[2]) for s in stamps]
    assert lengths == [0, 1, 2, 7]
    assert ragged(NOW.replace(microsecond=3), 3) == NOW


def test_a_by_election_follows_the_one_who_held_the_seat():
    world = a_world()
    seat = world.seats[0]
    former = world.holder(seat, NOW.date())
    assert former is not None
    new_id = world.by_election(
        seat.ons_code, "Ottoline Newquill", "Green Party", NOW.date()
    )
    holder = world.holder(seat, NOW.date())
    assert holder is not None
    assert holder.member_id == new_id
    left = world.person(former.member_id)
    assert left is not None
    assert left.latest_membership.ends_on == NOW.date() - timedelta(days=1)
    assert world.holder(seat, NOW.date() - timedelta(days=1)) == left


def test_a_seat_is_vacant_after_its_member_left():
    world = a_world()
    world.leave(90_001, NOW.date())
    assert world.holder(world.seats[0], NOW.date()) is not None
    assert world.holder(world.seats[0], NOW.date() + timedelta(days=1)) is None


def test_a_party_change_counts_from_its_day():
    world = a_world()
    world.change_party(90_001, "Independent", NOW.date())
    person = world.person(90_001)
    assert person is not None
    assert person.party_on(NOW.date()).name == "Independent"
    assert person.party_on(NOW.date() - timedelta(days=1)).name != "Independent"


@pytest.mark.parametrize(
    ("today", "name", "starts_on"),
    [
        (date(2026, 11, 24), "2026-27", date(2026, 5, 13)),
        (date(2026, 6, 12), "2026-27", date(2026, 5, 13)),
        (date(2026, 6, 11), "2025-26", date(2025, 5, 13)),
        (date(2099, 12, 31), "2099-00", date(2099, 5, 13)),
    ],
)
def test_a_rehearsal_has_a_session_in_any_year(today, name, starts_on):
    assert rehearsal_session(today) == (name, starts_on)
    current, *former = invented_sessions(today)
    assert (current.name, current.ends_on) == (name, None)
    assert all(s.ends_on and s.ends_on < current.starts_on for s in former)


def test_no_recess_covers_the_day_of_the_rehearsal():
    for event in invented_non_sitting(NOW.date()):
        assert not event.starts_on <= NOW.date() <= event.ends_on


def test_a_house_is_a_plain_value():
    assert isinstance(HOUSE, House)
    assert hash(HOUSE.seats[0])
