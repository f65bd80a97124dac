"""What the staff board shows: a work list in four parts, filtered by its address. Pure.

Owns the parts and their order (design.md, "The staff board"), and how a row is said. Who
is on the list, and why, is decided in tracker/rules; nobody's supporter is named here.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from dashboard import words
from tracker.board import MotionView, NudgeRow, NudgesView
from tracker.board.nudges import Way
from tracker.clock import london_date
from tracker.parliament.seats import normal_name
from tracker.rules.calendar import MotionState, Spell
from tracker.rules.hints import Hint
from tracker.rules.nudge import Stance
from tracker.rules.status import NudgeStatus

PAGE_ROWS = 100
LONGEST_QUERY = 100
PARTS = {
    "due": "Call-backs due today",
    "yes": "Said yes, not signed yet",
    "new": "New since you last looked",
    "rest": "The rest",
}
"""The parts of the list in their order, with their headings."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the board's address asks for; blanks and unknown words ask for nothing."""

    motion: str
    query: str = ""
    party: str = ""
    part: str = ""
    order: str = "rank"
    page: int = 1

    def url(self, **changes: object) -> str:
        """Return the board's address with something changed; the page starts anew."""
        told = {
            "motion": self.motion,
            "q": self.query,
            "party": self.party,
            "show": self.part,
            "order": "" if self.order == "rank" else self.order,
            "page": "",
        } | changes
        kept = {name: value for name, value in told.items() if value}
        return f"/staff?{urlencode(kept)}" if kept else "/staff"

    @property
    def here(self) -> str:
        """Return this very address."""
        return self.url(page=self.page if self.page > 1 else "")


@dataclass(frozen=True, slots=True)
class Phone:
    """A number to tap."""

    label: str
    number: str
    href: str
    checked_on: date


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One MP to ring."""

    member_id: int
    name: str
    place: str
    status: NudgeStatus
    supporters: int
    asked_on: date | None
    contact_on: date | None
    call_back: str | None
    why: str
    hints: tuple[Hint, ...]
    phones: tuple[Phone, ...]
    emails: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the list, with the number of all that are in it."""

    key: str
    title: str
    count: int
    rows: tuple[BoardRow, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter as a link."""

    name: str
    count: int | None
    url: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class Board:
    """The whole list as it is shown."""

    asked: Asked
    sitting: str
    parts: tuple[Part, ...]
    listed_count: int
    fitting_count: int
    shows: tuple[Choice, ...]
    parties: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    previous_url: str | None
    next_url: str | None
    empty: str | None


def board_page(
    nudges: NudgesView,
    motion: MotionView,
    asked: Asked,
    *,
    since: datetime | None,
    listed_before: Collection[int],
    now: datetime,
) -> Board:
    """Return the board as of `now`.

    `since` is when this person looked before (None: never), `listed_before` who was on
    the list then: the others are new.
    """
    today = london_date(now)
    placed = [(_part(row, today, since, listed_before), row) for row in nudges.rows]
    fitting = [(part, row) for part, row in placed if _fits(row, asked)]
    counts = Counter(part for part, _ in fitting)
    ordered = [
        (key, row)
        for key in PARTS
        if asked.part in ("", key)
        for part, row in fitting
        if part == key
    ]
    start = (asked.page - 1) * PAGE_ROWS
    shown = ordered[start : start + PAGE_ROWS]
    parts = tuple(
        Part(
            key,
            _title(key, since, now),
            counts[key],
            tuple(board_row(row, today=today) for part, row in shown if part == key),
        )
        for key in PARTS
        if any(part == key for part, _ in shown)
    )
    is_more = len(ordered) > start + PAGE_ROWS
    return Board(
        asked=asked,
        sitting=sitting_words(motion, now=now),
        parts=parts,
        listed_count=len(nudges.rows),
        fitting_count=len(ordered),
        shows=_shows(asked, counts),
        parties=_parties(asked, nudges.rows),
        orders=_orders(asked),
        previous_url=asked.url(page=asked.page - 1) if asked.page > 1 else None,
        next_url=asked.url(page=asked.page + 1) if is_more else None,
        empty=None if shown else _empty(nudges, motion),
    )


def board_row(row: NudgeRow, *, today: date) -> BoardRow:
    """Return a row in words; the constituency's phone first, since that is rung."""
    phones = sorted(row.phones, key=lambda way: "onstituen" not in way.label)
    return BoardRow(
        member_id=row.member_id,
        name=row.name,
        place=" · ".join(part for part in (row.constituency, row.party) if part),
        status=row.status,
        supporters=row.supporters,
        asked_on=_on(row.last_email_at),
        contact_on=_on(row.last_contact_at),
        call_back=_call_back(row.call_back_on, today),
        why=row.why,
        hints=row.hints,
        phones=tuple(phone_of(way) for way in phones),
        emails=row.emails,
    )


def phone_of(way: Way) -> Phone:
    """Return a number that can be tapped; what is beside its digits is only shown."""
    digits = re.sub(r"[^0-9]", "", re.split(r"(?i)ext|x", way.value)[0])
    plus = "+" if way.value.strip().startswith("+") else ""
    return Phone(way.label, way.value, f"tel:{plus}{digits}", way.checked_on)


def sitting_words(motion: MotionView, *, now: datetime) -> str:
    """Return whether a name can appear now, and when the next recess begins."""
    if motion.state is not MotionState.OPEN:
        return "The motion is over: nobody is to be rung about it."
    today = london_date(now)
    if motion.no_name_until_on is not None:
        until = words.day(motion.no_name_until_on)
        return f"In the constituency until {until}: no new name can appear before."
    is_weekend = today.weekday() >= 5
    said = "The House does not sit at the weekend" if is_weekend else "The House sits"
    if motion.next_spell is not None:
        said += f" · {_next_words(motion.next_spell)}"
    return said


def _next_words(spell: Spell) -> str:
    name = "next recess" if "recess" in spell.name.casefold() else spell.name.lower()
    return f"{name} from {words.day(spell.from_on)}"


def _part(
    row: NudgeRow,
    today: date,
    since: datetime | None,
    listed_before: Collection[int],
) -> str:
    if row.call_back_on is not None and row.call_back_on <= today:
        return "due"
    if row.stance is Stance.WILL_SIGN:
        return "yes"
    if since is not None and row.member_id not in listed_before:
        return "new"
    return "rest"


def _title(key: str, since: datetime | None, now: datetime) -> str:
    if key == "new" and since is not None:
        return f"{PARTS[key]}, {words.moment_words(since, now=now)}"
    return PARTS[key]


def _fits(row: NudgeRow, asked: Asked) -> bool:
    if asked.party and (row.party or "").casefold() != asked.party.casefold():
        return False
    wanted = normal_name(asked.query)
    return not wanted or wanted in normal_name(f"{row.name} {row.constituency or ''}")


def _shows(asked: Asked, counts: Counter[str]) -> tuple[Choice, ...]:
    everyone = Choice("All", counts.total(), asked.url(show=""), not asked.part)
    names = {"due": "Due today", "yes": "Said yes", "new": "New", "rest": "The rest"}
    return (
        everyone,
        *(
            Choice(name, counts[key], asked.url(show=key), asked.part == key)
            for key, name in names.items()
            if counts[key] or asked.part == key
        ),
    )


def _parties(asked: Asked, rows: Sequence[NudgeRow]) -> tuple[Choice, ...]:
    counts = Counter(row.party for row in rows if row.party)
    return tuple(
        Choice(party, count, asked.url(party=party), party == asked.party)
        for party, count in counts.most_common()
    )


def _orders(asked: Asked) -> tuple[Choice, ...]:
    names = {"rank": "most supporters first", "likely": "likeliest first"}
    return tuple(
        Choice(
            name,
            None,
            asked.url(order="" if key == "rank" else key),
            asked.order == key,
        )
        for key, name in names.items()
    )


def _empty(nudges: NudgesView, motion: MotionView) -> str:
    if motion.state is not MotionState.OPEN:
        return "The motion is over, so nobody is to be rung."
    if nudges.rows:
        return "Nobody on the list fits this. Take a filter away to see more."
    return (
        "Nobody needs a call now. An MP appears here some days after the first supporter"
        " wrote to them, if they have not signed, or when Parliament shows their"
        " signature as withdrawn."
    )


def _call_back(on: date | None, today: date) -> str | None:
    if on is None:
        return None
    if on == today:
        return "Call back today"
    return f"Call back {'was' if on < today else 'is'} due on {words.day(on)}"


def _on(moment: datetime | None) -> date | None:
    return london_date(moment) if moment else None
