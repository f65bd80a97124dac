"""People's data go by themselves: both sides of each limit, by a time that is set."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, func, insert, text
from sqlmodel import col, select

from tests.person_scene import ADDRESS, CANARY, MEMBER, NOW, add_campaign, add_person
from tracker import store
from tracker.config import Settings, settings_from
from tracker.rules.calendar import end_of_day
from tracker.rules.nudge import Stance
from tracker.rules.retention import goes_at
from tracker.rules.sending import HELD_UNCONFIRMED
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Engine
from tracker.store.tables import (
    Contact,
    EmailState,
    IdempotencyKey,
    MatchMethod,
    Message,
    MessageKind,
    MessageState,
    PostcodeAnswer,
    SignAlert,
    Supporter,
    SupporterEmail,
    Way,
)
from tracker.supporters.access import person_data
from tracker.supporters.erasure import erase_person
from tracker.supporters.retention import LARGEST, RetentionReport, apply_retention

CLOSES_ON = date(2026, 7, 20)
CLOSED_AT = end_of_day(CLOSES_ON)
SECOND = timedelta(seconds=1)
KEY = b"a key for tests"


def days(count: float) -> timedelta:
    return timedelta(days=count)


@pytest.fixture
def configured(tmp_path: Path) -> Settings:
    """Our motion closes on 20 July 2026; another, 311, is open."""
    return settings_from(
        {
            "motions": [
                {"number": 240, "session": "2026-27", "closes_on": CLOSES_ON},
                {"number": 311, "session": "2026-27", "closes_on": date(2029, 1, 1)},
            ],
            "parliament": {"contact": "test@example.org"},
        },
        folder=tmp_path,
    )


@pytest.fixture
def motion_id(engine: Engine) -> int:
    return add_campaign(engine)


@pytest.fixture
def person_id(engine: Engine, motion_id: int) -> int:
    """Somebody whose Messages are all done, at NOW."""
    with store.write(engine) as session:
        return add_person(session, motion_id, state=MessageState.FAILED)


def run(engine: Engine, settings: Settings, now: datetime) -> RetentionReport:
    return apply_retention(engine, settings, now=now)


def person(engine: Engine, person_id: int) -> Supporter:
    with store.read(engine) as session:
        return session.get_one(Supporter, person_id)


def of(engine: Engine, kind: Any, person_id: int) -> list[Any]:
    with store.read(engine) as session:
        return list(
            session.exec(
                select(kind).where(kind.supporter_id == person_id).order_by(kind.id)
            ).all()
        )


# The rule.

moments = st.integers(0, 4000 * 24).map(
    lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)


@given(moments, moments, st.lists(st.none() | moments, max_size=3))
def test_nobody_is_kept_longer_than_the_longest(
    arrived_at: datetime, acted_at: datetime, closings: list[datetime | None]
) -> None:
    at = goes_at(
        arrived_at=arrived_at,
        last_act_at=acted_at,
        closings=closings,
        retention=days(90),
        longest=days(400),
    )
    assert at <= acted_at + days(400)
    if not closings or None in closings:
        assert at == acted_at + days(400)
    else:
        latest = max(closing for closing in closings if closing is not None)
        assert at == min(max(latest, arrived_at) + days(90), acted_at + days(400))


# Wording and postal address.


def test_the_wording_of_an_email_goes_after_its_days(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    report = run(engine, configured, NOW + days(28) - SECOND)
    assert (report.wordings, report.addresses) == (0, 0)
    assert all(message.body for message in of(engine, Message, person_id))
    assert person(engine, person_id).address is not None
    report = run(engine, configured, NOW + days(28) + timedelta(minutes=2))
    assert (report.wordings, report.subjects, report.addresses) == (3, 3, 1)
    for message in of(engine, Message, person_id):
        assert (message.subject, message.body) == (None, None)
    for email in of(engine, SupporterEmail, person_id):
        assert email.subject is None
    someone = person(engine, person_id)
    assert (someone.address, someone.email) == (None, ADDRESS)


def test_what_was_not_sent_keeps_its_wording(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    with store.write(engine) as session:
        person_id = add_person(session, motion_id, state=MessageState.UNCERTAIN)
    run(engine, configured, NOW + days(34))
    bodies = [message.body is None for message in of(engine, Message, person_id)]
    assert bodies == [True, False, True]
    assert person(engine, person_id).address is not None


def test_webhooks_keep_what_they_carried(engine: Engine, configured: Settings) -> None:
    with store.write(engine) as session:
        session.add(
            Message(
                kind=MessageKind.WEBHOOK,
                state=MessageState.SENT,
                dedupe_key="w",
                body="{}",
                message_id="w",
                created_at=NOW,
                next_try_at=NOW,
                finished_at=NOW,
            )
        )
    assert run(engine, configured, NOW + days(60)).wordings == 0


# Postcodes.


@pytest.mark.parametrize(
    ("state", "is_kept"),
    [
        (MessageState.HELD, True),
        (MessageState.QUEUED, True),
        (MessageState.SENDING, True),
        (MessageState.PARKED, True),
        (MessageState.UNCERTAIN, True),
        (MessageState.SENT, False),
        (MessageState.FAILED, False),
        (MessageState.CANCELLED, False),
    ],
)
def test_a_postcode_goes_when_the_last_message_is_done(
    engine: Engine,
    configured: Settings,
    motion_id: int,
    state: MessageState,
    is_kept: bool,
) -> None:
    with store.write(engine) as session:
        person_id = add_person(session, motion_id, state=state)
    run(engine, configured, NOW + SECOND)
    someone = person(engine, person_id)
    assert (someone.postcode is not None) is is_kept
    assert someone.ons_code == "E14000000", "the seat's code stays"


# Whole people.


def test_a_person_goes_after_the_closing(
    engine: Engine, configured: Settings, person_id: int, motion_id: int
) -> None:
    assert run(engine, configured, CLOSED_AT + days(90) - SECOND).people == 0
    assert person(engine, person_id).email == ADDRESS
    assert run(engine, configured, CLOSED_AT + days(90)).people == 1
    with engine.connect() as connection:
        for table in ("supporter", "supporter_email", "message", "consent"):
            found = connection.execute(text(f"SELECT * FROM {table}")).all()
            assert CANARY not in repr(found)
    with store.read(engine) as session:
        assert store.supporter_counts(session, motion_id) == {MEMBER: 1}
        assert not store.tally_differences(session)
    assert run(engine, configured, CLOSED_AT + days(91)) == RetentionReport()


def test_who_came_after_the_closing_goes_that_long_after_they_came(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    came_at = CLOSED_AT + days(30)
    with store.write(engine) as session:
        person_id = add_person(
            session, motion_id, at=came_at, state=MessageState.CANCELLED
        )
    assert run(engine, configured, came_at + days(90) - SECOND).people == 0
    assert run(engine, configured, came_at + days(90)).people == 1
    assert person(engine, person_id).erased_at is not None


def test_who_wrote_about_an_open_motion_too_is_kept_until_the_longest(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    with store.write(engine) as session:
        other = store.record_motion(session, "2026-27", 311)
        email = of(engine, SupporterEmail, person_id)[0]
        email = session.get_one(SupporterEmail, email.id)
        email.motion_id = other.id or 0
        session.add(email)
        store.recount_tallies(session)
    assert run(engine, configured, NOW + days(400) - SECOND).people == 0
    assert run(engine, configured, NOW + days(400)).people == 1


def test_what_still_waited_is_cancelled_with_its_person(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    with store.write(engine) as session:
        person_id = add_person(session, motion_id, state=MessageState.UNCERTAIN)
    run(engine, configured, CLOSED_AT + days(90))
    message = of(engine, Message, person_id)[1]
    assert (message.state, message.body) == (MessageState.UNCERTAIN, None)


def test_a_letter_that_nobody_confirmed_is_given_up(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    with store.write(engine) as session:
        person_id = add_person(session, motion_id, state=MessageState.HELD)
        message = session.exec(
            select(Message).where(Message.state == MessageState.HELD)
        ).one()
        message.error, message.confirmed_at = HELD_UNCONFIRMED, None
        session.add(message)
    assert run(engine, configured, NOW + days(7) - SECOND).unconfirmed == 0
    assert run(engine, configured, NOW + days(7)).unconfirmed == 1
    message = of(engine, Message, person_id)[1]
    assert message.state is MessageState.CANCELLED
    assert of(engine, SupporterEmail, person_id)[1].state is EmailState.CANCELLED


# Notes, answers, keys.


def test_notes_on_offices_go_with_the_retention(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    with store.write(engine) as session:
        session.add(
            Contact(
                motion_id=motion_id,
                member_id=MEMBER,
                channel=Channel.PHONE,
                outcome=ContactOutcome.CONTACT,
                stance=Stance.CONSIDERING,
                note="they said much",
                contacted_at=NOW,
                logged_by="staff",
            )
        )
    assert run(engine, configured, CLOSED_AT + days(90) - SECOND).notes == 0
    assert run(engine, configured, CLOSED_AT + days(90)).notes == 1
    with store.read(engine) as session:
        [contact] = session.exec(select(Contact)).all()
    assert (contact.note, contact.stance) == (None, Stance.CONSIDERING)


@pytest.mark.parametrize(("after", "count"), [(30, 1), (30.01, 0)])
def test_answers_about_postcodes_are_kept_for_thirty_days(
    engine: Engine, configured: Settings, after: float, count: int
) -> None:
    with store.write(engine) as session:
        session.add(PostcodeAnswer(postcode="ZZ11AA", asked_at=NOW))
    run(engine, configured, NOW + days(after))
    with store.read(engine) as session:
        assert len(session.exec(select(PostcodeAnswer)).all()) == count


@pytest.mark.parametrize(("after", "count"), [(3, 1), (3.01, 0)])
def test_answers_to_posts_are_kept_for_three_days(
    engine: Engine, configured: Settings, after: float, count: int
) -> None:
    with store.write(engine) as session:
        session.add(
            IdempotencyKey(
                key="k", request_hash="h", status=200, answer="{}", created_at=NOW
            )
        )
    run(engine, configured, NOW + days(after))
    with store.read(engine) as session:
        assert len(session.exec(select(IdempotencyKey)).all()) == count


# Pace.


def test_a_run_that_was_stopped_goes_on_from_what_is_left(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    with store.write(engine) as session:
        for number in range(250):
            add_person(
                session, motion_id, f"someone{number}", state=MessageState.CANCELLED
            )
    now = CLOSED_AT + days(90)
    calls = iter(range(1000))
    stopped = apply_retention(
        engine, configured, now=now, is_stopped=lambda: next(calls) > 1
    )
    assert 0 < stopped.wordings < 750
    assert stopped.people == 0
    rest = run(engine, configured, now)
    assert stopped.wordings + rest.wordings == 750
    assert rest.people == 250
    with store.read(engine) as session:
        assert store.supporter_counts(session, motion_id) == {MEMBER: 250}


@pytest.mark.parametrize(
    ("seconds_a_row", "longest"),
    [
        pytest.param(0.001, 0.2, id="slow"),
        pytest.param(0.000_001, 0.01, id="quick"),
    ],
)
def test_nobody_waits_long_while_many_people_go(
    engine: Engine,
    configured: Settings,
    motion_id: int,
    monkeypatch: pytest.MonkeyPatch,
    seconds_a_row: float,
    longest: float,
) -> None:
    """P5: steps fit 200 ms on a slow machine, and are few on a quick one.

    The machine's pace is set: each row that is changed takes so long. What a real one
    takes is printed by `make bench ARGS=retention`.
    """
    for start in range(0, 3000, 500):
        with store.write(engine) as session:
            _add_many(session, motion_id, start, start + 500)
    touched: list[int] = []
    ends: list[int] = []
    monkeypatch.setattr(
        "tracker.supporters.retention.monotonic", lambda: sum(touched) * seconds_a_row
    )
    event.listen(engine, "commit", lambda _connection: ends.append(sum(touched)))
    with counting_rows(engine, touched):
        assert run(engine, configured, CLOSED_AT + days(90)).people == 3000
    steps = [after - before for before, after in pairwise(ends) if after > before]
    assert max(steps) * seconds_a_row < longest
    assert max(touched) == (LARGEST if longest < 0.2 else 100)


def test_no_statement_lets_go_of_more_than_a_few_rows(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    """P5: whatever is kept for a while goes in steps, not people alone."""
    many = range(1500)
    with store.write(engine) as session:
        connection = session.connection()
        for number in many:
            session.add(PostcodeAnswer(postcode=f"ZZ{number}", asked_at=NOW))
            session.add(
                IdempotencyKey(
                    key=f"{number}",
                    request_hash="h",
                    status=200,
                    answer="{}",
                    created_at=NOW,
                )
            )
        connection.execute(
            insert(Supporter),
            [{**_someone(number), "address": "1 Street"} for number in many],
        )
        connection.execute(insert(SignAlert), [_alert(n, motion_id) for n in many])
    touched: list[int] = []
    with counting_rows(engine, touched):
        run(engine, configured, NOW + days(50))
    with store.read(engine) as session:
        for table in (PostcodeAnswer, IdempotencyKey, SignAlert):
            assert session.exec(select(func.count()).select_from(table)).one() == 0
        assert session.exec(select(Supporter.email).distinct()).all() == [None]
    assert sum(touched) > 4 * len(many)
    assert max(touched) <= LARGEST


@contextmanager
def counting_rows(engine: Engine, touched: list[int]) -> Iterator[None]:
    """Keep how many rows each UPDATE and DELETE changes."""

    def note(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("UPDATE", "DELETE")):
            touched.append(cursor.rowcount)

    event.listen(engine, "after_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(engine, "after_cursor_execute", note)


def _someone(number: int) -> dict[str, Any]:
    return {
        "id": number + 1,
        "ref": f"r{number}",
        "email_key": f"k{number}",
        "email": f"x{number}@example.org",
        "created_at": NOW,
        "last_act_at": NOW,
    }


def _alert(number: int, motion_id: int) -> dict[str, Any]:
    return {
        "supporter_id": number + 1,
        "motion_id": motion_id,
        "member_id": MEMBER,
        "wording": "tell me",
        "version": "1",
        "asked_at": NOW,
    }


def _add_many(session: store.Session, motion_id: int, start: int, end: int) -> None:
    for number in range(start, end):
        session.add(Supporter(**_someone(number)))
    session.flush()
    for number in range(start, end):
        session.add(
            SupporterEmail(
                motion_id=motion_id,
                member_id=MEMBER,
                supporter_id=number + 1,
                way=Way.IMPORT,
                state=EmailState.COUNTED,
                method=MatchMethod.NAME,
                sent_at=NOW,
                sent_minute=number,
                message_id=f"{number * 7919 % 104729}@example.org",
                subject="EDM 240",
            )
        )


# The right of access.


def test_a_persons_data_are_told_whole(
    engine: Engine, motion_id: int, person_id: int
) -> None:
    """Every column that holds the person's word is in the answer."""
    with store.write(engine) as session:
        add_person(session, motion_id, "bystander")
    with store.read(engine) as session:
        told = person_data(session, KEY, ADDRESS.upper())
    assert told["is_known"]
    held = _columns_with(engine, CANARY) - {("supporter_email", "row_key")}
    answers = {
        "supporter": [told["supporter"]],
        "consent": told["consents"],
        "supporter_email": told["emails"],
        "message": told["messages"],
        "sign_alert": told["alerts"],
    }
    assert {table for table, _ in held} == set(answers)
    for table, column in held:
        assert any(CANARY in str(row[column]) for row in answers[table]), column
    assert "bystander" not in repr(told)
    assert told["emails"][0]["member"] == "Jane Carver"
    assert told["emails"][0]["motion"] == "EDM 240 of 2026-27"
    assert told["sources"][0]["source"] == "a list"
    assert len(told["messages"]) == 3
    assert told["supporter"]["id"] == person_id


def _columns_with(engine: Engine, word: str) -> set[tuple[str, str]]:
    found = set()
    with engine.connect() as connection:
        for table in store.tables.metadata.sorted_tables:
            for row in connection.execute(table.select()).mappings():
                found |= {(table.name, c) for c, v in row.items() if word in str(v)}
    return found


def test_of_somebody_erased_only_that_is_told(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    erase_person(engine, configured, KEY, person_id, now=NOW, actor="staff")
    with store.read(engine) as session:
        told = person_data(session, KEY, ADDRESS)
        nobody = person_data(session, KEY, "nobody@example.org")
    assert told["is_known"]
    assert told["erased_at"] == NOW.isoformat()
    assert told["supporter"] is None
    assert told["emails"] == told["messages"] == told["consents"] == []
    assert not nobody["is_known"]


def test_ids_are_in_order(engine: Engine, person_id: int) -> None:
    with store.read(engine) as session:
        ids = session.exec(select(Message.id).order_by(col(Message.id))).all()
        told = person_data(session, KEY, ADDRESS)
    assert [row["id"] for row in told["messages"]] == list(ids)
    assert told["supporter"]["id"] == person_id
