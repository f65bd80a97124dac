"""What the public page shows: the board's views, turned into sentences. Pure.

Owns the words and the order of the page. One Member's words are in `mp_views.py`, the
charts in `chart_views.py`, how fresh it all is in `freshness.py`; nothing knows of HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dashboard import words
from dashboard.chart_views import PartyChart, TimeChart, party_chart, time_chart
from dashboard.freshness import Freshness, freshness
from dashboard.map_views import SeatFilter, SeatMap, seat_map
from dashboard.mp_views import ChangeLine, MemberLine, change_line, member_line
from dashboard.tallies import EventFacts
from tracker.board import MembersView, MotionView
from tracker.parliament.seats import Boundaries
from tracker.rules.calendar import MotionState
from tracker.rules.status import NudgeStatus

LATEST_COUNT = 10
FOUND_COUNT = 12
LONGEST_QUERY = 100
_SOON_COUNT = 20  # room is kept for the digits of so many more signatures


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody looked for, and whom that fits: at most `FOUND_COUNT` of them."""

    query: str
    words: str
    found: tuple[MemberLine, ...]


@dataclass(frozen=True, slots=True)
class PublicPage:
    """The front page of one motion, ready to be written down."""

    session: str
    number: int
    path: str
    api_path: str
    campaign: str
    is_rehearsal: bool
    ask: str
    title: str | None
    is_known: bool
    count: int
    count_words: tuple[str, str]
    digit_count: int
    goal: int
    scale_words: str
    withdrawn_words: str | None
    notices: tuple[str, ...]
    freshness: Freshness
    search: Search | None
    house_count: int
    seats: SeatMap
    time_chart: TimeChart
    party_chart: PartyChart
    changes: tuple[ChangeLine, ...]
    signers: tuple[MemberLine, ...]
    text: str | None
    tabled_on: date | None
    parliament_url: str | None
    last_event_id: int
    is_open: bool


def public_page(
    motion: MotionView,
    members: MembersView,
    events: Sequence[EventFacts],
    *,
    campaign: str,
    goal: int,
    boundaries: Boundaries,
    query: str | None,
    asked: SeatFilter,
    is_rehearsal: bool,
    now: datetime,
) -> PublicPage:
    """Return the page as of `now`; `events` are the motion's, oldest id first.

    `query` is part of a name or seat that somebody looks for, None or blank for nobody;
    `asked` is what the table behind the map is narrowed to.
    """
    is_open = motion.state is MotionState.OPEN
    is_known = motion.last_good_poll_at is not None
    path = motion_path(motion.session, motion.number)
    latest = reversed(events[-LATEST_COUNT:])
    signed = (m for m in members.members if m.status is NudgeStatus.SIGNED)
    return PublicPage(
        session=motion.session,
        number=motion.number,
        path=path,
        api_path=f"/api/v1{path}",
        campaign=campaign,
        is_rehearsal=is_rehearsal,
        ask=_ask(motion),
        title=motion.title,
        is_known=is_known,
        count=motion.signature_count,
        count_words=("MP has signed", "MPs have signed")
        if is_open
        else ("MP signed", "MPs signed"),
        digit_count=len(str(motion.signature_count + _SOON_COUNT)),
        goal=goal,
        scale_words=_scale_words(motion),
        withdrawn_words=_withdrawn_words(motion.withdrawn_count),
        notices=motion_notices(motion),
        freshness=freshness(motion, now=now),
        search=_search(motion, members, query, path),
        house_count=motion.member_count,
        seats=seat_map(
            members,
            boundaries,
            path=path,
            is_open=is_open,
            is_known=is_known,
            asked=asked,
        ),
        time_chart=time_chart(motion, events, goal=goal, now=now),
        party_chart=party_chart(members, is_read=is_known),
        changes=tuple(change_line(event, path=path, now=now) for event in latest),
        signers=tuple(member_line(m, path=path, is_open=is_open) for m in signed),
        text=motion.text,
        tabled_on=motion.tabled_on,
        parliament_url=motion.url,
        last_event_id=last_event_id(events),
        is_open=is_open,
    )


def motion_path(session: str, number: int) -> str:
    """Return the path of a motion's page; the session is digits and dashes."""
    return f"/motions/{session}/{number}"


def last_event_id(events: Sequence[EventFacts]) -> int:
    """Return the id up to which a page has a motion's events, 0 for none of them."""
    return (events[-1].id or 0) if events else 0


def _ask(motion: MotionView) -> str:
    are = "are" if motion.state is MotionState.OPEN else "were"
    what = f"MPs {are} asked to sign Early Day Motion (EDM) {motion.number}"
    if motion.title:
        return f"{what}, “{motion.title}”"
    return f"{what} of session {motion.session}"


def _scale_words(motion: MotionView) -> str:
    if not motion.eligible_count:
        return "The list of MPs has not been read yet"
    can = "can" if motion.state is MotionState.OPEN else "could"
    return f"of {words.counted(motion.eligible_count, 'MP')} who {can} sign"


def _withdrawn_words(count: int) -> str | None:
    if not count:
        return None
    shown = "is" if count == 1 else "are"
    return (
        f"{words.counted(count, 'signature')} {shown} shown by Parliament as withdrawn."
    )


def motion_notices(motion: MotionView) -> tuple[str, ...]:
    """Return what a reader must know first: over, or no name can appear now."""
    last = words.day(motion.closes_on) if motion.closes_on else "a day not known"
    if motion.state is MotionState.CLOSED:
        return (f"Closed on {last}, when the session ended; this is the record.",)
    if motion.state is MotionState.WITHDRAWN:
        return (f"The motion was withdrawn on {last}; this is the record.",)
    if motion.no_name_until_on is None:
        return ()
    until = words.day(motion.no_name_until_on)
    return (
        f"{_spell_words(motion.spell_name)} until {until}:"
        " no new name can appear until then.",
    )


def _spell_words(name: str | None) -> str:
    kind = (name or "").casefold()
    if "prorog" in kind:
        return "Parliament is prorogued"
    if "dissol" in kind:
        return "Parliament is dissolved"
    return "The House is in recess" if "recess" in kind else "The House does not sit"


def _search(
    motion: MotionView, members: MembersView, query: str | None, path: str
) -> Search | None:
    asked = " ".join((query or "").split())[:LONGEST_QUERY]
    if not asked:
        return None
    is_open = motion.state is MotionState.OPEN
    fitting = members.filtered(query=asked).members
    found = tuple(
        member_line(m, path=path, is_open=is_open) for m in fitting[:FOUND_COUNT]
    )
    return Search(asked, _found_words(asked, len(fitting), motion.member_count), found)


def _found_words(asked: str, count: int, house_count: int) -> str:
    if count > FOUND_COUNT:
        return (
            f"{words.counted(count, 'MP')} fit “{asked}”; the first {FOUND_COUNT} are"
            " shown. Type more of the name to find yours."
        )
    if count:
        return (
            f"{words.counted(count, 'MP')} {'fits' if count == 1 else 'fit'} “{asked}”."
        )
    if not house_count:
        return (
            "The list of MPs has not been read from Parliament yet, so nobody is found."
        )
    return (
        f"No MP and no constituency fits “{asked}”."
        " Try a part of the name, such as the surname alone."
    )
