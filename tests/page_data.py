"""A House and a motion in a database, for the pages' tests; everybody is invented."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.factories import PARLIAMENT_ID, motion_answer, recorded, signature_row
from tracker import store
from tracker.clock import LONDON
from tracker.config import MotionSettings
from tracker.recording import record_ended, start_poll
from tracker.rehearsal.house import House, invented_house
from tracker.rehearsal.people import COMMONS, Person
from tracker.rules.diff import Limits
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store import Engine
from tracker.store.tables import (
    EmailState,
    Member,
    Membership,
    Supporter,
    SupporterEmail,
    Way,
)

SESSION, NUMBER = "2026-27", 718
MOTIONS = [{"session": SESSION, "number": NUMBER}]
WATCHED = MotionSettings(session=SESSION, number=NUMBER)
PATH = f"/motions/{SESSION}/{NUMBER}"
TITLE = "Release of Khadija Ismayilova and other political prisoners in Azerbaijan"
TEXT = "That this House calls for the release of those held for what they wrote."


def record_house(engine: Engine, house: House, on: date) -> None:
    """Write the invented House as the one that sits, all at once."""
    people = _mps(house)
    with store.write(engine) as session:
        session.add_all(
            Member(
                member_id=person.member_id,
                name=person.name.display,
                list_as=person.name.list_as,
                party=person.party_on(on).name,
                synced_at=datetime(2026, 11, 1, tzinfo=LONDON),
            )
            for person in people
        )
        session.flush()
        session.add_all(_membership(person, on) for person in people)


def rows_of(
    house: House, count: int, *, first_at: datetime, withdrawn: Iterable[int] = ()
) -> list[dict[str, Any]]:
    """Return `count` rows of Parliament's list, every three hours one, some withdrawn."""
    gone = set(withdrawn)
    people = sorted(_mps(house), key=lambda p: (p.member_id * 7919) % 653)[:count]
    return [
        row_of(person, index + 1, first_at + timedelta(hours=3 * index), index in gone)
        for index, person in enumerate(people)
    ]


def row_of(
    person: Person, signature_id: int, at: datetime, is_withdrawn: bool = False
) -> dict[str, Any]:
    """Return the row of one Member of the invented House."""
    local = at.astimezone(LONDON)
    later = (local + timedelta(minutes=50)).replace(tzinfo=None)
    return signature_row(
        signature_id,
        member_id=person.member_id,
        name=person.name.display,
        party=person.party_on(local.date()).name,
        constituency=person.membership_on(local.date()).seat.name,
        created=local.replace(tzinfo=None).isoformat(),
        withdrawn=later.isoformat() if is_withdrawn else None,
    )


def record_rows(
    engine: Engine,
    rows: Sequence[dict[str, Any]],
    seen_at: datetime,
    watched: MotionSettings = WATCHED,
    **changes: Any,
) -> None:
    """Record a poll that brought these rows, as the worker would."""
    facts: dict[str, Any] = {"Title": TITLE, "MotionText": TEXT} | changes
    tabled = facts.setdefault("DateTabled", "2026-11-10T00:00:00")
    body = motion_answer(rows, **(facts | {"StatusDate": tabled}))
    recorded(engine, watched, body, seen_at, parliament_id=PARLIAMENT_ID)


def record_writers(engine: Engine, members: Sequence[int], at: datetime) -> None:
    """Have one supporter write to each of these Members, counted at `at`."""
    with store.write(engine) as session:
        motion = store.motion_by_number(session, SESSION, NUMBER)
        assert motion is not None
        assert motion.id is not None
        for member_id in members:
            writer = Supporter(ref=f"{member_id:032x}", created_at=at, last_act_at=at)
            session.add(writer)
            session.flush()
            assert writer.id is not None
            session.add(
                SupporterEmail(
                    motion_id=motion.id,
                    member_id=member_id,
                    supporter_id=writer.id,
                    way=Way.IMPORT,
                    state=EmailState.COUNTED,
                    sent_at=at,
                    sent_minute=int(at.timestamp()) // 60,
                )
            )
        session.flush()
        store.recount_tallies(session)


def record_failure(
    engine: Engine, at: datetime, watched: MotionSettings = WATCHED
) -> None:
    """Record a poll that failed."""
    start = start_poll(
        engine, watched, Limits(3, 100), is_accepted=False, started_at=at
    )
    record_ended(
        engine,
        start,
        Outcome.FAILED,
        "answered 503, 200 is right",
        failure_kind=FailureKind.UNAVAILABLE,
        ended_at=at,
    )


def house(boundaries: Any = "2024") -> House:
    """Return the invented House."""
    return invented_house(boundaries)


def _mps(house: House) -> list[Person]:
    return [person for person in house.people if person.house == COMMONS]


def _membership(person: Person, on: date) -> Membership:
    held = person.membership_on(on)
    return Membership(
        member_id=person.member_id,
        constituency=held.seat.name,
        constituency_id=held.seat.seat_id,
        ons_code=held.seat.ons_code,
        party=person.party_on(on).name,
        started_on=held.starts_on,
    )
