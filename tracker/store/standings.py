"""Where Members stood when it was last told, and what has to be known to tell it."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, select

from tracker.rules.changes import ChangeKind
from tracker.rules.standings import Stood
from tracker.store.tables import Member, Membership, SignatureEvent, ToldStanding


def told_standings(session: Session, motion_id: int) -> dict[int, Stood]:
    """Return where each Member stood when it was last told, by Member id."""
    rows = session.connection().execute(
        sqlalchemy.select(
            col(ToldStanding.member_id),
            col(ToldStanding.status),
            col(ToldStanding.public_status),
            col(ToldStanding.is_sitting),
        ).where(col(ToldStanding.motion_id) == motion_id)
    )
    return {row[0]: Stood(row[1], row[2], is_sitting=row[3]) for row in rows}


def record_told(
    session: Session, motion_id: int, member_id: int, stood: Stood, now: datetime
) -> None:
    """Keep where a Member stands as told."""
    session.merge(
        ToldStanding(
            motion_id=motion_id,
            member_id=member_id,
            status=stood.status,
            public_status=stood.public_status,
            is_sitting=stood.is_sitting,
            told_at=now,
        )
    )


def doubted_members(
    session: Session, motion_id: int, *, since_at: datetime
) -> set[int]:
    """Return Members whose name was taken off since then, their posts not read since.

    A new minister's name is taken off: until the posts are known, nobody but staff is
    told where the Member stands (product.md 4).
    """
    off = (ChangeKind.WITHDRAWN, ChangeKind.REMOVED)
    return set(
        session.exec(
            select(SignatureEvent.member_id)
            .join(Member, col(Member.member_id) == SignatureEvent.member_id)
            .where(SignatureEvent.motion_id == motion_id)
            .where(col(SignatureEvent.kind).in_(off))
            .where(col(SignatureEvent.backfilled).is_(False))
            .where(col(SignatureEvent.observed_at) > since_at)
            .where(
                col(Member.posts_checked_at).is_(None)
                | (col(Member.posts_checked_at) < SignatureEvent.observed_at)
            )
        ).all()
    )


def seat_codes(session: Session, member_ids: Collection[int]) -> dict[int, str]:
    """Return the ONS codes of the seats that these Members hold now, where known."""
    rows = session.exec(
        select(Membership.member_id, Membership.ons_code)
        .where(col(Membership.member_id).in_(list(member_ids)))
        .where(col(Membership.as_of_on).is_(None))
        .where(col(Membership.ended_on).is_(None))
        .order_by(col(Membership.started_on))
    ).all()
    return {member_id: code for member_id, code in rows if code is not None}
