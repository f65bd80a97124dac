"""The boxes of the action page's form: ticked, in force once confirmed, taken back.

A consent that awaits its confirmation is in force for nothing. What imports bring is in
supporters.py.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.consequences import cancel_reminders
from tracker.store.tables import Consent, ConsentKind


def put_in_force(session: Session, email_id: int) -> None:
    """Put the boxes of a form in force: its email's address was confirmed."""
    for consent in session.exec(
        select(Consent).where(Consent.awaits_email_id == email_id)
    ).all():
        consent.awaits_email_id = None
        session.add(consent)
    session.flush()


def consents_of(session: Session, supporter_id: int) -> Sequence[Consent]:
    """Return what a person agreed to and confirmed, taken back or not, oldest first."""
    return session.exec(
        select(Consent)
        .where(Consent.supporter_id == supporter_id)
        .where(col(Consent.awaits_email_id).is_(None))
        .order_by(col(Consent.given_at), col(Consent.id))
    ).all()


def withdraw_consents(
    session: Session,
    supporter_id: int,
    kinds: Collection[ConsentKind],
    at: datetime,
) -> int:
    """Take back what a person agreed to of these kinds; return how many boxes that was.

    Those that still await a confirmation too: a later click must not bring them back.
    Taking back again changes nothing. With reminders their follow-ups end at once.
    """
    if ConsentKind.REMINDERS in kinds:
        cancel_reminders(session, supporter_id, at)
    found = session.exec(
        select(Consent)
        .where(Consent.supporter_id == supporter_id)
        .where(col(Consent.kind).in_(list(kinds)))
        .where(col(Consent.withdrawn_at).is_(None))
    ).all()
    for consent in found:
        consent.withdrawn_at = at
        session.add(consent)
    session.flush()
    return len(found)
