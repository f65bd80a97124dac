"""The outbox: written once, held and cancelled by news, taken back, decided by staff."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import select

from tests.factories import motion_answer, recorded, signature_row
from tests.outbox_scene import CLOSES_ON, SESSION, Scene, scene_settings
from tracker import store
from tracker.config import MotionSettings
from tracker.outbox.look import cancel_what_ended, note_what_ended
from tracker.rules.likeness import likeness
from tracker.rules.sending import (
    CLOSED,
    DISSOLVED,
    HELD_SIGNED,
    NO_CONSENT,
    VACANT,
    WITHDRAWN,
)
from tracker.store.tables import (
    AuditEntry,
    Consent,
    EmailState,
    Member,
    MemberContact,
    Message,
    MessageKind,
    MessageState,
    Signature,
    Supporter,
    Tally,
)

HELD, QUEUED = MessageState.HELD, MessageState.QUEUED
SENT, CANCELLED = MessageState.SENT, MessageState.CANCELLED


@pytest.fixture
def scene(engine, clock, tmp_path):
    scene = Scene(engine, scene_settings(tmp_path), clock, is_simulated=True)
    scene.add_member(1001, "delivered@simulator.example")
    return scene


def change(scene: Scene, message_id: int, **values: object) -> None:
    with store.write(scene.engine) as session:
        message = session.get_one(Message, message_id)
        for name, value in values.items():
            setattr(message, name, value)


def supporter_count(scene: Scene, member_id: int = 1001) -> int:
    with store.read(scene.engine) as session:
        tally = session.get(Tally, (scene.motion_id, member_id))
        return tally.supporter_count if tally else 0


def test_the_same_cause_writes_one_message(scene, clock):
    new = store.NewMessage(
        kind=MessageKind.RECEIPT,
        dedupe_key="the form's key",
        to_address="a@example.org",
        subject="s",
        body="b",
    )
    ids = set()
    for _ in range(3):
        with store.write(scene.engine) as session:
            message = store.queue_message(
                session, new, is_held=False, domain="example.org", now=clock()
            )
            ids.add((message.id, message.message_id))
    assert len(ids) == 1


def test_two_processes_that_write_the_same_cause_at_once_write_one(scene, clock):
    new = store.NewMessage(MessageKind.RECEIPT, "key", "a@example.org", "s", "b")
    with store.write(scene.engine) as session:
        first = store.queue_message(
            session, new, is_held=False, domain="example.org", now=clock()
        )
        twin = Message(**first.model_dump(exclude={"id"}))
        twin.message_id = "<another@example.org>"
        found = store.outbox._insert(session, twin)
        assert found.id == first.id


def test_an_mp_who_signs_while_an_email_waits_is_not_written_to(scene, clock):
    """Holds 4 of the issue: and the supporter is told, once."""
    waiting, held = scene.add_letter(), scene.add_letter(is_held=True)
    watched = MotionSettings(number=718, session=SESSION)
    row = signature_row(1, member_id=1001)
    recorded(scene.engine, watched, motion_answer([row]), seen_at=clock())
    assert scene.state(waiting) is HELD
    assert scene.message(waiting).error == HELD_SIGNED
    scene.send_all()
    assert scene.state(waiting) is HELD
    notices = scene.notices()
    assert [(n.supporter_email_id, n.state) for n in notices] == [
        (scene.message(waiting).supporter_email_id, SENT),
        (scene.message(held).supporter_email_id, HELD),
    ]
    assert "Member Number 1001 has signed EDM 718" in (notices[0].body or "")


def test_an_mp_who_signed_between_the_polls_look_and_the_sending_is_not_written_to(
    scene,
):
    number = scene.add_letter()
    scene.sign()
    scene.send_all()
    assert scene.state(number) is HELD
    assert scene.message(number).error == HELD_SIGNED
    assert len(scene.notices()) == 1


def test_a_row_that_is_signed_and_withdrawn_in_one_poll_holds_nothing(scene, clock):
    number = scene.add_letter()
    row = signature_row(1, member_id=1001, withdrawn="2026-06-10T10:00:00")
    watched = MotionSettings(number=718, session=SESSION)
    recorded(scene.engine, watched, motion_answer([row]), seen_at=clock())
    assert scene.state(number) is QUEUED


def test_an_email_on_its_way_to_the_server_is_caught_before_its_text(scene, clock):
    """The MP signs after the claim: the look before the text finds it taken away."""
    number = scene.add_letter()
    sender = scene.sender()
    claim = sender._claim()
    assert claim is not None
    scene.sign()
    with store.write(scene.engine) as session:
        store.hold_for_signed(session, scene.motion_id, [1001], clock())
    assert sender._hand_over(claim) is False
    assert scene.state(number) is HELD


def test_news_that_nobody_told_of_is_seen_before_the_text(scene):
    number = scene.add_letter()
    sender = scene.sender()
    claim = sender._claim()
    assert claim is not None
    scene.sign()
    assert sender._hand_over(claim) is False
    assert scene.state(number) is HELD


def test_once_the_text_is_on_its_way_news_changes_nothing(scene, clock):
    number = scene.add_letter()
    sender = scene.sender()
    claim = sender._claim()
    assert claim is not None
    assert sender._hand_over(claim) is True
    scene.sign()
    with store.write(scene.engine) as session:
        assert store.hold_for_signed(session, scene.motion_id, [1001], clock()) == 0
        assert store.cancel_for(session, scene.motion_id, None, WITHDRAWN, clock()) == 0
    assert scene.state(number) is MessageState.SENDING


def test_a_withdrawn_motion_cancels_every_unsent_email_in_the_polls_transaction(
    scene, clock
):
    numbers = [scene.add_letter(), scene.add_letter(is_held=True)]
    watched = MotionSettings(number=718, session=SESSION)
    recorded(
        scene.engine,
        watched,
        motion_answer([signature_row(1)], Status=1),
        seen_at=clock(),
    )
    for number in numbers:
        assert scene.state(number) is CANCELLED
        assert scene.message(number).error == WITHDRAWN
        assert scene.email_of(number).state is EmailState.CANCELLED


@pytest.mark.parametrize("is_released", [False, True])
def test_after_the_closing_day_nothing_leaves_released_in_the_same_moment_or_not(
    scene, clock, is_released
):
    """Holds 7 of the issue."""
    number = scene.add_letter(is_held=True)
    clock.set(datetime(2026, 7, 20, 22, 59, 59, tzinfo=UTC))
    with store.write(scene.engine) as session:
        assert cancel_what_ended(session, scene.settings, clock()) == 0
    clock.advance(1)
    assert date(2026, 7, 20) == CLOSES_ON, "midnight in London is 23:00 UTC"
    with store.write(scene.engine) as session:
        if is_released:
            store.release_message(session, number, actor="staff", now=clock())
        else:
            assert cancel_what_ended(session, scene.settings, clock()) == 1
    scene.send_all()
    assert scene.state(number) is CANCELLED
    assert scene.message(number).error == CLOSED
    [notice] = scene.notices()
    assert "was not sent and will not be" in (notice.body or "")


def test_the_last_second_of_the_closing_day_still_counts(scene, clock):
    number = scene.add_letter()
    clock.set(datetime(2026, 7, 20, 22, 59, 59, tzinfo=UTC))
    scene.send_all()
    assert scene.state(number) is SENT


def test_a_seat_that_falls_vacant_cancels(scene, clock):
    number, held = scene.add_letter(), scene.add_letter(is_held=True)
    with store.write(scene.engine) as session:
        store.record_departure(session, 1001, ended_on=date(2026, 6, 15), reason=None)
        store.release_message(session, held, actor="staff", now=clock())
    scene.send_all()
    for each in (number, held):
        assert scene.state(each) is CANCELLED
        assert scene.message(each).error == VACANT


def test_a_dissolution_cancels_whatever_the_motion(scene, clock):
    number = scene.add_letter()
    with store.write(scene.engine) as session:
        store.cancel_for(session, None, None, DISSOLVED, clock())
    assert scene.state(number) is CANCELLED


def test_while_there_are_no_mps_nothing_leaves(scene, clock):
    """Between the dissolution of 30 May and the election of 4 July 2024."""
    clock.set(datetime(2024, 5, 29, 22, 59, tzinfo=UTC))
    number = scene.add_letter()
    clock.set(datetime(2024, 5, 29, 23, 0, tzinfo=UTC))
    with store.write(scene.engine) as session:
        assert cancel_what_ended(session, scene.settings, clock()) == 1
    assert scene.message(number).error == DISSOLVED


def test_who_asked_for_reminders_gets_one_last_note_with_their_mps_result(scene, clock):
    """product.md 3.8."""
    scene.add_member(1002, "delivered+b@simulator.example")
    scene.add_letter(1001, reminders=True)
    scene.add_letter(1002, reminders=True)
    scene.add_letter(1001, reminders=False)
    scene.send_all()
    scene.add_letter(1001, reminders=True, is_held=True)
    scene.sign(1002)
    with store.write(scene.engine) as session:
        assert note_what_ended(session, scene.settings, clock()) == 0
    clock.set(datetime(2026, 7, 20, 23, 0, tzinfo=UTC))
    for count in (2, 0):
        with store.write(scene.engine) as session:
            assert note_what_ended(session, scene.settings, clock()) == count
    scene.send_all()
    silent, signed = scene.notices(MessageKind.LAST_NOTE)
    assert {silent.state, signed.state} == {SENT}
    assert "1001 is not on Parliament's list" in (silent.body or "")
    assert "1002 signed it" in (signed.body or "")


def test_a_consent_taken_back_cancels_and_tells_nobody(scene, clock):
    number = scene.add_letter()
    with store.write(scene.engine) as session:
        for consent in session.exec(select(Consent)).all():
            consent.withdrawn_at = clock()
            session.add(consent)
    scene.send_all()
    assert scene.message(number).error == NO_CONSENT
    assert scene.notices() == []


def test_an_erased_supporters_email_does_not_leave(scene):
    number = scene.add_letter()
    with store.write(scene.engine) as session:
        supporter = session.get_one(Supporter, scene.message(number).supporter_id)
        supporter.email = supporter.name = None
        session.add(supporter)
    scene.send_all()
    assert scene.state(number) is CANCELLED
    assert scene.notices() == []


def test_an_office_that_asked_for_no_emails_gets_none(scene):
    number = scene.add_letter()
    with store.write(scene.engine) as session:
        session.get_one(Member, 1001).no_email_reason = "the office asked"
    scene.send_all()
    assert scene.state(number) is CANCELLED


def test_an_old_address_of_an_office_is_not_written_to(scene):
    number = scene.add_letter(to_address="old@simulator.example")
    scene.send_all()
    assert scene.message(number).to_address == "delivered@simulator.example"
    assert scene.state(number) is SENT


def test_an_office_without_any_address_is_not_written_to(scene):
    number = scene.add_letter()
    with store.write(scene.engine) as session:
        session.exec(select(MemberContact)).one().is_current = False
    scene.send_all()
    assert scene.state(number) is CANCELLED


def test_reminders_go_only_to_those_who_agreed_to_them(scene, clock):
    agreed = scene.add_letter(reminders=True)
    silent = scene.add_letter(reminders=False)
    scene.send_all()
    keys = []
    for number in (agreed, silent):
        letter = scene.message(number)
        with store.write(scene.engine) as session:
            store.queue_message(
                session,
                store.NewMessage(
                    kind=MessageKind.LAST_NOTE,
                    dedupe_key=f"last-note:{number}",
                    to_address="delivered@simulator.example",
                    subject="How it ended",
                    body="How it ended.\n",
                    supporter_id=letter.supporter_id,
                ),
                is_held=False,
                domain="example.org",
                now=clock(),
            )
        keys.append(f"last-note:{number}")
    scene.send_all()
    with store.read(scene.engine) as session:
        found = [store.outbox.message_by_key(session, key) for key in keys]
    assert [message and message.state for message in found] == [SENT, CANCELLED]


def test_an_office_gets_so_many_an_hour_and_not_one_more(engine, clock, tmp_path):
    settings = scene_settings(tmp_path, per_member_per_hour=3)
    scene = Scene(engine, settings, clock, is_simulated=True)
    scene.add_member(1, "delivered@simulator.example")
    scene.add_member(2, "delivered+b@simulator.example")
    numbers = [scene.add_letter(1) for _ in range(7)]
    other = scene.add_letter(2)
    sent = []
    for _ in range(4):
        scene.send_all()
        sent.append(sum(scene.state(number) is SENT for number in numbers))
        clock.advance(3599)
        scene.send_all()
        assert sum(scene.state(number) is SENT for number in numbers) == sent[-1]
        clock.advance(1)
    assert sent == [3, 6, 7, 7]
    assert scene.state(other) is SENT


@pytest.mark.slow
def test_ten_thousand_for_one_mp_are_paced_and_keep_nobody_waiting(
    sqlite_engine, clock, tmp_path
):
    """M11, M12: the same text, never held for its likeness."""
    settings = scene_settings(tmp_path, per_member_per_hour=30)
    scene = Scene(sqlite_engine, settings, clock, is_simulated=True)
    scene.add_member(1, "delivered@simulator.example")
    scene.add_member(2, "delivered+b@simulator.example")
    first = scene.add_letter(1)
    with store.write(sqlite_engine) as session:
        pattern = session.get_one(Message, first).model_dump(exclude={"id"})
        session.add_all(
            [
                Message(**pattern | {"dedupe_key": str(n), "message_id": f"<{n}@e>"})
                for n in range(9_999)
            ]
        )
    other = scene.add_letter(2)
    scene.send_all()
    with store.read(sqlite_engine) as session:
        counts = store.message_counts(session)
        texts = store.latest_texts(session, scene.motion_id, 1)
    assert counts[SENT] == 2 * (30 + 1), "the emails and their receipts"
    assert counts[QUEUED] == 10_000 - 30
    assert scene.state(other) is SENT
    assert likeness(texts).shared_share == 1


def test_a_late_bounce_takes_the_count_back_and_tells_the_supporter(scene, clock):
    number = scene.add_letter()
    scene.send_all()
    assert supporter_count(scene) == 1
    message = scene.message(number)
    with store.write(scene.engine) as session:
        was_ours = store.record_bounce(
            session, message.message_id, {message.to_address}, "no mailbox", clock()
        )
    assert was_ours
    assert scene.email_of(number).state is EmailState.BOUNCED
    assert scene.state(number) is MessageState.FAILED
    assert supporter_count(scene) == 0
    [notice] = scene.notices(MessageKind.FAILURE_NOTICE)
    assert "gave it back: no mailbox" in " ".join((notice.body or "").split())
    with store.write(scene.engine) as session:
        again = store.record_bounce(
            session, message.message_id, {message.to_address}, "no mailbox", clock()
        )
    assert not again


def test_a_bounce_of_an_unknown_id_or_for_another_address_changes_nothing(scene, clock):
    """M10: forged."""
    number = scene.add_letter()
    scene.send_all()
    message = scene.message(number)
    with store.write(scene.engine) as session:
        for message_id, address in [
            ("<guessed@example.org>", message.to_address),
            (message.message_id, "somebody@example.org"),
        ]:
            assert not store.record_bounce(
                session, message_id, {address}, "forged", clock()
            )
    assert scene.state(number) is SENT
    assert supporter_count(scene) == 1


def test_staff_settle_what_is_uncertain(scene, clock):
    sent, again = scene.add_letter(), scene.add_letter()
    for number in (sent, again):
        change(
            scene,
            number,
            state=MessageState.UNCERTAIN,
            handover_at=clock() - timedelta(hours=2),
        )
    with store.write(scene.engine) as session:
        store.decide_message(session, sent, "sent", actor="staff", now=clock())
        store.decide_message(session, again, "resend", actor="staff", now=clock())
    assert scene.state(sent) is SENT
    assert scene.email_of(sent).sent_at == clock() - timedelta(hours=2)
    assert scene.state(again) is QUEUED
    scene.send_all()
    assert scene.state(again) is SENT
    with store.read(scene.engine) as session:
        said = [entry.action for entry in session.exec(select(AuditEntry)).all()]
    assert said == ["outbox.decide.sent", "outbox.decide.resend"]


def test_staff_cannot_do_what_a_state_does_not_allow(scene, clock):
    number = scene.add_letter()
    scene.send_all()
    for act in (
        store.release_message,
        store.cancel_message,
        store.unpark_message,
    ):
        with store.write(scene.engine) as session:
            with pytest.raises(store.OutboxError, match="is sent: only what is"):
                act(session, number, actor="staff", now=clock())
            with pytest.raises(store.OutboxError, match="there is no message 99"):
                act(session, 99, actor="staff", now=clock())


def test_releasing_all_leaves_those_whose_mp_has_signed(scene, clock):
    waiting = scene.add_letter(is_held=True)
    signed = scene.add_letter(is_held=True)
    change(scene, signed, error=HELD_SIGNED)
    with store.write(scene.engine) as session:
        assert store.release_all(session, actor="staff", now=clock()) == 1
    assert scene.state(waiting) is QUEUED
    assert scene.state(signed) is HELD


def test_what_three_senders_died_on_is_parked_until_staff_try_again(scene, clock):
    """M13."""
    number = scene.add_letter()
    for death in (1, 2, 3):
        claim = scene.sender()._claim()
        assert claim is not None
        with store.write(scene.engine) as session:
            store.record_deaths(session, "sender-0", clock())
        assert scene.message(number).death_count == death
    assert scene.state(number) is MessageState.PARKED
    scene.send_all()
    assert scene.state(number) is MessageState.PARKED
    with store.write(scene.engine) as session:
        store.unpark_message(session, number, actor="staff", now=clock())
    scene.send_all()
    assert scene.state(number) is SENT


def test_a_database_that_fails_is_nobodys_death(scene, clock):
    number = scene.add_letter()
    assert scene.sender()._claim() is not None
    with store.write(scene.engine) as session:
        store.record_deaths(session, "sender-0", clock(), is_alive=True)
    assert scene.message(number).death_count == 0
    assert scene.state(number) is QUEUED


def test_a_sender_believed_dead_cannot_undo_what_another_did(scene, clock):
    number = scene.add_letter()
    late = scene.sender(slot="sender-0")
    claim = late._claim()
    assert claim is not None
    with store.write(scene.engine) as session:
        store.record_deaths(session, "sender-0", clock())
    other = scene.sender(slot="sender-1")
    assert other.send_batch() is False
    assert scene.state(number) is SENT
    assert late._hand_over(claim) is False
    assert scene.state(number) is SENT
    assert len(scene.notices(MessageKind.RECEIPT)) == 1


def test_a_withdrawn_signature_lets_staff_release_the_email_again(scene, clock):
    number = scene.add_letter()
    scene.sign()
    scene.send_all()
    assert scene.state(number) is HELD
    with store.write(scene.engine) as session:
        session.exec(select(Signature)).one().is_withdrawn = True
        store.release_message(session, number, actor="staff", now=clock())
    scene.send_all()
    assert scene.state(number) is SENT


def test_two_emails_of_one_person_in_one_minute_count_once(scene):
    first, second = scene.add_letter(), scene.add_letter()
    with store.write(scene.engine) as session:
        one = scene.message(first)
        twin = session.get_one(Message, second)
        twin.supporter_id = one.supporter_id
        email = session.get_one(type(scene.email_of(first)), twin.supporter_email_id)
        email.supporter_id = one.supporter_id
        email.sent_minute += 60
    scene.send_all()
    assert scene.state(second) is SENT
    states = {scene.email_of(first).state, scene.email_of(second).state}
    assert states == {EmailState.COUNTED, EmailState.DISMISSED}
    assert supporter_count(scene) == 1


def test_a_cap_can_be_kept_a_supporter(scene, clock):
    """M12."""
    number = scene.add_letter()
    supporter_id = scene.message(number).supporter_id
    assert supporter_id is not None
    with store.read(scene.engine) as session:
        assert store.written_count(session, supporter_id, since=clock()) == 1
        later = clock() + timedelta(seconds=1)
        assert store.written_count(session, supporter_id, since=later) == 0
