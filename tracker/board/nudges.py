"""The nudge list: whom to ring next, with the number to ring and why. Staff only."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from tracker import store
from tracker.board.calls import LastCall, last_calls
from tracker.board.house import House, house_of
from tracker.board.ways import Way, ways_of
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.parliament.seats import normal_name
from tracker.parliament.sessions import DISSOLUTIONS
from tracker.rules.calendar import MotionState, spell_on
from tracker.rules.hints import Hint, HintFacts, RelatedSigning, hints, likelihood
from tracker.rules.listed import ON_THE_LIST, was_listed
from tracker.rules.nudge import Stance, nudge_status, nudge_why
from tracker.rules.stances import OfficeFacts
from tracker.rules.status import NudgeStatus
from tracker.store import Session
from tracker.store.calls import changed_since

Order = Literal["rank", "likely"]


@dataclass(frozen=True, slots=True)
class NudgeRow:
    """One Member who needs a nudge; moments are aware UTC, days London's.

    `is_new` says that they were not on the list at the moment that was asked about.
    """

    member_id: int
    name: str
    party: str | None
    constituency: str | None
    status: NudgeStatus
    why: str
    supporters: int
    first_email_at: datetime | None
    last_email_at: datetime | None
    last_contact_at: datetime | None
    call_back_on: date | None
    replies_reported: int
    hints: tuple[Hint, ...]
    phones: tuple[Way, ...]
    emails: tuple[Way, ...]
    stance: Stance | None = None
    last_call: LastCall | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class NudgesView:
    """The list in rank order. `in_constituency_until_on` is the last day of a recess."""

    rows: tuple[NudgeRow, ...]
    in_constituency_until_on: date | None


def nudges_view(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    *,
    now: datetime,
    order: Order = "rank",
) -> NudgesView:
    """Return the Members who need a nudge; nobody once the motion is over.

    Call-backs due first, then most supporters, then longest since last asked, then by
    name; `likely` puts those first whom hints speak for.
    """
    house = house_of(session, settings, watched, now=now)
    return nudges_of(session, house, now=now, order=order)


def nudges_of(
    session: Session,
    house: House,
    *,
    now: datetime,
    order: Order = "rank",
    since: datetime | None = None,
) -> NudgesView:
    """Return the list made from a House that was read at `now`.

    With `since`, those who were not on it then are marked as new.
    """
    motion_id = house.motion.id
    if house.stands.state is not MotionState.OPEN or motion_id is None:
        return NudgesView((), None)
    statuses = _listed(house, now)
    today = london_date(now)
    spell = spell_on(house.spells, today)
    related = store.related_signings(session, motion_id)
    replies = store.replies_reported(session, motion_id)
    ways = ways_of(session, statuses)
    calls = last_calls(session, motion_id, statuses)
    fresh = _new_since(session, house, statuses, since) if since else frozenset()
    rows = [
        _row(
            house,
            member_id,
            status,
            told=hints_of(
                house,
                member_id,
                related.get(member_id, ()),
                replies.get(member_id, 0),
                today,
            ),
            replies=replies.get(member_id, 0),
            ways=ways.get(member_id, ((), ())),
            why=nudge_why(
                status,
                house.facts[member_id],
                today=today,
                away_until_on=spell.to_on if spell else None,
            ),
            last_call=calls.get(member_id),
            is_new=member_id in fresh,
        )
        for member_id, status in statuses.items()
    ]
    rows.sort(
        key=lambda row: (
            *_rank(row, today, order),
            normal_name(house.listed_as(row.member_id)),
            row.member_id,
        )
    )
    return NudgesView(tuple(rows), spell.to_on if spell else None)


def _new_since(
    session: Session, house: House, listed: Iterable[int], since: datetime
) -> Collection[int]:
    """Return who of the list was not on it at `since`."""
    changed = changed_since(session, house.motion.id or 0, since)
    return {
        member_id
        for member_id in listed
        if member_id in changed
        or not was_listed(
            house.facts[member_id],
            at=since,
            patience=house.patience,
            spells=house.spells,
        )
    }


def _listed(house: House, now: datetime) -> dict[int, NudgeStatus]:
    """Return those Members of the House who are on the list, with their status."""
    statuses = {
        member_id: nudge_status(
            house.facts[member_id],
            now=now,
            patience=house.patience,
            spells=house.spells,
        )
        for member_id in house.seats
    }
    return {key: found for key, found in statuses.items() if found in ON_THE_LIST}


def hints_of(
    house: House,
    member_id: int,
    related: Sequence[RelatedSigning],
    replies: int,
    today: date,
) -> list[Hint]:
    """Return why a Member who sits is likely to sign, the strongest hint first."""
    office = house.offices.get(member_id, OfficeFacts())
    facts = HintFacts(
        stance=office.stance,
        stance_at=office.stance_at,
        is_stance_reported=office.is_stance_reported,
        related=related,
        posts=house.posts.get(member_id, ()),
        seat_since_on=house.seats[member_id].started_on,
        election_on=last_election(today),
        replies_reported=replies,
    )
    return hints(facts, today=today)


def _row(
    house: House,
    member_id: int,
    status: NudgeStatus,
    *,
    told: Sequence[Hint],
    replies: int,
    ways: tuple[tuple[Way, ...], tuple[Way, ...]],
    why: str,
    last_call: LastCall | None,
    is_new: bool,
) -> NudgeRow:
    facts = house.facts[member_id]
    office = house.offices.get(member_id, OfficeFacts())
    return NudgeRow(
        member_id=member_id,
        name=house.name_of(member_id),
        party=house.party_of(member_id),
        constituency=house.seats[member_id].constituency,
        status=status,
        why=why,
        supporters=facts.supporter_count,
        first_email_at=facts.first_email_at,
        last_email_at=facts.last_email_at,
        last_contact_at=office.last_contact_at,
        call_back_on=office.call_back_on,
        replies_reported=replies,
        hints=tuple(told),
        phones=ways[0],
        emails=ways[1],
        stance=office.stance,
        last_call=last_call,
        is_new=is_new,
    )


def last_election(today: date) -> date | None:
    """Return the day of the last general election before `today`."""
    past = [d.election_on for d in DISSOLUTIONS if d.election_on <= today]
    return max(past) if past else None


def _rank(row: NudgeRow, today: date, order: Order) -> tuple[int, bool, int, float]:
    likely = -likelihood(row.hints) if order == "likely" else 0
    is_due = row.call_back_on is not None and row.call_back_on <= today
    asked_at = row.last_email_at.timestamp() if row.last_email_at else 0.0
    return likely, not is_due, -row.supporters, asked_at
