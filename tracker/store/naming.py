"""What may name a Member: addresses, seats and names of old and now, as one Book."""

from sqlmodel import Session, col, select

from tracker.rules.book import Book, SeatSpell, make_book
from tracker.store.tables import Member, MemberContact, MemberName, Membership


def matching_book(session: Session) -> Book:
    """Return the Book of all Members known, whatever House they sat in."""
    contacts = session.exec(
        select(MemberContact.value, MemberContact.member_id)
        .where(MemberContact.kind == "email")
        .order_by(col(MemberContact.id))
    ).all()
    seats = session.exec(select(Membership).order_by(col(Membership.started_on))).all()
    people = session.exec(select(Member).order_by(col(Member.member_id))).all()
    old = session.exec(select(MemberName.name, MemberName.member_id)).all()
    names = [
        (name, person.member_id)
        for person in people
        for name in (person.name, person.list_as, person.full_title)
        if name
    ]
    return make_book(
        addresses=contacts,
        spells=[
            SeatSpell(
                member_id=seat.member_id,
                constituency=seat.constituency,
                ons_code=seat.ons_code,
                started_on=seat.started_on,
                ended_on=seat.ended_on,
            )
            for seat in seats
        ],
        names=[*names, *old],
    )
