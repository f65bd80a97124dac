"""A small House in a database, for the board's tests; everybody is invented."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from tracker import store
from tracker.store import Engine, SeatHeld
from tracker.store.tables import Member, Post

SYNCED_AT = datetime(2026, 6, 1, tzinfo=UTC)


def record_mp(
    engine: Engine,
    member_id: int,
    *,
    name: str | None = None,
    seat: str | None = None,
    party: str = "Labour",
    started_on: date = date(2010, 5, 6),
    ended_on: date | None = None,
    as_of_on: date | None = None,
) -> None:
    """Write a Member with their seat, in the House of now or in that of a past day."""
    name = name or f"Member Number {member_id}"
    held = SeatHeld(
        member_id=member_id,
        constituency=seat or f"Seat {member_id}",
        constituency_id=None,
        ons_code=f"E{member_id}",
        party=party,
        started_on=started_on,
        ended_on=ended_on,
    )
    with store.write(engine) as session:
        if session.get(Member, member_id) is None:
            session.add(
                Member(
                    member_id=member_id,
                    name=name,
                    list_as=name,
                    party=party,
                    synced_at=SYNCED_AT,
                )
            )
            session.flush()
        if as_of_on is None:
            store.record_seats(session, [held])
        else:
            store.record_past_house(session, as_of_on, [held])


def record_mps(engine: Engine, member_ids: Iterable[int]) -> None:
    for member_id in member_ids:
        record_mp(engine, member_id)


def record_post(
    engine: Engine,
    member_id: int,
    kind: str,
    *,
    started_on: date | None = None,
    ended_on: date | None = None,
) -> None:
    with store.write(engine) as session:
        session.add(
            Post(
                member_id=member_id,
                kind=kind,
                name=f"A post of {kind}",
                started_on=started_on,
                ended_on=ended_on,
            )
        )
