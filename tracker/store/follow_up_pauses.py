"""What staff paused of the follow-ups: all, a rule, or those about a Member."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.tables import FollowUpPause


def follow_up_pauses(session: Session) -> Sequence[FollowUpPause]:
    """Return what staff paused, by scope."""
    return session.exec(select(FollowUpPause).order_by(col(FollowUpPause.scope))).all()


def record_follow_up_pause(
    session: Session, scope: str, *, by: str, now: datetime
) -> None:
    """Pause a scope; one that is paused stays as it is."""
    if session.get(FollowUpPause, scope) is None:
        session.add(FollowUpPause(scope=scope, paused_at=now, paused_by=by))
        session.flush()


def end_follow_up_pause(session: Session, scope: str) -> bool:
    """Let a scope go on; return whether it was paused."""
    found = session.get(FollowUpPause, scope)
    if found is None:
        return False
    session.delete(found)
    session.flush()
    return True
