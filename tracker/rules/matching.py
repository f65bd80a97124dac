"""Which Member an email from a supporter was to, by what the email itself tells. Pure.

Owns product.md 5 "Matching": four kinds of evidence are asked, an inexact answer is
silence, and nothing is ever guessed. Who the Members are comes as a Book (book.py); what
is done with the answer is for the import and the review queue.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tracker.rules.book import Book

MOST_SUGGESTIONS = 3
UNPROVEN_SENDER = "the sender is not proven: neither DKIM nor SPF passed for its From"
"""Reason of a review that is not about the Member: no rematch may count the email."""


class MatchMethod(StrEnum):
    """What named the Member (product.md 5); `staff` decided a review, `form` was chosen."""

    RECIPIENT = "recipient"
    POSTCODE = "postcode"
    CONSTITUENCY = "constituency"
    NAME = "name"
    STAFF = "staff"
    FORM = "form"


_WORDS = {
    MatchMethod.RECIPIENT: "the recipient's address",
    MatchMethod.POSTCODE: "the postcode",
    MatchMethod.CONSTITUENCY: "the constituency",
    MatchMethod.NAME: "the MP's name",
}


NO_MEMBERS = "the list of MPs has not been read yet (`tracker members sync`)"
"""The reason where nobody can be named; a rematch after the reading gives another."""


@dataclass(frozen=True, slots=True)
class MatchInput:
    """What an email tells of the Member it was to.

    `recipient` is an address, or several with commas between them. `ons_code` is of the
    seat of the supporter's postcode; `postcode_problem` says why a postcode gave none.
    """

    recipient: str | None = None
    ons_code: str | None = None
    constituency: str | None = None
    mp_name: str | None = None
    postcode_problem: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The one Member that was named and the first method that did, or why there is none.

    Either `member_id` and `method` are set, or `reason` is, with at most three Members
    who may have been meant.
    """

    member_id: int | None = None
    method: MatchMethod | None = None
    reason: str | None = None
    suggestions: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one kind of evidence said: a Member, or why it is silent and who was near."""

    method: MatchMethod
    member_id: int | None = None
    why: str | None = None
    near: tuple[int, ...] = ()


def match_email(
    told: MatchInput,
    book: Book,
    sent_on: date,
    others: frozenset[int] = frozenset(),
) -> Match:
    """Return the Member whom all evidence that is exact names, or why not.

    `sent_on` is the London date on which the email was sent: the seat's history decides
    who its MP was. `others` are Members to whom the same email went as well: evidence
    that names one of them is of that other email.
    """
    if not book.people:
        return Match(reason=NO_MEMBERS)
    answers = [
        answer
        for answer in _answers(told, book, sent_on)
        if answer.member_id is None or answer.member_id not in others
    ]
    named = list(dict.fromkeys(a.member_id for a in answers if a.member_id is not None))
    if len(named) == 1:
        method = next(a.method for a in answers if a.member_id is not None)
        return Match(named[0], method)
    if named:
        return Match(reason=_conflict(answers), suggestions=_first(named))
    near = [member_id for answer in answers for member_id in answer.near]
    return Match(reason=_silence(answers), suggestions=_first(near))


def recipients_named(recipients: Iterable[str], book: Book) -> dict[int, str]:
    """Return each Member whose address is among the recipients, with that address.

    An email to two Members is two SupporterEmails: it is split by this before matching.
    """
    found: dict[int, str] = {}
    for address in recipients:
        owners = book.owners(address)
        if len(owners) == 1:
            found.setdefault(owners[0], address)
    return found


def _answers(told: MatchInput, book: Book, sent_on: date) -> Iterator[_Answer]:
    if told.recipient:
        yield _by_recipient(told.recipient, book)
    if told.ons_code:
        yield _by_seat(MatchMethod.POSTCODE, told.ons_code, book, sent_on)
    elif told.postcode_problem:
        yield _Answer(MatchMethod.POSTCODE, why=told.postcode_problem)
    if told.constituency:
        yield _by_constituency(told.constituency, book, sent_on)
    if told.mp_name:
        yield _by_name(told.mp_name, book)


def _by_recipient(recipient: str, book: Book) -> _Answer:
    owners = {
        owner
        for address in recipient.split(",")
        for owner in book.owners(address.strip())
    }
    if len(owners) == 1:
        return _Answer(MatchMethod.RECIPIENT, owners.pop())
    if owners:
        why = "the recipient's address is that of several Members"
        return _Answer(MatchMethod.RECIPIENT, why=why, near=tuple(sorted(owners)))
    return _Answer(MatchMethod.RECIPIENT, why="the recipient's address is no Member's")


def _by_seat(method: MatchMethod, seat: str, book: Book, sent_on: date) -> _Answer:
    holder = book.holder(seat, sent_on)
    if holder is not None:
        return _Answer(method, holder)
    why = f"nobody is known to have held the seat of {_WORDS[method]} on that day"
    return _Answer(method, why=why, near=book.holders(seat))


def _by_constituency(name: str, book: Book, sent_on: date) -> _Answer:
    method = MatchMethod.CONSTITUENCY
    seats = book.seats_named(name)
    held = [seat for seat in seats if book.holder(seat, sent_on) is not None]
    if len(held) == 1 or len(seats) == 1:
        return _by_seat(method, (held or list(seats))[0], book, sent_on)
    near = tuple(
        holder
        for seat in seats or book.seats_like(name)
        for holder in book.holders(seat)[:1]
    )
    several = "several seats have that constituency's name"
    why = several if seats else "no constituency has that name"
    return _Answer(method, why=why, near=near)


def _by_name(name: str, book: Book) -> _Answer:
    people = book.people_named(name)
    if len(people) == 1:
        return _Answer(MatchMethod.NAME, people[0])
    if people:
        why = "more than one Member has that name"
        return _Answer(MatchMethod.NAME, why=why, near=people)
    why = "no Member has that name"
    return _Answer(MatchMethod.NAME, why=why, near=book.people_like(name))


def _conflict(answers: Iterable[_Answer]) -> str:
    methods = [_WORDS[a.method] for a in answers if a.member_id is not None]
    return f"{', '.join(methods[:-1])} and {methods[-1]} name different Members"


def _silence(answers: Iterable[_Answer]) -> str:
    whys = [answer.why for answer in answers if answer.why]
    if not whys:
        return "nothing tells which MP it was to"
    return "; ".join(whys)


def _first(member_ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(member_ids))[:MOST_SUGGESTIONS]
