"""Emptying people's rows: what is left counts, but says nothing of anybody.

Owns which columns hold a person (product.md 10), for erasure and retention alike. When
somebody goes is decided elsewhere. A row stays, so that numbers stay right.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Update
from sqlmodel import Session, col, delete, func, select, update

from tracker.store.alerts import erase_alerts
from tracker.store.bulk import lock_emails
from tracker.store.follow_up_ends import end_of_people
from tracker.store.follow_up_plans import lock_follow_ups
from tracker.store.staff_texts import forget_words
from tracker.store.supporters import supporter_by_key
from tracker.store.tables import (
    Consent,
    EmailState,
    Message,
    MessageKind,
    MessageState,
    Supporter,
    SupporterEmail,
    Suppressed,
)

ERASED = "the person's data were deleted"
_LOGGED_TO = timedelta(seconds=1)
"""The log of erasures keeps the second in which somebody was erased."""
_UNSENT = (MessageState.HELD, MessageState.QUEUED, MessageState.PARKED)

_NOBODY: Mapping[str, Any] = {
    **dict.fromkeys(("email_key", "email", "name", "postcode", "address")),
    **dict.fromkeys(("ons_code", "confirmed_at")),
}
_NO_EMAIL: Mapping[str, Any] = {
    **dict.fromkeys(("message_id", "subject", "reason", "suggested_ids", "row_key")),
    **dict.fromkeys(("told_recipient", "told_ons_code", "told_constituency")),
    "told_name": None,
}


@dataclass(frozen=True, slots=True)
class Emptied:
    """How many rows were emptied, and how many Messages will never be sent now.

    `text_count` is how many of staff's own texts had the person's name or address.
    """

    email_count: int
    message_count: int
    cancelled_count: int
    text_count: int = 0


def empty_people(session: Session, ids: Collection[int], now: datetime) -> Emptied:
    """Remove whatever says who these supporters are; their rows and numbers stay.

    What waits to be sent is cancelled, what waits for review is put aside, consents are
    gone. One whose text is being handed over at this moment is not in our hands.
    """
    if not ids:
        return Emptied(0, 0, 0)
    lock_emails(session)
    lock_follow_ups(session)
    session.flush()
    theirs = col(Message.supporter_id).in_(list(ids))
    cancelled_count = _rows(
        session,
        update(Message)
        .where(theirs, col(Message.state).in_(_UNSENT) | _is_not_handed_over())
        .values(
            state=MessageState.CANCELLED,
            finished_at=now,
            claimed_by=None,
            claimed_at=None,
        ),
    )
    message_count = _rows(
        session,
        update(Message)
        .where(theirs)
        .values(reply_to=None, subject=None, body=None, error=None),
    )
    _run(
        session,
        update(Message)
        .where(theirs, col(Message.kind) != MessageKind.TO_MEMBER)
        .values(to_address=None),
    )
    _run(
        session,
        update(Message)
        .where(theirs, col(Message.state) == MessageState.CANCELLED)
        .values(error=ERASED),
    )
    end_of_people(session, ids, ERASED, now)
    email_count = _empty_emails(session, ids)
    session.exec(delete(Consent).where(col(Consent.supporter_id).in_(list(ids))))
    erase_alerts(session, ids)
    _run(
        session,
        update(Supporter)
        .where(col(Supporter.id).in_(list(ids)))
        .values(**_NOBODY, erased_at=now),
    )
    session.expire_all()
    return Emptied(email_count, message_count, cancelled_count)


def let_go(session: Session, ids: Collection[int], now: datetime) -> Emptied:
    """Empty the rows of people whose time is over, and keep their keyed hashes.

    The same file read again would bring them back, and count their emails twice: what
    they sent by `now` is kept out. What they send later is new.
    """
    people = col(Supporter.id).in_(list(ids)), col(Supporter.email_key).is_not(None)
    keys = session.exec(select(Supporter.email_key).where(*people)).all()
    known = session.exec(
        select(Suppressed).where(col(Suppressed.email_key).in_(keys))
    ).all()
    for row in known:
        if row.until_at is not None:
            row.erased_at = row.until_at = now
            session.add(row)
    for email_key in set(keys) - {row.email_key for row in known}:
        if email_key is not None:
            session.add(Suppressed(email_key=email_key, erased_at=now, until_at=now))
    return empty_people(session, ids, now)


def forget_person(
    session: Session, email_key: str, at: datetime, *, address: str | None = None
) -> Emptied:
    """Empty the rows of the person with this keyed hash, and keep the hash.

    Also when nobody has it: no file or mailbox brings them in. Their name and address,
    or the `address` that was typed, go from what staff wrote by hand, too.
    """
    person = supporter_by_key(session, email_key)
    ids = [person.id] if person is not None and person.id is not None else []
    names = [person.name, person.email] if person is not None else []
    text_count = forget_words(session, [one for one in (*names, address) if one])
    emptied = empty_people(session, ids, at)
    suppress(session, email_key, at)
    return replace(emptied, text_count=text_count)


def forget_again(session: Session, email_key: str, at: datetime) -> int | None:
    """Forget whom an older state still knows; return their id, None if there is nobody.

    `at` is when they were erased last. Who is there since then came back by an act of
    their own, and stays.
    """
    person = supporter_by_key(session, email_key)
    if person is None or person.created_at > at + _LOGGED_TO:
        suppress(session, email_key, at)
        return None
    forget_person(session, email_key, at)
    return person.id


def suppress(session: Session, email_key: str, at: datetime) -> None:
    """Keep that a person was erased, the last time: no file or mailbox brings them back."""
    found = session.get(Suppressed, email_key)
    if found is None:
        session.add(Suppressed(email_key=email_key, erased_at=at))
    elif found.until_at is not None or found.erased_at < at:
        found.erased_at, found.until_at = max(found.erased_at, at), None
        session.add(found)
    session.flush()


def suppressed_keys(session: Session) -> list[tuple[str, datetime]]:
    """Return the keyed hashes of all erased people, with when they were."""
    rows = session.exec(
        select(Suppressed)
        .where(col(Suppressed.until_at).is_(None))
        .order_by(col(Suppressed.erased_at), col(Suppressed.email_key))
    ).all()
    return [(row.email_key, row.erased_at) for row in rows]


def suppressed_count(session: Session) -> int:
    """Return how many people are kept out of files by a keyed hash."""
    return session.exec(select(func.count(col(Suppressed.email_key)))).one()


def written_to(session: Session, supporter_id: int) -> list[int]:
    """Return the Members whose offices have an email of this person, by id."""
    reached = (EmailState.COUNTED, EmailState.BOUNCED)
    rows = session.exec(
        select(SupporterEmail.member_id)
        .where(SupporterEmail.supporter_id == supporter_id)
        .where(col(SupporterEmail.state).in_(reached))
        .where(col(SupporterEmail.member_id).is_not(None))
        .distinct()
    ).all()
    return sorted(member_id for member_id in rows if member_id is not None)


def in_hands_count(session: Session, supporter_id: int) -> int:
    """Return how many of a person's Messages a sender is handing over at this moment."""
    return session.exec(
        select(func.count(col(Message.id)))
        .where(Message.supporter_id == supporter_id)
        .where(Message.state == MessageState.SENDING)
        .where(col(Message.handover_at).is_not(None))
    ).one()


def _empty_emails(session: Session, ids: Collection[int]) -> int:
    theirs = col(SupporterEmail.supporter_id).in_(list(ids))
    for before, after in (
        (EmailState.REVIEW, EmailState.DISMISSED),
        (EmailState.OUTGOING, EmailState.CANCELLED),
    ):
        _run(
            session,
            update(SupporterEmail)
            .where(theirs, col(SupporterEmail.state) == before)
            .where(col(SupporterEmail.id).not_in(_in_hands()))
            .values(state=after),
        )
    return _rows(session, update(SupporterEmail).where(theirs).values(**_NO_EMAIL))


def _is_not_handed_over() -> Any:
    return (col(Message.state) == MessageState.SENDING) & col(Message.handover_at).is_(
        None
    )


def _in_hands() -> Any:
    """Return the emails whose text is with a server now, or may be: they may count yet."""
    return (
        select(Message.supporter_email_id)
        .where(
            col(Message.state).in_((MessageState.SENDING, MessageState.UNCERTAIN)),
            col(Message.supporter_email_id).is_not(None),
        )
        .scalar_subquery()
    )


def _run(session: Session, statement: Update) -> "CursorResult[Any]":
    return session.connection().execute(statement)


def _rows(session: Session, statement: Update) -> int:
    return _run(session, statement).rowcount
