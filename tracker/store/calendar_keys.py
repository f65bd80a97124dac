"""What is secret in the addresses of staff's calendars: made, found, revoked."""

from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.access import token_hash
from tracker.store.audit import record_audit
from tracker.store.tables import CalendarKey, StaffUser


def record_calendar_key(
    session: Session, user_id: int, key: str, *, by: str, at: datetime
) -> None:
    """Keep the hash of a person's new key; the one before opens nothing any more."""
    session.merge(CalendarKey(user_id=user_id, key_hash=token_hash(key), made_at=at))
    session.flush()
    record_audit(session, by, "calendar address made", f"user {user_id}", at=at)


def revoke_calendar_key(
    session: Session, user_id: int, *, by: str, at: datetime
) -> bool:
    """Let a person's key open nothing any more; False if there is none."""
    known = calendar_key_of(session, user_id)
    if known is None:
        return False
    session.delete(known)
    session.flush()
    record_audit(session, by, "calendar address revoked", f"user {user_id}", at=at)
    return True


def calendar_key_of(session: Session, user_id: int) -> CalendarKey | None:
    """Return a person's key as it is kept, None if they have none."""
    return session.get(CalendarKey, user_id, populate_existing=True)


def calendar_key_holder(session: Session, key: str) -> StaffUser | None:
    """Return whose key this is, None if it is nobody's who may still sign in."""
    return session.exec(
        select(StaffUser)
        .join(CalendarKey, col(CalendarKey.user_id) == col(StaffUser.id))
        .where(CalendarKey.key_hash == token_hash(key))
        .where(col(StaffUser.disabled_at).is_(None))
    ).one_or_none()
