"""How the drop mailbox is doing, in words for whoever runs the program."""

from datetime import datetime, timedelta

from tracker import store
from tracker.clock import LONDON
from tracker.store import Session

READ_WITHIN = timedelta(hours=1)
"""A mailbox that nobody has read for so long, though it could be, is a problem."""


def mailbox_health(
    session: Session, account: str, *, now: datetime
) -> tuple[bool, str]:
    """Return whether the mailbox is read as it should be, and in words.

    `account` is mail.imap_url. Messages that could not be read are told of, with the
    reason, but are no problem of the mailbox.
    """
    state = store.mailbox_state(session, account)
    more = _unreadable(session, account) + _pending(session)
    if state is None or (state.read_at is None and state.error is None):
        return True, f"not read yet: a worker reads it every two minutes{more}"
    if state.error is not None:
        since = _moment(state.failing_since_at or now)
        return False, f"can't be read since {since}: {state.error}{more}"
    read_at = state.read_at or now
    if now - read_at > READ_WITHIN:
        return False, f"last read at {_moment(read_at)}: is a worker running?{more}"
    return True, f"last read at {_moment(read_at)}{more}"


def _unreadable(session: Session, account: str) -> str:
    notes = store.mailbox_notes(session, account)
    if not notes:
        return ""
    last = notes[-1]
    return f"; could not be read: {len(notes)} (last: UID {last.uid}, {last.reason})"


def _pending(session: Session) -> str:
    count = store.pending_erasure_count(session)
    return f"; erased people whose messages are still there: {count}" if count else ""


def _moment(at: datetime) -> str:
    return f"{at.astimezone(LONDON):%Y-%m-%d %H:%M}"
