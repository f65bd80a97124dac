"""Everything that is on record of one Member and one motion. Staff only; no supporter in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tracker import store
from tracker.board.calls import LastCall, as_call
from tracker.board.house import House, house_of
from tracker.board.members import has_left
from tracker.board.motion import MotionView, motion_of
from tracker.board.nudges import hints_of
from tracker.board.ways import Way, ways_of
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.rules.corrections import CorrectionKind
from tracker.rules.hints import Hint
from tracker.rules.nudge import nudge_status, nudge_why
from tracker.rules.stances import ContactSource, OfficeFacts
from tracker.rules.status import NudgeStatus
from tracker.store import Session
from tracker.store.calls import member_events
from tracker.store.contacts import contacts_with
from tracker.store.corrected import correction_changes, correction_value
from tracker.store.email_days import emails_by_day
from tracker.store.report_desk import ReportCount, open_reports
from tracker.store.tables import SignatureEvent
from tracker.store.tables.offices import CorrectionChange


@dataclass(frozen=True, slots=True)
class FiledCall:
    """A contact with the office; `motion` names another motion, None is this one.

    `is_reported` if supporters heard it and staff accepted it.
    """

    call: LastCall
    motion: str | None
    is_reported: bool
    may_be_shown: bool


@dataclass(frozen=True, slots=True)
class MemberFile:
    """One Member for staff; everything newest first, but the days of emails.

    `corrections` has each kind with what is written down. `reports` are the standing
    replies that staff have not decided on.
    """

    member_id: int
    name: str
    party: str | None
    constituency: str | None
    has_left: bool
    status: NudgeStatus
    why: str
    supporters: int
    first_email_at: datetime | None
    last_email_at: datetime | None
    call_back_on: date | None
    hints: Sequence[Hint]
    phones: tuple[Way, ...]
    emails: tuple[Way, ...]
    events: Sequence[SignatureEvent]
    calls: Sequence[FiledCall]
    email_days: Sequence[tuple[date, int]]
    reports: Sequence[ReportCount]
    corrections: dict[CorrectionKind, str | None]
    changes: Sequence[CorrectionChange]
    motion: MotionView


def member_file(
    session: Session,
    settings: Settings,
    watched: MotionSettings,
    member_id: int,
    *,
    now: datetime,
) -> MemberFile | None:
    """Return what is on record of a Member, None if nobody of that id sits or signed."""
    house = house_of(session, settings, watched, now=now)
    if member_id not in house.facts:
        return None
    facts = house.facts[member_id]
    office = house.offices.get(member_id, OfficeFacts())
    motion_id, today = house.motion.id, london_date(now)
    status = nudge_status(
        facts, now=house.stands.board_at, patience=house.patience, spells=house.spells
    )
    ways = ways_of(session, [member_id]).get(member_id, ((), ()))
    is_known = member_id in house.people
    return MemberFile(
        member_id=member_id,
        name=house.name_of(member_id),
        party=house.party_of(member_id),
        constituency=_seat(house, member_id),
        has_left=has_left(house, member_id),
        status=status,
        why=nudge_why(status, facts, today=today),
        supporters=facts.supporter_count,
        first_email_at=facts.first_email_at,
        last_email_at=facts.last_email_at,
        call_back_on=office.call_back_on,
        hints=_hints(session, house, member_id, today),
        phones=ways[0],
        emails=ways[1],
        events=member_events(session, motion_id, member_id) if motion_id else (),
        calls=_calls(session, member_id, motion_id),
        email_days=emails_by_day(session, motion_id, member_id) if motion_id else (),
        reports=_reports(session, motion_id, member_id) if motion_id else (),
        corrections=_corrections(session, member_id) if is_known else {},
        changes=correction_changes(session, member_id),
        motion=motion_of(session, settings, watched, house, now=now),
    )


def _seat(house: House, member_id: int) -> str | None:
    seat, row = house.seats.get(member_id), house.rows.get(member_id)
    return seat.constituency if seat else (row.constituency if row else None)


def _hints(
    session: Session, house: House, member_id: int, today: date
) -> Sequence[Hint]:
    motion_id = house.motion.id
    if motion_id is None or member_id not in house.seats:
        return ()
    related = store.related_signings(session, motion_id).get(member_id, ())
    replies = store.replies_reported(session, motion_id).get(member_id, 0)
    return hints_of(house, member_id, related, replies, today)


def _calls(
    session: Session, member_id: int, motion_id: int | None
) -> tuple[FiledCall, ...]:
    motions = {one.id: one for one in store.all_motions(session)}

    def named(other_id: int) -> str | None:
        if other_id == motion_id:
            return None
        return f"EDM {motions[other_id].number} of {motions[other_id].session}"

    return tuple(
        FiledCall(
            as_call(contact),
            named(contact.motion_id),
            contact.source is ContactSource.SUPPORTERS,
            contact.may_be_shown,
        )
        for contact in contacts_with(session, member_id)
    )


def _reports(
    session: Session, motion_id: int, member_id: int
) -> tuple[ReportCount, ...]:
    found = open_reports(session, motion_id)
    return tuple(row for row in found if row.member_id == member_id)


def _corrections(session: Session, member_id: int) -> dict[CorrectionKind, str | None]:
    return {kind: correction_value(session, member_id, kind) for kind in CorrectionKind}
