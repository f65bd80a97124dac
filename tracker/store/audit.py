"""The audit log: what a person or a command did, and when. Never whom it was about."""

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


def audit_entries(session: Session, *, limit: int = 100) -> Sequence[AuditEntry]:
    """Return what was done last, newest first."""
    return session.exec(
        select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    ).all()
