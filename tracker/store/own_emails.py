"""What becomes of a SupporterEmail that we send ourselves: counted, failed, taken back.

The only way from `outgoing` into the count, and out of it again (product.md 5). Whoever
may change the count holds `bulk.lock_emails` before any Message is locked.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from tracker.store.tables import EmailState, Message, SupporterEmail
from tracker.store.tallies import recount_member


def count_own_email(session: Session, message: Message, sent_at: datetime) -> None:
    """Count the email as sent at its hand-over, not when the form was filled in.

    The same person, Member and minute is the same email: a second one is put aside.
    """
    email = _email(session, message)
    if email is None or email.state is EmailState.COUNTED:
        return
    minute = int(sent_at.timestamp()) // 60
    email.state = EmailState.COUNTED
    if _is_taken(session, email, minute):
        email.state, email.reason = EmailState.DISMISSED, "the same email as another"
    else:
        email.sent_at, email.sent_minute = sent_at, minute
    email.message_id = email.message_id or message.message_id
    session.add(email)
    recount_member(session, email.motion_id, email.member_id)


def end_own_email(
    session: Session, message: Message, state: EmailState, reason: str
) -> None:
    """Keep that the email did not reach the MP (`failed`, `bounced`, `cancelled`).

    One that was counted is taken back.
    """
    email = _email(session, message)
    if email is None or email.state is state:
        return
    was_counted = email.state is EmailState.COUNTED
    email.state, email.reason = state, reason
    session.add(email)
    session.flush()
    if was_counted:
        recount_member(session, email.motion_id, email.member_id)


def _email(session: Session, message: Message) -> SupporterEmail | None:
    if message.supporter_email_id is None:
        return None
    return session.get(SupporterEmail, message.supporter_email_id)


def _is_taken(session: Session, email: SupporterEmail, minute: int) -> bool:
    other = session.exec(
        select(SupporterEmail.id)
        .where(SupporterEmail.motion_id == email.motion_id)
        .where(SupporterEmail.member_id == email.member_id)
        .where(SupporterEmail.supporter_id == email.supporter_id)
        .where(SupporterEmail.sent_minute == minute)
        .where(col(SupporterEmail.id) != email.id)
        .limit(1)
    ).first()
    return other is not None
