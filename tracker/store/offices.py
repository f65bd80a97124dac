"""Members' offices: the posts they hold and how their office is reached."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy
from sqlmodel import Session, col, delete, select

from tracker.parliament.careers import PostRecord
from tracker.parliament.contacts import ContactRecord
from tracker.rules.eligibility import PostHeld
from tracker.store.tables import Member, MemberContact, Membership, Post

CONTACTS_LAST = timedelta(days=7)
SPEAKER = "speaker"


def posts_by_member(session: Session) -> dict[int, list[PostHeld]]:
    """Return every post known, as values for the rules, by Member."""
    held: dict[int, list[PostHeld]] = {}
    columns = (getattr(Post, name) for name in PostHeld.__dataclass_fields__)
    rows = session.connection().execute(
        sqlalchemy.select(col(Post.member_id), *columns).order_by(col(Post.id))
    )
    for member_id, *post in rows:
        held.setdefault(member_id, []).append(PostHeld(*post))
    return held


def contacts_of(session: Session, member_id: int) -> Sequence[MemberContact]:
    """Return a Member's contacts that are current, in the order they were read."""
    return session.exec(
        select(MemberContact)
        .where(MemberContact.member_id == member_id)
        .where(col(MemberContact.is_current).is_(True))
        .order_by(col(MemberContact.id))
    ).all()


def contacts_by_member(
    session: Session, member_ids: Iterable[int]
) -> dict[int, list[MemberContact]]:
    """Return the current contacts of many Members in one query, by Member id."""
    found: dict[int, list[MemberContact]] = {}
    for contact in session.exec(
        select(MemberContact)
        .where(col(MemberContact.member_id).in_(list(member_ids)))
        .where(col(MemberContact.is_current).is_(True))
        .order_by(col(MemberContact.id))
    ).all():
        found.setdefault(contact.member_id, []).append(contact)
    return found


def members_without_contacts(
    session: Session, *, checked_before: datetime
) -> Sequence[int]:
    """Return current Members whose contacts were not read since, longest ago first."""
    sitting = select(Membership.member_id).where(
        col(Membership.as_of_on).is_(None), col(Membership.ended_on).is_(None)
    )
    checked_at = col(Member.contacts_checked_at)
    return session.exec(
        select(Member.member_id)
        .where(col(Member.member_id).in_(sitting))
        .where(checked_at.is_(None) | (checked_at < checked_before))
        .order_by(checked_at.nulls_first(), col(Member.member_id))
    ).all()


def record_posts(session: Session, posts: Iterable[PostRecord], *, day: date) -> None:
    """Replace the posts of today by those read from Parliament's posts endpoints.

    Posts that ended before `day` (from biographies) stay. Those of Members that are not
    known are left out.
    """
    session.exec(
        delete(Post)
        .where(col(Post.kind) != SPEAKER)
        .where(col(Post.ended_on).is_(None) | (col(Post.ended_on) >= day))
    )
    session.flush()
    known = _known_members(session)
    session.add_all(
        [_post(post) for post in dict.fromkeys(posts) if post.member_id in known]
    )
    session.flush()


def record_speakers(
    session: Session, member_ids: Iterable[int], *, day: date, is_past: bool
) -> None:
    """Replace who is the Speaker or a deputy: today, or on a past day.

    A past day is kept as both dates, since Parliament's answer speaks of nothing else.
    """
    bounds = (day, day) if is_past else (None, None)
    session.exec(
        delete(Post).where(
            col(Post.kind) == SPEAKER,
            col(Post.started_on).is_not_distinct_from(bounds[0]),
        )
    )
    session.flush()
    for member_id in sorted(set(member_ids) & _known_members(session)):
        session.add(
            Post(
                member_id=member_id,
                kind=SPEAKER,
                name="Speaker or Deputy Speaker",
                started_on=bounds[0],
                ended_on=bounds[1],
            )
        )
    session.flush()


def record_member_posts(
    session: Session,
    member_id: int,
    posts: Iterable[PostRecord],
    *,
    checked_at: datetime,
) -> None:
    """Replace one Member's posts with those of their biography, past ones included."""
    session.exec(
        delete(Post).where(col(Post.member_id) == member_id, col(Post.kind) != SPEAKER)
    )
    session.flush()
    session.add_all([_post(post) for post in dict.fromkeys(posts)])
    member = session.get_one(Member, member_id)
    member.posts_checked_at = checked_at
    session.add(member)
    session.flush()


def record_contacts(
    session: Session,
    member_id: int,
    contacts: Iterable[ContactRecord],
    *,
    checked_at: datetime,
    today: date,
) -> None:
    """Take over a Member's contacts; those that are gone stay, as not current."""
    known = {
        (row.kind, row.value.casefold()): row
        for row in session.exec(
            select(MemberContact).where(MemberContact.member_id == member_id)
        ).all()
    }
    seen: set[tuple[str, str]] = set()
    for contact in contacts:
        key: tuple[str, str] = (contact.kind, contact.value.casefold())
        row = known.get(key) or MemberContact(
            member_id=member_id,
            kind=contact.kind,
            label=contact.label,
            value=contact.value,
            checked_on=today,
        )
        if key not in seen:
            row.label = contact.label
        row.checked_on, row.is_current = today, True
        known[key] = row
        seen.add(key)
        session.add(row)
    for key, row in known.items():
        if key not in seen:
            row.is_current = False
            session.add(row)
    member = session.get_one(Member, member_id)
    member.contacts_checked_at = checked_at
    session.add(member)
    session.flush()


def _known_members(session: Session) -> set[int]:
    return set(session.exec(select(Member.member_id)).all())


def _post(record: PostRecord) -> Post:
    return Post(
        member_id=record.member_id,
        kind=record.kind,
        name=record.name,
        started_on=record.started_on,
        ended_on=record.ended_on,
    )
