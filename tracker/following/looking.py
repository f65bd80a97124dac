"""What is looked at before a follow-up goes: the Member, the person, staff's pauses.

The same for who writes Messages and, in the transaction that sends, for the sender.
Decides nothing: rules/follow_ups.py does.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tracker.board.house import House, house_of
from tracker.board.standing import known_spells
from tracker.clock import london_date
from tracker.config import MotionSettings, Settings
from tracker.rules.calendar import Spell
from tracker.rules.follow_up_times import due_after
from tracker.rules.follow_ups import PAUSED, Facts, Rule
from tracker.rules.nudge import nudge_status
from tracker.rules.reports import REPLIES, ReportKind
from tracker.rules.status import NudgeStatus
from tracker.store import (
    Session,
    follow_up_pauses,
    follow_ups,
    holds_seat,
    standing_answers,
)
from tracker.store.looks import agreeing
from tracker.store.tables import ConsentKind, FollowUp, FollowUpPause, Motion

ALL = "all"


@dataclass(frozen=True, slots=True)
class Sight:
    """A motion as it stands at one moment: its House, the recesses, what is paused."""

    motion_id: int
    over: str | None
    house: House
    spells: Sequence[Spell]
    pauses: Mapping[str, FollowUpPause]
    now: datetime


def sight_of(
    session: Session,
    settings: Settings,
    motion: Motion,
    over: str | None,
    now: datetime,
) -> Sight:
    """Return how a motion stands; `over` is why it can't be signed any more."""
    assert motion.id is not None, "a stored motion has an id"
    watched = settings.motion(motion.session, motion.number) or MotionSettings(
        session=motion.session, number=motion.number
    )
    pauses = follow_up_pauses.follow_up_pauses(session)
    return Sight(
        motion_id=motion.id,
        over=over,
        house=house_of(session, settings, watched, now=now),
        spells=known_spells(session, settings),
        pauses={pause.scope: pause for pause in pauses},
        now=now,
    )


def pause_over(sight: Sight, rule: str, member_id: int) -> str | None:
    """Return why staff's word holds a follow-up back, None if it does not."""
    scopes = (ALL, f"rule:{rule}", f"mp:{member_id}")
    found = [sight.pauses[scope] for scope in scopes if scope in sight.pauses]
    return f"{PAUSED} ({found[0].paused_by})" if found else None


def member_facts(
    session: Session,
    sight: Sight,
    rule: str,
    member_id: int,
    due_at: datetime,
    last_told_at: datetime | None,
) -> Facts:
    """Return what is known apart from the supporter, of whom nothing is held against it."""
    known = sight.house.facts.get(member_id)
    return Facts(
        due_at=due_at,
        over=sight.over,
        has_seat=holds_seat(session, member_id, london_date(sight.now)),
        status=status_of(sight, member_id),
        is_signed=known.is_signed if known else False,
        newest_kind=known.newest_kind if known else None,
        has_agreed=True,
        first_email_at=due_at,
        said_nothing_came=True,
        paused=pause_over(sight, rule, member_id),
        last_told_at=last_told_at,
    )


def status_of(sight: Sight, member_id: int, at: datetime | None = None) -> NudgeStatus:
    """Return a Member's true status; who was never in the House is not asked.

    `at` is a later moment, should nothing happen until then but time.
    """
    known = sight.house.facts.get(member_id)
    if known is None:
        return NudgeStatus.NOT_ASKED
    return nudge_status(
        known,
        now=at or sight.house.stands.board_at,
        patience=sight.house.patience,
        spells=sight.house.spells,
    )


@dataclass(frozen=True, slots=True)
class People:
    """What is known of supporters of one Member, by their ids."""

    first_email_at: Mapping[int, datetime]
    agreeing: Collection[int]
    answers: Mapping[int, ReportKind]


def people_of(
    session: Session, motion_id: int, member_id: int, ids: Collection[int]
) -> People:
    """Return what these supporters wrote, agreed to and reported."""
    answers = standing_answers(session, motion_id, ids)
    return People(
        follow_ups.first_emails(session, motion_id, member_id, ids),
        agreeing(session, ids, ConsentKind.REMINDERS),
        {who: kind for (who, member), kind in answers.items() if member == member_id},
    )


def facts_of(
    rule: Rule, row: FollowUp, about: Facts, people: People, spells: Sequence[Spell]
) -> Facts:
    """Return what is known of one follow-up; `about` is what is known of its Member.

    A recess that was announced meanwhile makes it due later, never sooner.
    """
    first_at = people.first_email_at.get(row.supporter_id)
    due_at = row.due_at
    if rule.after_days is not None and first_at is not None:
        due_at = max(due_at, due_after(rule.after_days, spells)(first_at))
    answer = people.answers.get(row.supporter_id)
    return replace(
        about,
        due_at=due_at,
        has_agreed=row.supporter_id in people.agreeing,
        first_email_at=first_at,
        has_reply=answer in REPLIES,
        said_nothing_came=answer is ReportKind.NOTHING_YET,
    )
