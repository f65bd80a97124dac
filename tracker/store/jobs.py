"""Regular jobs: when each was last done."""

from datetime import datetime

from sqlmodel import Session

from tracker.store.tables import JobDone


def job_done_at(session: Session, name: str) -> datetime | None:
    """Return when the job last ended well, None if never."""
    done = session.get(JobDone, name)
    return done.done_at if done else None


def record_job_done(session: Session, name: str, at: datetime) -> None:
    """Keep that the job ended well."""
    session.merge(JobDone(name=name, done_at=at))
