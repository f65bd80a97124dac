"""The review queue: emails that no evidence names a Member for, and what staff decide.

Each decision is in the audit log, can be undone, and is never overturned by a rematch.
Deciding about many that are alike is in alike.py.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from tracker.rules.matching import UNPROVEN_SENDER, Match, MatchMethod
from tracker.store.audit import record_audit
from tracker.store.bulk import lock_emails
from tracker.store.emails import count_for
from tracker.store.tables import EmailState, Member, SupporterEmail
from tracker.store.tallies import recount_member


class ReviewError(Exception):
    """A decision that can't be made; the text is one sentence."""


def review_queue(
    session: Session,
    motion_id: int | None = None,
    *,
    after_id: int = 0,
    limit: int = 100,
) -> Sequence[SupporterEmail]:
    """Return emails that wait for a decision, in the order in which they came."""
    query = (
        waiting_emails()
        .where(col(SupporterEmail.id) > after_id)
        .order_by(col(SupporterEmail.id))
        .limit(limit)
    )
    if motion_id is not None:
        query = query.where(SupporterEmail.motion_id == motion_id)
    return session.exec(query).all()


def review_count(session: Session, motion_id: int | None = None) -> int:
    """Return how many emails wait for a decision."""
    query = (
        select(func.count())
        .select_from(SupporterEmail)
        .where(SupporterEmail.state == EmailState.REVIEW)
        .where(col(SupporterEmail.member_id).is_(None))
    )
    if motion_id is not None:
        query = query.where(SupporterEmail.motion_id == motion_id)
    return session.exec(query).one()


def decided_reviews(session: Session, *, limit: int = 100) -> Sequence[SupporterEmail]:
    """Return what staff decided last, newest first: these can be undone."""
    return session.exec(
        select(SupporterEmail)
        .where(col(SupporterEmail.decided_at).is_not(None))
        .order_by(col(SupporterEmail.decided_at).desc(), col(SupporterEmail.id).desc())
        .limit(limit)
    ).all()


def suggested_ids(email: SupporterEmail) -> tuple[int, ...]:
    """Return the Members who may have been meant, at most three."""
    return tuple(int(part) for part in (email.suggested_ids or "").split(",") if part)


def assign_review(
    session: Session, email_id: int, member_id: int, *, by: str, at: datetime
) -> SupporterEmail:
    """Count a waiting email for a Member, by a person's word.

    ReviewError if it does not wait, or nobody has that id. If the same email is counted
    for that Member already, this one is put aside instead.
    """
    lock_emails(session)
    email = waiting_email(session, email_id)
    check_member(session, member_id)
    count_for(session, email, Match(member_id, MatchMethod.STAFF))
    _decide(session, email, by, at, f"assigned to Member {member_id}")
    recount_member(session, email.motion_id, member_id)
    return email


def dismiss_review(
    session: Session, email_id: int, *, by: str, at: datetime
) -> SupporterEmail:
    """Put a waiting email aside: it counts for nobody. ReviewError if it does not wait."""
    lock_emails(session)
    email = waiting_email(session, email_id)
    email.state = EmailState.DISMISSED
    _decide(session, email, by, at, "dismissed")
    return email


def undo_decision(
    session: Session, email_id: int, *, by: str, at: datetime
) -> SupporterEmail:
    """Let an email wait again; ReviewError if no person decided about it."""
    lock_emails(session)
    email = session.get(SupporterEmail, email_id)
    if email is None or email.decided_by is None:
        raise ReviewError(f"nobody has decided about an email with the id {email_id}")
    member_id = email.member_id
    let_wait(session, email)
    record_audit(session, by, "review", f"email {email_id}: undone", at=at)
    recount_member(session, email.motion_id, member_id)
    return email


def undecided_reviews(
    session: Session, *, after_id: int = 0, limit: int = 500
) -> Sequence[SupporterEmail]:
    """Return waiting emails that a rematch may settle: not those of unproven senders."""
    return session.exec(
        waiting_emails()
        .where(col(SupporterEmail.reason).is_distinct_from(UNPROVEN_SENDER))
        .where(col(SupporterEmail.id) > after_id)
        .order_by(col(SupporterEmail.id))
        .limit(limit)
    ).all()


def record_rematch(session: Session, email_id: int, match: Match) -> bool:
    """Take over what a rematch found, unless a person decided meanwhile.

    Return whether the email is counted now.
    """
    email = session.get(SupporterEmail, email_id)
    if email is None or email.state is not EmailState.REVIEW or email.decided_by:
        return False
    if match.member_id is None:
        email.reason = match.reason
        email.suggested_ids = ",".join(map(str, match.suggestions)) or None
        session.add(email)
        return False
    is_counted = count_for(session, email, match)
    recount_member(session, email.motion_id, match.member_id)
    return is_counted


def waiting_emails() -> SelectOfScalar[SupporterEmail]:
    """Return the query for emails that wait for a decision."""
    return (
        select(SupporterEmail)
        .where(SupporterEmail.state == EmailState.REVIEW)
        .where(col(SupporterEmail.member_id).is_(None))
    )


def waiting_email(session: Session, email_id: int) -> SupporterEmail:
    """Return an email that waits for a decision; ReviewError if it does not."""
    email = session.get(SupporterEmail, email_id, populate_existing=True)
    if email is None or email.state is not EmailState.REVIEW:
        raise ReviewError(f"no email with the id {email_id} waits for a decision")
    return email


def check_member(session: Session, member_id: int) -> None:
    """Raise ReviewError if nobody has that id."""
    if session.get(Member, member_id) is None:
        raise ReviewError(f"no Member has the id {member_id}")


def mark_decided(
    session: Session, email: SupporterEmail, by: str, at: datetime
) -> None:
    """Keep who decided about an email, and when."""
    email.decided_by, email.decided_at = by, at
    session.add(email)


def let_wait(session: Session, email: SupporterEmail) -> None:
    """Let an email wait again, for the reason it waited for. The tally is the caller's."""
    email.state, email.member_id, email.method = EmailState.REVIEW, None, None
    email.decided_by = email.decided_at = None
    session.add(email)


def _decide(
    session: Session, email: SupporterEmail, by: str, at: datetime, what: str
) -> None:
    mark_decided(session, email, by, at)
    session.flush()
    record_audit(session, by, "review", f"email {email.id}: {what}", at=at)
