"""Sessions of people who signed in: opening, finding and ending them."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete

from tracker.rules.visits import IDLE, LONGEST, is_session_over
from tracker.store.tables import StaffSession, StaffUser

_SEEN_EVERY = timedelta(minutes=1)
"""A look is written down at most this often: limits are hours."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that was just opened: the cookie's text, which is not stored."""

    token: str
    user: StaffUser


@dataclass(frozen=True, slots=True)
class Found:
    """A session that holds, and whose it is."""

    row: StaffSession
    user: StaffUser


def open_session(
    session: Session, user_id: int, *, verified_hash: str, at: datetime
) -> Opened | None:
    """Return a new session of somebody whose password was just found right.

    None if the password was changed or the user disabled meanwhile: hashing takes a
    while. Sessions that are over are cleared away.
    """
    user = session.get(
        StaffUser, user_id, populate_existing=True, with_for_update={"read": True}
    )
    is_same = user is not None and user.password_hash == verified_hash
    if user is None or not is_same or user.disabled_at is not None:
        return None
    _clear(session, at)
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_hash=_hash(token),
            user_id=user_id,
            csrf_token=secrets.token_urlsafe(32),
            created_at=at,
            last_seen_at=at,
        )
    )
    session.flush()
    return Opened(token, user)


def find_session(session: Session, token: str, *, now: datetime) -> Found | None:
    """Return the session that a cookie names, if it holds and its user may sign in."""
    row = session.get(StaffSession, _hash(token))
    if row is None or is_session_over(row.created_at, row.last_seen_at, now=now):
        return None
    user = session.get(StaffUser, row.user_id)
    if user is None or user.disabled_at is not None:
        return None
    return Found(row, user)


def is_look_due(row: StaffSession, *, now: datetime) -> bool:
    """Return whether it is to be written down that the session is in use."""
    return now - row.last_seen_at >= _SEEN_EVERY


def record_seen(session: Session, token_hash: str, *, now: datetime) -> None:
    """Keep that the session is in use; one that was ended meanwhile stays so."""
    row = session.get(StaffSession, token_hash)
    if row is not None:
        row.last_seen_at = now
        session.add(row)


def end_session(session: Session, token: str) -> None:
    """End the session that a cookie names, if there is one."""
    session.exec(
        delete(StaffSession).where(col(StaffSession.token_hash) == _hash(token))
    )


def _clear(session: Session, at: datetime) -> None:
    session.exec(
        delete(StaffSession).where(
            (col(StaffSession.last_seen_at) <= at - IDLE)
            | (col(StaffSession.created_at) <= at - LONGEST)
        )
    )


def _hash(token: str) -> str:
    """Return under what a session is kept; 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
