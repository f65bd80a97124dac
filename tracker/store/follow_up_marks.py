"""For whom follow-ups are to be planned: Members about whom something is new.

Owns what makes planning cheap: a Member whose tally and news are as they were when their
supporters were last planned for is not looked at. Writing plans down is in
follow_up_plans.py.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, delete, func

from tracker.rules.event_types import EventType
from tracker.store.bulk import insert_rows
from tracker.store.ledger import newest_event_ids
from tracker.store.tables import FollowUpMark, OutgoingEvent, SignatureEvent, Tally

_MARK_COLUMNS = (
    *("motion_id", "member_id", "supporter_count", "email_count"),
    *("event_id", "outgoing_id"),
)
_NEW_MARK = """
ON CONFLICT (motion_id, member_id) DO UPDATE SET
supporter_count = excluded.supporter_count, email_count = excluded.email_count,
event_id = excluded.event_id, outgoing_id = excluded.outgoing_id"""


@dataclass(frozen=True, slots=True)
class News:
    """What happened last to a Member; `event_id` is of the table that keeps its kind."""

    event_id: int
    type: EventType
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """A Member whose supporters are to be planned for: what there is to be marked."""

    motion_id: int
    member_id: int
    supporter_count: int
    email_count: int
    event_id: int
    outgoing_id: int


def signature_news(session: Session, motion_id: int) -> dict[int, News]:
    """Return the newest event of each Member whose newest is no history, by Member."""
    rows = session.connection().execute(
        sqlalchemy.select(
            col(SignatureEvent.member_id),
            col(SignatureEvent.id),
            col(SignatureEvent.kind),
            col(SignatureEvent.observed_at),
        )
        .where(col(SignatureEvent.id).in_(newest_event_ids(motion_id)))
        .where(col(SignatureEvent.backfilled).is_(False))
    )
    return {
        member_id: News(event_id or 0, EventType(f"signature.{kind.value}"), at)
        for member_id, event_id, kind, at in rows
    }


def member_news(
    session: Session,
    motion_id: int,
    types: Collection[EventType],
    *,
    since: datetime,
) -> dict[tuple[int, EventType], News]:
    """Return the newest of these outgoing events of each Member, by Member and type."""
    if not types:
        return {}
    rows = session.connection().execute(
        sqlalchemy.select(
            col(OutgoingEvent.member_id),
            col(OutgoingEvent.type),
            func.max(col(OutgoingEvent.id)),
            func.max(col(OutgoingEvent.occurred_at)),
        )
        .where(col(OutgoingEvent.occurred_at) >= since)
        .where(col(OutgoingEvent.motion_id) == motion_id)
        .where(col(OutgoingEvent.member_id).is_not(None))
        .where(col(OutgoingEvent.type).in_(list(types)))
        .group_by(col(OutgoingEvent.member_id), col(OutgoingEvent.type))
    )
    return {
        (member_id or 0, type_): News(event_id or 0, type_, at)
        for member_id, type_, event_id, at in rows
    }


def changed_members(
    session: Session,
    motion_id: int,
    signatures: Mapping[int, News],
    others: Mapping[tuple[int, EventType], News],
) -> list[Changed]:
    """Return the Members with supporters about whom something changed, by id."""
    marks = {
        row.member_id: tuple(row)
        for row in session.connection().execute(
            sqlalchemy.select(
                *(getattr(FollowUpMark, name) for name in _MARK_COLUMNS)
            ).where(col(FollowUpMark.motion_id) == motion_id)
        )
    }
    latest: dict[int, int] = {}
    for (member_id, _), news in others.items():
        latest[member_id] = max(latest.get(member_id, 0), news.event_id)
    rows = session.connection().execute(
        sqlalchemy.select(
            col(Tally.member_id), col(Tally.supporter_count), col(Tally.email_count)
        )
        .where(col(Tally.motion_id) == motion_id)
        .order_by(col(Tally.member_id))
    )
    found = []
    for member_id, supporters, emails in rows:
        event = signatures.get(member_id)
        event_id = event.event_id if event else 0
        outgoing_id = latest.get(member_id, 0)
        is_now = (motion_id, member_id, supporters, emails, event_id, outgoing_id)
        if marks.get(member_id) != is_now:
            found.append(Changed(*is_now))
    return found


def record_mark(session: Session, changed: Changed) -> None:
    """Keep that the supporters of a Member were planned for."""
    row = tuple(getattr(changed, name) for name in _MARK_COLUMNS)
    insert_rows(session, FollowUpMark, _MARK_COLUMNS, [row], _NEW_MARK)


def forget_marks(session: Session) -> None:
    """Have the supporters of every Member looked at again."""
    session.exec(delete(FollowUpMark))
    session.flush()
