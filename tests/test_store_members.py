"""tracker.store's Members, Houses and offices (product.md 4), on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import col, select

from tests.factories import motion_answer, recorded, signature_row
from tracker import store
from tracker.config import MotionSettings
from tracker.parliament.careers import PostRecord
from tracker.parliament.contacts import ContactRecord
from tracker.parliament.members import MemberRecord
from tracker.store import Engine, SeatHeld, Session
from tracker.store.tables import Member, MemberContact, MemberName, Membership

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
TODAY = date(2026, 6, 15)
ONE = timedelta(days=1)
ELECTED = date(2024, 7, 4)


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A transaction in which Members 1, 2 and 3 are known."""
    with store.write(engine) as session:
        for member_id in (1, 2, 3):
            record = MemberRecord(member_id, f"Member {member_id}", party="Labour")
            store.record_member(session, record, synced_at=NOW, today=TODAY)
        session.flush()
        yield session


def seat(member_id: int, **changes: object) -> SeatHeld:
    facts: dict[str, object] = {
        "constituency": "Nowhere North",
        "constituency_id": 7,
        "ons_code": "E1",
        "party": "Labour",
        "started_on": ELECTED,
    }
    return SeatHeld(member_id=member_id, **(facts | changes))  # type: ignore[arg-type]


def house(session: Session, day: date, *, is_past: bool = False) -> list[int]:
    """Return who sits on a day; the ORM's and the plain reading have to agree."""
    found = [who.member_id for who, _ in store.house_on(session, day, is_past=is_past)]
    plain = store.sitting_on(session, day, is_past=is_past)
    assert sorted(plain) == sorted(found)
    return found


# Members


def test_an_older_name_or_party_is_kept_with_its_last_day(session):
    for record in (
        MemberRecord(1, "Member 1", party="Labour"),
        MemberRecord(1, "Dame Member 1", party="Labour"),
        MemberRecord(1, "Dame Member 1", party="Independent"),
    ):
        store.record_member(session, record, synced_at=NOW, today=TODAY)
    session.flush()
    kept = session.exec(select(MemberName).order_by(col(MemberName.id))).all()
    assert [(name.name, name.party, name.until_on) for name in kept] == [
        ("Member 1", "Labour", TODAY),
        ("Dame Member 1", "Labour", TODAY),
    ]
    now = store.members_by_id(session, [1, 99])
    assert (now[1].name, now[1].party, len(now)) == ("Dame Member 1", "Independent", 1)


def test_signers_who_are_not_in_our_table_are_unknown(engine):
    watched = MotionSettings(number=718, session="2014-15")
    recorded(engine, watched, motion_answer([signature_row(n) for n in (1, 2)]))
    with store.write(engine) as session:
        assert list(store.unknown_signers(session)) == [1001, 1002]
        record = MemberRecord(1001, "Ada Example")
        store.record_member(session, record, synced_at=NOW, today=TODAY)
        session.flush()
        assert list(store.unknown_signers(session)) == [1002]


# Houses


@pytest.mark.parametrize(
    ("day", "expected"), [(ELECTED - ONE, []), (ELECTED, [1]), (TODAY, [1])]
)
def test_a_seat_is_held_from_its_first_day(session, day, expected):
    store.record_seats(session, [seat(1)])
    assert house(session, day) == expected


@pytest.mark.parametrize(
    ("day", "expected"), [(TODAY - ONE, [1]), (TODAY, [1]), (TODAY + ONE, [])]
)
def test_who_leaves_sits_until_their_last_day(session, day, expected):
    store.record_seats(session, [seat(1)])
    store.record_departure(session, 1, ended_on=TODAY, reason="Resigned")
    session.flush()
    assert house(session, day) == expected
    assert store.sitting_members(session) == set()
    assert store.last_seats(session, [1])[1].end_reason == "Resigned"


def test_the_successor_has_the_seat_and_the_predecessor_has_left(session):
    store.record_seats(session, [seat(1)])
    store.record_departure(session, 1, ended_on=TODAY - 30 * ONE, reason=None)
    store.record_seats(session, [seat(2, started_on=TODAY)])
    assert house(session, TODAY) == [2]
    assert house(session, TODAY - ONE) == []
    assert house(session, TODAY - 30 * ONE) == [1]


def test_of_two_members_on_one_seat_the_later_sits(session):
    store.record_seats(session, [seat(1), seat(2, started_on=TODAY)])
    assert house(session, TODAY) == [2]


def test_seats_told_again_are_not_added_again(session):
    store.record_seats(session, [seat(1)])
    store.record_seats(session, [seat(1, party="Independent")])
    [row] = session.exec(select(Membership)).all()
    assert row.party == "Independent"


def test_a_new_seat_ends_the_old_one_the_day_before(session):
    store.record_seats(session, [seat(1)])
    moved = seat(1, constituency="Elsewhere", ons_code="E2", started_on=TODAY)
    store.record_seats(session, [moved])
    assert store.sitting_on(session, TODAY, is_past=False)[1].ons_code == "E2"
    assert store.sitting_on(session, TODAY - ONE, is_past=False)[1].ons_code == "E1"
    rows = session.exec(select(Membership).order_by(col(Membership.id))).all()
    assert [row.ended_on for row in rows] == [TODAY - ONE, None]


def test_a_past_house_is_the_one_read_for_that_day(session):
    store.record_seats(session, [seat(1, started_on=date(2010, 5, 6))])
    day = date(2015, 3, 26)
    assert house(session, day, is_past=True) == [1], "until it is read: what is known"
    store.record_past_house(session, day, [seat(2, started_on=date(2010, 5, 6))])
    assert house(session, day, is_past=True) == [2]
    assert house(session, TODAY) == [1], "today's House is another"
    store.record_past_house(session, day, [seat(3, started_on=date(2010, 5, 6))])
    assert house(session, day, is_past=True) == [3], "it is replaced as a whole"


# Posts


def post(
    member_id: int, ended_on: date | None = None, kind: str = "government"
) -> PostRecord:
    return PostRecord(member_id, kind, "Minister", date(2024, 7, 5), ended_on)  # type: ignore[arg-type]


def posts(session: Session) -> dict[int, list[str]]:
    return {
        member_id: [held.kind for held in found]
        for member_id, found in store.posts_by_member(session).items()
    }


def test_todays_posts_are_replaced_and_those_that_ended_stay(session):
    store.record_posts(session, [post(1), post(2, TODAY - ONE), post(3)], day=TODAY)
    store.record_posts(session, [post(3), post(3), post(99)], day=TODAY)
    assert posts(session) == {2: ["government"], 3: ["government"]}


def test_the_speakers_of_today_and_of_a_past_day_are_kept_apart(session):
    past = date(2015, 3, 26)
    store.record_speakers(session, [1, 99], day=past, is_past=True)
    store.record_speakers(session, [2], day=TODAY, is_past=False)
    store.record_posts(session, [], day=TODAY)
    assert posts(session) == {1: ["speaker"], 2: ["speaker"]}
    store.record_speakers(session, [3], day=TODAY, is_past=False)
    assert posts(session) == {1: ["speaker"], 3: ["speaker"]}
    [held] = store.posts_by_member(session)[1]
    assert (held.started_on, held.ended_on) == (past, past)


def test_a_members_own_posts_replace_theirs_and_nobody_elses(session):
    store.record_posts(session, [post(1), post(2)], day=TODAY)
    store.record_member_posts(
        session, 1, [post(1, TODAY), post(1, kind="opposition")], checked_at=NOW
    )
    assert posts(session) == {2: ["government"], 1: ["government", "opposition"]}
    assert session.get_one(Member, 1).posts_checked_at == NOW


# Contacts


def contact(value: str, label: str = "Constituency office") -> ContactRecord:
    return ContactRecord("email", label, value)


def record_contacts(session: Session, *told: ContactRecord, day: date = TODAY) -> None:
    store.record_contacts(session, 1, told, checked_at=NOW, today=day)


def test_contacts_that_are_gone_stay_as_not_current(session):
    record_contacts(session, contact("old@example.org"), day=TODAY - ONE)
    record_contacts(session, contact("new@example.org"))
    assert [row.value for row in store.contacts_of(session, 1)] == ["new@example.org"]
    kept = session.exec(select(MemberContact).order_by(col(MemberContact.id))).all()
    assert [(row.value, row.is_current, row.checked_on) for row in kept] == [
        ("old@example.org", False, TODAY - ONE),
        ("new@example.org", True, TODAY),
    ]
    record_contacts(session, contact("OLD@example.org", "Parliamentary office"))
    [back] = store.contacts_of(session, 1)
    assert (back.value, back.label) == ("old@example.org", "Parliamentary office")


def test_one_address_under_two_labels_is_one_contact(session):
    record_contacts(session, contact("a@example.org"), contact("a@example.org", "B"))
    [only] = store.contacts_of(session, 1)
    assert only.label == "Constituency office"


def test_contacts_are_asked_for_after_a_week_longest_ago_first(session):
    store.record_seats(
        session,
        [
            seat(number, ons_code=f"E{number}", constituency=f"Seat {number}")
            for number in (1, 2, 3)
        ],
    )
    for member_id, days in ((1, 7), (2, 8)):
        checked_at = NOW - days * ONE
        store.record_contacts(
            session, member_id, [], checked_at=checked_at, today=TODAY
        )
    due = NOW - store.CONTACTS_LAST
    assert list(store.members_without_contacts(session, checked_before=due)) == [3, 2]
    later = due + timedelta(seconds=1)
    assert list(store.members_without_contacts(session, checked_before=later)) == [
        3,
        2,
        1,
    ]
    store.record_departure(session, 2, ended_on=TODAY, reason=None)
    session.flush()
    assert list(store.members_without_contacts(session, checked_before=due)) == [3]
