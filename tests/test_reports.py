"""What supporters report: which answer stands, what is a reply, and what staff make of it."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from tests.person_scene import ADDRESS, MEMBER, NOW, add_campaign, add_person
from tests.supporters_house import KEY
from tracker import store
from tracker.rules.nudge import Stance
from tracker.rules.reports import (
    ACTS,
    ANSWERS,
    REPLIES,
    ReportDecision,
    ReportKind,
    acceptance_of,
    is_reply,
    pauses_follow_ups,
    unlocks_second_email,
)
from tracker.rules.stances import (
    Channel,
    ContactOutcome,
    ContactSource,
    PastContact,
    office_facts,
)
from tracker.store import Engine
from tracker.store.contacts import take_back_contact
from tracker.store.tables import Contact, SupporterReport
from tracker.supporters.access import person_data

OTHER = 102
HOUR = timedelta(hours=1)


# The rules.


@pytest.mark.parametrize(
    ("kind", "reply", "second"),
    [
        (ReportKind.SIGNED_OR_WILL, True, False),
        (ReportKind.SIGNS_NO_EDMS, True, False),
        (ReportKind.CANNOT_MINISTER, True, False),
        (ReportKind.DISAGREES, True, False),
        (ReportKind.THANKS_ONLY, True, False),
        (ReportKind.NOTHING_YET, False, True),
        (ReportKind.RANG, False, False),
        (ReportKind.WROTE_AGAIN, False, False),
        (None, False, False),
    ],
)
def test_a_reply_pauses_and_no_reply_unlocks_the_second_email(kind, reply, second):
    assert is_reply(kind) is pauses_follow_ups(kind) is reply
    assert unlocks_second_email(kind) is second


def test_every_kind_is_an_answer_or_an_act():
    assert {*ANSWERS, *ACTS} == set(ReportKind)
    assert set(ANSWERS) - set(REPLIES) == {ReportKind.NOTHING_YET}


@pytest.mark.parametrize(
    ("kind", "stance"),
    [
        (ReportKind.SIGNED_OR_WILL, Stance.WILL_SIGN),
        (ReportKind.SIGNS_NO_EDMS, Stance.SIGNS_NO_EDMS),
        (ReportKind.DISAGREES, Stance.WILL_NOT_SIGN),
    ],
)
def test_an_accepted_report_is_that_stance(kind, stance):
    acceptance = acceptance_of(kind)
    assert acceptance is not None
    assert (acceptance.stance, acceptance.cannot_sign) == (stance, None)


def test_a_minister_is_marked_and_has_no_stance():
    acceptance = acceptance_of(ReportKind.CANNOT_MINISTER)
    assert acceptance is not None
    assert acceptance.stance is Stance.UNKNOWN
    assert acceptance.cannot_sign


@pytest.mark.parametrize(
    "kind", [ReportKind.THANKS_ONLY, ReportKind.NOTHING_YET, *ACTS]
)
def test_what_says_nothing_of_the_motion_cannot_be_accepted(kind):
    assert acceptance_of(kind) is None


def test_a_reported_stance_counts_and_quietens_nobody():
    reported = PastContact(
        NOW,
        ContactOutcome.CONTACT,
        Stance.WILL_SIGN,
        may_be_shown=False,
        call_back_on=None,
        is_reported=True,
    )
    facts = office_facts([reported])
    assert (facts.stance, facts.stance_at) == (Stance.WILL_SIGN, NOW)
    assert facts.quieted_at is facts.last_contact_at is None


# Which report stands.


@pytest.fixture
def motion_id(engine: Engine) -> int:
    return add_campaign(engine)


@pytest.fixture
def person_id(engine: Engine, motion_id: int) -> int:
    with store.write(engine) as session:
        return add_person(session, motion_id)


def said(
    engine: Engine,
    kind: ReportKind,
    person_id: int,
    motion_id: int,
    *,
    now: datetime = NOW,
    member_id: int = MEMBER,
) -> int:
    with store.write(engine) as session:
        report = store.record_report(
            session,
            kind,
            supporter_id=person_id,
            motion_id=motion_id,
            member_id=member_id,
            now=now,
        )
        assert report.id is not None
        return report.id


def answer_now(engine: Engine, person_id: int, motion_id: int) -> ReportKind | None:
    with store.read(engine) as session:
        answer = store.standing_answer(
            session, supporter_id=person_id, motion_id=motion_id, member_id=MEMBER
        )
        both = store.standing_answers(session, motion_id, [person_id])
        assert both.get((person_id, MEMBER)) is answer
        return answer


def test_the_newest_answer_counts(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    assert answer_now(engine, person_id, motion_id) is None
    said(engine, ReportKind.NOTHING_YET, person_id, motion_id)
    said(engine, ReportKind.DISAGREES, person_id, motion_id, now=NOW + HOUR)
    assert answer_now(engine, person_id, motion_id) is ReportKind.DISAGREES
    said(engine, ReportKind.RANG, person_id, motion_id, now=NOW + 2 * HOUR)
    assert answer_now(engine, person_id, motion_id) is ReportKind.DISAGREES
    said(engine, ReportKind.NOTHING_YET, person_id, motion_id, now=NOW + 3 * HOUR)
    assert answer_now(engine, person_id, motion_id) is ReportKind.NOTHING_YET


def test_the_same_answer_again_is_one(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    first = said(engine, ReportKind.DISAGREES, person_id, motion_id)
    again = said(
        engine,
        ReportKind.DISAGREES,
        person_id,
        motion_id,
        now=NOW + timedelta(days=9),
    )
    assert first == again


def test_an_act_counts_once_a_day_in_london(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    late = datetime(2026, 6, 15, 22, 59, tzinfo=UTC)  # 23:59 in London
    first = said(engine, ReportKind.RANG, person_id, motion_id)
    assert said(engine, ReportKind.RANG, person_id, motion_id, now=late) == first
    next_day = late + timedelta(minutes=1)
    assert said(engine, ReportKind.RANG, person_id, motion_id, now=next_day) != first


def test_taking_an_answer_back_lets_the_one_before_stand(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    said(engine, ReportKind.NOTHING_YET, person_id, motion_id)
    second = said(engine, ReportKind.DISAGREES, person_id, motion_id, now=NOW + HOUR)
    for changes in (True, False):
        with store.write(engine) as session:
            taken = store.take_back_report(session, person_id, second, now=NOW + HOUR)
        assert taken is changes
        assert answer_now(engine, person_id, motion_id) is ReportKind.NOTHING_YET


def test_nobody_takes_back_what_another_said(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    report_id = said(engine, ReportKind.DISAGREES, person_id, motion_id)
    with store.write(engine) as session:
        other = add_person(session, motion_id, "bystander")
        assert not store.take_back_report(session, other, report_id, now=NOW)
        assert not store.take_back_report(session, person_id, 999, now=NOW)
    assert answer_now(engine, person_id, motion_id) is ReportKind.DISAGREES


# What staff see.


def test_replies_are_of_distinct_supporters_and_each_mp(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    with store.write(engine) as session:
        second = add_person(session, motion_id, "second")
        third = add_person(session, motion_id, "third")
    said(engine, ReportKind.DISAGREES, person_id, motion_id)
    said(engine, ReportKind.THANKS_ONLY, person_id, motion_id, now=NOW + HOUR)
    said(engine, ReportKind.DISAGREES, second, motion_id)
    said(engine, ReportKind.NOTHING_YET, third, motion_id)
    said(engine, ReportKind.RANG, third, motion_id)
    said(engine, ReportKind.DISAGREES, third, motion_id, member_id=OTHER)
    with store.read(engine) as session:
        assert store.replies_reported(session, motion_id) == {MEMBER: 2, OTHER: 1}
        counted = [
            (row.member_id, row.kind, row.count)
            for row in store.open_reports(session, motion_id)
        ]
    assert counted == [
        (MEMBER, ReportKind.DISAGREES, 1),
        (MEMBER, ReportKind.THANKS_ONLY, 1),
        (OTHER, ReportKind.DISAGREES, 1),
    ]


def test_what_is_decided_leaves_the_list_and_stays_a_reply(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    said(engine, ReportKind.DISAGREES, person_id, motion_id)
    with store.write(engine) as session:
        count = store.decide_reports(
            session,
            ReportDecision.DISMISSED,
            ReportKind.DISAGREES,
            motion_id=motion_id,
            member_id=MEMBER,
            by="ann",
            now=NOW,
        )
        assert count == 1
        assert store.open_reports(session, motion_id) == []
        assert store.replies_reported(session, motion_id) == {MEMBER: 1}
    with store.write(engine) as session:
        [lately] = store.decided_lately(session, motion_id, limit=5)
        assert (lately.count, lately.kind, lately.decided_by) == (
            1,
            ReportKind.DISAGREES,
            "ann",
        )
        [report] = store.decided_with(session, lately.report_id)
        store.reopen_reports(session, [report])
        assert store.decided_with(session, lately.report_id) == []
        assert (report.decision, report.decided_by, report.decided_at) == (None,) * 3
        assert len(store.open_reports(session, motion_id)) == 1


def test_taking_a_contact_back_leaves_its_reports_undecided(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    said(engine, ReportKind.DISAGREES, person_id, motion_id)
    with store.write(engine) as session:
        contact = store.record_contact(
            session,
            Contact(
                motion_id=motion_id,
                member_id=MEMBER,
                channel=Channel.EMAIL,
                outcome=ContactOutcome.CONTACT,
                stance=Stance.WILL_NOT_SIGN,
                contacted_at=NOW,
                logged_by="ann",
                source=ContactSource.SUPPORTERS,
            ),
        )
        store.decide_reports(
            session,
            ReportDecision.ACCEPTED,
            ReportKind.DISAGREES,
            motion_id=motion_id,
            member_id=MEMBER,
            by="ann",
            now=NOW,
            contact_id=contact.id,
        )
        take_back_contact(session, contact)
        assert len(store.open_reports(session, motion_id)) == 1
        assert session.exec(select(Contact)).all() == []


# The person's rights.


def test_a_person_is_told_what_they_reported(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    said(engine, ReportKind.DISAGREES, person_id, motion_id)
    with store.read(engine) as session:
        [told] = person_data(session, KEY, ADDRESS)["reports"]
    assert (told["kind"], told["member"]) == ("disagrees", "Jane Carver")


def test_after_an_erasure_the_number_stays_and_says_nothing_of_anybody(
    engine: Engine, person_id: int, motion_id: int
) -> None:
    said(engine, ReportKind.DISAGREES, person_id, motion_id)
    with store.write(engine) as session:
        store.empty_people(session, [person_id], NOW)
        assert store.replies_reported(session, motion_id) == {MEMBER: 1}
        [row] = session.exec(select(SupporterReport)).all()
        assert row.supporter_id == person_id
    with store.read(engine) as session:
        assert person_data(session, KEY, ADDRESS)["reports"] == []
