"""What a backup's outbox must not do by itself once it is restored."""

from datetime import datetime

from sqlmodel import Session, col, update

from tracker.store.tables import Message, MessageState

HELD_RESTORED = "restored from a backup: it may have been sent since"


def hold_restored(session: Session, now: datetime) -> int:
    """Hold whatever a restored outbox would send, for a person to look at; return how many.

    What was queued may have left after the backup was made. One that was being handed
    over then is uncertain.
    """
    waiting = (col(Message.state) == MessageState.QUEUED) | (
        (col(Message.state) == MessageState.SENDING)
        & col(Message.handover_at).is_(None)
    )
    nobody = {"claimed_by": None, "claimed_at": None, "error": HELD_RESTORED}
    held = session.connection().execute(
        update(Message)
        .where(waiting)
        .values(state=MessageState.HELD, next_try_at=now, **nobody)
    )
    uncertain = session.connection().execute(
        update(Message)
        .where(col(Message.state) == MessageState.SENDING)
        .values(state=MessageState.UNCERTAIN, **nobody)
    )
    return held.rowcount + uncertain.rowcount
