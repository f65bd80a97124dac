"""Alerts: who is to be told when an MP signs, and who has not been told yet.

The messages themselves are written in supporters/alerting.py. An alert is in force when
its address confirmed it and did not stop it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, exists, func, select
from sqlmodel.sql.expression import SelectOfScalar

from tracker.store.tables import (
    Member,
    Message,
    MessageKind,
    Motion,
    SignAlert,
    Signature,
    Supporter,
    SupporterEmail,
)

ALERT_KINDS = (
    *(MessageKind.ALERT_CONFIRMATION, MessageKind.ALERT),
    MessageKind.ALERT_OVER,
)
"""What goes to who asked for an alert."""


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """An alert with whom it is for, and about."""

    alert: SignAlert
    supporter: Supporter
    motion: Motion
    member: Member


def alert_about(
    session: Session, *, supporter_id: int, motion_id: int, member_id: int
) -> SignAlert | None:
    """Return a person's alert about one Member and motion, whatever its state; locked."""
    return session.exec(
        select(SignAlert)
        .where(SignAlert.supporter_id == supporter_id)
        .where(SignAlert.motion_id == motion_id)
        .where(SignAlert.member_id == member_id)
        .with_for_update()
    ).one_or_none()


def alert_facts(session: Session, alert_id: int) -> AlertFacts | None:
    """Return an alert with whom it is for and about; None if it is not there any more."""
    alert = session.get(SignAlert, alert_id)
    return _facts(session, alert) if alert else None


def alerts_of(session: Session, supporter_id: int) -> Sequence[AlertFacts]:
    """Return a person's alerts that were confirmed, oldest first."""
    found = session.exec(
        select(SignAlert)
        .where(SignAlert.supporter_id == supporter_id)
        .where(col(SignAlert.confirmed_at).is_not(None))
        .order_by(col(SignAlert.id))
    ).all()
    return [_facts(session, alert) for alert in found]


def alert_of_message(session: Session, message: Message) -> SignAlert | None:
    """Return the alert that a Message is about; None for any other kind of Message."""
    if message.kind not in ALERT_KINDS:
        return None
    return session.exec(
        select(SignAlert)
        .where(SignAlert.supporter_id == message.supporter_id)
        .where(SignAlert.motion_id == message.motion_id)
        .where(SignAlert.member_id == message.member_id)
    ).one_or_none()


def await_signature(session: Session, message: Message) -> None:
    """Let the alert of a Message that may not leave be told when the name is there again."""
    alert = alert_of_message(session, message)
    if alert is not None:
        alert.told_at = None
        record_alert(session, alert)


def record_alert(session: Session, alert: SignAlert) -> SignAlert:
    """Keep a new or changed alert, and return it with its id."""
    session.add(alert)
    session.flush()
    return alert


def stop_alerts(session: Session, supporter_id: int, now: datetime) -> int:
    """Stop all alerts of a person, those not confirmed yet too; return how many."""
    found = session.exec(
        select(SignAlert)
        .where(SignAlert.supporter_id == supporter_id)
        .where(col(SignAlert.stopped_at).is_(None))
        .with_for_update()
    ).all()
    for alert in found:
        alert.stopped_at = now
        session.add(alert)
    session.flush()
    return len(found)


def alerts_to_tell(
    session: Session, motion_id: int, *, has_ended: bool, limit: int
) -> Sequence[AlertFacts]:
    """Return alerts in force that nobody was told of, locked, oldest first.

    Those whose Member's name is on Parliament's list now; all, if the motion has ended.
    """
    query = (
        select(SignAlert)
        .where(SignAlert.motion_id == motion_id)
        .where(col(SignAlert.told_at).is_(None))
        .where(col(SignAlert.confirmed_at).is_not(None))
        .where(col(SignAlert.stopped_at).is_(None))
        .order_by(col(SignAlert.id))
        .limit(limit)
        .with_for_update()
    )
    if not has_ended:
        query = query.where(_has_signed())
    return [_facts(session, alert) for alert in session.exec(query).all()]


def has_alerts_to_tell(session: Session, motion_id: int, *, has_ended: bool) -> bool:
    """Return whether there is anybody to be told, without a lock."""
    query = (
        select(SignAlert.id)
        .where(SignAlert.motion_id == motion_id)
        .where(col(SignAlert.told_at).is_(None))
        .where(col(SignAlert.confirmed_at).is_not(None))
        .where(col(SignAlert.stopped_at).is_(None))
        .limit(1)
    )
    if not has_ended:
        query = query.where(_has_signed())
    return session.exec(query).first() is not None


def alert_requests_count(
    session: Session, supporter_id: int, *, since: datetime
) -> int:
    """Return how often an address was asked to confirm an alert since then, for a cap."""
    return session.exec(
        select(func.count(col(Message.id)))
        .where(Message.supporter_id == supporter_id)
        .where(Message.kind == MessageKind.ALERT_CONFIRMATION)
        .where(col(Message.created_at) >= since)
    ).one()


def alerts_over(
    session: Session,
    *,
    asked_by: datetime,
    stopped_by: datetime,
    after_id: int,
    limit: int,
) -> Sequence[int]:
    """Return alerts nobody confirmed, asked for by then, and those stopped by then."""
    rows = session.exec(
        _over(asked_by, stopped_by).where(col(SignAlert.id) > after_id).limit(limit)
    ).all()
    return [row.id for row in rows if row.id is not None]


def forget_alerts(
    session: Session,
    ids: Collection[int],
    *,
    asked_by: datetime,
    stopped_by: datetime,
) -> Collection[int]:
    """Let go those of these alerts that are over still; return whose they were, by id."""
    found = session.exec(
        _over(asked_by, stopped_by)
        .where(col(SignAlert.id).in_(list(ids)))
        .with_for_update()
    ).all()
    for alert in found:
        session.delete(alert)
    session.flush()
    return {alert.supporter_id for alert in found}


def _over(asked_by: datetime, stopped_by: datetime) -> SelectOfScalar[SignAlert]:
    confirmed_at, stopped_at = col(SignAlert.confirmed_at), col(SignAlert.stopped_at)
    is_unconfirmed = confirmed_at.is_(None) & (col(SignAlert.asked_at) <= asked_by)
    return (
        select(SignAlert)
        .where(is_unconfirmed | (stopped_at <= stopped_by))
        .order_by(col(SignAlert.id))
    )


def people_without_anything(
    session: Session, supporter_ids: Collection[int]
) -> Sequence[int]:
    """Return those of these people who have neither an email nor an alert, by id."""
    found = session.exec(
        select(Supporter.id)
        .where(col(Supporter.id).in_(list(supporter_ids)))
        .where(col(Supporter.erased_at).is_(None))
        .where(~exists().where(_of(SignAlert.supporter_id)))
        .where(~exists().where(_of(SupporterEmail.supporter_id)))
        .order_by(col(Supporter.id))
    ).all()
    return [one for one in found if one is not None]


def erase_alerts(session: Session, supporter_ids: Collection[int]) -> None:
    """Delete all alerts of people who go."""
    session.exec(
        delete(SignAlert).where(col(SignAlert.supporter_id).in_(list(supporter_ids)))
    )


def _facts(session: Session, alert: SignAlert) -> AlertFacts:
    return AlertFacts(
        alert,
        session.get_one(Supporter, alert.supporter_id),
        session.get_one(Motion, alert.motion_id),
        session.get_one(Member, alert.member_id),
    )


def _has_signed() -> ColumnElement[bool]:
    return exists().where(
        col(Signature.motion_id) == col(SignAlert.motion_id),
        col(Signature.member_id) == col(SignAlert.member_id),
        col(Signature.is_withdrawn).is_(False),
        col(Signature.removed_at).is_(None),
    )


def _of(supporter_id: int) -> ColumnElement[bool]:
    return col(supporter_id) == col(Supporter.id)
