"""Which follow-up rules are in force, and since when: what a change of them undoes."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, delete, select, update

from tracker.rules.event_types import EventType
from tracker.rules.follow_ups import DUE_BEFORE_RULE, Rule
from tracker.store.follow_up_marks import forget_marks
from tracker.store.tables import FollowUp, FollowUpRuleSeen, FollowUpState


def rules_known(session: Session, rules: Iterable[Rule]) -> dict[str, datetime] | None:
    """Return since when each rule is in force; None if that is yet to be recorded."""
    known = {row.name: row for row in session.exec(select(FollowUpRuleSeen)).all()}
    wanted = {rule.name: rule for rule in rules}
    gone = any(row.is_in_force and name not in wanted for name, row in known.items())
    same = (
        name in known and _is_same(known[name], one) for name, one in wanted.items()
    )
    if gone or not all(same):
        return None
    return {name: known[name].since_at for name in wanted}


def record_rules(
    session: Session, rules: Iterable[Rule], now: datetime
) -> dict[str, datetime]:
    """Keep which rules are in force now; return since when each is, by name.

    A rule that is new, was changed or comes back is in force since `now`: what it has
    planned and was not due yet is planned anew.
    """
    known = {row.name: row for row in session.exec(select(FollowUpRuleSeen)).all()}
    wanted = {rule.name: rule for rule in rules}
    for name, row in known.items():
        if name not in wanted and row.is_in_force:
            row.is_in_force = False
            session.add(row)
    is_news = False
    for name, rule in wanted.items():
        seen = known.get(name)
        if seen is not None and _is_same(seen, rule):
            continue
        is_news = True
        _begin_anew(session, rule, seen, now)
        known[name] = session.merge(
            FollowUpRuleSeen(name=name, definition=rule.definition, since_at=now)
        )
    if is_news:
        forget_marks(session)
    session.flush()
    return {name: known[name].since_at for name in wanted}


def rule_flags(rule: Rule) -> dict[str, Any]:
    """Return what a follow-up keeps of its rule, so that a poll need not know it."""
    return {
        "target": rule.target,
        "ends_when_signed": rule.ends_when_signed,
        "ends_when_left": rule.on_event is not EventType.MEMBER_LEFT,
        "is_chase": rule.is_chase,
    }


def _is_same(seen: FollowUpRuleSeen, rule: Rule) -> bool:
    return seen.is_in_force and seen.definition == rule.definition


def _begin_anew(
    session: Session, rule: Rule, seen: FollowUpRuleSeen | None, now: datetime
) -> None:
    """What was not due yet is planned anew, what was due goes on.

    But for a rule that had been taken out: what came due meanwhile is skipped.
    """
    if seen is None:
        return
    planned = (
        col(FollowUp.rule) == rule.name,
        col(FollowUp.state) == FollowUpState.PLANNED,
    )
    session.exec(delete(FollowUp).where(*planned, col(FollowUp.due_at) >= now))
    if seen.is_in_force:
        session.connection().execute(
            update(FollowUp).where(*planned).values(**rule_flags(rule))
        )
        return
    skipped = {
        "state": FollowUpState.SKIPPED,
        "ended_at": now,
        "reason": DUE_BEFORE_RULE,
    }
    session.connection().execute(update(FollowUp).where(*planned).values(**skipped))
