"""Parliament's calendar as it was last read, and the brake on our requests."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlmodel import Session, col, delete, func, select

from tracker.store.tables import Brake, ClosedDay, SessionDate

_ONLY = 1


def brake_until(session: Session) -> Brake | None:
    """Return the brake that Parliament's services last put on us, over or not."""
    return session.get(Brake, _ONLY)


def record_brake(session: Session, until_at: datetime, reason: str) -> None:
    """Put on the brake; one that lasts longer already stays as it is."""
    brake = session.get(Brake, _ONLY)
    if brake is None:
        session.add(Brake(id=_ONLY, until_at=until_at, reason=reason))
    elif brake.until_at < until_at:
        brake.until_at, brake.reason = until_at, reason
        session.add(brake)


def lift_brake(session: Session) -> None:
    """Forget the brake: it is over."""
    brake = session.get(Brake, _ONLY)
    if brake is not None:
        session.delete(brake)
        session.flush()


def session_date(session: Session, name: str) -> SessionDate | None:
    """Return a session's dates as the calendar last gave them."""
    return session.get(SessionDate, name)


def record_session_dates(
    session: Session,
    dates: Iterable[tuple[str, date, date | None]],
    *,
    checked_at: datetime,
) -> None:
    """Take over (session, first day, last day or None) from the calendar."""
    for name, starts_on, ends_on in dates:
        row = SessionDate(
            session=name, starts_on=starts_on, ends_on=ends_on, checked_at=checked_at
        )
        session.merge(row)


def calendar_checked_at(session: Session) -> datetime | None:
    """Return when the calendar was last read, None if never."""
    return session.exec(select(func.max(SessionDate.checked_at))).one()


def closed_days(session: Session) -> Sequence[ClosedDay]:
    """Return the recesses, prorogations and dissolutions known, in order of time."""
    return session.exec(select(ClosedDay).order_by(col(ClosedDay.from_on))).all()


def record_closed_days(
    session: Session, days: Iterable[tuple[date, date, str]], *, from_on: date
) -> None:
    """Replace what is known of the days that end on or after `from_on`; older ones stay."""
    session.exec(delete(ClosedDay).where(col(ClosedDay.to_on) >= from_on))
    session.flush()
    for first_on, last_on, name in days:
        if last_on >= from_on:
            session.add(ClosedDay(from_on=first_on, to_on=last_on, name=name))
    session.flush()
