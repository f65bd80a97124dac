"""Contacts as the staff board needs them: the newest of each office, and a batch by moment.

Recording one, and what a contact amounts to, is in contacts.py.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, func, select

from tracker.rules.nudge import Stance
from tracker.rules.stances import ContactOutcome, ContactSource
from tracker.store.tables import Contact, SignatureEvent


def last_contacts(
    session: Session, motion_id: int, member_ids: Iterable[int]
) -> Sequence[Contact]:
    """Return staff's newest contact about the motion with each of these Members."""
    newest = (
        sqlalchemy.select(func.max(col(Contact.id)))
        .where(col(Contact.motion_id) == motion_id)
        .where(col(Contact.source) == ContactSource.STAFF)
        .where(col(Contact.member_id).in_(list(member_ids)))
        .group_by(col(Contact.member_id))
    )
    return session.exec(select(Contact).where(col(Contact.id).in_(newest))).all()


def contacts_logged_at(
    session: Session, logged_by: str, at: datetime
) -> Sequence[Contact]:
    """Return what somebody logged at one moment: one contact, or several at once."""
    return session.exec(
        select(Contact)
        .where(Contact.logged_by == logged_by, Contact.contacted_at == at)
        .where(col(Contact.source) == ContactSource.STAFF)
        .order_by(col(Contact.id))
    ).all()


def outcome_counts(
    session: Session, motion_id: int
) -> list[tuple[ContactOutcome, Stance, int]]:
    """Return how many of staff's contacts about the motion had each outcome and stance."""
    rows = session.exec(
        select(Contact.outcome, Contact.stance, func.count())
        .where(Contact.motion_id == motion_id)
        .where(col(Contact.source) == ContactSource.STAFF)
        .group_by(col(Contact.outcome), col(Contact.stance))
        .order_by(col(Contact.outcome), col(Contact.stance))
    ).all()
    return [(ContactOutcome(one), Stance(two), n) for one, two, n in rows]


def changed_since(session: Session, motion_id: int, moment: datetime) -> set[int]:
    """Return the Members of whose signature a change was seen after `moment`."""
    return set(
        session.exec(
            select(SignatureEvent.member_id)
            .where(SignatureEvent.motion_id == motion_id)
            .where(col(SignatureEvent.observed_at) > moment)
        ).all()
    )


def member_events(
    session: Session, motion_id: int, member_id: int
) -> Sequence[SignatureEvent]:
    """Return every change of a Member's signature, as they were seen, newest first."""
    return session.exec(
        select(SignatureEvent)
        .where(SignatureEvent.motion_id == motion_id)
        .where(SignatureEvent.member_id == member_id)
        .order_by(col(SignatureEvent.id).desc())
    ).all()
