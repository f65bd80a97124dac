"""The review queue: decisions, their undoing, rematches that overturn none; and tallies."""

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from tests.supporters_house import KEY, NOW, WATCHED, load_postcodes, seat_a_house
from tracker import store
from tracker.rules.matching import NO_MEMBERS, UNPROVEN_SENDER, MatchMethod
from tracker.store import Engine, ReviewError
from tracker.store.tables import (
    EmailState,
    Member,
    MemberContact,
    SupporterEmail,
    Tally,
    Way,
)
from tracker.supporters.importing import ImportDesk, ImportResult, import_emails
from tracker.supporters.queue import waiting_emails
from tracker.supporters.rematch import rematch
from tracker.supporters.rows import COLUMNS, read_cells

SENT = "2026-06-01T10:00:00Z"


@pytest.fixture
def house(engine: Engine) -> Engine:
    seat_a_house(engine)
    return engine


def take_in(
    engine: Engine, *rows: dict[str, str], is_dry: bool = False
) -> ImportResult:
    told = [
        {"supporter_email": "ann@example.org", "sent_at": SENT} | row for row in rows
    ]
    records = [
        read_cells(line, [row.get(column, "") for column in COLUMNS], NOW)
        for line, row in enumerate(told, 1)
    ]
    desk = ImportDesk(engine, KEY, lambda: NOW)
    return import_emails(desk, WATCHED, records, source="test", is_dry=is_dry)


def only_waiting(engine: Engine) -> SupporterEmail:
    with store.read(engine) as session:
        [email] = store.review_queue(session)
        return email


def email_of(engine: Engine, email_id: int) -> SupporterEmail:
    with store.read(engine) as session:
        return session.get_one(SupporterEmail, email_id)


def counts(engine: Engine) -> dict[int, int]:
    with store.read(engine) as session:
        assert store.tally_differences(session) == []
        return dict(store.supporter_counts(session, 1))


def decide(engine: Engine, what: str, email_id: int, *more: int) -> None:
    with store.write(engine) as session:
        getattr(store, what)(session, email_id, *more, by="Sam of staff", at=NOW)


def test_an_email_in_review_counts_for_nobody_until_assigned(house):
    take_in(house, {"mp_name": "Alex Morgan"})
    waiting = only_waiting(house)
    assert counts(house) == {}
    with store.read(house) as session:
        [shown] = waiting_emails(session)
    assert [member.member_id for member in shown.suggestions] == [103, 104]
    assert shown.told.mp_name == "Alex Morgan"

    decide(house, "assign_review", waiting.id or 0, 104)
    assert counts(house) == {104: 1}
    decided = email_of(house, waiting.id or 0)
    assert (decided.state, decided.method) == (EmailState.COUNTED, MatchMethod.STAFF)
    assert (decided.decided_by, decided.decided_at) == ("Sam of staff", NOW)


def test_a_decision_can_be_undone(house):
    take_in(house, {"mp_name": "Alex Morgan"})
    email_id = only_waiting(house).id or 0
    decide(house, "assign_review", email_id, 104)
    decide(house, "undo_decision", email_id)
    assert counts(house) == {}
    assert only_waiting(house).id == email_id
    decide(house, "dismiss_review", email_id)
    with store.read(house) as session:
        assert store.review_count(session) == 0
        assert [email.id for email in store.decided_reviews(session)] == [email_id]
    decide(house, "undo_decision", email_id)
    assert only_waiting(house).id == email_id
    with store.read(house) as session:
        said = [(entry.actor, entry.detail) for entry in store.audit_entries(session)]
    assert said[0] == ("Sam of staff", f"email {email_id}: undone")
    assert len(said) == 4


@pytest.mark.parametrize(
    ("what", "more"), [("assign_review", (104,)), ("dismiss_review", ())]
)
def test_only_what_waits_can_be_decided(house, what, more):
    take_in(house, {"mp_name": "Toby Ash"})
    with pytest.raises(ReviewError, match="waits for a decision"):
        decide(house, what, 1, *more)
    with pytest.raises(ReviewError, match="nobody has decided"):
        decide(house, "undo_decision", 1)


def test_nobody_can_be_assigned_who_is_no_member(house):
    take_in(house, {"mp_name": "Alex Morgan"})
    with pytest.raises(ReviewError, match="no Member has the id 999"):
        decide(house, "assign_review", only_waiting(house).id or 0, 999)


def test_assigning_what_is_counted_already_puts_it_aside(house):
    take_in(house, {"mp_name": "Alex Morgan"}, {"mp_name": "Toby Ash"})
    email_id = only_waiting(house).id or 0
    decide(house, "assign_review", email_id, 107)
    assert email_of(house, email_id).state is EmailState.DISMISSED
    assert counts(house) == {107: 1}
    decide(house, "undo_decision", email_id)
    assert only_waiting(house).id == email_id


def add_member(engine: Engine, member_id: int, name: str, address: str) -> None:
    with store.write(engine) as session:
        session.add(Member(member_id=member_id, name=name, synced_at=NOW))
        session.flush()
        session.add(
            MemberContact(
                member_id=member_id,
                kind="email",
                label="Office",
                value=address,
                checked_on=date(2026, 6, 15),
            )
        )


def test_a_rematch_counts_what_new_members_explain(house):
    take_in(house, {"mp_email": "new@parliament.example"})
    assert rematch(house) == 0
    add_member(house, 108, "Una New", "new@parliament.example")
    assert rematch(house) == 1
    assert counts(house) == {108: 1}
    assert rematch(house) == 0


def test_before_the_mps_are_read_that_is_the_reason_and_not_what_was_told(engine):
    told = {"mp_name": "Una New", "constituency": "Nowhere"}
    take_in(engine, told)
    assert only_waiting(engine).reason == NO_MEMBERS
    assert rematch(engine) == 0
    assert only_waiting(engine).reason == NO_MEMBERS
    seat_a_house(engine)
    assert rematch(engine) == 0
    assert only_waiting(engine).reason == (
        "no constituency has that name; no Member has that name"
    )


def test_read_again_what_waits_has_the_reason_of_today(house):
    told = {"mp_name": "Una New", "postcode": "QQ1 1QQ"}
    with store.write(house) as session:
        session.connection().execute(text("DELETE FROM postcode_table"))
        session.connection().execute(text("DELETE FROM postcode_seat"))
    take_in(house, told)
    assert only_waiting(house).reason == (
        "no table of postcodes is loaded; no Member has that name"
    )
    load_postcodes(house)
    assert take_in(house, told).duplicates == 1
    assert only_waiting(house).reason == (
        "the postcode is not in the table of postcodes; no Member has that name"
    )
    decide(house, "dismiss_review", only_waiting(house).id or 0)
    with store.read(house) as session:
        before = session.get_one(SupporterEmail, 1).reason
    with store.write(house) as session:
        session.connection().execute(text("DELETE FROM postcode_table"))
    assert take_in(house, told).duplicates == 1
    with store.read(house) as session:
        assert session.get_one(SupporterEmail, 1).reason == before


def test_a_rematch_overturns_no_decision(house):
    take_in(
        house,
        {"mp_email": "new@parliament.example"},
        {"mp_email": "new@parliament.example", "supporter_email": "bob@example.org"},
    )
    with store.read(house) as session:
        first, second = (email.id or 0 for email in store.review_queue(session))
    decide(house, "dismiss_review", first)
    decide(house, "assign_review", second, 104)
    add_member(house, 108, "Una New", "new@parliament.example")
    assert rematch(house) == 0
    assert counts(house) == {104: 1}
    assert take_in(house, {"mp_email": "new@parliament.example"}).duplicates == 1
    decide(house, "undo_decision", second)
    assert rematch(house) == 1
    assert counts(house) == {108: 1}


def test_a_rematch_counts_no_email_of_an_unproven_sender(house):
    take_in(house, {"mp_name": "Alex Morgan"})
    with store.write(house) as session:
        [email] = store.review_queue(session)
        email.reason, email.told_name = UNPROVEN_SENDER, "Toby Ash"
        session.add(email)
    assert rematch(house) == 0
    assert counts(house) == {}


def test_a_rematch_that_finds_the_same_email_puts_it_aside(house):
    take_in(house, {"mp_email": "toby.new@parliament.example"}, {"mp_name": "Toby Ash"})
    email_id = only_waiting(house).id or 0
    with store.write(house) as session:
        session.connection().execute(
            text(
                "UPDATE member_contact SET value = 'toby.new@parliament.example'"
                " WHERE value = 'ash.office@example.com'"
            )
        )
    assert rematch(house) == 0
    assert email_of(house, email_id).state is EmailState.DISMISSED
    assert counts(house) == {107: 1}


def record(engine: Engine, state: EmailState, minute: int = 0) -> int:
    """Record an own email of Ann's to Member 107, as the action page does."""
    with store.write(engine) as session:
        person = store.record_supporter(
            session, email_key="a key", email="ann@example.org", at=NOW
        )
        email, _ = store.record_email(
            session,
            store.NewEmail(
                motion_id=store.record_motion(
                    session, WATCHED.session, WATCHED.number
                ).id
                or 0,
                member_id=107,
                supporter_id=person.id or 0,
                way=Way.FORM,
                state=state,
                method=MatchMethod.FORM,
                sent_at=NOW + timedelta(minutes=minute),
            ),
        )
        return email.id or 0


def test_an_own_email_counts_from_its_state_and_a_bounce_takes_it_back(house):
    email_id = record(house, EmailState.OUTGOING)
    assert counts(house) == {}
    for state, counted in (
        (EmailState.COUNTED, {107: 1}),
        (EmailState.BOUNCED, {}),
        (EmailState.COUNTED, {107: 1}),
        (EmailState.FAILED, {}),
    ):
        with store.write(house) as session:
            email = session.get_one(SupporterEmail, email_id)
            store.set_email_state(session, email, state)
        assert counts(house) == counted


def test_the_same_email_is_recorded_once(house):
    assert record(house, EmailState.COUNTED) == record(house, EmailState.COUNTED)
    assert record(house, EmailState.COUNTED, minute=1) != 1
    assert counts(house) == {107: 1}
    with store.read(house) as session:
        assert store.tallies_of(session, 1)[107].email_count == 2


def test_a_wrong_tally_is_found_and_a_recount_mends_it(house):
    record(house, EmailState.COUNTED)
    with store.write(house) as session:
        session.connection().execute(text("UPDATE tally SET supporter_count = 9"))
        session.add(
            Tally(
                motion_id=1,
                member_id=101,
                supporter_count=1,
                email_count=1,
                first_email_at=NOW,
                last_email_at=NOW,
            )
        )
    with store.read(house) as session:
        assert store.tally_differences(session) == [(1, 101), (1, 107)]
    with store.write(house) as session:
        store.recount_tallies(session)
    assert counts(house) == {107: 1}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    batches=st.lists(
        st.lists(
            st.fixed_dictionaries(
                {
                    "supporter_email": st.sampled_from(["a@x.example", "b@x.example"]),
                    "mp_name": st.sampled_from(["Toby Ash", "Jane Carver", "Nobody"]),
                    "sent_at": st.sampled_from([SENT, "2026-06-02", "2026-06-03"]),
                    "message_id": st.sampled_from(["", "one", "two"]),
                }
            ),
            max_size=6,
        ),
        max_size=3,
    )
)
def test_tallies_equal_a_recount_whatever_comes(sqlite_engine, batches):
    with store.write(sqlite_engine) as session:
        for table in ("tally", "supporter_email", "consent", "supporter"):
            session.connection().execute(text(f"DELETE FROM {table}"))
        is_new = session.get(Member, 101) is None
    if is_new:
        seat_a_house(sqlite_engine)
    for rows in batches:
        # The plan of rules/intake.py, and the database's constraints, say the same.
        planned = take_in(sqlite_engine, *rows, is_dry=True)
        result = take_in(sqlite_engine, *rows)
        assert planned == result
        total = result.counted + result.duplicates + result.review
        assert total == result.read == len(rows)
        counts(sqlite_engine)
    before = counts(sqlite_engine)
    for rows in batches:
        assert take_in(sqlite_engine, *rows).duplicates == len(rows)
    assert counts(sqlite_engine) == before
