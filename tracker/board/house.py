"""The House a motion is shown over: its Members, who signed, and who by convention can't.

Everything the board says of Members is made from one House, read with a few queries of
plain rows; what supporters did comes from kept tallies, so that their number costs
nothing here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.board.standing import known_spells, motion_standing
from tracker.config import MotionSettings, Settings
from tracker.rules.calendar import MotionState, Spell, Standing
from tracker.rules.changes import ChangeKind
from tracker.rules.eligibility import PostHeld, cannot_sign_reason
from tracker.rules.nudge import MemberFacts, Patience
from tracker.rules.stances import (
    ContactSource,
    OfficeFacts,
    PastContact,
    office_facts,
)
from tracker.store import LastChange, ListedRow, Person, Session, Sitting
from tracker.store.tables import Motion


@dataclass(frozen=True, slots=True)
class House:
    """Members of a day with their seats, and the ledger's facts about each of them.

    `facts` has everyone who sits or ever signed, keyed by Member id; `rows` the newest
    signature row of everyone who ever signed. `people` are those known to the Members
    API, the others are known by their row only. `offices` and `posts` are for staff.
    """

    motion: Motion
    stands: Standing
    spells: Sequence[Spell]
    patience: Patience
    seats: Mapping[int, Sitting]
    people: Mapping[int, Person]
    rows: Mapping[int, ListedRow]
    facts: Mapping[int, MemberFacts]
    offices: Mapping[int, OfficeFacts]
    posts: Mapping[int, Sequence[PostHeld]]
    signed_ids: frozenset[int]
    withdrew_ids: frozenset[int]

    @property
    def eligible_count(self) -> int:
        """How many Members of the House may sign by convention, or have signed."""
        return sum(
            1
            for member_id in self.seats
            if self.facts[member_id].is_signed
            or self.facts[member_id].cannot_sign is None
        )

    def name_of(self, member_id: int) -> str:
        """Return what a Member is called, by the Members API or else by their row."""
        person, row = self.people.get(member_id), self.rows.get(member_id)
        named = (person.name if person else None) or (row.name if row else None)
        return named or f"Member {member_id}"

    def listed_as(self, member_id: int) -> str:
        """Return by which name a Member is put into an order."""
        person, row = self.people.get(member_id), self.rows.get(member_id)
        listed = (person.list_as if person else None) or (row.list_as if row else None)
        return listed or self.name_of(member_id)

    def party_of(self, member_id: int) -> str | None:
        """Return a Member's party: that of the seat, else as the row or the API has it."""
        known = (self.seats, self.rows, self.people)
        parties = (found[member_id].party for found in known if member_id in found)
        return next((party for party in parties if party), None)


def house_of(
    session: Session, settings: Settings, watched: MotionSettings, *, now: datetime
) -> House:
    """Return the House of the motion's day with what the ledger says of each Member."""
    known = store.motion_by_number(session, watched.session, watched.number)
    motion = known or Motion(session=watched.session, number=watched.number)
    stands = motion_standing(session, watched, motion, now=now)
    is_past = stands.state is not MotionState.OPEN
    seats = store.sitting_on(session, stands.house_on, is_past=is_past)
    people = store.people_by_id(session)
    ledger = _read_ledger(session, motion.id)
    posts = store.posts_by_member(session)
    corrected = store.corrections(session)
    tallies = store.tallies_of(session, motion.id) if motion.id else {}
    offices = offices_of(session, motion)
    nobody, silent = _NoTally(), OfficeFacts()

    def facts_of(member_id: int) -> MemberFacts:
        change, person = ledger.newest.get(member_id), people.get(member_id)
        seat = seats.get(member_id)
        tally = tallies.get(member_id) or nobody
        office = offices.get(member_id, silent)
        return MemberFacts(
            is_signed=member_id in ledger.live,
            signed_at=ledger.live.get(member_id),
            newest_kind=change.kind if change else None,
            newest_at=change.happened_at if change else None,
            cannot_sign=cannot_sign_reason(
                party=(seat.party if seat else None) or (person and person.party),
                posts=posts.get(member_id, ()),
                correction=corrected.get(member_id),
                day=stands.house_on,
                is_past=is_past,
            ),
            stance=office.stance,
            is_stance_public=office.may_be_shown
            or bool(person and person.position_url),
            supporter_count=tally.supporter_count,
            first_email_at=tally.first_email_at,
            last_email_at=tally.last_email_at,
            quieted_at=office.quieted_at,
            call_back_on=office.call_back_on,
        )

    return House(
        motion=motion,
        stands=stands,
        spells=known_spells(session, settings),
        patience=Patience(
            settings.campaign.nudge_after_days, settings.campaign.chase_days
        ),
        seats=seats,
        people=people,
        rows=ledger.rows,
        facts={one: facts_of(one) for one in {*seats, *ledger.rows}},
        offices=offices,
        posts=posts,
        signed_ids=frozenset(ledger.live),
        withdrew_ids=ledger.withdrew_ids,
    )


def offices_of(session: Session, motion: Motion) -> dict[int, OfficeFacts]:
    """Return what is on record of each office that staff ever spoke to."""
    own = store.contacts_about(session, motion.id) if motion.id else ()
    known = {contact.id for contact in own}
    refusals = store.standing_refusals(session)
    others = [contact for contact in refusals if contact.id not in known]
    by_member: dict[int, list[PastContact]] = {}
    for contact in sorted(
        [*own, *others], key=lambda contact: contact.contacted_at, reverse=True
    ):
        value = PastContact(
            contact.contacted_at,
            contact.outcome,
            contact.stance,
            contact.may_be_shown,
            contact.call_back_on,
            is_about_motion=contact.motion_id == motion.id,
            is_reported=contact.source is ContactSource.SUPPORTERS,
        )
        by_member.setdefault(contact.member_id, []).append(value)
    return {member_id: office_facts(found) for member_id, found in by_member.items()}


@dataclass(frozen=True, slots=True)
class _NoTally:
    """What is counted for somebody to whom nobody wrote."""

    supporter_count: int = 0
    first_email_at: datetime | None = None
    last_email_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Ledger:
    """By Member: the newest row, when the newest live one was signed, the last change."""

    rows: Mapping[int, ListedRow]
    live: Mapping[int, datetime]
    newest: Mapping[int, LastChange]

    @property
    def withdrew_ids(self) -> frozenset[int]:
        """Those whose newest event is a withdrawal, and who have no live row."""
        return frozenset(
            member_id
            for member_id, change in self.newest.items()
            if change.kind is ChangeKind.WITHDRAWN and member_id not in self.live
        )


def _read_ledger(session: Session, motion_id: int | None) -> _Ledger:
    if motion_id is None:
        return _Ledger({}, {}, {})
    rows: dict[int, ListedRow] = {}
    live: dict[int, datetime] = {}
    for row in store.listed_rows(session, motion_id):
        rows[row.member_id] = row
        if row.is_live:
            known = live.get(row.member_id, row.last_happened_at)
            live[row.member_id] = max(known, row.last_happened_at)
    return _Ledger(rows, live, store.last_changes(session, motion_id))
