"""What supporters reported on their own pages.

Owns which report stands: of a supporter's answers about one MP and motion the newest that
was not taken back. Which kinds are replies is in rules/reports.py, what staff make of
reports in report_desk.py.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from tracker.clock import london_date
from tracker.rules.reports import ANSWERS, REPLIES, ReportKind
from tracker.store.tables import Supporter, SupporterReport


def record_report(
    session: Session,
    kind: ReportKind,
    *,
    supporter_id: int,
    motion_id: int,
    member_id: int,
    now: datetime,
) -> SupporterReport:
    """Return the report, kept now unless it says what stands already.

    A new answer takes the place of the one before. The same act twice on a London day is
    one act, so that a form sent twice changes nothing.
    """
    session.get(Supporter, supporter_id, with_for_update=True)
    before = _standing(session, supporter_id, motion_id, member_id, _rivals(kind))
    for known in before:
        if known.kind is kind and (kind in ANSWERS or _is_same_day(known, now)):
            return known
    if kind in ANSWERS:
        for known in before:
            known.is_standing = False
            session.add(known)
    report = SupporterReport(
        supporter_id=supporter_id,
        motion_id=motion_id,
        member_id=member_id,
        kind=kind,
        reported_at=now,
    )
    session.add(report)
    session.flush()
    return report


def take_back_report(
    session: Session, supporter_id: int, report_id: int, *, now: datetime
) -> bool:
    """Take back one report of that supporter's; False if they have none such that counts.

    The answer before it stands again. What staff accepted of it stays theirs.
    """
    session.get(Supporter, supporter_id, with_for_update=True)
    report = session.get(SupporterReport, report_id)
    if report is None or report.supporter_id != supporter_id:
        return False
    if report.taken_back_at is not None:
        return False
    report.taken_back_at, report.is_standing = now, False
    session.add(report)
    session.flush()
    if report.kind in ANSWERS:
        _let_newest_stand(session, report)
    return True


def reports_of(session: Session, supporter_id: int) -> Sequence[SupporterReport]:
    """Return a person's reports that stand, newest first."""
    return session.exec(
        select(SupporterReport)
        .where(SupporterReport.supporter_id == supporter_id)
        .where(col(SupporterReport.is_standing))
        .order_by(
            col(SupporterReport.reported_at).desc(), col(SupporterReport.id).desc()
        )
    ).all()


def standing_answer(
    session: Session, *, supporter_id: int, motion_id: int, member_id: int
) -> ReportKind | None:
    """Return what a supporter says of that MP's reply now, None if they said nothing."""
    found = _standing(session, supporter_id, motion_id, member_id, ANSWERS)
    return found[0].kind if found else None


def standing_answers(
    session: Session, motion_id: int, supporter_ids: Collection[int]
) -> dict[tuple[int, int], ReportKind]:
    """Return what supporters say of their MPs' replies now, by (supporter, Member)."""
    rows = session.exec(
        select(SupporterReport)
        .where(SupporterReport.motion_id == motion_id)
        .where(col(SupporterReport.supporter_id).in_(list(supporter_ids)))
        .where(col(SupporterReport.is_standing))
        .where(col(SupporterReport.kind).in_(ANSWERS))
    ).all()
    return {(row.supporter_id, row.member_id): row.kind for row in rows}


def replies_reported(session: Session, motion_id: int) -> dict[int, int]:
    """Return how many distinct supporters say that their MP replied, by Member."""
    rows = session.exec(
        select(SupporterReport.member_id, func.count())
        .where(SupporterReport.motion_id == motion_id)
        .where(col(SupporterReport.is_standing))
        .where(col(SupporterReport.kind).in_(REPLIES))
        .group_by(col(SupporterReport.member_id))
    ).all()
    return {member_id: count for member_id, count in rows}  # noqa: C416 - rows are no tuples


def _rivals(kind: ReportKind) -> Sequence[ReportKind]:
    """Return the kinds of which only one stands."""
    return ANSWERS if kind in ANSWERS else (kind,)


def _standing(
    session: Session,
    supporter_id: int,
    motion_id: int,
    member_id: int,
    kinds: Sequence[ReportKind],
) -> Sequence[SupporterReport]:
    return session.exec(
        select(SupporterReport)
        .where(SupporterReport.supporter_id == supporter_id)
        .where(SupporterReport.motion_id == motion_id)
        .where(SupporterReport.member_id == member_id)
        .where(col(SupporterReport.kind).in_(kinds))
        .where(col(SupporterReport.is_standing))
        .order_by(
            col(SupporterReport.reported_at).desc(), col(SupporterReport.id).desc()
        )
    ).all()


def _let_newest_stand(session: Session, taken: SupporterReport) -> None:
    answers = session.exec(
        select(SupporterReport)
        .where(SupporterReport.supporter_id == taken.supporter_id)
        .where(SupporterReport.motion_id == taken.motion_id)
        .where(SupporterReport.member_id == taken.member_id)
        .where(col(SupporterReport.kind).in_(ANSWERS))
        .where(col(SupporterReport.taken_back_at).is_(None))
        .order_by(
            col(SupporterReport.reported_at).desc(), col(SupporterReport.id).desc()
        )
    ).all()
    for place, report in enumerate(answers):
        report.is_standing = place == 0
        session.add(report)
    session.flush()


def _is_same_day(report: SupporterReport, now: datetime) -> bool:
    return london_date(report.reported_at) == london_date(now)
