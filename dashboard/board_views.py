"""What the staff board shows: a work list in four parts, filtered by its address. Pure.

Owns the parts, the filters and what stands above the list (design.md, "The staff
board"); a row is said in board_rows.py. Who is on the list, and why, is decided in
tracker/rules; nobody's supporter is named here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from dashboard.board_asked import PARTS, Asked
from dashboard.board_rows import BoardRow, board_row, part_of
from dashboard.chart_views import NO_PARTY
from dashboard.freshness import Freshness, freshness
from dashboard.sitting import sitting_words
from dashboard.tallies import PartyShare, party_shares
from tracker.board import MotionView, NudgeRow, NudgesView
from tracker.board.staff import StaffView
from tracker.clock import london_date
from tracker.parliament.seats import normal_name
from tracker.rules.calendar import MotionState
from tracker.rules.eligibility import charted_party

PAGE_ROWS = 100


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
class SilentParty:
    """A party of which nobody has signed: who can, and who of it is on the list."""

    name: str
    eligible_count: int
    listed_count: int
    url: str


@dataclass(frozen=True, slots=True)
class Board:
    """The whole list as it is shown. `since` divides new from old, None on a first look.

    `is_read` is False before Parliament's first good answer about the motion.
    """

    asked: Asked
    sitting: str | None
    freshness: Freshness
    is_read: bool
    signed_count: int
    eligible_count: int
    parts: tuple[Part, ...]
    since: str | None
    listed_count: int
    fitting_count: int
    shows: tuple[Choice, ...]
    parties: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    silent: tuple[SilentParty, ...]
    previous_url: str | None
    next_url: str | None
    empty: str | None
    last_event_id: int


def board_page(
    view: StaffView, asked: Asked, *, since: datetime | None, now: datetime
) -> Board:
    """Return the board as of `now`; `since` is when this person looked before."""
    today = london_date(now)
    is_read = view.motion.last_good_poll_at is not None
    rows = view.nudges.rows
    placed = [(part_of(row, today), row) for row in rows if _fits(row, asked)]
    counts = Counter(part for part, _ in placed)
    ordered = [
        (key, row)
        for key in PARTS
        if asked.part in ("", key)
        for part, row in placed
        if part == key
    ]
    start = (asked.page - 1) * PAGE_ROWS
    shown = ordered[start : start + PAGE_ROWS]
    is_more = len(ordered) > start + PAGE_ROWS
    return Board(
        asked=asked,
        sitting=sitting_words(
            view.motion, are_recesses_known=view.are_recesses_known, now=now
        ),
        freshness=freshness(view.motion, now=now),
        is_read=is_read,
        signed_count=view.motion.signature_count,
        eligible_count=view.motion.eligible_count,
        parts=_parts(shown, counts, now=now),
        since=_since_words(since, counts, now=now),
        listed_count=len(rows),
        fitting_count=len(ordered),
        shows=_shows(asked, counts),
        parties=_parties(asked, rows),
        orders=_orders(asked),
        silent=_silent(party_shares(view.members.members), asked, rows)
        if is_read
        else (),
        previous_url=asked.url(page=asked.page - 1) if asked.page > 1 else None,
        next_url=asked.url(page=asked.page + 1) if is_more else None,
        empty=None if shown else _empty(view.nudges, view.motion),
        last_event_id=view.last_event_id,
    )


def _parts(
    shown: Sequence[tuple[str, NudgeRow]], counts: Counter[str], *, now: datetime
) -> tuple[Part, ...]:
    return tuple(
        Part(
            key,
            title,
            counts[key],
            tuple(board_row(row, now=now) for part, row in shown if part == key),
        )
        for key, title in PARTS.items()
        if any(part == key for part, _ in shown)
    )


def _since_words(
    since: datetime | None, counts: Counter[str], *, now: datetime
) -> str | None:
    """Return the line that divides new from old."""
    if since is None:
        return None
    when = words.moment_words(since, now=now).removesuffix(" today")
    if counts["new"]:
        return f"since you last looked, {when}"
    return f"nothing new since you last looked, {when}"


def _fits(row: NudgeRow, asked: Asked) -> bool:
    if asked.party and _party(row).casefold() != asked.party.casefold():
        return False
    wanted = normal_name(asked.query)
    return not wanted or wanted in normal_name(f"{row.name} {row.constituency or ''}")


def _party(row: NudgeRow) -> str:
    """Return the party that a row is counted with: "Labour (Co-op)" is Labour."""
    return charted_party(row.party)


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
    """Return the parties on the list, and the way back from one that is asked for."""
    counts = Counter(_party(row) for row in rows if row.party)
    every = Choice("Every party", None, asked.url(party=""), not asked.party)
    return (
        every,
        *(
            Choice(party, count, asked.url(party=party), party == asked.party)
            for party, count in counts.most_common()
        ),
    )


def _orders(asked: Asked) -> tuple[Choice, ...]:
    names = {"rank": "Most supporters first", "likely": "Likeliest first"}
    return tuple(
        Choice(
            name,
            None,
            asked.url(order="" if key == "rank" else key),
            asked.order == key,
        )
        for key, name in names.items()
    )


def _silent(
    shares: Sequence[PartyShare], asked: Asked, rows: Sequence[NudgeRow]
) -> tuple[SilentParty, ...]:
    """Return the parties without a signature, the largest first."""
    listed = Counter(_party(row) for row in rows)
    clean = Asked(asked.motion)
    found = [
        SilentParty(
            name=share.party,
            eligible_count=share.eligible_count,
            listed_count=listed[share.party],
            url=clean.url(party=share.party),
        )
        for share in shares
        if not share.signed_count and share.party not in NO_PARTY
    ]
    return tuple(sorted(found, key=lambda one: (-one.eligible_count, one.name)))


def _empty(nudges: NudgesView, motion: MotionView) -> str:
    if motion.state is not MotionState.OPEN:
        return "The motion is over, so nobody is to be rung."
    if nudges.rows:
        return "Nobody on the list fits this. Take a filter away to see more."
    if not motion.member_count:
        return (
            "The list of MPs has not been read from Parliament yet. Whom to ring appears"
            " here once it has been."
        )
    return (
        "Nobody needs a call now. An MP appears here some days after the first supporter"
        " wrote to them, if they have not signed, or when Parliament shows their"
        " signature as withdrawn."
    )
