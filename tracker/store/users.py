"""People who sign in: every query and write about them. Passwords come here hashed."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, delete, func, select

from tracker.rules.passwords import name_key
from tracker.rules.roles import Role
from tracker.rules.visits import new_since
from tracker.store.audit import record_audit
from tracker.store.tables import StaffSession, StaffUser


class UserError(Exception):
    """What can't be done about a user; the text is one sentence."""


def user_named(session: Session, name: str) -> StaffUser | None:
    """Return the user of this name, disabled or not, without regard to case."""
    return session.exec(
        select(StaffUser).where(StaffUser.name_key == name_key(name))
    ).one_or_none()


def all_users(session: Session) -> Sequence[StaffUser]:
    """Return every user by name."""
    return session.exec(select(StaffUser).order_by(col(StaffUser.name_key))).all()


def last_seen_at(session: Session) -> dict[int, datetime]:
    """Return when those who are signed in were last seen, by their ids."""
    rows = session.exec(
        select(StaffSession.user_id, func.max(StaffSession.last_seen_at)).group_by(
            col(StaffSession.user_id)
        )
    ).all()
    return {user_id: seen_at for user_id, seen_at in rows}  # noqa: C416 - rows are no tuples


def add_user(
    session: Session,
    name: str,
    role: Role,
    password_hash: str,
    *,
    by: str,
    at: datetime,
) -> StaffUser:
    """Return a new user; UserError if the name is taken."""
    if user_named(session, name) is not None:
        raise UserError(f"there is a user named {name} already")
    user = StaffUser(
        name=name,
        name_key=name_key(name),
        role=role,
        password_hash=password_hash,
        created_at=at,
    )
    session.add(user)
    session.flush()
    record_audit(session, by, "user added", f"user {user.id}, {role}", at=at)
    return user


def set_password(
    session: Session,
    user_id: int,
    password_hash: str,
    *,
    by: str,
    at: datetime,
) -> None:
    """Keep another password, and end every session of that user."""
    user = session.get_one(StaffUser, user_id)
    user.password_hash = password_hash
    session.add(user)
    end_sessions(session, user_id)
    record_audit(session, by, "password changed", f"user {user_id}", at=at)


def set_disabled(
    session: Session, user_id: int, is_disabled: bool, *, by: str, at: datetime
) -> None:
    """Let a user sign in no more and end their sessions, or let them in again.

    UserError if that leaves nobody who may manage users.
    """
    user = _user(session, user_id)
    if is_disabled:
        _keep_an_admin(session, user)
        end_sessions(session, user_id)
    user.disabled_at = at if is_disabled else None
    session.add(user)
    word = "user disabled" if is_disabled else "user enabled"
    record_audit(session, by, word, f"user {user_id}", at=at)


def set_role(
    session: Session, user_id: int, role: Role, *, by: str, at: datetime
) -> None:
    """Give a user another role; UserError if that leaves nobody to manage users."""
    user = _user(session, user_id)
    if role is not Role.ADMIN:
        _keep_an_admin(session, user)
    user.role = role
    session.add(user)
    end_sessions(session, user_id)
    record_audit(session, by, "role changed", f"user {user_id}, {role}", at=at)


def end_sessions(session: Session, user_id: int) -> None:
    """End every session of a user."""
    session.exec(delete(StaffSession).where(col(StaffSession.user_id) == user_id))


def record_look(session: Session, user_id: int, *, now: datetime) -> None:
    """Keep that the board was shown to a user."""
    user = session.get_one(StaffUser, user_id)
    user.looked_before_at = new_since(user.looked_at, user.looked_before_at, now=now)
    user.looked_at = now
    session.add(user)


def looks_of(session: Session, user_id: int) -> tuple[datetime | None, datetime | None]:
    """Return when the board was last shown to a user, and the end of the visit before."""
    user = session.get_one(StaffUser, user_id)
    return user.looked_at, user.looked_before_at


def _user(session: Session, user_id: int) -> StaffUser:
    user = session.get(StaffUser, user_id, populate_existing=True)
    if user is None:
        raise UserError(f"there is no user {user_id}")
    return user


def _keep_an_admin(session: Session, user: StaffUser) -> None:
    others = session.exec(
        select(StaffUser)
        .where(StaffUser.role == Role.ADMIN)
        .where(col(StaffUser.disabled_at).is_(None))
        .where(StaffUser.id != user.id)
        .with_for_update()
    ).first()
    if user.role is Role.ADMIN and user.disabled_at is None and others is None:
        raise UserError("this is the only admin: make somebody else one first")
