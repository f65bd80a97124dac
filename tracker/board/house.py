"""The House a motion is shown over: its Members, who signed, and who by convention can't."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracker import store
from tracker.rules.calendar import MotionState, Standing
from tracker.rules.changes import ChangeKind
from tracker.rules.eligibility import cannot_sign_reason
from tracker.rules.nudge import MemberFacts
from tracker.rules.stances import OfficeFacts, PastContact, office_facts
from tracker.store import Session
from tracker.store.tables import Member, Membership, Motion, Signature, SignatureEvent


@dataclass(frozen=True, slots=True)
class House:
    """Members of a day with their seats, and the ledger's facts about each of them.

    `facts` has everyone who sits or ever signed, keyed by Member id; `rows` the newest
    signature row of everyone who ever signed. `people` are those known to the Members
    API, the others are known by their row only.
    """

    seats: Mapping[int, Membership]
    people: Mapping[int, Member]
    rows: Mapping[int, Signature]
    facts: Mapping[int, MemberFacts]
    signed_ids: frozenset[int] = field(default=frozenset())
    withdrew_ids: frozenset[int] = field(default=frozenset())

    @property
    def eligible_count(self) -> int:
        """How many Members of the House may sign by convention, or have signed."""
        return sum(
            1
            for member_id in self.seats
            if self.facts[member_id].is_signed
            or self.facts[member_id].cannot_sign is None
        )


def house_of(session: Session, motion: Motion, stands: Standing) -> House:
    """Return the House of the motion's day with what the ledger says of each Member."""
    is_past = stands.state is not MotionState.OPEN
    sitting = store.house_on(session, stands.house_on, is_past=is_past)
    seats = {who.member_id: seat for who, seat in sitting}
    people = {who.member_id: who for who, _ in sitting}
    rows, live, newest = _ledger(session, motion)
    others = [member_id for member_id in rows if member_id not in people]
    people |= store.members_by_id(session, others)
    posts = store.posts_by_member(session)
    corrected = store.corrections(session)
    tallies = store.tallies_of(session, motion.id) if motion.id else {}
    offices = offices_of(session, motion)
    nobody, silent = _NoTally(), OfficeFacts()

    def facts_of(member_id: int) -> MemberFacts:
        event, person = newest.get(member_id), people.get(member_id)
        tally = tallies.get(member_id) or nobody
        office = offices.get(member_id) or silent
        return MemberFacts(
            is_signed=member_id in live,
            signed_at=live.get(member_id),
            newest_kind=event.kind if event else None,
            newest_at=event.happened_at if event else None,
            cannot_sign=cannot_sign_reason(
                party=_party(seats.get(member_id), person),
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

    facts = {member_id: facts_of(member_id) for member_id in {*seats, *rows}}
    withdrew = {
        member_id
        for member_id, event in newest.items()
        if event.kind is ChangeKind.WITHDRAWN and member_id not in live
    }
    return House(seats, people, rows, facts, frozenset(live), frozenset(withdrew))


def offices_of(session: Session, motion: Motion) -> dict[int, OfficeFacts]:
    """Return what is on record of each office that staff ever spoke to."""
    if motion.id is None:
        return {}
    own = store.contacts_about(session, motion.id)
    known = {contact.id for contact in own}
    others = [
        contact
        for contact in store.standing_refusals(session)
        if contact.id not in known
    ]
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
        )
        by_member.setdefault(contact.member_id, []).append(value)
    return {member_id: office_facts(found) for member_id, found in by_member.items()}


@dataclass(frozen=True, slots=True)
class _NoTally:
    """What is counted for somebody to whom nobody wrote."""

    supporter_count: int = 0
    first_email_at: datetime | None = None
    last_email_at: datetime | None = None


def _ledger(
    session: Session, motion: Motion
) -> tuple[dict[int, Signature], dict[int, datetime], dict[int, SignatureEvent]]:
    """Return by Member: the newest row, when a live one was signed, the newest event."""
    if motion.id is None:
        return {}, {}, {}
    rows: dict[int, Signature] = {}
    live: dict[int, datetime] = {}
    for row in store.signatures_of(session, motion.id):
        rows[row.member_id] = row
        if not row.is_withdrawn and row.removed_at is None:
            known = live.get(row.member_id)
            at = row.last_happened_at
            live[row.member_id] = max(known, at) if known else at
    events = store.all_events(session, motion.id)
    return rows, live, {event.member_id: event for event in events}


def _party(seat: Membership | None, person: Member | None) -> str | None:
    if seat is not None and seat.party:
        return seat.party
    return person.party if person else None
