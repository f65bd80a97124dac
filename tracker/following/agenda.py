"""What staff have to do on which day: call-backs that were promised, follow-ups for them.

For a calendar that is read elsewhere. So it has no supporter's name and no note of a
call: only how many wrote, and what came of the last call. Reads only.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from tracker import store
from tracker.board.calls import LastCall, last_calls
from tracker.board.house import House
from tracker.board.standing import motion_closing
from tracker.board.ways import Way, ways_of
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.following.in_force import rules_in_force
from tracker.following.looking import Sight, member_facts, sight_of, status_of
from tracker.outbox.look import why_over
from tracker.rules import follow_ups as rules
from tracker.rules.follow_ups import Rule, Step, Target
from tracker.rules.status import NudgeStatus
from tracker.store import Session, follow_up_lists
from tracker.store.tables import Motion

_NOBODY_RINGS = {NudgeStatus.SIGNED, NudgeStatus.DECLINED, NudgeStatus.CANNOT_SIGN}


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do about one Member on one day of London's.

    `rule` is the follow-up's name and `rule_count` how many of it fall due that day; None
    and 0 if it is a call-back. `supporters` is how many wrote. `changed_at` is when
    what is told of it was news last, None if that is not known.
    """

    member_id: int
    name: str
    constituency: str | None
    on: date
    rule: str | None
    rule_count: int
    supporters: int
    phones: tuple[Way, ...]
    last_call: LastCall | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Agenda:
    """All that is due about one motion, by day and name; `closes_on` is its last day."""

    watched: MotionSettings
    title: str | None
    tabled_on: date | None
    closes_on: date | None
    tasks: Sequence[Task]


def agenda_of(
    session: Session, settings: Settings, watched: MotionSettings, *, now: datetime
) -> Agenda:
    """Return what is due; no tasks once the motion is over.

    What was due on a day that is past, and is not done, keeps its day.
    """
    known = store.motion_by_number(session, watched.session, watched.number)
    motion = known or Motion(session=watched.session, number=watched.number)
    over = why_over(session, settings, motion, now)
    tasks: Iterable[Task] = ()
    if motion.id is not None and over is None:
        sight = sight_of(session, settings, motion, over, now)
        found = [*_call_backs(sight), *_for_staff(session, settings, sight)]
        tasks = _told(session, sight, found)
    return Agenda(
        watched=watched,
        title=motion.title,
        tabled_on=motion.tabled_on,
        closes_on=motion_closing(session, watched),
        tasks=sorted(tasks, key=lambda one: (one.on, one.name, one.rule or "")),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A task before it is told: of whom, when, and by which rule."""

    member_id: int
    on: date
    rule: str | None = None
    count: int = 0


def _call_backs(sight: Sight) -> Iterator[_Found]:
    for member_id in sight.house.seats:
        on = sight.house.facts[member_id].call_back_on
        if on is not None and status_of(sight, member_id) not in _NOBODY_RINGS:
            yield _Found(member_id, on)


def _for_staff(session: Session, settings: Settings, sight: Sight) -> Iterator[_Found]:
    """What is on staff's list, and what will come onto it if nothing happens but time."""
    days: Counter[tuple[int, str, date]] = Counter()
    for group in follow_up_lists.staff_groups(session, sight.motion_id):
        on = london_date(group.first_due_at)
        days[group.member_id, group.rule, on] += group.count
    for rule in rules_in_force(settings):
        if rule.target is Target.STAFF:
            days.update(_planned(session, sight, rule))
    for (member_id, name, on), count in days.items():
        yield _Found(member_id, on, name, count)


def _planned(
    session: Session, sight: Sight, rule: Rule
) -> dict[tuple[int, str, date], int]:
    """Return how many are still planned, and would be told, about whom on which day."""
    due: dict[tuple[int, date], list[datetime]] = {}
    for member_id, due_at in follow_up_lists.planned_days(
        session, rule, sight.motion_id
    ):
        at = max(due_at, sight.now)
        due.setdefault((member_id, london_date(at)), []).append(at)
    days: Counter[tuple[int, str, date]] = Counter()
    for (member_id, _), moments in due.items():
        told_at = _told_at(session, sight, rule, member_id, moments[0])
        if told_at is not None:
            days[member_id, rule.name, london_date(told_at)] += len(moments)
    return days


def _told_at(
    session: Session, sight: Sight, rule: Rule, member_id: int, at: datetime
) -> datetime | None:
    """Return when staff are told of what falls due at a moment, None if they are not."""
    about = member_facts(session, sight, rule.name, member_id, at, None)
    about = replace(about, status=status_of(sight, member_id, at))
    found = rules.verdict_on(rule, about, now=at, spells=sight.spells)
    return at if found.step is Step.GO else found.until_at


def _told(session: Session, sight: Sight, found: Sequence[_Found]) -> Iterator[Task]:
    ids = {one.member_id for one in found}
    ways = ways_of(session, ids)
    calls = last_calls(session, sight.motion_id, ids)
    for one in found:
        yield _task(sight.house, one, calls.get(one.member_id), ways)


def _task(
    house: House,
    one: _Found,
    call: LastCall | None,
    ways: Mapping[int, tuple[tuple[Way, ...], tuple[Way, ...]]],
) -> Task:
    seat, facts = house.seats.get(one.member_id), house.facts.get(one.member_id)
    last_email_at = facts.last_email_at if facts else None
    moments = [at for at in (call.at if call else None, last_email_at) if at]
    return Task(
        member_id=one.member_id,
        name=house.name_of(one.member_id),
        constituency=seat.constituency if seat else None,
        on=one.on,
        rule=one.rule,
        rule_count=one.count,
        supporters=facts.supporter_count if facts else 0,
        phones=ways.get(one.member_id, ((), ()))[0],
        last_call=call,
        changed_at=max(moments, default=None),
    )
