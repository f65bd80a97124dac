"""Houses: which Member holds, or held, which seat on which day."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy
from sqlmodel import Session, col, delete, select

from tracker.store.tables import Member, Membership


@dataclass(frozen=True, slots=True)
class SeatHeld:
    """A seat that a Member of some House holds; days are London's, both included."""

    member_id: int
    constituency: str
    constituency_id: int | None
    ons_code: str | None
    party: str | None
    started_on: date
    ended_on: date | None = None
    end_reason: str | None = None


class Sitting(NamedTuple):
    """A Member of a House and the seat they hold in it, as the board shows them.

    A row, not an object of the ORM: 650 of those take longer than all that is done with
    them.
    """

    member_id: int
    constituency: str
    ons_code: str | None
    party: str | None
    started_on: date


def house_on(
    session: Session, day: date, *, is_past: bool
) -> Sequence[tuple[Member, Membership]]:
    """Return the Members of the House of `day` with the seats they held, by name.

    A past House (that of a motion that is over) is the one read for exactly that day;
    failing that, what is known of memberships that cover it. One Member a seat: should
    two be known, the later one.
    """
    rows = session.exec(
        select(Member, Membership)
        .where(Member.member_id == Membership.member_id)
        .where(*_held_on(session, day, is_past=is_past))
        .order_by(col(Membership.started_on))
    ).all()
    by_seat = {(row.ons_code or row.constituency): (who, row) for who, row in rows}
    by_member = {who.member_id: (who, row) for who, row in by_seat.values()}
    return sorted(by_member.values(), key=lambda pair: pair[0].list_as or pair[0].name)


def sitting_on(session: Session, day: date, *, is_past: bool) -> dict[int, Sitting]:
    """Return the same House as `house_on`, as rows by Member id."""
    rows = session.connection().execute(
        sqlalchemy.select(
            col(Membership.member_id),
            col(Membership.constituency),
            col(Membership.ons_code),
            col(Membership.party),
            col(Membership.started_on),
        )
        .where(*_held_on(session, day, is_past=is_past))
        .order_by(col(Membership.started_on))
    )
    held = [Sitting._make(row) for row in rows]
    by_seat = {(row.ons_code or row.constituency): row for row in held}
    return {row.member_id: row for row in by_seat.values()}


def last_seats(session: Session, ids: Iterable[int]) -> dict[int, Membership]:
    """Return the newest membership known of each Member among `ids`."""
    rows = session.exec(
        select(Membership)
        .where(col(Membership.member_id).in_(list(ids)))
        .order_by(col(Membership.started_on))
    ).all()
    return {row.member_id: row for row in rows}


def sitting_members(session: Session) -> set[int]:
    """Return the ids of Members who hold a seat as far as is known."""
    return set(
        session.exec(
            select(Membership.member_id)
            .where(col(Membership.as_of_on).is_(None))
            .where(col(Membership.ended_on).is_(None))
        ).all()
    )


def record_seats(session: Session, seats: Iterable[SeatHeld]) -> None:
    """Take over seats of the House that is followed from day to day.

    A Member's seat is the row with the same first day and constituency; other rows of
    theirs that are still open end with the day before the new one began.
    """
    by_member: dict[int, list[Membership]] = {}
    for row in session.exec(
        select(Membership).where(col(Membership.as_of_on).is_(None))
    ).all():
        by_member.setdefault(row.member_id, []).append(row)
    for seat in seats:
        known = by_member.get(seat.member_id, [])
        same = [
            row
            for row in known
            if (row.started_on, row.constituency)
            == (seat.started_on, seat.constituency)
        ]
        row = same[0] if same else _membership(seat, None)
        row.constituency_id, row.ons_code = seat.constituency_id, seat.ons_code
        row.party, row.ended_on = seat.party, seat.ended_on
        row.end_reason = seat.end_reason
        for other in known:
            if other is not row and other.ended_on is None:
                other.ended_on = max(
                    seat.started_on - timedelta(days=1), other.started_on
                )
                session.add(other)
        session.add(row)
    session.flush()


def record_past_house(session: Session, day: date, seats: Iterable[SeatHeld]) -> None:
    """Replace what is known of the House of a past day."""
    session.exec(delete(Membership).where(col(Membership.as_of_on) == day))
    session.flush()
    session.add_all([_membership(seat, day) for seat in seats])
    session.flush()


def record_departure(
    session: Session, member_id: int, *, ended_on: date, reason: str | None
) -> None:
    """Keep that a Member left the House; their signature stays (product.md 4)."""
    for row in session.exec(
        select(Membership)
        .where(Membership.member_id == member_id)
        .where(col(Membership.as_of_on).is_(None), col(Membership.ended_on).is_(None))
    ).all():
        row.ended_on, row.end_reason = max(ended_on, row.started_on), reason
        session.add(row)


def _held_on(session: Session, day: date, *, is_past: bool) -> tuple[Any, ...]:
    """Return the conditions of a seat in the House of `day` (see `house_on`)."""
    as_of = day if is_past and _is_known(session, day) else None
    ended_on = col(Membership.ended_on)
    return (
        col(Membership.as_of_on).is_(None)
        if as_of is None
        else col(Membership.as_of_on) == as_of,
        col(Membership.started_on) <= day,
        ended_on.is_(None) | (ended_on >= day),
    )


def _is_known(session: Session, day: date) -> bool:
    return (
        session.exec(
            select(Membership.id).where(Membership.as_of_on == day).limit(1)
        ).first()
        is not None
    )


def _membership(seat: SeatHeld, as_of_on: date | None) -> Membership:
    return Membership(
        member_id=seat.member_id,
        as_of_on=as_of_on,
        constituency_id=seat.constituency_id,
        constituency=seat.constituency,
        ons_code=seat.ons_code,
        party=seat.party,
        started_on=seat.started_on,
        ended_on=seat.ended_on,
        end_reason=seat.end_reason,
    )
