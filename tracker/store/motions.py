"""Motions: every query and write about the motion itself."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.parliament.snapshot import Snapshot
from tracker.store.tables import Motion


def motion_by_number(session: Session, session_name: str, number: int) -> Motion | None:
    """Return the motion with this printed number in this session of Parliament."""
    return session.exec(
        select(Motion).where(Motion.session == session_name, Motion.number == number)
    ).one_or_none()


def all_motions(session: Session) -> Sequence[Motion]:
    """Return every motion that is or was watched, in the order they were added."""
    return session.exec(select(Motion).order_by(col(Motion.id))).all()


def record_motion(session: Session, session_name: str, number: int) -> Motion:
    """Return the motion, adding it if it is new."""
    motion = motion_by_number(session, session_name, number)
    if motion is None:
        motion = Motion(session=session_name, number=number)
        session.add(motion)
        session.flush()
    return motion


def record_motion_facts(session: Session, motion: Motion, snapshot: Snapshot) -> None:
    """Take over title, text, dates and state from a good answer, where they differ.

    What an answer leaves out stays as it was known.
    """
    motion.title = snapshot.title or motion.title
    motion.text = snapshot.text or motion.text
    motion.tabled_on = snapshot.tabled_on or motion.tabled_on
    motion.primary_member_id = snapshot.primary_member_id or motion.primary_member_id
    motion.is_withdrawn = snapshot.is_withdrawn
    motion.status_at = snapshot.status_at or motion.status_at
    session.add(motion)


def record_not_found(session: Session, motion: Motion, at: datetime | None) -> None:
    """Keep since when Parliament answers that it has no such motion; None: it has again."""
    if (motion.not_found_since_at is None) != (at is None):
        motion.not_found_since_at = at
        session.add(motion)
