"""What the review queue shows: what each email told, and who may be meant. Pure.

Owns the words, and how little of a person is shown: no name, address or subject, unless
the sender is what is in doubt. Who may be meant was decided in tracker/rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from dashboard import words
from tracker.clock import london_date
from tracker.parliament.seats import seat_with_code
from tracker.rules.matching import UNPROVEN_SENDER
from tracker.store.tables import Way
from tracker.supporters.queue import Decided, Suggested, Waiting, WaitingGroup

PAGE_GROUPS = 25
LONGEST_QUERY = 100
PATH = "/staff/review"
_WAYS = {
    Way.FORM: "the action page",
    Way.API: "another program",
    Way.IMPORT: "an import",
    Way.BCC: "the drop mailbox",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for: from where on, one group, or a search for one email."""

    after_id: int = 0
    like_id: int | None = None
    email_id: int | None = None
    query: str = ""

    def url(self, **changes: object) -> str:
        """Return the queue's address with something changed; a search is left out."""
        told = {"after": self.after_id, "like": self.like_id} | changes
        kept = {name: value for name, value in told.items() if value}
        return f"{PATH}?{urlencode(kept)}" if kept else PATH


@dataclass(frozen=True, slots=True)
class Found:
    """What a search for an MP brought, under the email that it was for."""

    query: str
    members: tuple[Suggested, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """One email, or several that tell the same, to be decided with one press."""

    email_id: int
    last_id: int
    count: int
    heading: str
    about: str
    sent: str
    told: tuple[tuple[str, str], ...]
    reason: str
    suggestions: tuple[Suggested, ...]
    like_url: str | None
    found: Found | None

    @property
    def all_words(self) -> str:
        """Return which emails a press decides about, "" where it is one."""
        return f" (all {words.number(self.count)})" if self.count > 1 else ""


@dataclass(frozen=True, slots=True)
class DecidedLine:
    """Something that was decided, in words, to be undone."""

    email_id: int
    what: str
    who: str


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """The queue as it is shown."""

    asked: Asked
    count: int
    cards: tuple[Card, ...]
    next_url: str | None
    decided: tuple[DecidedLine, ...]
    done: DecidedLine | None


def group_card(group: WaitingGroup, asked: Asked, found: Found | None) -> Card:
    """Return emails that tell the same as one card."""
    one, count = group.first, group.email_count
    like = f"{PATH}?{urlencode({'like': one.email_id})}" if count > 1 else None
    return _card(
        one,
        found if asked.email_id == one.email_id else None,
        count=count,
        last_id=group.last_id,
        sent=_sent_words(group.first_sent_at, group.last_sent_at),
        like_url=like,
    )


def single_card(one: Waiting, asked: Asked, found: Found | None) -> Card:
    """Return an email as a card of its own."""
    return _card(
        one,
        found if asked.email_id == one.email_id else None,
        count=1,
        last_id=one.email_id,
        sent=_sent_words(one.sent_at, one.sent_at),
        like_url=None,
    )


def decided_line(decided: Decided, *, now: datetime) -> DecidedLine:
    """Return what was decided in words: for whom it counts, who said so, and when."""
    emails = words.counted(decided.email_count, "email")
    verb = "is" if decided.email_count == 1 else "are"
    if decided.member is not None:
        what = f"{emails} {verb} counted for {member_words(decided.member)}"
    else:
        what = f"{emails} {verb} put aside"
    if decided.member is None and decided.reason and "the same email" in decided.reason:
        what += f": {decided.reason}"
    when = words.moment_words(decided.at, now=now)
    return DecidedLine(decided.email_id, f"{what}.", f"{decided.by}, {when}")


def member_words(member: Suggested) -> str:
    """Return an MP's name with the seat, as buttons and lines name them."""
    if member.constituency is None:
        return member.name
    return f"{member.name} ({member.constituency})"


def _card(
    one: Waiting,
    found: Found | None,
    *,
    count: int,
    last_id: int,
    sent: str,
    like_url: str | None,
) -> Card:
    motion = f"EDM {one.number} of {one.session}"
    told = _told(one)
    return Card(
        email_id=one.email_id,
        last_id=last_id,
        count=count,
        heading=_heading(told),
        about=f"{words.counted(count, 'email')} about {motion}",
        sent=f"{sent}, by way of {_WAYS[one.way]}",
        told=tuple(told),
        reason=_reason(one),
        suggestions=one.suggestions,
        like_url=like_url,
        found=found,
    )


def _told(one: Waiting) -> list[tuple[str, str]]:
    seat = seat_with_code(one.told.ons_code) if one.told.ons_code else None
    is_unproven = one.reason == UNPROVEN_SENDER
    rows = (
        ("Said to be from", one.supporter_name if is_unproven else None),
        ("Sent to", one.told.recipient),
        ("Postcode in", seat.constituency if seat else one.told.ons_code),
        ("Constituency named", one.told.constituency),
        ("MP named", one.told.mp_name),
    )
    return [(label, text) for label, text in rows if text]


def _heading(told: Sequence[tuple[str, str]]) -> str:
    """Return what tells most of the MP: the name, else the seat, else the address."""
    known = dict(told)
    names = ("MP named", "Constituency named", "Postcode in", "Sent to")
    return next((known[name] for name in names if name in known), "No MP is named")


def _reason(one: Waiting) -> str:
    if one.reason == UNPROVEN_SENDER:
        return (
            "Nothing proves that this came from that person: neither DKIM nor SPF passed."
            " Count it only if you know that it did."
        )
    text = one.reason or "no reason is kept"
    return f"{text[0].upper()}{text[1:].rstrip('.')}."


def _sent_words(first: datetime, last: datetime) -> str:
    begun, ended = london_date(first), london_date(last)
    if begun == ended:
        return f"Sent on {words.day(begun)}"
    return f"Sent from {words.day(begun)} to {words.day(ended)}"


def page_of(
    cards: Sequence[Card],
    decided: Sequence[DecidedLine],
    asked: Asked,
    *,
    count: int,
    done_id: int | None,
) -> ReviewPage:
    """Return the page; there is more where the list is full."""
    is_full = len(cards) >= PAGE_GROUPS
    return ReviewPage(
        asked=asked,
        count=count,
        cards=tuple(cards),
        next_url=asked.url(after=cards[-1].email_id) if is_full else None,
        decided=tuple(decided),
        done=next((line for line in decided if line.email_id == done_id), None),
    )
