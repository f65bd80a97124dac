"""The review queue as staff read it: each email with what it told and who may be meant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.rules.matching import MatchInput
from tracker.store import Session
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


def waiting_emails(
    session: Session,
    motion_id: int | None = None,
    *,
    after_id: int = 0,
    limit: int = 50,
) -> Sequence[Waiting]:
    """Return the emails that wait for a decision, in the order in which they came."""
    emails = store.review_queue(session, motion_id, after_id=after_id, limit=limit)
    wanted = {member for email in emails for member in store.suggested_ids(email)}
    members = store.members_by_id(session, wanted)
    seats = store.last_seats(session, wanted)
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
                Suggested(
                    member,
                    members[member].name,
                    seats[member].constituency if member in seats else None,
                )
                for member in store.suggested_ids(email)
                if member in members
            ),
        )
        for email in emails
    ]
