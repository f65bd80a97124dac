"""How many counted emails went out on each day, counted when somebody asks.

Days are London's: in summer an hour's worth of emails before midnight UTC is of the next
day, so hours are counted in SQL and days made of them outside.
"""

from collections import Counter
from datetime import UTC, date, datetime

from sqlmodel import Session, col, func, select

from tracker.clock import london_date
from tracker.store.tables import EmailState, SupporterEmail

_MINUTES, _SECONDS = 60, 3_600


def emails_by_day(
    session: Session, motion_id: int, member_id: int | None = None
) -> list[tuple[date, int]]:
    """Return the London days with counted emails and how many, oldest first.

    Of one Member's if `member_id` is given, else of all about the motion.
    """
    hour = col(SupporterEmail.sent_minute) // _MINUTES
    query = (
        select(hour, func.count())
        .where(SupporterEmail.motion_id == motion_id)
        .where(SupporterEmail.state == EmailState.COUNTED)
        .group_by(hour)
    )
    if member_id is not None:
        query = query.where(SupporterEmail.member_id == member_id)
    days: Counter[date] = Counter()
    for hours, count in session.exec(query).all():
        days[london_date(datetime.fromtimestamp(hours * _SECONDS, UTC))] += count
    return sorted(days.items())
