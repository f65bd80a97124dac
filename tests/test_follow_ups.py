"""Follow-ups from the first email on: planned, looked at, told, ended (product.md 7)."""

import json
from dataclasses import fields
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from tests.conftest import FakeClock
from tests.follow_up_scene import MONDAY, FollowUpScene, follow_up_settings
from tracker import store
from tracker.contacts import NewContact, log_contact
from tracker.following.looking import People, facts_of
from tracker.following.pausing import ScopeError, pause, resume
from tracker.following.story import plan_for_all_again, rehearse_follow_ups
from tracker.outbox.look import cancel_what_ended
from tracker.rules import follow_ups as rules
from tracker.rules.audience import NOBODY
from tracker.rules.changes import ChangeKind
from tracker.rules.event_types import EventType
from tracker.rules.follow_ups import Facts, Rule
from tracker.rules.nudge import Stance
from tracker.rules.reports import ReportKind
from tracker.rules.sending import CLOSED, VACANT, WITHDRAWN
from tracker.rules.stances import Channel, ContactOutcome
from tracker.rules.status import NudgeStatus
from tracker.store import Engine, follow_up_lists
from tracker.store import follow_ups as stored
from tracker.store.contacts import contacts_with, take_back_contact
from tracker.store.follow_up_marks import changed_members
from tracker.store.tables import (
    ConsentKind,
    EmailState,
    FollowUp,
    FollowUpState,
    Import,
    MessageState,
    Motion,
    OutgoingEvent,
    Supporter,
    SupporterEmail,
    Way,
)
from tracker.supporters.own_page import STOPPED, take_back

PLANNED, OUT = FollowUpState.PLANNED, FollowUpState.OUT
SKIPPED, CANCELLED = FollowUpState.SKIPPED, FollowUpState.CANCELLED
ASK, SECOND, THANKS = "ask-and-ring", "second-email", "thank-you"


@pytest.fixture
def scene(
    engine: Engine, clock: FakeClock, tmp_path: Path, database_url: str
) -> FollowUpScene:
    made = FollowUpScene(engine, follow_up_settings(tmp_path, database_url), clock)
    made.add_members(10, 11)
    return made


def reasons(scene: FollowUpScene, rule: str) -> list[str | None]:
    return [row.reason for row in scene.follow_ups(rule)]


def asked(scene: FollowUpScene) -> FollowUpScene:
    """Have two people write to two Members on Monday, and both asked on Friday."""
    scene.add_supporter(10)
    scene.add_supporter(11)
    scene.run()
    scene.set(19)
    scene.run()
    assert scene.states(ASK) == [OUT, OUT]
    return scene


def test_four_days_after_their_own_email_a_supporter_is_asked_once(scene):
    scene.add_supporter(10)
    scene.run()
    assert [(row.rule, row.state) for row in scene.follow_ups()] == [
        (ASK, PLANNED),
        (SECOND, PLANNED),
    ]
    scene.set(19, 7, 59)
    assert scene.run().gone_count == 0
    scene.set(19, 8)
    assert scene.run().gone_count == 1
    [message] = scene.messages()
    assert (message.to_address, message.state) == (
        "writer1@example.org",
        MessageState.QUEUED,
    )
    assert message.subject == "Has Member 10 replied to you about EDM 718?"
    _, question, *_ = (message.body or "").split("\n\n")
    assert question.startswith("Has Member 10 replied? ")
    assert "01407 000000" in (message.body or "")
    scene.set(30)
    assert scene.run().gone_count == 0
    assert scene.states(ASK) == [OUT]


def test_who_did_not_agree_is_planned_nothing(scene):
    scene.add_supporter(10, reminders=False)
    scene.set(19)
    scene.run()
    assert scene.follow_ups() == []


def test_what_was_due_before_an_imported_email_came_is_skipped(scene):
    """One email of five days ago and one of three, in a file that is read now."""
    for days in (5, 3):
        scene.add_supporter(10, wrote_at=MONDAY - timedelta(days=days))
    with store.write(scene.engine) as session:
        run = Import(source="a list", started_at=MONDAY)
        session.add(run)
        session.flush()
        for email in session.exec(select(SupporterEmail)).all():
            email.way, email.import_id = Way.IMPORT, run.id
    scene.run()
    assert scene.states(ASK) == [SKIPPED, PLANNED]
    assert reasons(scene, ASK) == [rules.DUE_BEFORE_EMAIL, None]
    assert scene.states(SECOND) == [PLANNED, PLANNED]


def test_what_was_due_before_they_agreed_is_skipped(scene):
    person = scene.add_supporter(10, reminders=False)
    scene.set(22)
    with store.write(scene.engine) as session:
        scene.agree(session, person, scene.clock())
    plan_for_all_again(scene.engine)
    scene.run()
    assert reasons(scene, ASK) == [rules.DUE_BEFORE_CONSENT]
    assert scene.states(SECOND) == [PLANNED]


def test_a_signature_ends_what_asks_for_it_in_the_transaction_that_records_it(scene):
    asked(scene)
    scene.sign(10)
    [signed, other] = scene.messages()
    assert (signed.state, signed.error) == (MessageState.CANCELLED, rules.HAS_SIGNED)
    assert other.state is MessageState.QUEUED
    assert scene.states(ASK) == [CANCELLED, OUT]
    assert scene.states(SECOND) == [CANCELLED, PLANNED]


def test_thanks_go_when_the_signature_has_settled(scene):
    asked(scene)
    scene.set(22, 10)
    scene.sign(10)
    scene.run()
    assert scene.states(THANKS) == [PLANNED]
    scene.set(23, 9, 59)
    assert scene.run().gone_count == 0
    scene.set(23, 10)
    scene.run()
    message = scene.messages()[-1]
    assert message.subject == "Member 10 has signed EDM 718"
    assert "since 22 June 2026" in (message.body or "")
    assert scene.states("withdrawn-note") == []


def test_a_signature_withdrawn_within_the_hour_is_not_thanked_for(scene):
    asked(scene)
    scene.set(22, 10)
    scene.sign(10)
    scene.run()
    scene.set(22, 11)
    scene.withdraw(10)
    scene.set(23, 10)
    scene.run()
    assert reasons(scene, THANKS) == [rules.NOT_SIGNED]
    scene.set(23, 11)
    scene.run()
    message = scene.messages()[-1]
    assert message.subject == (
        "EDM 718: the signature of Member 10 is shown as withdrawn"
    )
    assert "since" in (message.body or "")
    assert scene.states(ASK) == [CANCELLED, OUT], "it is over once it has ended"


def test_who_signs_again_is_thanked_for_after_all_and_once(scene):
    asked(scene)
    scene.set(22, 10)
    scene.sign(10)
    scene.run()
    scene.set(22, 11)
    scene.withdraw(10)
    scene.run()
    scene.set(23, 10)
    scene.run()
    assert scene.states(THANKS) == [CANCELLED]
    scene.set(23, 10, 30)
    scene.sign(10)
    scene.run()
    assert reasons(scene, "withdrawn-note") == [rules.HAS_SIGNED]
    scene.set(24, 10, 30)
    scene.run()
    assert scene.states(THANKS) == [OUT]
    for day in (25, 26, 29):
        scene.set(day)
        scene.run()
    assert len(scene.messages()) == 3


def test_who_wrote_too_late_for_one_signature_is_told_of_the_next(scene):
    asked(scene)
    scene.set(22, 10)
    scene.sign(10)
    scene.set(23, 12)
    scene.add_supporter(10)
    scene.run()
    assert scene.states(THANKS) == [OUT, SKIPPED]
    scene.set(24, 10)
    scene.withdraw(10)
    scene.set(24, 11)
    scene.sign(10)
    scene.run()
    assert scene.states(THANKS) == [OUT, PLANNED]
    scene.set(25, 11)
    scene.run()
    assert scene.states(THANKS) == [OUT, OUT]


def test_the_first_list_is_history_and_nobody_is_thanked_for_it(scene):
    scene.add_members(1)
    scene.add_supporter(1)
    scene.run()
    scene.set(19)
    scene.run()
    assert scene.states(THANKS) == []
    assert reasons(scene, ASK) == [rules.HAS_SIGNED]


def test_a_departure_a_closing_and_a_withdrawn_motion_end_them(scene):
    asked(scene)
    with store.write(scene.engine) as session:
        store.record_departure(session, 10, ended_on=date(2026, 6, 19), reason=None)
        store.cancel_for(session, None, [10], VACANT, scene.clock())
    assert reasons(scene, SECOND) == [VACANT, None]
    assert scene.messages()[0].error == VACANT
    scene.clock.set(scene.clock() + timedelta(days=400))
    with store.write(scene.engine) as session:
        cancel_what_ended(session, scene.settings, scene.clock())
    assert reasons(scene, SECOND) == [VACANT, CLOSED]
    assert scene.run().groups == []


def test_a_motion_that_is_withdrawn_ends_them_with_the_poll(scene):
    scene.add_supporter(10)
    scene.run()
    with store.write(scene.engine) as session:
        motion = session.get_one(Motion, scene.motion_id)
        motion.is_withdrawn, motion.status_at = True, scene.clock()
        store.cancel_for(session, motion.id, None, WITHDRAWN, scene.clock())
    assert reasons(scene, ASK) == [WITHDRAWN]


def log(scene: FollowUpScene, stance: Stance) -> None:
    with store.write(scene.engine) as session:
        new = NewContact(10, Channel.PHONE, ContactOutcome.CONTACT, stance)
        watched = scene.settings.motions[0]
        log_contact(session, watched, new, by="Ann", at=scene.clock())


def test_a_refusal_ends_them_and_undo_brings_them_back(scene):
    scene.add_supporter(10)
    scene.add_supporter(11)
    scene.run()
    log(scene, Stance.WILL_NOT_SIGN)
    assert scene.states(ASK) == [CANCELLED, PLANNED]
    assert reasons(scene, ASK)[0] == rules.DECLINED
    with store.write(scene.engine) as session:
        [contact] = contacts_with(session, 10)
        take_back_contact(session, contact)
    assert scene.states(ASK) == [PLANNED, PLANNED]
    log(scene, Stance.WILL_SIGN)
    assert scene.states(ASK) == [PLANNED, PLANNED]
    scene.set(19)
    assert scene.run().gone_count == 2


def test_who_stops_gets_nothing_more_from_any_rule_at_once(scene):
    asked(scene)
    scene.set(22)
    scene.sign(11)
    scene.run()
    person = scene.follow_ups(ASK)[1].supporter_id
    with store.read(scene.engine) as session:
        ref = session.get_one(Supporter, person).ref
    token = scene.links.own_page(ref).rpartition("/")[2]
    assert take_back(scene.engine, scene.links, token, STOPPED, now=scene.clock())
    assert scene.states(THANKS) == [CANCELLED]
    assert scene.states(SECOND) == [PLANNED, CANCELLED]
    scene.set(23)
    scene.run()
    assert [m.supporter_id for m in scene.messages() if m.state.value == "queued"] == [
        scene.follow_ups(ASK)[0].supporter_id
    ]


def test_who_takes_reminders_back_while_one_is_in_the_outbox_does_not_get_it(scene):
    asked(scene)
    person = scene.follow_ups(ASK)[0].supporter_id
    with store.write(scene.engine) as session:
        kinds = [ConsentKind.REMINDERS]
        store.withdraw_consents(session, person, kinds, scene.clock())
    assert [m.state for m in scene.messages()] == [
        MessageState.CANCELLED,
        MessageState.QUEUED,
    ]
    assert reasons(scene, ASK) == [rules.NO_REMINDERS, None]


def test_an_erased_person_has_nothing_to_come(scene):
    asked(scene)
    with store.write(scene.engine) as session:
        person = scene.follow_ups(ASK)[0].supporter_id
        store.empty_people(session, [person], scene.clock())
    assert scene.states(ASK) == [CANCELLED, OUT]
    assert scene.states(SECOND) == [CANCELLED, PLANNED]


def report(scene: FollowUpScene, kind: ReportKind) -> None:
    with store.write(scene.engine) as session:
        store.record_report(
            session,
            kind,
            supporter_id=scene.follow_ups(ASK)[0].supporter_id,
            motion_id=scene.motion_id,
            member_id=10,
            now=scene.clock(),
        )


def test_a_reported_reply_pauses_and_nothing_yet_unlocks_the_second_email(scene):
    scene.add_supporter(10)
    scene.run()
    report(scene, ReportKind.THANKS_ONLY)
    scene.set(26)
    assert scene.run().gone_count == 0
    report(scene, ReportKind.NOTHING_YET)
    assert scene.run().gone_count == 1
    scene.set(26, 8, 11)
    assert scene.run().gone_count == 0, "one every twelve minutes, whichever rule"
    scene.set(26, 8, 12)
    assert scene.run().gone_count == 1
    assert [message.subject for message in scene.messages()] == [
        "Has Member 10 replied to you about EDM 718?",
        "Writing to Member 10 about EDM 718 a second time",
    ]


def test_without_a_report_there_is_no_second_email(scene):
    asked(scene)
    scene.set(29)
    scene.run()
    assert scene.states(SECOND) == [PLANNED, PLANNED]


def test_an_office_is_not_rung_by_everybody_at_once(scene):
    for _ in range(3):
        scene.add_supporter(10)
    scene.add_supporter(11)
    scene.run()
    gone = []
    for minute in range(8 * 60, 8 * 60 + 30):
        scene.set(19, *divmod(minute, 60))
        gone += [minute - 8 * 60] * scene.run().gone_count
    assert gone == [0, 0, 12, 24]


@pytest.mark.parametrize("while_status", [["needs_nudge", "chased"], []])
def test_a_recess_that_is_announced_later_puts_them_off(scene, while_status):
    rule = {"name": ASK, "after_days": 4, "while_status": while_status}
    scene.configure(follow_ups=[rule])
    scene.run()
    scene.set(15, 10)
    scene.add_supporter(10)
    scene.run()
    recess = {"from": date(2026, 6, 17), "to": date(2026, 6, 19)}
    scene.configure(recess=[recess], follow_ups=[rule])
    scene.set(19, 12)
    assert scene.run().shut == "they stop in a recess, until 19 June 2026"
    scene.set(22, 9, 59)
    assert scene.run().gone_count == 0
    # Four days that count, and three of recess.
    scene.set(22, 10)
    assert scene.run().gone_count == 1


DEFAULTS: list[dict[str, object]] = [
    {"name": ASK, "after_days": 4},
    {"name": SECOND, "after_days": 10},
    {"name": THANKS, "on_event": "signature.signed"},
]


def with_rules(scene: FollowUpScene, *rules_: dict[str, object]) -> None:
    scene.configure(follow_ups=list(rules_))


def test_a_rule_that_comes_in_the_middle_does_not_send_the_past(scene):
    scene.add_supporter(10)
    scene.set(17)
    scene.add_supporter(10)
    scene.run()
    scene.set(19, 12)
    scene.run()
    with_rules(scene, *DEFAULTS, {"name": "early", "after_days": 3})
    scene.run()
    assert scene.states("early") == [SKIPPED, PLANNED]
    assert reasons(scene, "early")[0] == rules.DUE_BEFORE_RULE
    assert scene.states(ASK) == [OUT, PLANNED]


def test_a_changed_rule_sends_nothing_twice_and_nothing_that_was_due(scene):
    scene.add_supporter(10)
    scene.set(16)
    scene.add_supporter(11)
    scene.set(19)
    scene.run()
    assert scene.states(ASK) == [OUT, PLANNED]
    scene.set(19, 12)
    with_rules(scene, {"name": ASK, "after_days": 2}, *DEFAULTS[1:])
    scene.run()
    assert scene.states(ASK) == [OUT, SKIPPED]
    scene.add_supporter(11)
    scene.set(23)
    scene.run()
    assert scene.states(ASK) == [OUT, SKIPPED, OUT]


def test_a_rule_that_was_taken_out_and_comes_back_does_not_make_up_for_it(scene):
    scene.add_supporter(10)
    scene.set(18)
    scene.add_supporter(11)
    scene.run()
    with_rules(scene, *DEFAULTS[1:])
    scene.set(19, 12)
    scene.run()
    assert scene.states(ASK) == [PLANNED, PLANNED]
    scene.set(20)
    with_rules(scene, *DEFAULTS)
    scene.run()
    assert scene.states(ASK) == [SKIPPED, PLANNED]
    scene.set(22)
    assert scene.run().gone_count == 1


def test_a_renamed_rule_is_another_one(scene):
    asked(scene)
    with_rules(scene, {"name": "ring", "after_days": 4}, *DEFAULTS[1:])
    scene.set(22)
    scene.run()
    assert scene.states("ring") == [SKIPPED, SKIPPED]


@pytest.mark.parametrize("scope", ["all", "rule:ask-and-ring", "mp:10"])
def test_staff_pause_and_resume(scene, scope):
    scene.add_supporter(10)
    scene.add_supporter(11)
    scene.run()
    with store.write(scene.engine) as session:
        pause(session, scene.settings, scope, by="Ann", now=scene.clock())
    scene.set(19)
    assert scene.run().gone_count == (1 if scope == "mp:10" else 0)
    with store.write(scene.engine) as session:
        resume(session, scope, by="Ann", now=scene.clock())
    scene.run()
    assert scene.states(ASK) == [OUT, OUT]
    with store.read(scene.engine) as session:
        told = [entry.action for entry in store.audit_entries(session, limit=5)]
    assert told == ["follow-ups resumed", "follow-ups paused"]


@pytest.mark.parametrize("scope", ["", "rule:nothing", "mp:12", "mp:x", "every"])
def test_only_what_is_there_can_be_paused(scene, scope):
    with store.write(scene.engine) as session, pytest.raises(ScopeError):
        pause(session, scene.settings, scope, by="Ann", now=scene.clock())


def test_an_email_that_counts_no_more_is_not_followed_up(scene):
    scene.add_supporter(10)
    scene.add_supporter(10)
    scene.run()
    with store.write(scene.engine) as session:
        email = session.exec(select(SupporterEmail).limit(1)).one()
        store.set_email_state(session, email, EmailState.BOUNCED)
    scene.set(19)
    scene.run()
    assert reasons(scene, ASK) == [rules.NOT_COUNTED, None]
    assert scene.states(ASK) == [CANCELLED, OUT]


HOOK = {
    "name": "crm",
    "url": "https://hooks.example.org/edm",
    "events": ["follow_up.due"],
}


def test_a_program_is_told_once_a_rule_mp_and_day_of_how_many(scene):
    rule = {"name": "crm-ring", "after_days": 1, "while_status": [], "send": "webhook"}
    scene.configure(follow_ups=[rule], webhooks=[HOOK])
    scene.run()
    scene.add_supporter(10, reminders=False)
    scene.add_supporter(10)
    scene.set(15, 12)
    scene.add_supporter(10)
    scene.run()
    for hour, minute in ((8, 0), (8, 1), (12, 0), (12, 1)):
        scene.set(16, hour, minute)
        scene.run()
    scene.set(17)
    scene.run()
    with store.read(scene.engine) as session:
        events = session.exec(select(OutgoingEvent)).all()
    told = [json.loads(event.data) for event in events]
    assert [(one["rule"], one["supporters"], one["member_id"]) for one in told] == [
        ("crm-ring", 2, 10),
        ("crm-ring", 1, 10),
    ]
    assert {event.type.value for event in events} == {"follow_up.due"}
    assert scene.messages() == []


def test_staff_have_them_on_their_list_until_they_are_settled(scene):
    rule = {"name": "staff-ring", "after_days": 1, "while_status": [], "send": "staff"}
    scene.configure(follow_ups=[rule])
    scene.run()
    scene.add_supporter(10, reminders=False)
    scene.add_supporter(11, reminders=False)
    scene.run()
    scene.set(16)
    scene.run()
    with store.write(scene.engine) as session:
        groups = follow_up_lists.staff_groups(session, scene.motion_id)
        assert [(one.member_id, one.count) for one in groups] == [(10, 1), (11, 1)]
        stored.settle_staff(session, "staff-ring", scene.motion_id, 10, scene.clock())
    scene.sign(11)
    with store.read(scene.engine) as session:
        assert follow_up_lists.staff_groups(session, scene.motion_id) == []
    assert scene.states("staff-ring") == [FollowUpState.DONE, CANCELLED]


def test_a_rehearsal_tells_what_would_go_and_keeps_nothing(scene):
    scene.add_supporter(10)
    scene.add_supporter(10)
    scene.set(19)
    told = rehearse_follow_ups(scene.engine, scene.settings, now=scene.clock())
    [(_, gone)] = told.groups
    assert (gone.rule, gone.count, gone.waiting_count) == (ASK, 1, 1)
    assert gone.reason == rules.SPREAD
    assert scene.follow_ups() == []
    assert scene.messages() == []


def test_in_hold_they_are_written_as_held(scene):
    scene.configure(mail={"mode": "hold"})
    scene.add_supporter(10)
    scene.run()
    scene.set(19)
    scene.run()
    assert [message.state for message in scene.messages()] == [MessageState.HELD]


def test_a_rule_can_wait_for_an_mp_to_be_in_need(scene):
    rule = {"name": "needed", "on_event": "member.needs_nudge", "settle_hours": 1}
    scene.configure(follow_ups=[rule])
    scene.run()
    scene.add_supporter(10)
    scene.add_supporter(11)
    scene.set(19, 9)
    with store.write(scene.engine) as session:
        new = store.NewOutgoing(
            type=EventType.MEMBER_NEEDS_NUDGE,
            dedupe_key="a test",
            motion=session.get_one(Motion, scene.motion_id),
            member_id=10,
        )
        store.record_outgoing(session, new, NOBODY, scene.clock())
    scene.run()
    assert scene.states("needed") == [PLANNED]
    scene.set(19, 9, 59)
    assert scene.run().gone_count == 0
    scene.set(19, 10)
    assert scene.run().gone_count == 1
    scene.set(22)
    assert scene.run().gone_count == 0


def test_nothing_is_planned_again_while_nothing_changes(scene):
    for _ in range(3):
        scene.add_supporter(10)
    scene.run()
    with store.read(scene.engine) as session:
        changed = changed_members(session, scene.motion_id, {}, {})
    assert changed == []
    scene.add_supporter(11)
    with store.read(scene.engine) as session:
        changed = changed_members(session, scene.motion_id, {}, {})
    assert [one.member_id for one in changed] == [11]


def test_what_is_known_of_a_member_is_known_of_each_follow_up_about_them():
    about = Facts(
        due_at=MONDAY,
        over="over",
        has_seat=False,
        status=NudgeStatus.CHASED,
        is_signed=True,
        newest_kind=ChangeKind.REMOVED,
        has_agreed=True,
        first_email_at=MONDAY,
        paused="paused",
        last_told_at=MONDAY,
    )
    row = FollowUp(
        rule="ring",
        motion_id=1,
        member_id=1,
        supporter_id=1,
        target=rules.Target.SUPPORTER,
        state=PLANNED,
        ends_when_signed=True,
        ends_when_left=True,
        is_chase=True,
        due_at=MONDAY,
        planned_at=MONDAY,
    )
    found = facts_of(Rule("ring", after_days=4), row, about, People({}, (), {}), ())
    theirs = {"has_agreed", "first_email_at", "has_reply", "said_nothing_came"}
    assert {
        field.name
        for field in fields(Facts)
        if getattr(found, field.name) != getattr(about, field.name)
    } <= theirs
