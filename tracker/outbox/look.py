"""The last look before an email leaves, in the transaction that lets it.

Collects what rules/sending.py decides on, and does what it says. Anything may have
happened since the email was written: the MP signed, the motion closed, the seat fell
vacant, the supporter took back their consent.
"""

from datetime import datetime

from tracker import store
from tracker.board import motion_standing
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.outbox.alert_look import NOT_LISTED, look_at_alert
from tracker.outbox.follow_up_look import look_at_follow_up
from tracker.parliament.sessions import is_dissolved_on
from tracker.rules.calendar import MotionState
from tracker.rules.sending import (
    CLOSED,
    DISSOLVED,
    NO_CONSENT,
    SEND,
    WITHDRAWN,
    Action,
    MemberFacts,
    Verdict,
    chosen_address,
    verdict_on,
)
from tracker.store import Session
from tracker.store.claims import put_off_message
from tracker.store.tables import (
    ConsentKind,
    Member,
    Message,
    MessageKind,
    Motion,
    Supporter,
    SupporterEmail,
    Way,
)

_ABOUT_THE_FORM = (
    *(MessageKind.CONFIRMATION, MessageKind.RECEIPT),
    MessageKind.FAILURE_NOTICE,
)
"""What the form itself asks for; whatever else goes to a supporter needs box (2)."""


def may_leave(
    session: Session, settings: Settings, message: Message, now: datetime
) -> bool:
    """Return whether the email may leave now; if not, hold, cancel or put it off."""
    verdict = look_at(session, settings, message, now)
    match verdict.action:
        case Action.SEND:
            return True
        case Action.HOLD:
            store.hold_message(session, message, verdict.reason or "", now)
        case Action.CANCEL:
            store.cancel_unsent(
                session,
                message,
                verdict.reason or "",
                now,
                is_told=verdict.reason != NO_CONSENT,
            )
            if verdict.reason == NOT_LISTED:
                store.await_signature(session, message)
        case Action.WAIT if message.kind is MessageKind.FOLLOW_UP:
            put_off_message(session, message, verdict.until_at or now)
        case Action.WAIT:
            store.record_wait(session, message, verdict.until_at or now, now)
    return False


def look_at(
    session: Session, settings: Settings, message: Message, now: datetime
) -> Verdict:
    """Return what is to become of the email, by what is known at this moment."""
    supporter = session.get(Supporter, message.supporter_id or 0)
    if supporter is None or supporter.email is None:
        return Verdict(Action.CANCEL, NO_CONSENT)
    assert supporter.id is not None, "a stored supporter has an id"
    if message.kind in store.ALERT_KINDS:
        return look_at_alert(session, message)
    if message.kind is not MessageKind.TO_MEMBER:
        is_asked_for = _is_asked_for(session, message, supporter.id)
        if not is_asked_for:
            return Verdict(Action.CANCEL, NO_CONSENT)
        if message.kind is not MessageKind.FOLLOW_UP:
            return SEND
        motion = session.get(Motion, message.motion_id or 0)
        over = why_over(session, settings, motion, now) if motion else None
        return look_at_follow_up(session, settings, message, over, now)
    return _look_at_member(session, settings, message, supporter.id, now)


def why_over(
    session: Session, settings: Settings, motion: Motion, now: datetime
) -> str | None:
    """Return why a motion can't be signed any more; None while it is open."""
    watched = settings.motion(motion.session, motion.number) or MotionSettings(
        session=motion.session, number=motion.number
    )
    stands = motion_standing(session, watched, motion, now=now)
    if stands.state is MotionState.WITHDRAWN:
        return WITHDRAWN
    if stands.state is MotionState.CLOSED:
        return CLOSED
    return DISSOLVED if is_dissolved_on(london_date(now)) else None


def cancel_what_ended(session: Session, settings: Settings, now: datetime) -> int:
    """Cancel unsent emails about motions that are over; return how many.

    A closing date passes without any news that could do it.
    """
    count = 0
    for motion in store.motions_with_unsent(session):
        reason = why_over(session, settings, motion, now)
        if reason is not None:
            count += store.cancel_for(session, motion.id, None, reason, now)
    return count


def note_what_ended(session: Session, settings: Settings, now: datetime) -> int:
    """Write last notes about motions that are over; return how many."""
    count = 0
    for motion in store.all_motions(session):
        reason = why_over(session, settings, motion, now)
        if reason is not None:
            count += store.write_last_notes(
                session,
                motion,
                reason,
                is_held=settings.mail.mode == "hold",
                domain=settings.mail.sender.rpartition("@")[2] or "localhost",
                now=now,
            )
    return count


def _is_asked_for(session: Session, message: Message, supporter_id: int) -> bool:
    """Return whether the person asked for this email to themself.

    Who came by import, API or BCC wrote no form, and agreed to nothing unless both
    columns of consent came along (product.md 5).
    """
    if message.kind in _ABOUT_THE_FORM:
        email = session.get(SupporterEmail, message.supporter_email_id or 0)
        return email is not None and email.way is Way.FORM
    return store.has_consent(session, supporter_id, ConsentKind.REMINDERS)


def _look_at_member(
    session: Session,
    settings: Settings,
    message: Message,
    supporter_id: int,
    now: datetime,
) -> Verdict:
    motion = session.get_one(Motion, message.motion_id)
    member = session.get_one(Member, message.member_id)
    assert motion.id is not None, "a stored motion has an id"
    addresses = store.email_addresses(session, member.member_id)
    if message.to_address not in addresses:
        # The office changed its address: the old one is never written to.
        message.to_address = chosen_address(addresses) or message.to_address
    facts = MemberFacts(
        over=why_over(session, settings, motion, now),
        has_seat=store.holds_seat(session, member.member_id, london_date(now)),
        has_signed=store.has_signed(session, motion.id, member.member_id),
        has_consent=store.has_consent(session, supporter_id, ConsentKind.SEND),
        is_confirmed=message.confirmed_at is not None,
        no_email=member.no_email_reason is not None,
        has_address=bool(addresses),
        handovers_at=store.handovers_at(session, message, now),
    )
    return verdict_on(facts, per_hour=settings.mail.per_member_per_hour, now=now)
