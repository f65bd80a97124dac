"""The one last note of a motion that is over, to who asked for reminders (product.md 3.8)."""

from datetime import datetime

from sqlmodel import Session, col, exists, select

from tracker.outbox import notices
from tracker.outbox.notices import About
from tracker.store.consequences import live_signers
from tracker.store.outbox import NewMessage, queue_message
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    Member,
    Message,
    MessageKind,
    Motion,
    Supporter,
    SupporterEmail,
)


def write_last_notes(
    session: Session,
    motion: Motion,
    reason: str,
    *,
    is_held: bool,
    domain: str,
    now: datetime,
    limit: int = 200,
) -> int:
    """Write the last note to supporters who have none yet; return how many were written.

    To those with a counted email and an agreement to reminders that stands. At most
    `limit` at a time: call it again until it returns 0.
    """
    rows = _unnoted(session, motion, limit)
    for email, supporter, member in rows:
        signed = live_signers(session, email.motion_id, [member.member_id])
        about = About(supporter.name, member.name, motion.session, motion.number)
        draft = notices.last_note(about, has_signed=bool(signed), reason=reason)
        queue_message(
            session,
            NewMessage(
                kind=MessageKind.LAST_NOTE,
                dedupe_key=f"last-note:{motion.id}:{supporter.id}",
                to_address=supporter.email or "",
                subject=draft.subject,
                body=draft.body,
                motion_id=motion.id,
                member_id=member.member_id,
                supporter_id=supporter.id,
            ),
            is_held=is_held,
            domain=domain,
            now=now,
        )
    return len(rows)


def _unnoted(
    session: Session, motion: Motion, limit: int
) -> list[tuple[SupporterEmail, Supporter, Member]]:
    agreed = exists().where(
        col(Consent.supporter_id) == col(Supporter.id),
        col(Consent.kind) == ConsentKind.REMINDERS,
        col(Consent.withdrawn_at).is_(None),
        col(Consent.awaits_email_id).is_(None),
    )
    noted = exists().where(
        col(Message.supporter_id) == col(Supporter.id),
        col(Message.motion_id) == motion.id,
        col(Message.kind) == MessageKind.LAST_NOTE,
    )
    rows = session.exec(
        select(SupporterEmail, Supporter, Member)
        .where(SupporterEmail.supporter_id == Supporter.id)
        .where(SupporterEmail.member_id == Member.member_id)
        .where(SupporterEmail.motion_id == motion.id)
        .where(SupporterEmail.state == EmailState.COUNTED)
        .where(col(Supporter.email).is_not(None))
        .where(agreed, ~noted)
        .order_by(col(SupporterEmail.id))
        .limit(limit)
    ).all()
    # One note a person, about the MP they wrote to last.
    by_person = {supporter.id: (e, supporter, m) for e, supporter, m in rows}
    return list(by_person.values())
