"""Tallies: how many supporters' emails each Member has, kept so that no page counts.

Changed in the transaction that changes an email, compared with a recount every hour.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import Select, insert
from sqlmodel import Session, col, delete, func, select

from tracker.store.bulk import insert_rows, moment_maker
from tracker.store.tables import EmailState, SupporterEmail, Tally


@dataclass(frozen=True, slots=True)
class MemberTally:
    """Distinct supporters and emails of one Member about one motion, from when to when."""

    motion_id: int
    member_id: int
    supporter_count: int
    email_count: int
    first_email_at: datetime
    last_email_at: datetime


_COLUMNS = tuple(MemberTally.__dataclass_fields__)
_ADD_UP = """
ON CONFLICT (motion_id, member_id) DO UPDATE SET
supporter_count = tally.supporter_count + excluded.supporter_count,
email_count = tally.email_count + excluded.email_count,
first_email_at = CASE WHEN excluded.first_email_at < tally.first_email_at
THEN excluded.first_email_at ELSE tally.first_email_at END,
last_email_at = CASE WHEN excluded.last_email_at > tally.last_email_at
THEN excluded.last_email_at ELSE tally.last_email_at END"""


def tallies_of(session: Session, motion_id: int) -> dict[int, MemberTally]:
    """Return the tally of each Member who was written to, keyed by Member id."""
    columns = (getattr(Tally, name) for name in MemberTally.__dataclass_fields__)
    rows = session.connection().execute(
        sqlalchemy.select(*columns).where(col(Tally.motion_id) == motion_id)
    )
    return {row.member_id: MemberTally(*row) for row in rows}


def add_to_tallies(session: Session, added: Iterable[MemberTally]) -> None:
    """Add newly counted emails; their supporters must be new to the Member.

    Under `bulk.lock_emails`.
    """
    moment = moment_maker(session)
    rows = [
        (
            tally.motion_id,
            tally.member_id,
            tally.supporter_count,
            tally.email_count,
            moment(tally.first_email_at),
            moment(tally.last_email_at),
        )
        for tally in added
    ]
    insert_rows(session, Tally, _COLUMNS, rows, _ADD_UP)
    _forget(session)


def recount_member(session: Session, motion_id: int, member_id: int | None) -> None:
    """Bring one Member's tally in line with their emails, after one of them changed.

    Call it with the Member of every email whose state, Member or time was changed, in
    the same transaction and after a flush. None is nobody's tally.
    """
    if member_id is None:
        return
    session.flush()
    query = _counted().where(
        col(SupporterEmail.motion_id) == motion_id,
        col(SupporterEmail.member_id) == member_id,
    )
    found = session.connection().execute(query).first()
    if found is None:
        known = session.get(Tally, (motion_id, member_id))
        if known is not None:
            session.delete(known)
    else:
        session.merge(Tally(**asdict(MemberTally(*found))))
    session.flush()


def recount_tallies(session: Session) -> None:
    """Replace all tallies by a count of the emails (one GROUP BY)."""
    session.exec(delete(Tally))
    session.connection().execute(insert(Tally).from_select(_COLUMNS, _counted()))
    _forget(session)


def tally_differences(session: Session) -> Sequence[tuple[int, int]]:
    """Return (motion, Member) of each tally that is not what a recount gives."""
    counted = {
        (row[0], row[1]): MemberTally(*row)
        for row in session.connection().execute(_counted())
    }
    kept = {(t.motion_id, t.member_id): _value(t) for t in session.exec(select(Tally))}
    return sorted(key for key in {*counted, *kept} if counted.get(key) != kept.get(key))


def supporter_counts(session: Session, motion_id: int) -> Mapping[int, int]:
    """Return the number of distinct supporters of each Member who was written to."""
    rows = session.exec(
        select(Tally.member_id, Tally.supporter_count).where(
            Tally.motion_id == motion_id
        )
    ).all()
    return dict(rows)


def _counted() -> Select[*tuple[Any, ...]]:
    return (
        sqlalchemy.select(
            col(SupporterEmail.motion_id),
            col(SupporterEmail.member_id),
            func.count(col(SupporterEmail.supporter_id).distinct()),
            func.count(),
            func.min(col(SupporterEmail.sent_at)),
            func.max(col(SupporterEmail.sent_at)),
        )
        .where(col(SupporterEmail.state) == EmailState.COUNTED)
        .where(col(SupporterEmail.member_id).is_not(None))
        .group_by(col(SupporterEmail.motion_id), col(SupporterEmail.member_id))
    )


def _forget(session: Session) -> None:
    """Have tallies that this session holds read anew."""
    for held in list(session.identity_map.values()):
        if isinstance(held, Tally):
            session.expire(held)


def _value(tally: Tally) -> MemberTally:
    return MemberTally(**tally.model_dump())
