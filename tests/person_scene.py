"""Fictional people who are in every table that can hold somebody, to be found and erased."""

from datetime import UTC, datetime, timedelta

from tests.supporters_house import KEY, seat_a_house
from tracker import store
from tracker.keys import email_key
from tracker.rules.follow_ups import Target
from tracker.store import Engine, Session
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    FollowUp,
    FollowUpState,
    Import,
    MatchMethod,
    Message,
    MessageKind,
    MessageState,
    Motion,
    SignAlert,
    Supporter,
    SupporterEmail,
    Way,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
CANARY = "zqcanary"
ADDRESS = f"{CANARY}@example.org"
MEMBER = 101


def add_campaign(engine: Engine) -> int:
    """Add a House and a motion; return the motion's id."""
    seat_a_house(engine)
    with store.write(engine) as session:
        motion = store.record_motion(session, "2026-27", 240)
        motion.parliament_id = 46240
        session.add(motion)
        session.flush()
        assert motion.id is not None
        return motion.id


def add_person(
    session: Session,
    motion_id: int,
    word: str = CANARY,
    *,
    at: datetime = NOW,
    state: MessageState = MessageState.QUEUED,
) -> int:
    """Add somebody whose word is in every field that can hold one; return their id.

    They have a counted email that was sent, one in review, one that has not left, and a
    receipt; each with a Message where there is one. They asked for an alert, and
    a follow-up is planned for them.
    """
    person = Supporter(
        ref=f"ref-{len(word)}-{motion_id}-{at.timestamp()}-{word[-3:]}",
        email_key=email_key(KEY, f"{word}@example.org"),
        email=f"{word}@example.org",
        name=f"{word} Person",
        postcode=f"{word[:4]}pc",
        address=f"1 {word} Street",
        ons_code="E14000000",
        created_at=at,
        last_act_at=at,
        confirmed_at=at,
    )
    run = Import(source="a list", started_at=at)
    session.add(person)
    session.add(run)
    session.flush()
    assert person.id is not None
    sent = _email(session, motion_id, person.id, word, EmailState.COUNTED, at)
    waiting = _email(
        session, motion_id, person.id, word, EmailState.OUTGOING, at, minute=1
    )
    review = _email(
        session, motion_id, person.id, word, EmailState.REVIEW, at, minute=2
    )
    review.member_id, review.method, review.import_id = None, None, run.id
    session.add(review)
    session.add(_message(person.id, sent, word, MessageState.SENT, at))
    session.add(_message(person.id, waiting, word, state, at))
    receipt = _message(person.id, sent, word, MessageState.SENT, at)
    receipt.kind, receipt.to_address = MessageKind.RECEIPT, f"{word}@example.org"
    receipt.dedupe_key = f"receipt:{sent.id}"
    receipt.message_id = f"<receipt-{sent.id}@example.org>"
    session.add(receipt)
    for kind in ConsentKind:
        session.add(
            Consent(
                supporter_id=person.id,
                kind=kind,
                wording=f"{word} agrees",
                version="1",
                way=Way.FORM,
                given_at=at,
            )
        )
    session.add(
        SignAlert(
            supporter_id=person.id,
            motion_id=motion_id,
            member_id=MEMBER,
            wording=f"{word} asks",
            version="1",
            asked_at=at,
            confirmed_at=at,
        )
    )
    session.add(_follow_up(person.id, motion_id, at))
    session.flush()
    store.recount_member(session, motion_id, MEMBER)
    return person.id


def _follow_up(person_id: int, motion_id: int, at: datetime) -> FollowUp:
    return FollowUp(
        rule="ask-and-ring",
        motion_id=motion_id,
        member_id=MEMBER,
        supporter_id=person_id,
        target=Target.SUPPORTER,
        state=FollowUpState.PLANNED,
        ends_when_signed=True,
        ends_when_left=True,
        is_chase=True,
        due_at=at + timedelta(days=4),
        planned_at=at,
    )


def _email(
    session: Session,
    motion_id: int,
    person_id: int,
    word: str,
    state: EmailState,
    at: datetime,
    *,
    minute: int = 0,
) -> SupporterEmail:
    email = SupporterEmail(
        motion_id=motion_id,
        member_id=MEMBER,
        supporter_id=person_id,
        way=Way.FORM,
        state=state,
        method=MatchMethod.FORM,
        reason=f"{word} reason",
        suggested_ids="101",
        sent_at=at + timedelta(minutes=minute),
        sent_minute=int(at.timestamp()) // 60 + minute,
        message_id=f"{word}.{minute}@mail.example.org",
        subject=f"{word} subject",
        row_key=f"{word}{minute}{at.timestamp()}",
        told_recipient=f"{word}@told.example.org",
        told_ons_code=word[:9],
        told_constituency=f"{word} seat",
        told_name=f"{word} name",
    )
    session.add(email)
    session.flush()
    return email


def _message(
    person_id: int,
    email: SupporterEmail,
    word: str,
    state: MessageState,
    at: datetime,
) -> Message:
    is_done = state in (MessageState.SENT, MessageState.FAILED, MessageState.CANCELLED)
    return Message(
        kind=MessageKind.TO_MEMBER,
        state=state,
        dedupe_key=f"form:{email.id}",
        motion_id=email.motion_id,
        member_id=email.member_id,
        supporter_id=person_id,
        supporter_email_id=email.id,
        to_address="jane.carver.mp@parliament.example",
        reply_to=f"{word}@example.org",
        subject=f"EDM 240: from {word}",
        body=f"I am your constituent at 1 {word} Street\n" * 40,
        message_id=f"<{email.id}-mail@example.org>",
        created_at=at,
        confirmed_at=at,
        next_try_at=at,
        handover_at=at if is_done else None,
        sent_at=at if state is MessageState.SENT else None,
        finished_at=at if is_done else None,
        error=f"550 {word}@example.org is odd",
    )


def motion_of(session: Session, motion_id: int) -> Motion:
    """Return the motion."""
    return session.get_one(Motion, motion_id)
