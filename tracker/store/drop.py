"""The drop mailbox as it is remembered: how far it was read, notes, erasures to finish."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, func, select

from tracker.store.tables import Import, MailboxNote, MailboxState, PendingErasure


def mailbox_state(session: Session, account: str) -> MailboxState | None:
    """Return how far that mailbox was read, None if it never was."""
    return session.get(MailboxState, account)


def begin_mailbox(session: Session, account: str, uid_validity: int) -> int:
    """Return the last UID that is settled.

    0 for a mailbox that was never read, and for one whose UIDs are counted anew: what
    was noted under the old ones is forgotten.
    """
    state = session.get(MailboxState, account)
    if state is None:
        state = MailboxState(account=account, uid_validity=uid_validity, last_uid=0)
    if state.uid_validity != uid_validity:
        state.uid_validity, state.last_uid = uid_validity, 0
        session.exec(delete(MailboxNote).where(col(MailboxNote.account) == account))
    session.add(state)
    session.flush()
    return state.last_uid


def settle_uid(session: Session, account: str, uid_validity: int, uid: int) -> bool:
    """Keep that a message is settled; False if another reader has settled it before.

    To be called first in the transaction that records the message: the row stays locked
    until the commit.
    """
    state = session.exec(
        select(MailboxState)
        .where(MailboxState.account == account)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if state.uid_validity != uid_validity or state.last_uid >= uid:
        return False
    state.last_uid = uid
    session.add(state)
    session.flush()
    return True


def record_mailbox_read(session: Session, account: str, at: datetime) -> None:
    """Keep that the mailbox was read to its end."""
    state = session.get_one(MailboxState, account)
    state.read_at, state.failing_since_at, state.error = at, None, None
    session.add(state)
    session.flush()


def record_mailbox_failure(
    session: Session, account: str, error: str, at: datetime
) -> None:
    """Keep why the mailbox can't be read, and since when."""
    state = session.get(MailboxState, account)
    if state is None:
        state = MailboxState(account=account, uid_validity=0, last_uid=0)
    state.failing_since_at, state.error = state.failing_since_at or at, error
    session.add(state)
    session.flush()


def record_mailbox_note(
    session: Session, account: str, uid: int, reason: str, at: datetime
) -> None:
    """Keep that a message could not be read, for whoever looks after the mailbox."""
    session.merge(MailboxNote(account=account, uid=uid, reason=reason, noted_at=at))
    session.flush()


def mailbox_notes(session: Session, account: str) -> Sequence[MailboxNote]:
    """Return the messages that could not be read, oldest first."""
    return session.exec(
        select(MailboxNote)
        .where(MailboxNote.account == account)
        .order_by(col(MailboxNote.uid))
    ).all()


def forget_mailbox_notes(session: Session, account: str, uids: Collection[int]) -> None:
    """Forget notes on messages that are deleted now."""
    session.exec(
        delete(MailboxNote)
        .where(col(MailboxNote.account) == account)
        .where(col(MailboxNote.uid).in_(list(uids)))
    )


def mailbox_import(session: Session, source: str, at: datetime) -> Import:
    """Return the one run under which all emails of the mailbox are kept."""
    run = session.exec(
        select(Import).where(Import.source == source).order_by(col(Import.id)).limit(1)
    ).first()
    if run is None:
        run = Import(source=source, started_at=at)
        session.add(run)
        session.flush()
    return run


def pending_erasures(session: Session) -> Sequence[PendingErasure]:
    """Return whose messages are still to be deleted from the drop mailbox."""
    return session.exec(
        select(PendingErasure).order_by(
            col(PendingErasure.asked_at), col(PendingErasure.email_key)
        )
    ).all()


def pending_erasure_count(session: Session) -> int:
    """Return how many people's messages are still to be deleted."""
    return session.exec(select(func.count()).select_from(PendingErasure)).one()


def record_pending_erasure(
    session: Session, email_key: str, supporter_id: int | None, at: datetime
) -> None:
    """Keep that a person's messages are to be deleted from the drop mailbox."""
    session.merge(
        PendingErasure(email_key=email_key, supporter_id=supporter_id, asked_at=at)
    )
    session.flush()


def settle_pending_erasures(session: Session, email_keys: Collection[str]) -> None:
    """Forget those whose messages are deleted now."""
    session.exec(
        delete(PendingErasure).where(
            col(PendingErasure.email_key).in_(list(email_keys))
        )
    )
