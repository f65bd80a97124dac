"""One Member and one motion: what a page of their own is made from.

Knows also those who left the House, with or without a signature that stays, and who
holds their seat since.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.board.house import House, house_of
from tracker.board.members import MemberView, has_left, member_of
from tracker.board.motion import MotionView, motion_of
from tracker.config import MotionSettings, Settings
from tracker.parliament.seats import normal_name
from tracker.rules.hints import RelatedSigning
from tracker.store import Session


@dataclass(frozen=True, slots=True)
class OneView:
    """A Member in the public form, and the motion as it stands.

    `successor` is who holds the seat of one who `has_left`, None while it is vacant;
    `predecessors` held the seat before and have signed. `related` are the Member's names
    on like motions, which Parliament publishes.
    """

    motion: MotionView
    member: MemberView
    has_left: bool
    successor: MemberView | None
    predecessors: tuple[MemberView, ...]
    related: Sequence[RelatedSigning]


def one_view(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    member_id: int,
    *,
    now: datetime,
) -> OneView | None:
    """Return a Member who sits or ever signed the motion, None for anybody else."""
    house = house_of(session, settings, watched, now=now)
    if member_id not in house.facts:
        return None
    member = member_of(house, member_id)
    motion_id = house.motion.id
    related = store.related_signings(session, motion_id) if motion_id else {}
    gone = has_left(house, member_id)
    return OneView(
        motion=motion_of(session, settings, watched, house, now=now),
        member=member,
        has_left=gone,
        successor=_successor(house, member) if gone else None,
        predecessors=() if gone else _predecessors(house, member),
        related=related.get(member_id, ()),
    )


def _successor(house: House, member: MemberView) -> MemberView | None:
    seat = normal_name(member.constituency or "")
    holders = (
        one
        for one, held in house.seats.items()
        if normal_name(held.constituency) == seat
    )
    found = next(holders, None)
    return member_of(house, found) if found is not None else None


def _predecessors(house: House, member: MemberView) -> tuple[MemberView, ...]:
    seat = normal_name(member.constituency or "")
    return tuple(
        member_of(house, one)
        for one in sorted(house.signed_ids)
        if seat
        and has_left(house, one)
        and normal_name(house.rows[one].constituency or "") == seat
    )
