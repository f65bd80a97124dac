"""How follow-ups stand, for staff to see: counted, by day, and what waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, func, select

from tracker.rules.follow_ups import Rule, Target
from tracker.store.follow_ups import DueGroup
from tracker.store.tables import FollowUp, FollowUpRuleSeen, FollowUpState


@dataclass(frozen=True, slots=True)
class Counted:
    """How many follow-ups of a rule are in a state, and why if they didn't go."""

    rule: str
    state: FollowUpState
    reason: str | None
    count: int


def staff_groups(session: Session, motion_id: int) -> list[DueGroup]:
    """Return what staff were told and have not settled, by Member and rule."""
    first = func.min(func.coalesce(col(FollowUp.told_at), col(FollowUp.due_at)))
    rows = session.connection().execute(
        sqlalchemy.select(
            col(FollowUp.member_id), col(FollowUp.rule), func.count(), first
        )
        .where(col(FollowUp.state) == FollowUpState.OUT)
        .where(col(FollowUp.motion_id) == motion_id)
        .where(col(FollowUp.target) == Target.STAFF)
        .group_by(col(FollowUp.member_id), col(FollowUp.rule))
        .order_by(first, col(FollowUp.member_id), col(FollowUp.rule))
    )
    return [DueGroup(*row) for row in rows]


def planned_days(
    session: Session, rule: Rule, motion_id: int
) -> Sequence[tuple[int, datetime]]:
    """Return whom a rule's follow-ups that are still planned are about, and when they are due.

    The soonest first; as (Member's id, moment).
    """
    due_at = col(FollowUp.due_at)
    rows = session.connection().execute(
        sqlalchemy.select(col(FollowUp.member_id), due_at)
        .where(col(FollowUp.state) == FollowUpState.PLANNED)
        .where(col(FollowUp.motion_id) == motion_id)
        .where(col(FollowUp.rule) == rule.name)
        .order_by(due_at, col(FollowUp.member_id))
    )
    return [(member_id, at) for member_id, at in rows]


def follow_up_counts(session: Session, motion_id: int) -> list[Counted]:
    """Return how many follow-ups there are by rule, state and reason."""
    rows = session.connection().execute(
        sqlalchemy.select(
            col(FollowUp.rule), col(FollowUp.state), col(FollowUp.reason), func.count()
        )
        .where(col(FollowUp.motion_id) == motion_id)
        .group_by(col(FollowUp.rule), col(FollowUp.state), col(FollowUp.reason))
        .order_by(col(FollowUp.rule), col(FollowUp.state), col(FollowUp.reason))
    )
    return [Counted(*row) for row in rows]


def rules_in_force_since(session: Session) -> dict[str, datetime]:
    """Return since when each rule is in force as it is, by name."""
    rows = session.exec(select(FollowUpRuleSeen)).all()
    return {row.name: row.since_at for row in rows if row.is_in_force}
