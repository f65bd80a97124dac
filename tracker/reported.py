"""The story of staff and supporters' reports: accepted, put aside, and undone.

What supporters report by itself changes no status. Accepted, it is a stance on record,
logged by who accepted it and with its source, or staff's word that the Member does not
sign by convention. What is accepted of which report is in rules/reports.py.
"""

from datetime import datetime

from tracker import store
from tracker.config import MotionSettings
from tracker.contacts import NewContact, log_contact
from tracker.rules.reports import (
    SAID_MINISTER,
    Acceptance,
    ReportDecision,
    ReportKind,
    acceptance_of,
)
from tracker.rules.stances import Channel, ContactOutcome, ContactSource
from tracker.store import Session
from tracker.store.contacts import contact_by_id, take_back_contact
from tracker.store.tables import Motion


class ReportsError(ValueError):
    """Reports that can't be decided so; the text is one sentence for staff."""


def accept_report(
    session: Session,
    watched: MotionSettings,
    member_id: int,
    kind: ReportKind,
    *,
    by: str,
    at: datetime,
) -> int:
    """Put on record what the open reports of that kind say; return how many they were.

    ReportsError if there is nothing in such a report to put on record, or none is open.
    """
    acceptance = acceptance_of(kind)
    if acceptance is None:
        raise ReportsError("Such a report says nothing of where the MP stands.")
    motion = _motion(session, watched)
    count = _waiting(session, motion, member_id, kind)
    contact_id = _put_on_record(
        session, watched, member_id, acceptance, count, by=by, at=at
    )
    return _decide(
        session,
        ReportDecision.ACCEPTED,
        motion,
        member_id,
        kind,
        by=by,
        at=at,
        contact_id=contact_id,
    )


def dismiss_report(
    session: Session,
    watched: MotionSettings,
    member_id: int,
    kind: ReportKind,
    *,
    by: str,
    at: datetime,
) -> int:
    """Put the open reports of that kind aside; return how many. ReportsError if none is."""
    motion = _motion(session, watched)
    _waiting(session, motion, member_id, kind)
    return _decide(
        session, ReportDecision.DISMISSED, motion, member_id, kind, by=by, at=at
    )


def undo_decision(session: Session, report_id: int, *, by: str, at: datetime) -> int:
    """Undo the press that decided this report, with what it put on record; how many.

    ReportsError if that was undone already.
    """
    reports = store.decided_with(session, report_id)
    if not reports:
        raise ReportsError("That was undone already.")
    member_id, kind = reports[0].member_id, reports[0].kind
    was_accepted = reports[0].decision is ReportDecision.ACCEPTED
    contact_ids = {one.contact_id for one in reports if one.contact_id is not None}
    store.reopen_reports(session, reports)
    for contact_id in contact_ids:
        contact = contact_by_id(session, contact_id)
        if contact is not None:
            take_back_contact(session, contact)
    if was_accepted and kind is ReportKind.CANNOT_MINISTER:
        _take_back_mark(session, member_id, by=by, at=at)
    _audit(session, "reports reopened", member_id, kind, len(reports), by=by, at=at)
    return len(reports)


def _put_on_record(
    session: Session,
    watched: MotionSettings,
    member_id: int,
    acceptance: Acceptance,
    count: int,
    *,
    by: str,
    at: datetime,
) -> int | None:
    if acceptance.cannot_sign is not None:
        # Staff's own word on it stays as it is.
        if member_id not in store.corrections(session):
            store.record_correction(
                session, member_id, acceptance.cannot_sign, by=by, at=at
            )
        return None
    told = "1 supporter" if count == 1 else f"{count} supporters"
    contact = log_contact(
        session,
        watched,
        NewContact(
            member_id=member_id,
            channel=Channel.EMAIL,
            outcome=ContactOutcome.CONTACT,
            stance=acceptance.stance,
            note=f"Reported by {told}.",
        ),
        by=by,
        at=at,
    )
    contact.source = ContactSource.SUPPORTERS
    session.add(contact)
    session.flush()
    return contact.id


def _take_back_mark(session: Session, member_id: int, *, by: str, at: datetime) -> None:
    if store.corrections(session).get(member_id) == SAID_MINISTER:
        store.record_correction(session, member_id, None, by=by, at=at)


def _decide(
    session: Session,
    decision: ReportDecision,
    motion: Motion,
    member_id: int,
    kind: ReportKind,
    *,
    by: str,
    at: datetime,
    contact_id: int | None = None,
) -> int:
    assert motion.id is not None, "a stored motion has an id"
    count = store.decide_reports(
        session,
        decision,
        kind,
        motion_id=motion.id,
        member_id=member_id,
        by=by,
        now=at,
        contact_id=contact_id,
    )
    _audit(session, f"reports {decision}", member_id, kind, count, by=by, at=at)
    return count


def _audit(
    session: Session,
    action: str,
    member_id: int,
    kind: ReportKind,
    count: int,
    *,
    by: str,
    at: datetime,
) -> None:
    detail = f"Member {member_id}, {kind}, {count}"
    store.record_audit(session, by, action, detail, at=at)


def _motion(session: Session, watched: MotionSettings) -> Motion:
    motion = store.motion_by_number(session, watched.session, watched.number)
    if motion is None or motion.id is None:
        raise ReportsError("Nothing was reported about this motion.")
    return motion


def _waiting(session: Session, motion: Motion, member_id: int, kind: ReportKind) -> int:
    waiting = [
        row.count
        for row in store.open_reports(session, motion.id or 0)
        if (row.member_id, row.kind) == (member_id, kind)
    ]
    if not waiting:
        raise ReportsError(
            "Somebody has decided about this meanwhile: it is under “Decided lately”."
        )
    return waiting[0]
