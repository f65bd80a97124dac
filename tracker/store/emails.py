"""SupporterEmails one at a time: recording one, and changing what it counts for.

Whatever changes an email here brings its Member's tally along in the same transaction.
Many at once are in imports.py, what staff decide in reviews.py.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from tracker.rules.matching import UNPROVEN_SENDER, Match, MatchMethod
from tracker.store.bulk import lock_emails
from tracker.store.tables import EmailState, Member, Supporter, SupporterEmail, Way
from tracker.store.tallies import recount_member

SAME_EMAIL = "the same email is there already"


@dataclass(frozen=True, slots=True)
class NewEmail:
    """An email about to be recorded, to a Member who is known."""

    motion_id: int
    member_id: int
    supporter_id: int
    way: Way
    state: EmailState
    method: MatchMethod
    sent_at: datetime
    message_id: str | None = None
    subject: str | None = None


def record_email(session: Session, new: NewEmail) -> tuple[SupporterEmail, bool]:
    """Return the email, and whether it is new: the same one again is recorded once.

    The same are those with the same motion, Member and Message-ID, and those with the
    same motion, Member, supporter and minute.
    """
    lock_emails(session)
    minute = minute_of(new.sent_at)
    known = same_email(
        session,
        motion_id=new.motion_id,
        member_id=new.member_id,
        supporter_id=new.supporter_id,
        minute=minute,
        message_id=new.message_id,
    )
    if known is not None:
        return known, False
    email = SupporterEmail(
        motion_id=new.motion_id,
        member_id=new.member_id,
        supporter_id=new.supporter_id,
        way=new.way,
        state=new.state,
        method=new.method,
        sent_at=new.sent_at,
        sent_minute=minute,
        message_id=new.message_id,
        subject=new.subject,
    )
    session.add(email)
    recount_member(session, new.motion_id, new.member_id)
    return email, True


def set_email_state(
    session: Session,
    email: SupporterEmail,
    state: EmailState,
    reason: str | None = None,
) -> None:
    """Change what an email counts for, and its Member's tally with it."""
    lock_emails(session)
    email.state, email.reason = state, reason
    session.add(email)
    recount_member(session, email.motion_id, email.member_id)


def same_email(
    session: Session,
    *,
    motion_id: int,
    member_id: int,
    supporter_id: int,
    minute: int,
    message_id: str | None,
    but_id: int | None = None,
) -> SupporterEmail | None:
    """Return the stored email that is this one, other than the one with id `but_id`."""
    is_same = (col(SupporterEmail.supporter_id) == supporter_id) & (
        col(SupporterEmail.sent_minute) == minute
    )
    if message_id is not None:
        is_same = is_same | (col(SupporterEmail.message_id) == message_id)
    return session.exec(
        select(SupporterEmail)
        .where(SupporterEmail.motion_id == motion_id)
        .where(SupporterEmail.member_id == member_id)
        .where(is_same)
        .where(col(SupporterEmail.id).is_distinct_from(but_id))
        .limit(1)
    ).first()


def emails_of_supporter(
    session: Session, supporter_id: int
) -> Sequence[SupporterEmail]:
    """Return a person's emails, oldest first."""
    return session.exec(
        select(SupporterEmail)
        .where(SupporterEmail.supporter_id == supporter_id)
        .order_by(col(SupporterEmail.sent_at), col(SupporterEmail.id))
    ).all()


@dataclass(frozen=True, slots=True)
class EmailLine:
    """An email with its supporter and Member, for an export by staff: it names people."""

    email: SupporterEmail
    member: Member | None
    supporter: Supporter


def email_lines(
    session: Session, motion_id: int, *, page: int = 5000
) -> Iterator[EmailLine]:
    """Give every email about a motion by id, in pages: a million are never held."""
    after_id = 0
    while True:
        rows = session.exec(
            select(SupporterEmail, Member, Supporter)
            .join(Supporter, col(Supporter.id) == SupporterEmail.supporter_id)
            .outerjoin(Member, col(Member.member_id) == SupporterEmail.member_id)
            .where(SupporterEmail.motion_id == motion_id)
            .where(col(SupporterEmail.id) > after_id)
            .order_by(col(SupporterEmail.id))
            .limit(page)
        ).all()
        if not rows:
            return
        for email, member, supporter in rows:
            after_id = email.id or after_id
            yield EmailLine(email, member, supporter)


def record_adopted(session: Session, email_id: int, match: Match) -> bool:
    """Count an email that waited in review for the Member who is named now.

    The tally is the caller's. False if it is there already for that Member: put aside.
    """
    return count_for(session, session.get_one(SupporterEmail, email_id), match)


def count_for(session: Session, email: SupporterEmail, match: Match) -> bool:
    """Count an email of the review queue for the Member named; False if it is a double.

    A double is put aside: the same email is counted once. Why it waited is kept when a
    person decides, so that undoing leaves it as it was. The tally is the caller's.
    """
    assert match.member_id is not None, "only a Member can be counted for"
    twin = same_email(
        session,
        motion_id=email.motion_id,
        member_id=match.member_id,
        supporter_id=email.supporter_id,
        minute=email.sent_minute,
        message_id=email.message_id,
        but_id=email.id,
    )
    if twin is not None:
        email.state = EmailState.DISMISSED
        email.reason = SAME_EMAIL if email.reason != UNPROVEN_SENDER else email.reason
    else:
        email.state = EmailState.COUNTED
        is_decided = match.method is MatchMethod.STAFF
        email.reason = email.reason if is_decided else None
        email.member_id, email.method = match.member_id, match.method
    session.add(email)
    session.flush()
    return twin is None


def minute_of(moment: datetime) -> int:
    """Return whole minutes since 1970 UTC, by which the same email is told."""
    return int(moment.timestamp()) // 60
