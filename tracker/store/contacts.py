"""Contacts with offices, the stances they brought, and staff's corrections."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.rules.corrections import CorrectionKind
from tracker.rules.follow_ups import DECLINED
from tracker.rules.nudge import Stance
from tracker.store.consequences import cancel_follow_ups
from tracker.store.follow_up_ends import FollowUpScope, begin_again
from tracker.store.report_desk import reopen_reports_of_contact
from tracker.store.tables import Contact, Correction, Member
from tracker.store.tables.offices import CorrectionChange


def contacts_about(session: Session, motion_id: int) -> Sequence[Contact]:
    """Return every contact about the motion, newest first."""
    return session.exec(
        select(Contact)
        .where(Contact.motion_id == motion_id)
        .order_by(col(Contact.contacted_at).desc(), col(Contact.id).desc())
    ).all()


def standing_refusals(session: Session) -> Sequence[Contact]:
    """Return contacts, about any motion, in which an office said that it signs none.

    Newest first: such a stance is kept with the Member for every later motion.
    """
    return session.exec(
        select(Contact)
        .where(col(Contact.stance) == Stance.SIGNS_NO_EDMS)
        .order_by(col(Contact.contacted_at).desc(), col(Contact.id).desc())
    ).all()


def record_contact(session: Session, contact: Contact) -> Contact:
    """Keep a contact and return it with its id.

    A refusal ends the follow-ups that ask for the signature, of any motion if it is of any.
    """
    session.add(contact)
    session.flush()
    if contact.stance.declines:
        is_any = contact.stance is Stance.SIGNS_NO_EDMS
        cancel_follow_ups(
            session,
            None if is_any else contact.motion_id,
            [contact.member_id],
            DECLINED,
            contact.contacted_at,
            FollowUpScope.CHASING,
        )
    return contact


def contacts_with(session: Session, member_id: int) -> Sequence[Contact]:
    """Return every contact with a Member's office, about any motion, newest first."""
    return session.exec(
        select(Contact)
        .where(Contact.member_id == member_id)
        .order_by(col(Contact.contacted_at).desc(), col(Contact.id).desc())
    ).all()


def last_contact_by(
    session: Session, motion_id: int, logged_by: str, *, since: datetime
) -> Contact | None:
    """Return what somebody logged last about the motion, if that was after `since`."""
    return session.exec(
        select(Contact)
        .where(Contact.motion_id == motion_id, Contact.logged_by == logged_by)
        .where(col(Contact.contacted_at) > since)
        .order_by(col(Contact.contacted_at).desc(), col(Contact.id).desc())
        .limit(1)
    ).first()


def contact_by_id(session: Session, contact_id: int) -> Contact | None:
    """Return one contact."""
    return session.get(Contact, contact_id)


def take_back_contact(session: Session, contact: Contact) -> None:
    """Take a contact back that was logged by mistake: as if it had not been.

    The supporters' reports that it was accepted from wait for a decision again.
    """
    if contact.id is not None:
        reopen_reports_of_contact(session, contact.id)
    if contact.stance.declines:
        is_any = contact.stance is Stance.SIGNS_NO_EDMS
        motion_id = None if is_any else contact.motion_id
        # Looked at again when they are due.
        begin_again(session, motion_id, contact.member_id, DECLINED)
    session.delete(contact)
    session.flush()


def corrections(session: Session) -> dict[int, str]:
    """Return staff's reasons why a Member does not sign, by Member id."""
    rows = session.exec(select(Correction)).all()
    return {row.member_id: row.reason for row in rows}


def record_correction(
    session: Session, member_id: int, reason: str | None, *, by: str, at: datetime
) -> None:
    """Keep, change or (with None) take back staff's word that a Member does not sign.

    What was there before is kept as a change, so that it can be put back.
    """
    known = session.get(Correction, member_id)
    before = known.reason if known else None
    if before != reason:
        session.add(
            CorrectionChange(
                member_id=member_id,
                kind=CorrectionKind.CANNOT_SIGN,
                before=before,
                after=reason,
                changed_by=by,
                changed_at=at,
            )
        )
    if reason is None:
        if known is not None:
            session.delete(known)
        return
    session.merge(Correction(member_id=member_id, reason=reason, set_by=by, set_at=at))


def record_position(
    session: Session,
    member_id: int,
    *,
    position_url: str | None,
    no_email_reason: str | None,
) -> None:
    """Keep a Member's public page on motions, and why they are not to be emailed."""
    member = session.get_one(Member, member_id)
    member.position_url, member.no_email_reason = position_url, no_email_reason
    session.add(member)
