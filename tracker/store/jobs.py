"""Regular jobs: when each was last done."""

from datetime import datetime

from sqlmodel import Session, select

from tracker.store.tables import JobDone


def job_done_at(session: Session, name: str) -> datetime | None:
    """Return when the job last ended well, None if never."""
    done = session.get(JobDone, name)
    return done.done_at if done else None


def jobs_done(session: Session) -> dict[str, datetime]:
    """Return when each job that ever ended well last did, by name."""
    return {job.name: job.done_at for job in session.exec(select(JobDone)).all()}


def record_job_done(session: Session, name: str, at: datetime) -> None:
    """Keep that the job ended well."""
    session.merge(JobDone(name=name, done_at=at))
