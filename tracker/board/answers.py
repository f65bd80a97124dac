"""What came of the emails and the calls: what staff's charts are made of. Staff only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from tracker import store
from tracker.board.house import House, house_of
from tracker.board.motion import MotionView, motion_of
from tracker.config import MotionSettings, Settings
from tracker.rules.calendar import start_of_day
from tracker.rules.changes import ChangeKind
from tracker.rules.nudge import Stance
from tracker.rules.stances import ContactOutcome
from tracker.rules.survival import Span, span_of
from tracker.store import PastEvent, Session
from tracker.store.calls import outcome_counts
from tracker.store.email_days import emails_by_day


@dataclass(frozen=True, slots=True)
class AnswersView:
    """Emails by London day, the motion's events, a span for each MP who was written to.

    Spans leave out who signed before anybody wrote, and who by convention can't sign.
    """

    motion: MotionView
    events: Sequence[PastEvent]
    email_days: Sequence[tuple[date, int]]
    spans: Sequence[Span]
    outcomes: Sequence[tuple[ContactOutcome, Stance, int]]


def answers_view(
    session: Session, settings: Settings, watched: MotionSettings, *, now: datetime
) -> AnswersView:
    """Return what came of it all as of `now`."""
    house = house_of(session, settings, watched, now=now)
    motion = motion_of(session, settings, watched, house, now=now)
    motion_id = house.motion.id
    if motion_id is None:
        return AnswersView(motion, (), (), (), ())
    events = store.past_events(session, motion_id)
    return AnswersView(
        motion,
        events,
        emails_by_day(session, motion_id),
        _spans(session, house, motion_id, events),
        outcome_counts(session, motion_id),
    )


def _spans(
    session: Session, house: House, motion_id: int, events: Sequence[PastEvent]
) -> list[Span]:
    tallies = store.tallies_of(session, motion_id)
    signed_at = _first_signed(events)
    ends = _departures(session, house, set(tallies))
    found = (
        span_of(
            tally.first_email_at,
            signed_at.get(member_id),
            until=ends.get(member_id, house.stands.board_at),
        )
        for member_id, tally in tallies.items()
        if member_id in signed_at or _may_sign(house, member_id)
    )
    return [span for span in found if span is not None]


def _may_sign(house: House, member_id: int) -> bool:
    facts = house.facts.get(member_id)
    return facts is None or facts.cannot_sign is None


def _first_signed(events: Sequence[PastEvent]) -> dict[int, datetime]:
    """Return when each Member signed for the first time, by Member id."""
    first: dict[int, datetime] = {}
    for event in events:
        if event.kind is ChangeKind.SIGNED:
            known = first.get(event.member_id, event.happened_at)
            first[event.member_id] = min(known, event.happened_at)
    return first


def _departures(
    session: Session, house: House, asked_ids: set[int]
) -> dict[int, datetime]:
    """Return when those who were asked and no longer sit were MPs last, by Member id."""
    gone = asked_ids - set(house.seats)
    return {
        member_id: start_of_day(seat.ended_on)
        for member_id, seat in store.last_seats(session, gone).items()
        if seat.ended_on is not None
    }
