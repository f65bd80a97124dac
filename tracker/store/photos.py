"""MPs' photos: whose is due to be looked for, and each as it is served."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select

from tracker.store.tables import Member, MemberPhoto, Membership


def photos_due(
    session: Session, *, checked_before: datetime, limit: int
) -> Sequence[int]:
    """Return sitting Members whose photo was not looked for since, the longest first.

    Only of those who have one, as far as Parliament says.
    """
    sitting = select(Membership.member_id).where(col(Membership.ended_on).is_(None))
    return session.exec(
        select(Member.member_id)
        .join(
            MemberPhoto,
            col(MemberPhoto.member_id) == col(Member.member_id),
            isouter=True,
        )
        .where(
            col(Member.member_id).in_(sitting),
            col(Member.thumbnail_url).is_not(None),
            or_(
                col(MemberPhoto.checked_at).is_(None),
                col(MemberPhoto.checked_at) < checked_before,
            ),
        )
        .order_by(
            col(MemberPhoto.checked_at).is_not(None),
            col(MemberPhoto.checked_at),
            col(Member.member_id),
        )
        .limit(limit)
    ).all()


def record_photo(
    session: Session,
    member_id: int,
    *,
    body: bytes | None,
    tag: str | None,
    checked_at: datetime,
) -> None:
    """Keep a Member's photo, or that there is none."""
    photo = session.get(MemberPhoto, member_id)
    if photo is None:
        photo = MemberPhoto(member_id=member_id, checked_at=checked_at)
    photo.body, photo.tag, photo.checked_at = body, tag, checked_at
    session.add(photo)


def photo_of(session: Session, member_id: int) -> MemberPhoto | None:
    """Return a Member's photo, None if it was never looked for."""
    return session.get(MemberPhoto, member_id)
