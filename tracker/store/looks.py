"""What is looked at again before an email leaves: consent, seat, signature, address."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlmodel import Session, col, select

from tracker.store.consequences import live_signers
from tracker.store.offices import contacts_of
from tracker.store.tables import (
    Consent,
    ConsentKind,
    FollowUp,
    FollowUpState,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Motion,
    Supporter,
)


def has_consent(session: Session, supporter_id: int, kind: ConsentKind) -> bool:
    """Return whether the supporter ticked and confirmed this box, not taken back."""
    found = session.exec(
        select(Consent.id)
        .where(Consent.supporter_id == supporter_id, Consent.kind == kind)
        .where(col(Consent.withdrawn_at).is_(None))
        .where(col(Consent.awaits_email_id).is_(None))
        .limit(1)
    ).first()
    return found is not None


def agreeing(
    session: Session, supporter_ids: Collection[int], kind: ConsentKind
) -> set[int]:
    """Return those of the supporters whom `has_consent` is true of, with an address."""
    return set(
        session.exec(
            select(Consent.supporter_id)
            .join(Supporter, col(Supporter.id) == col(Consent.supporter_id))
            .where(col(Consent.supporter_id).in_(list(supporter_ids)))
            .where(Consent.kind == kind)
            .where(col(Consent.withdrawn_at).is_(None))
            .where(col(Consent.awaits_email_id).is_(None))
            .where(col(Supporter.email).is_not(None))
        ).all()
    )


def holds_seat(session: Session, member_id: int, day: date) -> bool:
    """Return whether the Member holds a seat of today's House beyond `day` (London).

    On the day on which a seat falls vacant it is held no more.
    """
    return bool(seat_holders(session, [member_id], day))


def seat_holders(session: Session, member_ids: Collection[int], day: date) -> set[int]:
    """Return those of the Members whom `holds_seat` is true of."""
    return set(
        session.exec(
            select(Membership.member_id)
            .where(col(Membership.member_id).in_(list(member_ids)))
            .where(col(Membership.as_of_on).is_(None))
            .where(Membership.started_on <= day)
            .where(
                col(Membership.ended_on).is_(None) | (col(Membership.ended_on) > day)
            )
        ).all()
    )


def has_signed(session: Session, motion_id: int, member_id: int) -> bool:
    """Return whether the Member's name is on Parliament's list now."""
    return bool(live_signers(session, motion_id, [member_id]))


def email_addresses(session: Session, member_id: int) -> list[str]:
    """Return the current email addresses of a Member's offices, as they were read."""
    return [
        contact.value
        for contact in contacts_of(session, member_id)
        if contact.kind == "email"
    ]


def motions_with_unsent(session: Session) -> Sequence[Motion]:
    """Return the motions about which some email to an MP, or follow-up, has not left."""
    unsent = (
        MessageState.HELD,
        MessageState.QUEUED,
        MessageState.PARKED,
        MessageState.SENDING,
    )
    ids = session.exec(
        select(Message.motion_id)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(col(Message.state).in_(unsent))
        .distinct()
    ).all()
    followed = session.exec(
        select(FollowUp.motion_id)
        .where(FollowUp.state == FollowUpState.PLANNED)
        .distinct()
    ).all()
    return session.exec(
        select(Motion)
        .where(col(Motion.id).in_([*ids, *followed]))
        .order_by(col(Motion.id))
    ).all()
