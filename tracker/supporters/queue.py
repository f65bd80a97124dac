"""The review queue as staff read it: each email with what it told and who may be meant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.parliament.seats import normal_name
from tracker.rules.matching import MatchInput
from tracker.store import Session, alike
from tracker.store.tables import Member, Membership, SupporterEmail, Way
from tracker.supporters.rematch import told_by


@dataclass(frozen=True, slots=True)
class Suggested:
    """A Member who may have been meant, with the seat they hold or held last."""

    member_id: int
    name: str
    constituency: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An email in review: why, and what it told. For staff: it names the supporter."""

    email_id: int
    session: str
    number: int
    supporter_name: str | None
    sent_at: datetime
    subject: str | None
    told: MatchInput
    reason: str | None
    suggestions: tuple[Suggested, ...]
    way: Way


@dataclass(frozen=True, slots=True)
class WaitingGroup:
    """Emails that tell the same, by the first of them.

    `last_id` is the newest; they were sent from `first_sent_at` to `last_sent_at`.
    """

    first: Waiting
    email_count: int
    last_id: int
    first_sent_at: datetime
    last_sent_at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """What somebody decided with one press; `member` is None where it was put aside."""

    email_id: int
    email_count: int
    member: Suggested | None
    reason: str | None
    by: str
    at: datetime


def waiting_emails(
    session: Session,
    motion_id: int | None = None,
    *,
    after_id: int = 0,
    limit: int = 50,
) -> Sequence[Waiting]:
    """Return the emails that wait for a decision, in the order in which they came."""
    emails = store.review_queue(session, motion_id, after_id=after_id, limit=limit)
    return told_emails(session, emails)


def waiting_groups(
    session: Session, *, after_id: int = 0, limit: int = 25
) -> Sequence[WaitingGroup]:
    """Return the waiting emails, those that tell the same together, by their first."""
    groups = alike.alike_groups(session, after_id=after_id, limit=limit)
    told = told_emails(session, [group.first for group in groups])
    return [
        WaitingGroup(
            first, one.email_count, one.last_id, one.first_sent_at, one.last_sent_at
        )
        for first, one in zip(told, groups, strict=True)
    ]


def told_emails(
    session: Session, emails: Sequence[SupporterEmail]
) -> Sequence[Waiting]:
    """Return these emails with what they told and who may be meant, in their order."""
    wanted = {member for email in emails for member in store.suggested_ids(email)}
    known = suggested_members(session, wanted)
    people = store.supporters_by_id(session, {email.supporter_id for email in emails})
    motions = {motion.id: motion for motion in store.all_motions(session)}
    return [
        Waiting(
            email_id=email.id or 0,
            session=motions[email.motion_id].session,
            number=motions[email.motion_id].number,
            supporter_name=people[email.supporter_id].name,
            sent_at=email.sent_at,
            subject=email.subject,
            told=told_by(email),
            reason=email.reason,
            suggestions=tuple(
                known[member]
                for member in store.suggested_ids(email)
                if member in known
            ),
            way=email.way,
        )
        for email in emails
    ]


def decided_lately(session: Session, *, limit: int = 20) -> Sequence[Decided]:
    """Return what staff decided last, newest first; each can be undone."""
    batches = alike.decided_batches(session, limit=limit)
    ids = {one.first.member_id for one in batches if one.first.member_id}
    members = suggested_members(session, ids)
    return [
        Decided(
            email_id=one.first.id or 0,
            email_count=one.email_count,
            member=members.get(one.first.member_id or 0),
            reason=one.first.reason,
            by=one.first.decided_by or "",
            at=one.first.decided_at,
        )
        for one in batches
        if one.first.decided_at is not None
    ]


def suggested_members(session: Session, ids: Iterable[int]) -> dict[int, Suggested]:
    """Return the Members known among `ids` with their seats, keyed by id."""
    wanted = list(ids)
    seats = store.last_seats(session, wanted)
    members = store.members_by_id(session, wanted)
    return {key: _suggested(members[key], seats.get(key)) for key in members}


def members_like(
    session: Session, text: str, *, limit: int = 10
) -> Sequence[Suggested]:
    """Return Members whose name or last seat holds the words, who sit now first.

    Without regard to case, accents and punctuation; nobody for no words.
    """
    wanted = normal_name(text)
    if not wanted:
        return []
    people = store.people_by_id(session)
    seats = store.last_seats(session, people)
    fitting = [
        (seat is None or seat.ended_on is not None, normal_name(person.name), key)
        for key, person in people.items()
        for seat in (seats.get(key),)
        if wanted in normal_name(f"{person.name} {seat.constituency if seat else ''}")
    ]
    return [
        Suggested(
            key, people[key].name, seats[key].constituency if key in seats else None
        )
        for _, _, key in sorted(fitting)[:limit]
    ]


def _suggested(member: Member, seat: Membership | None) -> Suggested:
    return Suggested(member.member_id, member.name, seat.constituency if seat else None)
