"""What one try to send brought, and what follows from it for the supporter."""

from datetime import datetime
from functools import partial

from sqlmodel import Session

from tracker.outbox import notices
from tracker.rules.handover import Fate, Outcome
from tracker.rules.sending import retry_at
from tracker.store.claims import let_go, queue_again
from tracker.store.notices import tell_supporter
from tracker.store.own_emails import count_own_email, end_own_email
from tracker.store.tables import EmailState, Message, MessageKind, MessageState

GAVE_UP = "no mail server took it within four days"


def record_outcome(
    session: Session, message: Message, outcome: Outcome, now: datetime
) -> None:
    """Keep what one try brought, and what follows from it for the supporter."""
    match outcome.fate:
        case Fate.GONE:
            record_sent(session, message, now)
        case Fate.REFUSED:
            record_failed(session, message, outcome.reason or "refused", now)
        case Fate.UNCERTAIN:
            message.state, message.error = MessageState.UNCERTAIN, outcome.reason
        case Fate.UNTRIED:
            message.attempt_count -= 1
            queue_again(message, outcome.reason, now)
        case Fate.LATER:
            next_at = retry_at(message.attempt_count, now=now)
            if next_at is None:
                reason = f"{GAVE_UP} (last: {outcome.reason})"
                record_failed(session, message, reason, now)
            else:
                queue_again(message, outcome.reason, next_at)
    session.add(message)
    session.flush()


def record_sent(session: Session, message: Message, now: datetime) -> None:
    """Keep that the email was handed over: it counts from that moment, a receipt follows."""
    sent_at = message.handover_at or now
    message.state, message.error = MessageState.SENT, None
    message.sent_at, message.finished_at = sent_at, now
    message.claimed_by = None
    session.add(message)
    session.flush()
    if message.kind is MessageKind.TO_MEMBER:
        count_own_email(session, message, sent_at)
        tell_supporter(
            session,
            message,
            MessageKind.RECEIPT,
            notices.receipt,
            is_held=False,
            now=now,
            cause="receipt",
        )


def record_failed(
    session: Session, message: Message, reason: str, now: datetime
) -> None:
    """Keep that the email will not be delivered; the supporter is told why."""
    let_go(message)
    message.state, message.error = MessageState.FAILED, reason
    message.finished_at = now
    session.add(message)
    session.flush()
    if message.kind is MessageKind.TO_MEMBER:
        end_own_email(session, message, EmailState.FAILED, reason)
        tell_supporter(
            session,
            message,
            MessageKind.FAILURE_NOTICE,
            partial(notices.failed, reason=reason),
            is_held=False,
            now=now,
            cause="failed",
        )
