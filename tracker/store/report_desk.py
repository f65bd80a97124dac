"""What staff make of supporters' reports: those that wait, and what was decided.

By Member and kind, with numbers and no supporter. Which report stands is in reports.py;
what a decision puts on record in tracker/reported.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, func, select

from tracker.rules.reports import REPLIES, ReportDecision, ReportKind
from tracker.store.tables import SupporterReport


@dataclass(frozen=True, slots=True)
class ReportCount:
    """How many supporters' reports of one kind about an MP wait for staff, and the last."""

    member_id: int
    kind: ReportKind
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class DecidedReports:
    """Reports that were decided with one press; `report_id` is one of them."""

    report_id: int
    member_id: int
    kind: ReportKind
    decision: ReportDecision
    decided_by: str
    decided_at: datetime
    count: int


def open_reports(session: Session, motion_id: int) -> Sequence[ReportCount]:
    """Return the standing replies that staff have not decided, by Member and kind."""
    reported_at = col(SupporterReport.reported_at)
    rows = session.exec(
        select(
            SupporterReport.member_id,
            SupporterReport.kind,
            func.count(col(SupporterReport.id)),
            func.max(reported_at),
        )
        .where(SupporterReport.motion_id == motion_id)
        .where(col(SupporterReport.is_standing))
        .where(col(SupporterReport.kind).in_(REPLIES))
        .where(col(SupporterReport.decision).is_(None))
        .group_by(col(SupporterReport.member_id), col(SupporterReport.kind))
        .order_by(col(SupporterReport.member_id), col(SupporterReport.kind))
    ).all()
    return [ReportCount(one, ReportKind(kind), n, at) for one, kind, n, at in rows]


def decide_reports(
    session: Session,
    decision: ReportDecision,
    kind: ReportKind,
    *,
    motion_id: int,
    member_id: int,
    by: str,
    now: datetime,
    contact_id: int | None = None,
) -> int:
    """Keep what staff made of the open reports of a kind about an MP; return how many."""
    found = session.exec(
        select(SupporterReport)
        .where(SupporterReport.motion_id == motion_id)
        .where(SupporterReport.member_id == member_id)
        .where(SupporterReport.kind == kind)
        .where(col(SupporterReport.is_standing))
        .where(col(SupporterReport.decision).is_(None))
        .order_by(col(SupporterReport.id))
        .with_for_update()
    ).all()
    for report in found:
        report.decision, report.contact_id = decision, contact_id
        report.decided_by, report.decided_at = by, now
        session.add(report)
    session.flush()
    return len(found)


def decided_lately(
    session: Session, motion_id: int, *, limit: int
) -> Sequence[DecidedReports]:
    """Return what staff decided last about the motion's reports, newest first."""
    decided_at = col(SupporterReport.decided_at)
    rows = session.execute(
        sqlalchemy.select(
            func.min(SupporterReport.id),
            col(SupporterReport.member_id),
            col(SupporterReport.kind),
            col(SupporterReport.decision),
            col(SupporterReport.decided_by),
            decided_at,
            func.count(),
        )
        .where(col(SupporterReport.motion_id) == motion_id)
        .where(decided_at.is_not(None))
        .group_by(
            col(SupporterReport.member_id),
            col(SupporterReport.kind),
            col(SupporterReport.decision),
            col(SupporterReport.decided_by),
            decided_at,
        )
        .order_by(decided_at.desc(), func.min(SupporterReport.id).desc())
        .limit(limit)
    ).all()
    return [DecidedReports(*row) for row in rows]


def decided_with(session: Session, report_id: int) -> Sequence[SupporterReport]:
    """Return the reports that were decided with one press as this one was, locked.

    Empty if it waits for a decision.
    """
    one = session.get(SupporterReport, report_id)
    if one is None or one.decided_at is None:
        return []
    return session.exec(
        select(SupporterReport)
        .where(SupporterReport.motion_id == one.motion_id)
        .where(SupporterReport.member_id == one.member_id)
        .where(SupporterReport.kind == one.kind)
        .where(SupporterReport.decided_by == one.decided_by)
        .where(SupporterReport.decided_at == one.decided_at)
        .order_by(col(SupporterReport.id))
        .with_for_update()
    ).all()


def reopen_reports(session: Session, reports: Sequence[SupporterReport]) -> None:
    """Let reports wait for a decision again."""
    for report in reports:
        report.decision = report.contact_id = None
        report.decided_by = report.decided_at = None
        session.add(report)
    session.flush()


def reopen_reports_of_contact(session: Session, contact_id: int) -> int:
    """Let the reports be undecided again whose stance a contact brought: it goes."""
    found = session.exec(
        select(SupporterReport)
        .where(SupporterReport.contact_id == contact_id)
        .with_for_update()
    ).all()
    reopen_reports(session, found)
    return len(found)
