"""Who came by import, API or BCC without consent is sent nothing, whatever is queued.

Every kind of Message that exists is tried, so that a new one is tried too (product.md 5).
"""

from itertools import product

import pytest
from sqlmodel import col, select

from tests.outbox_scene import Scene, scene_settings
from tracker import store
from tracker.outbox.look import note_what_ended
from tracker.rules.follow_ups import Target
from tracker.store.outbox import EMAIL_KINDS, NewMessage
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    FollowUp,
    FollowUpState,
    Message,
    MessageKind,
    MessageState,
    Supporter,
    SupporterEmail,
    Way,
)

MEMBER = 1001
CAME = (Way.IMPORT, Way.API, Way.BCC)
TO_SUPPORTERS = [kind for kind in EMAIL_KINDS if kind is not MessageKind.TO_MEMBER]
OUTCOMES = dict.fromkeys(TO_SUPPORTERS, MessageState.CANCELLED) | {
    MessageKind.LAST_NOTE: MessageState.SENT,
    # Not forbidden: it waits until the MP needs a nudge.
    MessageKind.FOLLOW_UP: MessageState.QUEUED,
}
"""What becomes of each kind for somebody who agreed to box (2) alone."""


@pytest.fixture
def scene(sqlite_engine, clock, tmp_path):
    made = Scene(sqlite_engine, scene_settings(tmp_path), clock, is_simulated=True)
    made.add_member(MEMBER, "delivered@simulator.example")
    return made


def came(scene: Scene, way: Way, *, reminders: Way | None = None) -> SupporterEmail:
    """Somebody's email counts; `reminders` is how they agreed to box (2)."""
    with store.write(scene.engine) as session:
        person = Supporter(
            ref=f"ref-{way}",
            email=f"delivered+{way}@simulator.example",
            name="Ann Example",
            created_at=scene.clock(),
            last_act_at=scene.clock(),
        )
        session.add(person)
        session.flush()
        email = SupporterEmail(
            motion_id=scene.motion_id,
            member_id=MEMBER,
            supporter_id=person.id or 0,
            way=way,
            state=EmailState.COUNTED,
            sent_at=scene.clock(),
            sent_minute=int(scene.clock().timestamp()) // 60,
        )
        session.add(email)
        if reminders:
            session.add(
                Consent(
                    supporter_id=person.id or 0,
                    kind=ConsentKind.REMINDERS,
                    wording="Email me about this motion",
                    version="1",
                    way=reminders,
                    given_at=scene.clock(),
                )
            )
        session.flush()
        return email


def planned(email: SupporterEmail, message_id: int) -> FollowUp:
    """The follow-up that the Message is for: without one it never leaves."""
    return FollowUp(
        rule="ask-and-ring",
        motion_id=email.motion_id,
        member_id=MEMBER,
        supporter_id=email.supporter_id,
        target=Target.SUPPORTER,
        state=FollowUpState.OUT,
        ends_when_signed=True,
        ends_when_left=True,
        is_chase=True,
        due_at=email.sent_at,
        planned_at=email.sent_at,
        outbox_id=message_id,
    )


def outcome(scene: Scene, email: SupporterEmail, kind: MessageKind) -> MessageState:
    """Queue an email of that kind, as if somebody had forgotten to ask; send all."""
    with store.write(scene.engine) as session:
        message = store.queue_message(
            session,
            NewMessage(
                kind=kind,
                dedupe_key=f"{kind}:{email.id}",
                to_address="delivered+x@simulator.example",
                subject="Something",
                body="Something\n",
                motion_id=scene.motion_id,
                member_id=MEMBER,
                supporter_id=email.supporter_id,
                supporter_email_id=email.id,
                confirmed_at=scene.clock(),
            ),
            is_held=False,
            domain="example.org",
            now=scene.clock(),
        )
        assert message.id is not None
        if kind is MessageKind.FOLLOW_UP:
            session.add(planned(email, message.id))
    scene.send_all()
    return scene.state(message.id)


@pytest.mark.parametrize(("way", "kind"), list(product(CAME, EMAIL_KINDS)))
def test_nothing_of_any_kind_leaves_for_who_agreed_to_nothing(scene, way, kind):
    assert outcome(scene, came(scene, way), kind) is MessageState.CANCELLED


@pytest.mark.parametrize(("way", "kind"), list(product(CAME, TO_SUPPORTERS)))
def test_with_both_columns_only_what_box_two_names_leaves(scene, way, kind):
    assert outcome(scene, came(scene, way, reminders=way), kind) is OUTCOMES[kind]


@pytest.mark.parametrize("way", CAME)
def test_a_box_that_a_stranger_ticked_and_nobody_confirmed_is_no_consent(scene, way):
    email = came(scene, way, reminders=Way.FORM)
    with store.write(scene.engine) as session:
        for consent in session.exec(select(Consent)):
            consent.awaits_email_id = email.id
            session.add(consent)
    # The session is over: whoever agreed is told how it ended.
    scene.clock.advance(60 * 86_400)
    with store.write(scene.engine) as session:
        assert note_what_ended(session, scene.settings, scene.clock()) == 0
    assert outcome(scene, email, MessageKind.FOLLOW_UP) is MessageState.CANCELLED


def test_who_agreed_in_a_file_is_told_how_it_ended_and_the_others_are_not(scene):
    came(scene, Way.IMPORT, reminders=Way.IMPORT)
    came(scene, Way.API)
    came(scene, Way.BCC)
    scene.clock.advance(60 * 86_400)
    with store.write(scene.engine) as session:
        note_what_ended(session, scene.settings, scene.clock())
        found = session.exec(select(Message).order_by(col(Message.id))).all()
        assert [(m.kind, m.to_address) for m in found] == [
            (MessageKind.LAST_NOTE, "delivered+import@simulator.example")
        ]
