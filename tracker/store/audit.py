"""The audit log: what a person or a command did, and when; no name of whom it was about."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.tables import AuditEntry


def record_audit(
    session: Session, actor: str, action: str, detail: str | None, *, at: datetime
) -> None:
    """Keep that `actor` did `action`; `detail` holds ids and numbers, no person."""
    session.add(AuditEntry(at=at, actor=actor, action=action, detail=detail))
    session.flush()


def about_supporter(ref: str | None) -> str:
    """Return the detail of what was done about one person: their reference, no name.

    After a leak it tells who has to be told, while they are here; of whoever was erased
    it says nothing.
    """
    return f"supporter {ref or 'unknown'}"


def audit_entries(session: Session, *, limit: int = 100) -> Sequence[AuditEntry]:
    """Return what was done last, newest first."""
    return session.exec(
        select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    ).all()


def audit_page(
    session: Session,
    *,
    actor: str = "",
    action: str = "",
    before_id: int | None = None,
    limit: int = 100,
) -> Sequence[AuditEntry]:
    """Return what was done before that entry, newest first; "" means anybody, anything."""
    query = select(AuditEntry)
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if action:
        query = query.where(AuditEntry.action == action)
    if before_id is not None:
        query = query.where(col(AuditEntry.id) < before_id)
    return session.exec(query.order_by(col(AuditEntry.id).desc()).limit(limit)).all()


def audit_actors(session: Session) -> Sequence[str]:
    """Return everybody who did anything, by name."""
    actor = AuditEntry.actor
    return session.exec(select(actor).distinct().order_by(actor)).all()


def audit_actions(session: Session) -> Sequence[str]:
    """Return everything that was done, by its word."""
    action = AuditEntry.action
    return session.exec(select(action).distinct().order_by(action)).all()
