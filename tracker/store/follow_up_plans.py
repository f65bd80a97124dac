"""Planning follow-ups: who has none of a rule yet, and writing theirs down.

Which Members are to be looked at is in follow_up_marks.py, since when a rule is in force
in follow_up_rules.py. What is due, and what became of it, is in follow_ups.py; whether
something is planned or skipped, in rules/follow_ups.py.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import text
from sqlmodel import Session, col, update

from tracker.rules.follow_ups import Rule
from tracker.store.bulk import insert_rows, moment_maker
from tracker.store.engine import is_sqlite
from tracker.store.follow_up_rules import rule_flags
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    FollowUp,
    FollowUpState,
    Import,
    Supporter,
    SupporterEmail,
    Way,
)

_LOCK_KEY = 718_2014_19
"""Key of PostgreSQL's advisory lock under which follow-ups are planned and cancelled."""

_COLUMNS = (
    *("rule", "motion_id", "member_id", "supporter_id", "target", "state"),
    *("ends_when_signed", "ends_when_left", "is_chase", "event_id", "due_at"),
    *("planned_at", "ended_at", "reason"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A supporter without this follow-up: their first counted email, and when it came.

    `agreed_at` is when they agreed to reminders, None where nobody asked.
    """

    supporter_id: int
    first_email_at: datetime
    arrived_at: datetime
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A follow-up to be written down; with a `skipped` reason it never goes."""

    supporter_id: int
    due_at: datetime
    skipped: str | None


def lock_follow_ups(session: Session) -> None:
    """Hold the one lock under which follow-ups are planned and cancelled.

    Taken before any Message is locked. On SQLite a `write` holds it already.
    """
    if not is_sqlite(session.connection()):
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY}
        )


def candidates(
    session: Session, rule: str, motion_id: int, member_id: int, *, needs_consent: bool
) -> Iterator[Candidate]:
    """Give who wrote to the Member and has no follow-up of this rule yet.

    With `needs_consent` only those who agree to reminders and have an address.
    """
    has_one = sqlalchemy.exists().where(
        col(FollowUp.supporter_id) == col(SupporterEmail.supporter_id),
        col(FollowUp.member_id) == member_id,
        col(FollowUp.motion_id) == motion_id,
        col(FollowUp.rule) == rule,
    )
    arrival = (
        col(SupporterEmail.decided_at),
        sqlalchemy.case(
            (col(SupporterEmail.way) == Way.BCC, None), else_=col(Import.started_at)
        ).label("started_at"),
    )
    agreed = col(Consent.given_at) if needs_consent else sqlalchemy.null()
    query = (
        sqlalchemy.select(
            col(SupporterEmail.supporter_id),
            col(SupporterEmail.sent_at),
            *arrival,
            agreed.label("agreed_at"),
        )
        .select_from(SupporterEmail)
        .join(Supporter, col(Supporter.id) == col(SupporterEmail.supporter_id))
        .outerjoin(Import, col(Import.id) == col(SupporterEmail.import_id))
        .where(col(SupporterEmail.motion_id) == motion_id)
        .where(col(SupporterEmail.member_id) == member_id)
        .where(col(SupporterEmail.state) == EmailState.COUNTED)
        .where(col(Supporter.erased_at).is_(None))
        .where(~has_one)
    )
    if needs_consent:
        query = query.join(
            Consent,
            (col(Consent.supporter_id) == col(SupporterEmail.supporter_id))
            & (col(Consent.kind) == ConsentKind.REMINDERS)
            & col(Consent.withdrawn_at).is_(None)
            & col(Consent.awaits_email_id).is_(None),
        ).where(col(Supporter.email).is_not(None))
    yield from _by_person(session.connection().execute(query))


def _by_person(rows: Iterable[Any]) -> Iterable[Candidate]:
    """Return one Candidate a person, by the email that was sent first; in that order."""
    found: dict[int, Candidate] = {}
    for supporter_id, sent_at, decided_at, started_at, agreed_at in rows:
        arrived_at = max(at for at in (sent_at, decided_at, started_at) if at)
        known = found.get(supporter_id)
        if known is not None:
            sent_at = min(sent_at, known.first_email_at)
            arrived_at = min(arrived_at, known.arrived_at)
            agreed_at = agreed_at and min(agreed_at, known.agreed_at)
        found[supporter_id] = Candidate(supporter_id, sent_at, arrived_at, agreed_at)
    return sorted(
        found.values(), key=lambda one: (one.first_email_at, one.supporter_id)
    )


def add_plans(
    session: Session,
    rule: Rule,
    motion_id: int,
    member_id: int,
    plans: Sequence[Plan],
    *,
    event_id: int | None,
    now: datetime,
) -> None:
    """Write follow-ups down; who has one of this rule already keeps it."""
    moment = moment_maker(session)
    at, flags = moment(now), rule_flags(rule)
    rows = [
        (
            *(rule.name, motion_id, member_id, plan.supporter_id, rule.target.value),
            (FollowUpState.SKIPPED if plan.skipped else FollowUpState.PLANNED).value,
            *(flags[name] for name in _COLUMNS[6:9]),
            *(event_id, moment(plan.due_at), at),
            *(at if plan.skipped else None, plan.skipped),
        )
        for plan in plans
    ]
    insert_rows(session, FollowUp, _COLUMNS, rows, "ON CONFLICT DO NOTHING")


def plan_again(
    session: Session,
    rule: Rule,
    motion_id: int,
    member_id: int,
    *,
    event_id: int,
    due_at: datetime,
    now: datetime,
) -> None:
    """Begin anew with what older news of the same kind had planned and nothing came of.

    Also for whom the older news had come too early: this is after they wrote, unless it
    was due already when it was seen.
    """
    states = [FollowUpState.PLANNED, FollowUpState.CANCELLED]
    if due_at >= now:
        states.append(FollowUpState.SKIPPED)
    session.connection().execute(
        update(FollowUp)
        .where(col(FollowUp.rule) == rule.name)
        .where(col(FollowUp.motion_id) == motion_id)
        .where(col(FollowUp.member_id) == member_id)
        .where(col(FollowUp.state).in_(states))
        .where(col(FollowUp.event_id) < event_id)
        .where(col(FollowUp.told_at).is_(None))
        .values(
            state=FollowUpState.PLANNED,
            event_id=event_id,
            due_at=due_at,
            ended_at=None,
            reason=None,
        ),
    )
