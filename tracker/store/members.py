"""Members of Parliament: who they are and were called."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy
from sqlmodel import Session, col, select

from tracker.parliament.members import MemberRecord
from tracker.store.tables import Member, MemberName, MemberPhoto, Signature


def members_by_id(session: Session, ids: Iterable[int]) -> dict[int, Member]:
    """Return the Members known among `ids`, keyed by id."""
    wanted = list(ids)
    found = session.exec(select(Member).where(col(Member.member_id).in_(wanted))).all()
    return {member.member_id: member for member in found}


class Person(NamedTuple):
    """A Member as the board shows them; a row, not an object of the ORM.

    `photo_tag` names the photo that is kept of them, None if there is none.
    """

    member_id: int
    name: str
    list_as: str | None
    party: str | None
    thumbnail_url: str | None
    position_url: str | None
    photo_tag: str | None


def people_by_id(session: Session) -> dict[int, Person]:
    """Return everybody in the table of Members, some thousand at most, keyed by id."""
    columns = [getattr(Member, name) for name in Person._fields[:-1]]
    photo = col(MemberPhoto.member_id) == col(Member.member_id)
    rows = session.connection().execute(
        sqlalchemy.select(*columns, col(MemberPhoto.tag))
        .select_from(Member)
        .join(MemberPhoto, photo, isouter=True)
    )
    return {row[0]: Person._make(row) for row in rows}


def unknown_signers(session: Session) -> Sequence[int]:
    """Return the ids of Members who signed something and are not in our table."""
    return session.exec(
        select(Signature.member_id)
        .where(col(Signature.member_id).not_in(select(Member.member_id)))
        .distinct()
        .order_by(col(Signature.member_id))
    ).all()


def record_member(
    session: Session, record: MemberRecord, *, synced_at: datetime, today: date
) -> Member:
    """Take over who a Member is; an older name or party is kept with its last day."""
    member = session.get(Member, record.member_id)
    if member is None:
        member = Member(
            member_id=record.member_id, name=record.name, synced_at=synced_at
        )
    elif (member.name, member.party) != (record.name, record.party):
        session.add(
            MemberName(
                member_id=member.member_id,
                name=member.name,
                party=member.party,
                until_on=today,
            )
        )
    member.name, member.list_as = record.name, record.list_as
    member.full_title, member.gender = record.full_title, record.gender
    member.party = record.party
    member.thumbnail_url, member.synced_at = record.thumbnail_url, synced_at
    session.add(member)
    return member
