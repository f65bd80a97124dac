"""Emails in review that tell the same: counted, decided and undone together.

Alike are those about one motion that told the same of their MP, wait for the same reason
and have the same suggestions. One email's decision is in reviews.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from tracker.rules.matching import Match, MatchMethod
from tracker.store.audit import record_audit
from tracker.store.bulk import lock_emails
from tracker.store.emails import count_for
from tracker.store.reviews import (
    ReviewError,
    check_member,
    let_wait,
    mark_decided,
    waiting_email,
    waiting_emails,
)
from tracker.store.tables import EmailState, SupporterEmail
from tracker.store.tallies import recount_member

MOST_AT_ONCE = 1000
"""Emails decided in one transaction: more would keep other writers waiting."""
_SAME = (
    *("motion_id", "told_recipient", "told_ons_code", "told_constituency"),
    *("told_name", "reason", "suggested_ids"),
)


@dataclass(frozen=True, slots=True)
class Alike:
    """Waiting emails that tell the same: the first of them, and how many there are.

    `last_id` is the newest; they were sent between the two times, both included.
    """

    first: SupporterEmail
    email_count: int
    last_id: int
    first_sent_at: datetime
    last_sent_at: datetime


@dataclass(frozen=True, slots=True)
class DecidedBatch:
    """What one person decided with one press: the first of the emails, and how many."""

    first: SupporterEmail
    email_count: int


def alike_groups(
    session: Session, *, after_id: int = 0, limit: int = 25
) -> Sequence[Alike]:
    """Return the waiting emails in groups, by the first of each, after `after_id`."""
    email_id = col(SupporterEmail.id)
    sent_at = col(SupporterEmail.sent_at)
    groups = session.exec(
        select(  # type: ignore[call-overload]
            func.min(email_id),
            func.count(email_id),
            func.max(email_id),
            func.min(sent_at),
            func.max(sent_at),
        )
        .where(SupporterEmail.state == EmailState.REVIEW)
        .where(col(SupporterEmail.member_id).is_(None))
        .group_by(*(getattr(SupporterEmail, name) for name in _SAME))
        .having(func.min(email_id) > after_id)
        .order_by(func.min(email_id))
        .limit(limit)
    ).all()
    first = _by_id(session, [row[0] for row in groups])
    return [Alike(first[row[0]], *row[1:]) for row in groups]


def alike_emails(
    session: Session,
    email: SupporterEmail,
    *,
    last_id: int | None = None,
    after_id: int = 0,
    limit: int = MOST_AT_ONCE,
) -> Sequence[SupporterEmail]:
    """Return the waiting emails that tell the same as this one, up to `last_id`."""
    query = _alike(waiting_emails(), email).where(col(SupporterEmail.id) > after_id)
    if last_id is not None:
        query = query.where(col(SupporterEmail.id) <= last_id)
    return session.exec(query.order_by(col(SupporterEmail.id)).limit(limit)).all()


def assign_alike(
    session: Session,
    email_id: int,
    member_id: int,
    *,
    last_id: int,
    by: str,
    at: datetime,
) -> int:
    """Count this email and those alike for a Member; return how many were decided.

    At most MOST_AT_ONCE; none that came after `last_id`, which nobody has seen.
    ReviewError as for one email.
    """
    lock_emails(session)
    email = waiting_email(session, email_id)
    check_member(session, member_id)
    emails = alike_emails(session, email, last_id=last_id)
    for one in emails:
        count_for(session, one, Match(member_id, MatchMethod.STAFF))
    _decide(session, emails, email_id, f"assigned to Member {member_id}", by, at)
    recount_member(session, email.motion_id, member_id)
    return len(emails)


def dismiss_alike(
    session: Session, email_id: int, *, last_id: int, by: str, at: datetime
) -> int:
    """Put this email and those alike aside; return how many. ReviewError as for one."""
    lock_emails(session)
    emails = alike_emails(session, waiting_email(session, email_id), last_id=last_id)
    for one in emails:
        one.state = EmailState.DISMISSED
    _decide(session, emails, email_id, "dismissed", by, at)
    return len(emails)


def decided_batches(session: Session, *, limit: int = 20) -> Sequence[DecidedBatch]:
    """Return what was decided last, newest first: each can be undone as a whole."""
    email_id = col(SupporterEmail.id)
    batches = session.exec(
        select(func.min(email_id), func.count(email_id))
        .where(col(SupporterEmail.decided_at).is_not(None))
        .group_by(
            col(SupporterEmail.decided_at),
            col(SupporterEmail.decided_by),
            col(SupporterEmail.motion_id),
        )
        .order_by(col(SupporterEmail.decided_at).desc(), func.min(email_id).desc())
        .limit(limit)
    ).all()
    counts = {first_id or 0: count for first_id, count in batches}
    first = _by_id(session, list(counts))
    return [DecidedBatch(first[key], count) for key, count in counts.items()]


def undo_batch(session: Session, email_id: int, *, by: str, at: datetime) -> int:
    """Let an email, and what was decided with the same press, wait again; return how many.

    ReviewError if no person decided about it.
    """
    lock_emails(session)
    email = session.get(SupporterEmail, email_id, populate_existing=True)
    if email is None or email.decided_by is None:
        raise ReviewError(f"nobody has decided about an email with the id {email_id}")
    emails = session.exec(
        select(SupporterEmail)
        .where(SupporterEmail.decided_at == email.decided_at)
        .where(SupporterEmail.decided_by == email.decided_by)
        .where(SupporterEmail.motion_id == email.motion_id)
    ).all()
    members = {one.member_id for one in emails}
    for one in emails:
        let_wait(session, one)
    session.flush()
    record_audit(session, by, "review", _detail(emails, email_id, "undone"), at=at)
    for member_id in members:
        recount_member(session, email.motion_id, member_id)
    return len(emails)


def _decide(
    session: Session,
    emails: Sequence[SupporterEmail],
    email_id: int,
    what: str,
    by: str,
    at: datetime,
) -> None:
    for one in emails:
        mark_decided(session, one, by, at)
    session.flush()
    record_audit(session, by, "review", _detail(emails, email_id, what), at=at)


def _detail(emails: Sequence[SupporterEmail], email_id: int, what: str) -> str:
    more = f" and {len(emails) - 1} alike" if len(emails) > 1 else ""
    return f"email {email_id}{more}: {what}"


def _alike(
    query: SelectOfScalar[SupporterEmail], email: SupporterEmail
) -> SelectOfScalar[SupporterEmail]:
    for name in _SAME:
        column = col(getattr(SupporterEmail, name))
        query = query.where(column.is_not_distinct_from(getattr(email, name)))
    return query


def _by_id(session: Session, ids: Sequence[int]) -> dict[int, SupporterEmail]:
    found = session.exec(select(SupporterEmail).where(col(SupporterEmail.id).in_(ids)))
    return {email.id: email for email in found if email.id is not None}
