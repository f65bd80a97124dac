"""A small House for tests of emails: fictional Members in real seats, and their postcodes."""

from datetime import UTC, date, datetime

from tracker import store
from tracker.config import MotionSettings
from tracker.parliament.seats import seat_named
from tracker.store import Engine
from tracker.store.tables import (
    Member,
    MemberContact,
    Membership,
    PostcodeSeat,
    PostcodeTable,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
WATCHED = MotionSettings(number=240, session="2026-27")
KEY = b"a key for tests"
ELECTED_ON = date(2024, 7, 4)

MEMBERS = {
    101: ("Jane Carver", "Ynys Môn"),
    102: ("José Núñez-Hill", "Brighton Kemptown and Peacehaven"),
    103: ("Alex Morgan", "St Ives"),
    104: ("Alex Morgan", "Tooting"),
    105: ("Petra Old", "Runcorn and Helsby"),
    106: ("Nils Young", "Runcorn and Helsby"),
    107: ("Sir Toby Ash", "Aberdeen North"),
}
ADDRESSES = {
    "jane.carver.mp@parliament.example": (101, True),
    "jose@parliament.example": (102, True),
    "old.member@parliament.example": (105, False),
    "toby.ash.mp@parliament.example": (107, True),
    "ash.office@example.com": (107, False),
}


def code_of(constituency: str) -> str:
    """Return the ONS code of a seat of 2024."""
    seat = seat_named(constituency, "2024")
    assert seat is not None
    return seat.ons_code


def seat_a_house(engine: Engine) -> None:
    """Record the Members, their addresses, and a table of postcodes with one postcode."""
    with store.write(engine) as session:
        for member_id, (name, constituency) in MEMBERS.items():
            session.add(Member(member_id=member_id, name=name, synced_at=NOW))
            session.flush()
            session.add(
                Membership(
                    member_id=member_id,
                    constituency=constituency,
                    ons_code=code_of(constituency),
                    started_on=date(2026, 5, 7) if member_id == 106 else ELECTED_ON,
                    ended_on=date(2026, 3, 10) if member_id == 105 else None,
                )
            )
        for address, (member_id, is_current) in ADDRESSES.items():
            session.add(
                MemberContact(
                    member_id=member_id,
                    kind="email",
                    label="Parliamentary office",
                    value=address,
                    checked_on=NOW.date(),
                    is_current=is_current,
                )
            )
    load_postcodes(engine)


def load_postcodes(engine: Engine, boundaries: str = "2024") -> None:
    """Record a table of postcodes with ZZ1 1AA in it, which is in Ynys Môn."""
    with store.write(engine) as session:
        session.add(PostcodeSeat(postcode="ZZ11AA", ons_code=code_of("Ynys Môn")))
        session.add(
            PostcodeTable(
                id=1,
                boundaries=boundaries,
                row_count=1,
                loaded_at=NOW,
                file_name="postcodes.csv",
            )
        )
