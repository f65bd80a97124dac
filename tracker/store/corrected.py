"""Staff's corrections of a Member, each kind alike: what is there, and how it changed.

That a Member does not sign is a row of its own (`contacts.record_correction`), the other
two are the Member's.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.rules.corrections import CorrectionKind
from tracker.store.contacts import record_correction
from tracker.store.tables import Correction, Member
from tracker.store.tables.offices import CorrectionChange

_FIELDS = {
    CorrectionKind.POSITION_URL: "position_url",
    CorrectionKind.NO_EMAIL: "no_email_reason",
}


def correction_value(
    session: Session, member_id: int, kind: CorrectionKind
) -> str | None:
    """Return what is written down, None if nothing is."""
    if kind is CorrectionKind.CANNOT_SIGN:
        known = session.get(Correction, member_id)
        return known.reason if known else None
    value: str | None = getattr(session.get_one(Member, member_id), _FIELDS[kind])
    return value


def record_correction_value(
    session: Session,
    member_id: int,
    kind: CorrectionKind,
    value: str | None,
    *,
    by: str,
    at: datetime,
) -> bool:
    """Keep a value, or with None take it away; return whether that changed anything."""
    before = correction_value(session, member_id, kind)
    if before == value:
        return False
    if kind is CorrectionKind.CANNOT_SIGN:
        record_correction(session, member_id, value, by=by, at=at)
    else:
        member = session.get_one(Member, member_id)
        setattr(member, _FIELDS[kind], value)
        session.add(member)
        session.add(
            CorrectionChange(
                member_id=member_id,
                kind=kind,
                before=before,
                after=value,
                changed_by=by,
                changed_at=at,
            )
        )
    session.flush()
    return True


def correction_changes(session: Session, member_id: int) -> Sequence[CorrectionChange]:
    """Return every change of a Member's corrections, newest first."""
    return session.exec(
        select(CorrectionChange)
        .where(CorrectionChange.member_id == member_id)
        .order_by(col(CorrectionChange.id).desc())
    ).all()
