"""Planning follow-ups: which rules there are, and for whom each is still to be planned.

Owns what makes planning cheap: a Member whose tally and news are as they were when their
supporters were last planned for is not looked at. What is due, and what became of it, is
in follow_ups.py; whether something is planned or skipped, in rules/follow_ups.py.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import CursorResult, Update, text
from sqlmodel import Session, col, delete, func, select, update

from tracker.rules.event_types import EventType
from tracker.rules.follow_ups import DUE_BEFORE_RULE, Rule
from tracker.store.bulk import insert_rows, moment_maker
from tracker.store.engine import is_sqlite
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    FollowUp,
    FollowUpMark,
    FollowUpRuleSeen,
    FollowUpState,
    Import,
    OutgoingEvent,
    SignatureEvent,
    Supporter,
    SupporterEmail,
    Tally,
    Way,
)

_LOCK_KEY = 718_2014_19
"""Key of PostgreSQL's advisory lock under which follow-ups are planned and cancelled."""

_COLUMNS = (
    *("rule", "motion_id", "member_id", "supporter_id", "target", "state"),
    *("ends_when_signed", "ends_when_left", "is_chase", "event_id", "due_at"),
    *("planned_at", "ended_at", "reason"),
)
_MARK_COLUMNS = (
    *("motion_id", "member_id", "supporter_count", "email_count"),
    *("event_id", "outgoing_id"),
)
_NEW_MARK = """
ON CONFLICT (motion_id, member_id) DO UPDATE SET
supporter_count = excluded.supporter_count, email_count = excluded.email_count,
event_id = excluded.event_id, outgoing_id = excluded.outgoing_id"""


@dataclass(frozen=True, slots=True)
class News:
    """What happened last to a Member; `event_id` is of the table that keeps its kind."""

    event_id: int
    type: EventType
    at: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """A Member whose supporters are to be planned for: what there is to be marked."""

    motion_id: int
    member_id: int
    supporter_count: int
    email_count: int
    event_id: int
    outgoing_id: int


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
        _run(session, update(FollowUp).where(*planned).values(**_flags(rule)))
        return
    skipped = {
        "state": FollowUpState.SKIPPED,
        "ended_at": now,
        "reason": DUE_BEFORE_RULE,
    }
    _run(session, update(FollowUp).where(*planned).values(**skipped))


def forget_marks(session: Session) -> None:
    """Have the supporters of every Member looked at again."""
    session.exec(delete(FollowUpMark))
    session.flush()


def signature_news(session: Session, motion_id: int) -> dict[int, News]:
    """Return the newest event of each Member whose newest is no history, by Member."""
    newest = (
        sqlalchemy.select(func.max(col(SignatureEvent.id)))
        .where(col(SignatureEvent.motion_id) == motion_id)
        .group_by(col(SignatureEvent.member_id))
    )
    rows = session.connection().execute(
        sqlalchemy.select(
            col(SignatureEvent.member_id),
            col(SignatureEvent.id),
            col(SignatureEvent.kind),
            col(SignatureEvent.observed_at),
        )
        .where(col(SignatureEvent.id).in_(newest))
        .where(col(SignatureEvent.backfilled).is_(False))
    )
    return {
        member_id: News(event_id or 0, EventType(f"signature.{kind.value}"), at)
        for member_id, event_id, kind, at in rows
    }


def member_news(
    session: Session,
    motion_id: int,
    types: Collection[EventType],
    *,
    since: datetime,
) -> dict[tuple[int, EventType], News]:
    """Return the newest of these outgoing events of each Member, by Member and type."""
    if not types:
        return {}
    rows = session.connection().execute(
        sqlalchemy.select(
            col(OutgoingEvent.member_id),
            col(OutgoingEvent.type),
            func.max(col(OutgoingEvent.id)),
            func.max(col(OutgoingEvent.occurred_at)),
        )
        .where(col(OutgoingEvent.occurred_at) >= since)
        .where(col(OutgoingEvent.motion_id) == motion_id)
        .where(col(OutgoingEvent.member_id).is_not(None))
        .where(col(OutgoingEvent.type).in_(list(types)))
        .group_by(col(OutgoingEvent.member_id), col(OutgoingEvent.type))
    )
    return {
        (member_id or 0, type_): News(event_id or 0, type_, at)
        for member_id, type_, event_id, at in rows
    }


def changed_members(
    session: Session,
    motion_id: int,
    signatures: Mapping[int, News],
    others: Mapping[tuple[int, EventType], News],
) -> list[Changed]:
    """Return the Members with supporters about whom something changed, by id."""
    marks = {
        row.member_id: tuple(row)
        for row in session.connection().execute(
            sqlalchemy.select(
                *(getattr(FollowUpMark, name) for name in _MARK_COLUMNS)
            ).where(col(FollowUpMark.motion_id) == motion_id)
        )
    }
    latest: dict[int, int] = {}
    for (member_id, _), news in others.items():
        latest[member_id] = max(latest.get(member_id, 0), news.event_id)
    rows = session.connection().execute(
        sqlalchemy.select(
            col(Tally.member_id), col(Tally.supporter_count), col(Tally.email_count)
        )
        .where(col(Tally.motion_id) == motion_id)
        .order_by(col(Tally.member_id))
    )
    found = []
    for member_id, supporters, emails in rows:
        event = signatures.get(member_id)
        event_id = event.event_id if event else 0
        outgoing_id = latest.get(member_id, 0)
        is_now = (motion_id, member_id, supporters, emails, event_id, outgoing_id)
        if marks.get(member_id) != is_now:
            found.append(Changed(*is_now))
    return found


def record_mark(session: Session, changed: Changed) -> None:
    """Keep that the supporters of a Member were planned for."""
    row = tuple(getattr(changed, name) for name in _MARK_COLUMNS)
    insert_rows(session, FollowUpMark, _MARK_COLUMNS, [row], _NEW_MARK)


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
    at, flags = moment(now), _flags(rule)
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
    _run(
        session,
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


def _flags(rule: Rule) -> dict[str, Any]:
    return {
        "target": rule.target,
        "ends_when_signed": rule.ends_when_signed,
        "ends_when_left": rule.on_event is not EventType.MEMBER_LEFT,
        "is_chase": rule.is_chase,
    }


def _run(session: Session, statement: Update) -> "CursorResult[Any]":
    return session.connection().execute(statement)
