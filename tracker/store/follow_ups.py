"""Follow-ups that are due, what is looked at before one goes, and what became of it.

Planning is in follow_up_plans.py, what staff are shown of all in follow_up_lists.py; what
ends many at once, beside what else that news does, in consequences.py. Whether one may go is decided in rules/follow_ups.py.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement, CursorResult, Update
from sqlmodel import Session, col, func, select, update

from tracker.rules.follow_ups import Rule, Target, Text
from tracker.rules.reports import REPLIES, ReportKind
from tracker.store.tables import (
    EmailState,
    FollowUp,
    FollowUpState,
    Message,
    MessageKind,
    MessageState,
    SupporterEmail,
    SupporterReport,
)

_MOST_NAMED = 500


@dataclass(frozen=True, slots=True)
class DueGroup:
    """A Member's follow-ups of one rule that are due, how many, since when."""

    member_id: int
    rule: str
    count: int
    first_due_at: datetime


def due_groups(
    session: Session,
    motion_id: int,
    rule: Rule,
    now: datetime,
    *,
    is_everybody: bool = False,
) -> list[DueGroup]:
    """Return what is due by a rule, by Member: who waits longest first.

    Those whom their own reports keep back are left out, unless `is_everybody`.
    """
    first = func.min(col(FollowUp.due_at))
    conditions = [] if is_everybody else [*reports_allow(rule)]
    rows = session.connection().execute(
        sqlalchemy.select(col(FollowUp.member_id), func.count(), first)
        .where(col(FollowUp.state) == FollowUpState.PLANNED)
        .where(col(FollowUp.motion_id) == motion_id)
        .where(col(FollowUp.due_at) <= now)
        .where(col(FollowUp.rule) == rule.name)
        .where(*conditions)
        .group_by(col(FollowUp.member_id))
        .order_by(first, col(FollowUp.member_id))
    )
    return [DueGroup(member_id, rule.name, n, at) for member_id, n, at in rows]


def due_follow_ups(
    session: Session,
    rule: Rule,
    motion_id: int,
    member_id: int,
    *,
    now: datetime,
    limit: int | None,
) -> Sequence[FollowUp]:
    """Return follow-ups that are due and wait for nothing of their supporter's, oldest first.

    A reported reply keeps a supporter's back; the second email waits for the report that
    nothing came.
    """
    return session.exec(
        select(FollowUp)
        .where(FollowUp.state == FollowUpState.PLANNED)
        .where(FollowUp.motion_id == motion_id, FollowUp.member_id == member_id)
        .where(FollowUp.rule == rule.name)
        .where(col(FollowUp.due_at) <= now)
        .where(*reports_allow(rule))
        .order_by(col(FollowUp.due_at), col(FollowUp.id))
        .limit(limit)
    ).all()


def due_people(
    session: Session, rule: str, motion_id: int, member_id: int, now: datetime
) -> dict[int, int]:
    """Return the supporters whose follow-ups are due, by the follow-up's id."""
    rows = session.connection().execute(
        sqlalchemy.select(col(FollowUp.id), col(FollowUp.supporter_id))
        .where(col(FollowUp.state) == FollowUpState.PLANNED)
        .where(col(FollowUp.motion_id) == motion_id)
        .where(col(FollowUp.member_id) == member_id)
        .where(col(FollowUp.rule) == rule)
        .where(col(FollowUp.due_at) <= now)
    )
    return {row[0] or 0: row[1] for row in rows}


def next_follow_up(
    session: Session, rule: str, motion_id: int, member_id: int
) -> FollowUp | None:
    """Return the one of the Member's that is due first, of those that are planned."""
    return session.exec(
        select(FollowUp)
        .where(FollowUp.state == FollowUpState.PLANNED)
        .where(FollowUp.motion_id == motion_id, FollowUp.member_id == member_id)
        .where(FollowUp.rule == rule)
        .order_by(col(FollowUp.due_at), col(FollowUp.id))
        .limit(1)
    ).first()


def reports_allow(rule: Rule) -> Iterator[ColumnElement[bool]]:
    """Give the conditions that a supporter's reports put on a follow-up of this rule."""
    if rule.target is not Target.SUPPORTER or not rule.is_chase:
        return
    yield ~_reported(*REPLIES)
    if rule.text is Text.WRITE_AGAIN:
        yield _reported(ReportKind.NOTHING_YET)


def first_emails(
    session: Session, motion_id: int, member_id: int, supporter_ids: Collection[int]
) -> dict[int, datetime]:
    """Return when each person first wrote to the Member, of the emails that count."""
    rows = session.connection().execute(
        sqlalchemy.select(
            col(SupporterEmail.supporter_id), func.min(col(SupporterEmail.sent_at))
        )
        .where(_among(supporter_ids))
        .where(col(SupporterEmail.member_id) == member_id)
        .where(col(SupporterEmail.motion_id) == motion_id)
        .where(col(SupporterEmail.state) == EmailState.COUNTED)
        .group_by(col(SupporterEmail.supporter_id))
    )
    return {supporter_id: at for supporter_id, at in rows}  # noqa: C416 - rows are no tuples


def first_body(
    session: Session, supporter_id: int, motion_id: int, member_id: int
) -> str | None:
    """Return the text of the first email of a person's to the Member that we sent.

    None if we sent none, or its wording is gone.
    """
    return session.exec(
        select(Message.body)
        .where(Message.supporter_id == supporter_id)
        .where(Message.kind == MessageKind.TO_MEMBER)
        .where(Message.state == MessageState.SENT)
        .where(Message.motion_id == motion_id, Message.member_id == member_id)
        .order_by(col(Message.sent_at), col(Message.id))
        .limit(1)
    ).first()


def last_told(session: Session, *, since: datetime) -> dict[int, datetime]:
    """Return when a supporter of each Member was last asked to ring, if since then."""
    rows = session.connection().execute(
        sqlalchemy.select(col(FollowUp.member_id), func.max(col(FollowUp.told_at)))
        .where(col(FollowUp.told_at) > since)
        .where(col(FollowUp.is_chase).is_(True))
        .where(col(FollowUp.target) == Target.SUPPORTER)
        .group_by(col(FollowUp.member_id))
    )
    return {member_id: at for member_id, at in rows if at is not None}


def last_handover(
    session: Session, message: Message, *, since: datetime
) -> datetime | None:
    """Return when another supporter of the same MP was sent a request to ring, if since.

    One that is on its way there counts from its claim.
    """
    at = func.coalesce(col(Message.handover_at), col(Message.claimed_at))
    return session.exec(
        select(func.max(at))
        .select_from(Message)
        .join(FollowUp, col(FollowUp.outbox_id) == col(Message.id))
        .where(Message.member_id == message.member_id)
        .where(Message.kind == MessageKind.FOLLOW_UP)
        .where(col(Message.id) != message.id)
        .where(col(FollowUp.is_chase).is_(True))
        .where(
            (col(Message.handover_at) > since)
            | (col(Message.state) == MessageState.SENDING)
        )
    ).one()


def follow_up_of(session: Session, message: Message) -> FollowUp | None:
    """Return the follow-up that a Message carries."""
    return session.exec(
        select(FollowUp).where(FollowUp.outbox_id == message.id)
    ).one_or_none()


def follow_up_by_id(session: Session, follow_up_id: int) -> FollowUp | None:
    """Return one follow-up."""
    return session.get(FollowUp, follow_up_id)


def was_told_since(
    session: Session, rule: str, motion_id: int, member_id: int, *, since: datetime
) -> bool:
    """Return whether any follow-up of the rule about the Member went out since then."""
    found = session.exec(
        select(FollowUp.id)
        .where(col(FollowUp.told_at) >= since)
        .where(FollowUp.motion_id == motion_id, FollowUp.member_id == member_id)
        .where(FollowUp.rule == rule)
        .limit(1)
    ).first()
    return found is not None


def record_out(
    session: Session,
    ids: Collection[int],
    *,
    now: datetime,
    outbox_id: int | None = None,
) -> None:
    """Keep that follow-ups went out; `outbox_id` is the Message of a single one."""
    for some in _slices(ids):
        _run(
            session,
            update(FollowUp)
            .where(col(FollowUp.id).in_(some))
            .values(
                state=FollowUpState.OUT, told_at=now, outbox_id=outbox_id, reason=None
            ),
        )


def end_follow_ups(
    session: Session, ids: Collection[int], reason: str, now: datetime
) -> None:
    """Keep that planned follow-ups have lost their point, and why."""
    for some in _slices(ids):
        _run(
            session,
            update(FollowUp)
            .where(col(FollowUp.id).in_(some))
            .values(state=FollowUpState.CANCELLED, ended_at=now, reason=reason),
        )


def put_off(session: Session, follow_up_id: int, due_at: datetime) -> None:
    """Let a planned follow-up be due later: a recess was announced, or its email went."""
    _run(
        session,
        update(FollowUp).where(col(FollowUp.id) == follow_up_id).values(due_at=due_at),
    )


def settle_staff(
    session: Session, rule: str, motion_id: int, member_id: int, now: datetime
) -> int:
    """Take a Member's entries of a rule off staff's list: they are done; return how many."""
    return _run(
        session,
        update(FollowUp)
        .where(col(FollowUp.state) == FollowUpState.OUT)
        .where(col(FollowUp.target) == Target.STAFF)
        .where(col(FollowUp.motion_id) == motion_id)
        .where(col(FollowUp.member_id) == member_id)
        .where(col(FollowUp.rule) == rule)
        .values(state=FollowUpState.DONE, ended_at=now),
    ).rowcount


def _reported(*kinds: ReportKind) -> ColumnElement[bool]:
    """Return whether the supporter's standing answer about the MP is one of these."""
    return sqlalchemy.exists().where(
        col(SupporterReport.supporter_id) == col(FollowUp.supporter_id),
        col(SupporterReport.motion_id) == col(FollowUp.motion_id),
        col(SupporterReport.member_id) == col(FollowUp.member_id),
        col(SupporterReport.is_standing),
        col(SupporterReport.kind).in_(kinds),
    )


def _among(supporter_ids: Collection[int]) -> ColumnElement[bool]:
    """Few are named; of many all of the Member's are read."""
    if len(supporter_ids) > _MOST_NAMED:
        return sqlalchemy.true()
    return col(SupporterEmail.supporter_id).in_(list(supporter_ids))


def _slices(ids: Collection[int], size: int = 500) -> Iterator[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _run(session: Session, statement: Update) -> "CursorResult[Any]":
    return session.connection().execute(statement)
