"""The nudge list: whom to ring next, with the number to ring and why. Staff only."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from tracker import store
from tracker.board.house import House, house_of, offices_of
from tracker.board.motion import known_spells, motion_standing
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.parliament.sessions import DISSOLUTIONS
from tracker.rules.calendar import MotionState, spell_on
from tracker.rules.hints import Hint, HintFacts, hints, likelihood
from tracker.rules.nudge import Patience, nudge_status, why
from tracker.rules.stances import OfficeFacts
from tracker.rules.status import NudgeStatus
from tracker.store import Session
from tracker.store.tables import Motion

ON_THE_LIST = (NudgeStatus.NEEDS_NUDGE, NudgeStatus.WITHDREW)
Order = Literal["rank", "likely"]


@dataclass(frozen=True, slots=True)
class Way:
    """A phone number or an email address of an office, and when it was last read."""

    label: str
    value: str
    checked_on: date


@dataclass(frozen=True, slots=True)
class NudgeRow:
    """One Member who needs a nudge; moments are aware UTC, days London's."""

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
    known = store.motion_by_number(session, watched.session, watched.number)
    motion = known or Motion(session=watched.session, number=watched.number)
    stands = motion_standing(session, watched, motion, now=now)
    if stands.state is not MotionState.OPEN:
        return NudgesView((), None)
    spells = known_spells(session, settings)
    spell = spell_on(spells, london_date(now))
    house = house_of(session, motion, stands)
    patience = Patience(
        settings.campaign.nudge_after_days, settings.campaign.chase_days
    )
    statuses = {
        member_id: nudge_status(facts, now=now, patience=patience, spells=spells)
        for member_id, facts in house.facts.items()
        if member_id in house.seats
    }
    listed = [key for key, status in statuses.items() if status in ON_THE_LIST]
    rows = _rows(session, motion, house, statuses, listed, london_date(now))
    return NudgesView(
        tuple(sorted(rows, key=lambda row: _rank(row, london_date(now), order))),
        spell.to_on if spell else None,
    )


def _rows(
    session: Session,
    motion: Motion,
    house: House,
    statuses: dict[int, NudgeStatus],
    listed: Iterable[int],
    today: date,
) -> list[NudgeRow]:
    posts = store.posts_by_member(session)
    offices = offices_of(session, motion)
    related = store.related_signings(session, motion.id or 0)
    ways = _ways(session, listed)
    rows = []
    for member_id in listed:
        facts, seat = house.facts[member_id], house.seats[member_id]
        office = offices.get(member_id, OfficeFacts())
        told = hints(
            HintFacts(
                stance=office.stance,
                stance_at=office.stance_at,
                related=related.get(member_id, ()),
                posts=posts.get(member_id, ()),
                seat_since_on=seat.started_on,
                election_on=last_election(today),
            ),
            today=today,
        )
        phones, emails = ways.get(member_id, ((), ()))
        rows.append(
            NudgeRow(
                member_id=member_id,
                name=house.people[member_id].name,
                party=seat.party or house.people[member_id].party,
                constituency=seat.constituency,
                status=statuses[member_id],
                why=why(statuses[member_id], facts),
                supporters=facts.supporter_count,
                first_email_at=facts.first_email_at,
                last_email_at=facts.last_email_at,
                last_contact_at=office.last_contact_at,
                call_back_on=office.call_back_on,
                replies_reported=0,
                hints=tuple(told),
                phones=phones,
                emails=emails,
            )
        )
    return rows


def _ways(
    session: Session, member_ids: Iterable[int]
) -> dict[int, tuple[tuple[Way, ...], tuple[Way, ...]]]:
    found = store.contacts_by_member(session, member_ids)

    def of_kind(member_id: int, kind: str) -> tuple[Way, ...]:
        return tuple(
            Way(contact.label, contact.value, contact.checked_on)
            for contact in found[member_id]
            if contact.kind == kind
        )

    return {key: (of_kind(key, "phone"), of_kind(key, "email")) for key in found}


def last_election(today: date) -> date | None:
    """Return the day of the last general election before `today`."""
    past = [d.election_on for d in DISSOLUTIONS if d.election_on <= today]
    return max(past) if past else None


def _rank(
    row: NudgeRow, today: date, order: Order
) -> tuple[int, bool, int, float, str]:
    likely = -likelihood(row.hints) if order == "likely" else 0
    is_due = row.call_back_on is not None and row.call_back_on <= today
    asked_at = row.last_email_at.timestamp() if row.last_email_at else 0.0
    return likely, not is_due, -row.supporters, asked_at, row.name
