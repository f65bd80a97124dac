"""What is kept for a while only: finding what is due to go, and letting it go.

Owns the queries of the nightly job. How long is long enough is told by the caller, and
decided in rules/retention.py; each call takes few rows, so that no writer waits.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Update
from sqlmodel import Session, col, delete, exists, select, update
from sqlmodel.sql.expression import SelectOfScalar

from tracker.rules.sending import HELD_UNCONFIRMED
from tracker.store.outbox import EMAIL_KINDS
from tracker.store.tables import (
    Contact,
    IdempotencyKey,
    Message,
    MessageKind,
    MessageState,
    SignAlert,
    Supporter,
    SupporterEmail,
)

_UNFINISHED = (
    *(MessageState.HELD, MessageState.QUEUED, MessageState.SENDING),
    *(MessageState.PARKED, MessageState.UNCERTAIN),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A person, or a note, with what decides how long it is kept."""

    id: int
    arrived_at: datetime
    last_act_at: datetime
    motion_ids: frozenset[int]


def worded_messages(
    session: Session, *, finished_by: datetime, after_id: int, limit: int
) -> Sequence[int]:
    """Return emails that were finished by then and still have their wording, by id."""
    return _found(
        session.exec(
            select(Message.id)
            .where(col(Message.id) > after_id)
            .where(col(Message.kind).in_(EMAIL_KINDS))
            .where(col(Message.finished_at) <= finished_by)
            .where(col(Message.body).is_not(None) | col(Message.subject).is_not(None))
            .order_by(col(Message.id))
            .limit(limit)
        ).all()
    )


def forget_wording(session: Session, ids: Collection[int]) -> None:
    """Let the wording of emails go: subject, text (the postal address is in it)."""
    _run(
        session,
        update(Message)
        .where(col(Message.id).in_(list(ids)))
        .values(subject=None, body=None),
    )


def subjects_kept(
    session: Session, *, sent_by: datetime, after_id: int, limit: int
) -> Sequence[int]:
    """Return SupporterEmails sent by then that still have their subject, by id."""
    return _found(
        session.exec(
            select(SupporterEmail.id)
            .where(col(SupporterEmail.id) > after_id)
            .where(col(SupporterEmail.subject).is_not(None))
            .where(col(SupporterEmail.sent_at) <= sent_by)
            .order_by(col(SupporterEmail.id))
            .limit(limit)
        ).all()
    )


def forget_subjects(session: Session, ids: Collection[int]) -> None:
    """Let the subjects of SupporterEmails go."""
    _run(
        session,
        update(SupporterEmail)
        .where(col(SupporterEmail.id).in_(list(ids)))
        .values(subject=None),
    )


def addresses_kept(
    session: Session, *, finished_by: datetime, after_id: int, limit: int
) -> Sequence[int]:
    """Return people with a postal address, whose every Message was finished by then."""
    busy = _has_message(
        col(Message.finished_at).is_(None) | (col(Message.finished_at) > finished_by)
    )
    return _people(session, col(Supporter.address).is_not(None), busy, after_id, limit)


def postcodes_kept(session: Session, *, after_id: int, limit: int) -> Sequence[int]:
    """Return people with a full postcode, and no Message that is still to be done."""
    busy = _has_message(col(Message.state).in_(_UNFINISHED))
    return _people(session, col(Supporter.postcode).is_not(None), busy, after_id, limit)


def forget_addresses(session: Session, ids: Collection[int]) -> None:
    """Let postal addresses go."""
    _update_people(session, ids, {"address": None})


def forget_postcodes(session: Session, ids: Collection[int]) -> None:
    """Let full postcodes go; the seat's code stays."""
    _update_people(session, ids, {"postcode": None})


def people_kept(
    session: Session,
    *,
    arrived_by: datetime,
    acted_by: datetime,
    after_id: int,
    limit: int,
) -> Sequence[Kept]:
    """Return people who came, or last did something, by then; with their motions."""
    rows = session.exec(
        select(Supporter.id, Supporter.created_at, Supporter.last_act_at)
        .where(col(Supporter.id) > after_id)
        .where(col(Supporter.erased_at).is_(None))
        .where(
            (col(Supporter.created_at) <= arrived_by)
            | (col(Supporter.last_act_at) <= acted_by)
        )
        .order_by(col(Supporter.id))
        .limit(limit)
    ).all()
    ids = [row[0] for row in rows]
    motions: dict[int, set[int]] = {}
    for table in (SupporterEmail, SignAlert):
        for supporter_id, motion_id in session.exec(
            select(table.supporter_id, table.motion_id)
            .where(col(table.supporter_id).in_(ids))
            .distinct()
        ):
            motions.setdefault(supporter_id, set()).add(motion_id)
    return [
        Kept(row[0], row[1], row[2], frozenset(motions.get(row[0], ())))
        for row in rows
        if row[0] is not None
    ]


def notes_kept(session: Session, *, after_id: int, limit: int) -> Sequence[Kept]:
    """Return contacts with a note."""
    rows = session.exec(
        select(Contact.id, Contact.contacted_at, Contact.motion_id)
        .where(col(Contact.id) > after_id)
        .where(col(Contact.note).is_not(None))
        .order_by(col(Contact.id))
        .limit(limit)
    ).all()
    return [
        Kept(row[0], row[1], row[1], frozenset({row[2]}))
        for row in rows
        if row[0] is not None
    ]


def forget_notes(session: Session, ids: Collection[int]) -> None:
    """Let the notes of contacts go; outcome and stance stay."""
    _run(
        session,
        update(Contact).where(col(Contact.id).in_(list(ids))).values(note=None),
    )


def old_idempotency_keys(
    session: Session, *, made_before: datetime, after: str, limit: int
) -> Sequence[str]:
    """Return the keys of old POSTs, in their order."""
    return session.exec(
        select(IdempotencyKey.key)
        .where(col(IdempotencyKey.key) > after)
        .where(col(IdempotencyKey.created_at) < made_before)
        .order_by(col(IdempotencyKey.key))
        .limit(limit)
    ).all()


def forget_idempotency_keys(session: Session, keys: Collection[str]) -> None:
    """Forget the answers to POSTs."""
    session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.key).in_(list(keys))))


def unconfirmed_ids(
    session: Session, *, written_by: datetime, after_id: int, limit: int
) -> Sequence[int]:
    """Return emails to MPs that nobody has confirmed, written by then, by id."""
    rows = session.exec(
        _unconfirmed(written_by)
        .where(col(Message.id) > after_id)
        .order_by(col(Message.id))
        .limit(limit)
    ).all()
    return _found([row.id for row in rows])


def unconfirmed_letters(
    session: Session, ids: Collection[int], *, written_by: datetime
) -> Sequence[Message]:
    """Return those of these emails that are still not confirmed, locked."""
    return session.exec(
        _unconfirmed(written_by)
        .where(col(Message.id).in_(list(ids)))
        .order_by(col(Message.id))
        .with_for_update()
    ).all()


def _unconfirmed(written_by: datetime) -> SelectOfScalar[Message]:
    return (
        select(Message)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(Message.state == MessageState.HELD)
        .where(Message.error == HELD_UNCONFIRMED)
        .where(col(Message.created_at) <= written_by)
    )


def _people(
    session: Session,
    condition: ColumnElement[bool],
    busy: ColumnElement[bool],
    after_id: int,
    limit: int,
) -> Sequence[int]:
    return _found(
        session.exec(
            select(Supporter.id)
            .where(col(Supporter.id) > after_id)
            .where(condition)
            .where(~busy)
            .order_by(col(Supporter.id))
            .limit(limit)
        ).all()
    )


def _has_message(condition: ColumnElement[bool]) -> Any:
    return exists(
        select(Message.id)
        .where(col(Message.supporter_id) == col(Supporter.id))
        .where(condition)
    )


def _update_people(
    session: Session, ids: Collection[int], values: Mapping[str, Any]
) -> None:
    _run(
        session,
        update(Supporter).where(col(Supporter.id).in_(list(ids))).values(**values),
    )


def _found(ids: Sequence[int | None]) -> Sequence[int]:
    return [found for found in ids if found is not None]


def _run(session: Session, statement: Update) -> None:
    session.connection().execute(statement)
