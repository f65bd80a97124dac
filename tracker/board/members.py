"""Every Member with their status and the reason, as pages and programs see them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tracker.board.house import House, house_of
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.parliament.seats import normal_name
from tracker.rules.nudge import (
    nudge_status,
    public_facts,
    public_why,
    shown_supporters,
)
from tracker.rules.status import NudgeStatus
from tracker.store import Session


@dataclass(frozen=True, slots=True)
class MemberView:
    """One Member and one motion, in the public form.

    `signed_on` is the London date of the newest live row, `withdrawn_on` that of the
    newest event if it is a withdrawal. `supporters` is None below five. `is_sitting` is
    False for one who signed and has left the House.
    """

    member_id: int
    name: str
    party: str | None
    constituency: str | None
    ons_code: str | None
    status: NudgeStatus
    why: str
    signed_on: date | None
    withdrawn_on: date | None
    supporters: int | None
    is_sitting: bool
    thumbnail_url: str | None
    position_url: str | None
    photo_tag: str | None = None


@dataclass(frozen=True, slots=True)
class MembersView:
    """The Members of the motion's House and those who signed and left, by name.

    `counts` has every status, also those that nobody has, over all of them.
    """

    counts: dict[NudgeStatus, int]
    members: tuple[MemberView, ...]

    def filtered(
        self,
        *,
        status: NudgeStatus | None = None,
        party: str | None = None,
        query: str | None = None,
    ) -> "MembersView":
        """Return those that fit; `query` is part of a name or a seat; counts stay."""
        wanted = normal_name(query or "")
        fitting = tuple(
            member
            for member in self.members
            if (status is None or member.status is status)
            and (not party or (member.party or "").casefold() == party.casefold())
            and (not wanted or wanted in _searched(member))
        )
        return MembersView(self.counts, fitting)


def members_view(
    session: Session, settings: Settings, watched: MotionSettings, *, now: datetime
) -> MembersView:
    """Return every Member's public status as of the motion's board."""
    return members_of(house_of(session, settings, watched, now=now))


def members_of(house: House) -> MembersView:
    """Return every Member's public status, made from their House."""
    views = [
        member_of(house, member_id)
        for member_id, known in house.facts.items()
        if not has_left(house, member_id) or known.is_signed
    ]
    views.sort(key=lambda view: _place(house, view.member_id))
    return MembersView(_counts(views), tuple(views))


def has_left(house: House, member_id: int) -> bool:
    """Return whether a Member with a row does not sit; nobody has while none are known."""
    return bool(house.seats) and member_id not in house.seats


def _counts(views: Iterable[MemberView]) -> dict[NudgeStatus, int]:
    counted = Counter(view.status for view in views)
    return {status: counted[status] for status in NudgeStatus}


def member_of(house: House, member_id: int) -> MemberView:
    """Return one Member of `house.facts`, also one who left and has no signature now."""
    facts = public_facts(house.facts[member_id])
    status = nudge_status(
        facts,
        now=house.stands.board_at,
        patience=house.patience,
        spells=house.spells,
    )
    person, seat = house.people.get(member_id), house.seats.get(member_id)
    row = house.rows.get(member_id)
    reason = public_why(status, facts)
    if has_left(house, member_id):
        reason += " No longer an MP"
        reason += "; the signature stays." if facts.is_signed else "."
    return MemberView(
        member_id=member_id,
        name=house.name_of(member_id),
        party=house.party_of(member_id),
        constituency=seat.constituency if seat else (row.constituency if row else None),
        ons_code=seat.ons_code if seat else None,
        status=status,
        why=reason,
        signed_on=london_date(facts.signed_at) if facts.signed_at else None,
        withdrawn_on=london_date(facts.newest_at)
        if facts.newest_at and member_id in house.withdrew_ids
        else None,
        supporters=shown_supporters(facts.supporter_count),
        is_sitting=seat is not None,
        thumbnail_url=person.thumbnail_url if person else None,
        position_url=person.position_url if person else None,
        photo_tag=person.photo_tag if person else None,
    )


def _place(house: House, member_id: int) -> tuple[str, int]:
    return normal_name(house.listed_as(member_id)), member_id


def _searched(member: MemberView) -> str:
    return normal_name(f"{member.name} {member.constituency or ''}")
