"""The story of the Members: fetch the House, its posts and offices, and record them.

1. The current House (for open motions), and the House of the last day of each motion
   that is over.
2. Posts, Speaker and deputies: who by convention does not sign.
3. Members who signed and are not known yet.
4. Contacts older than a week, one Member at a time.

Each step is fetched whole and then recorded in one transaction; a step that fails leaves
what was known. A poll never waits for any of this.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tracker import store
from tracker.board import motion_standing
from tracker.clock import Clock, london_date
from tracker.config import MotionSettings
from tracker.parliament.careers import Biography
from tracker.parliament.contacts import ContactRecord
from tracker.parliament.errors import ParliamentError
from tracker.parliament.member_requests import MembersApi
from tracker.parliament.members import MemberRecord
from tracker.parliament.seats import boundaries_on, seat_named
from tracker.parliament.sessions import is_dissolved_on
from tracker.past_house import sync_past_house
from tracker.rules.calendar import MotionState
from tracker.rules.outcomes import FailureKind
from tracker.rules.sending import VACANT
from tracker.store import Engine, SeatHeld
from tracker.store.tables import Motion
from tracker.supporters.rematch import rematch

log = logging.getLogger(__name__)

LARGEST_SHRINKING = 0.1
"""A House that lost a larger share overnight is not believed, unless it was dissolved."""

CONTACTS_AT_ONCE = 20
"""Offices fetched before they are recorded together: a write for each would hold up polls."""

ABOUT_ONE = (FailureKind.NOT_FOUND, FailureKind.UNREADABLE)
"""Failures that say something of one Member, and nothing of the next request."""

Progress = Callable[[str, int, int], None]
"""Told what is being fetched, how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class MembersDesk:
    """What the sync works with."""

    engine: Engine
    api: MembersApi
    clock: Clock
    motions: Sequence[MotionSettings]


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync brought: Members of each House read, contacts read, what failed."""

    house_counts: dict[date, int]
    contact_count: int
    problems: tuple[str, ...]


async def sync_members(
    desk: MembersDesk, *, progress: Progress | None = None
) -> SyncReport:
    """Bring Members, posts and old contacts; return what came and what could not.

    Raises ParliamentError when no House could be read at all.
    """
    today = london_date(desk.clock())
    is_open, past_days = await asyncio.to_thread(_days_wanted, desk)
    tell = progress or (lambda _what, _done, _total: None)
    counts: dict[date, int] = {}
    problems: list[str] = []
    if is_open:
        counts[today] = await _sync_house(desk, today)
        tell("Members", counts[today], counts[today])
    for day in past_days:
        counts[day] = await sync_past_house(desk.engine, desk.api, desk.clock, day)
        tell("Members", counts[day], counts[day])
    problems += await _attempt("posts", _sync_posts(desk, today))
    problems += await _attempt("signers", fetch_unknown_signers(desk))
    contacts = 0
    if is_open:
        contacts, problem = await _sync_contacts(desk, tell)
        problems += [problem] if problem else []
    # Emails that waited for a Member nobody knew may be told now.
    await asyncio.to_thread(rematch, desk.engine)
    return SyncReport(counts, contacts, tuple(problems))


async def fetch_unknown_signers(
    desk: MembersDesk, *, at_most: int | None = None
) -> None:
    """Fetch the Members who signed and are not known: one request each.

    One whom Parliament does not know, or tells wrongly of, does not hold up the others:
    the error is raised at the end. Those beyond `at_most` are left for the next time.
    """

    def unknown() -> Sequence[int]:
        with store.read(desk.engine) as session:
            return store.unknown_signers(session)

    problem: ParliamentError | None = None
    for member_id in (await asyncio.to_thread(unknown))[:at_most]:
        try:
            record = await desk.api.fetch_member(member_id)
        except ParliamentError as error:
            if error.kind not in ABOUT_ONE:
                raise
            problem = ParliamentError(error.kind, f"Member {member_id}: {error}")
            continue
        await asyncio.to_thread(_record_people, desk, [record])
    if problem is not None:
        raise problem


async def fetch_after_poll(
    desk: MembersDesk, doubted_ids: Iterable[int], *, at_most: int | None = None
) -> None:
    """Fetch what a poll raised: unknown signers, and posts of those whose name is gone.

    A new minister's name is taken off: their posts are read again before anyone but
    staff is told (product.md 4). `at_most` is how many signers are fetched.
    """
    problem: ParliamentError | None = None
    try:
        await fetch_unknown_signers(desk, at_most=at_most)
    except ParliamentError as error:
        problem = error  # posts are read all the same
    for member_id in doubted_ids:
        biography = await desk.api.fetch_biography(member_id)
        await asyncio.to_thread(_record_posts, desk, biography)
    if problem is not None:
        raise problem


async def sync_calendar(desk: MembersDesk) -> None:
    """Read Parliament's calendar: its sessions, and a year and a half of closed days."""
    today = london_date(desk.clock())
    sessions = await desk.api.fetch_sessions()
    from_on = date(today.year, 1, 1)
    days = await desk.api.fetch_closed_days(from_on, date(today.year + 1, 12, 31))
    dates = [(row.session, row.starts_on, row.ends_on) for row in sessions]
    closed = [(day.from_on, day.to_on, day.name) for day in days]

    def record() -> None:
        with store.write(desk.engine) as session:
            store.record_session_dates(session, dates, checked_at=desk.clock())
            store.record_closed_days(session, closed, from_on=from_on)

    await asyncio.to_thread(record)


def _days_wanted(desk: MembersDesk) -> tuple[bool, list[date]]:
    """Return whether a motion is open, and the last days of those that are over."""
    past: set[date] = set()
    is_open = False
    with store.read(desk.engine) as session:
        for watched in desk.motions:
            known = store.motion_by_number(session, watched.session, watched.number)
            motion = known or Motion(session=watched.session, number=watched.number)
            stands = motion_standing(session, watched, motion, now=desk.clock())
            if stands.state is MotionState.OPEN:
                is_open = True
            else:
                past.add(stands.house_on)
    return is_open, sorted(past)


async def _sync_house(desk: MembersDesk, today: date) -> int:
    found = await desk.api.fetch_house()
    known = await asyncio.to_thread(_sitting, desk)
    _refuse_shrinking(len(found), len(known), today)
    gone = sorted(known - {member.member_id for member in found})
    departed = [await desk.api.fetch_member(member_id) for member_id in gone]

    def record() -> None:
        with store.write(desk.engine) as session:
            for member in found:
                store.record_member(
                    session, member, synced_at=desk.clock(), today=today
                )
            session.flush()
            store.record_seats(session, [_seat(member, today) for member in found])
            for member in departed:
                store.record_departure(
                    session,
                    member.member_id,
                    ended_on=member.ended_on or today,
                    reason=member.end_reason,
                )
            gone_ids = [member.member_id for member in departed]
            store.cancel_for(session, None, gone_ids, VACANT, desk.clock())

    await asyncio.to_thread(record)
    return len(found)


async def _sync_posts(desk: MembersDesk, today: date) -> None:
    is_open, past_days = await asyncio.to_thread(_days_wanted, desk)
    posts = await desk.api.fetch_posts()
    days = [(today, False)] if is_open else []
    days += [(day, True) for day in past_days]
    speakers = [
        (day, is_past, await desk.api.fetch_speakers(day)) for day, is_past in days
    ]

    def record() -> None:
        with store.write(desk.engine) as session:
            store.record_posts(session, posts, day=today)
            for day, is_past, member_ids in speakers:
                store.record_speakers(session, member_ids, day=day, is_past=is_past)

    await asyncio.to_thread(record)


async def _sync_contacts(desk: MembersDesk, tell: Progress) -> tuple[int, str | None]:
    """Return how many Members' contacts were read, and why it stopped early if it did."""
    now = desk.clock()

    def due() -> Sequence[int]:
        with store.read(desk.engine) as session:
            return store.members_without_contacts(
                session, checked_before=now - store.CONTACTS_LAST
            )

    wanted = await asyncio.to_thread(due)
    done = 0
    while done < len(wanted):
        tell("contacts", done, len(wanted))
        batch = wanted[done : done + CONTACTS_AT_ONCE]
        found, problem = await _fetch_contacts(desk, batch)
        await asyncio.to_thread(_record_contacts, desk, found)
        done += len(found)
        if problem is not None:
            return done, problem
        done += len(batch) - len(found)
    tell("contacts", len(wanted), len(wanted))
    return done, None


async def _fetch_contacts(
    desk: MembersDesk, member_ids: Sequence[int]
) -> tuple[dict[int, Sequence[ContactRecord]], str | None]:
    """Return contacts by Member, and why it stopped early if it did."""
    found: dict[int, Sequence[ContactRecord]] = {}
    for member_id in member_ids:
        try:
            found[member_id] = await desk.api.fetch_contacts(member_id)
        except ParliamentError as error:
            if error.kind not in ABOUT_ONE:
                return found, f"contacts: {error}"
            log.warning("contacts of Member %s: %s", member_id, error)
    return found, None


async def _attempt(what: str, step: Awaitable[None]) -> list[str]:
    try:
        await step
    except ParliamentError as error:
        log.warning("%s could not be brought: %s", what, error)
        return [f"{what}: {error}"]
    return []


def _sitting(desk: MembersDesk) -> set[int]:
    with store.read(desk.engine) as session:
        return store.sitting_members(session)


def _record_people(desk: MembersDesk, records: Iterable[MemberRecord]) -> None:
    now: datetime = desk.clock()
    with store.write(desk.engine) as session:
        for record in records:
            store.record_member(session, record, synced_at=now, today=london_date(now))


def _record_posts(desk: MembersDesk, biography: Biography) -> None:
    with store.write(desk.engine) as session:
        if store.members_by_id(session, [biography.member_id]):
            store.record_member_posts(
                session,
                biography.member_id,
                biography.posts,
                checked_at=desk.clock(),
            )


def _record_contacts(
    desk: MembersDesk, found: Mapping[int, Sequence[ContactRecord]]
) -> None:
    now = desk.clock()
    with store.write(desk.engine) as session:
        for member_id, contacts in found.items():
            store.record_contacts(
                session, member_id, contacts, checked_at=now, today=london_date(now)
            )


def _refuse_shrinking(found_count: int, known_count: int, today: date) -> None:
    if is_dissolved_on(today):
        return
    if found_count == 0 or found_count < known_count * (1 - LARGEST_SHRINKING):
        raise ParliamentError(
            FailureKind.UNREADABLE,
            f"Members/Search gave {found_count} Members where {known_count} were known",
        )


def _seat(member: MemberRecord, today: date) -> SeatHeld:
    """Return the seat of a current Member; its ONS code by the boundaries in force."""
    name = member.constituency or "Unknown"
    seat = seat_named(name, boundaries_on(today))
    return SeatHeld(
        member_id=member.member_id,
        constituency=name,
        constituency_id=member.constituency_id,
        ons_code=seat.ons_code if seat else None,
        party=member.party,
        started_on=member.started_on or today,
    )
