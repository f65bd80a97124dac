"""Signers of related motions."""

from collections.abc import Collection, Iterable

from sqlmodel import Session, col, delete, select

from tracker.rules.hints import RelatedSigning
from tracker.store.tables import RelatedSigner


def related_signings(
    session: Session, motion_id: int
) -> dict[int, list[RelatedSigning]]:
    """Return each Member's names on motions related to this one, by Member id."""
    found: dict[int, list[RelatedSigning]] = {}
    for row in session.exec(
        select(RelatedSigner)
        .where(RelatedSigner.motion_id == motion_id)
        .order_by(col(RelatedSigner.related_id))
    ).all():
        value = RelatedSigning(row.title, row.is_sponsor, row.is_continued)
        found.setdefault(row.member_id, []).append(value)
    return found


def record_related(
    session: Session, motion_id: int, related_id: int, rows: Iterable[RelatedSigner]
) -> None:
    """Replace what is known of one related motion's signers."""
    session.exec(
        delete(RelatedSigner).where(
            col(RelatedSigner.motion_id) == motion_id,
            col(RelatedSigner.related_id) == related_id,
        )
    )
    session.flush()
    session.add_all(rows)
    session.flush()


def forget_related(session: Session, motion_id: int, *, keep: Collection[int]) -> None:
    """Forget the signers of motions that are no longer named as related to this one."""
    session.exec(
        delete(RelatedSigner).where(
            col(RelatedSigner.motion_id) == motion_id,
            col(RelatedSigner.related_id).not_in(keep),
        )
    )
