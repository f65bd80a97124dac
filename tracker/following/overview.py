"""How follow-ups stand: what is due today by each rule, why it goes or waits, how many.

For staff's page and the command. Reads only; nobody's name is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracker import store
from tracker.config import MotionSettings, Settings
from tracker.following.in_force import rules_in_force
from tracker.following.looking import (
    Sight,
    member_facts,
    pause_over,
    sight_of,
    status_of,
)
from tracker.outbox.look import why_over
from tracker.rules import follow_ups as rules
from tracker.rules.calendar import Spell
from tracker.rules.follow_up_times import closes_at, shut_reason_at, when_open
from tracker.rules.follow_ups import Rule, Step, Target
from tracker.store import Session, follow_up_lists, follow_up_pauses, follow_ups
from tracker.store.follow_up_lists import Counted
from tracker.store.follow_ups import DueGroup
from tracker.store.tables import FollowUpPause, Motion


@dataclass(frozen=True, slots=True)
class DueLine:
    """What is due today about one MP by one rule.

    `count` follow-ups may go as far as their supporters are concerned, `today_count` of
    them today; `report_count` more wait for a report, or were paused by one. `reason` is
    why it waits, None if it goes now.
    """

    member_id: int
    name: str
    constituency: str | None
    rule: Rule
    count: int
    today_count: int
    report_count: int
    reason: str | None
    until_at: datetime | None
    is_paused: bool


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule, since when it is in force, and what became of its follow-ups."""

    rule: Rule
    since_at: datetime | None
    counts: Sequence[Counted]
    is_paused: bool


@dataclass(frozen=True, slots=True)
class MotionLines:
    """One motion's follow-ups; `over` is why there are none any more."""

    watched: MotionSettings
    over: str | None
    rules: Sequence[RuleLine]
    due: Sequence[DueLine]
    staff: Sequence[DueLine]


@dataclass(frozen=True, slots=True)
class FollowUpsView:
    """All of it at one moment; `shut` is why nothing goes at this hour."""

    shut: str | None
    opens_at: datetime
    pauses: Sequence[FollowUpPause]
    motions: Sequence[MotionLines]


def follow_ups_view(
    session: Session, settings: Settings, *, now: datetime
) -> FollowUpsView:
    """Return how follow-ups stand at this moment."""
    lines = [_motion(session, settings, one, now) for one in settings.motions]
    spells = lines[0][1] if lines else ()
    return FollowUpsView(
        shut=shut_reason_at(now, spells),
        opens_at=when_open(now, spells),
        pauses=follow_up_pauses.follow_up_pauses(session),
        motions=[found for found, _ in lines],
    )


def _motion(
    session: Session, settings: Settings, watched: MotionSettings, now: datetime
) -> tuple[MotionLines, Sequence[Spell]]:
    known = store.motion_by_number(session, watched.session, watched.number)
    motion = known or Motion(session=watched.session, number=watched.number)
    in_force = rules_in_force(settings)
    over = why_over(session, settings, motion, now)
    if motion.id is None:
        lines = [RuleLine(rule, None, (), is_paused=False) for rule in in_force]
        return MotionLines(watched, over, lines, (), ()), ()
    sight = sight_of(session, settings, motion, over, now)
    since = follow_up_lists.rules_in_force_since(session)
    counts = follow_up_lists.follow_up_counts(session, motion.id)
    look = _Look(
        session, sight, follow_ups.last_told(session, since=now - timedelta(days=1))
    )
    return (
        MotionLines(
            watched,
            over,
            [
                RuleLine(
                    rule,
                    since.get(rule.name),
                    [one for one in counts if one.rule == rule.name],
                    is_paused=f"rule:{rule.name}" in sight.pauses,
                )
                for rule in in_force
            ],
            [] if over else [line for rule in in_force for line in look.due(rule)],
            [] if over else look.staff(in_force),
        ),
        sight.spells,
    )


@dataclass(frozen=True, slots=True)
class _Look:
    session: Session
    sight: Sight
    told: dict[int, datetime]

    def due(self, rule: Rule) -> list[DueLine]:
        """Return what comes due today by a rule, longest waiting first."""
        by_then = max(self.sight.now, closes_at(self.sight.now))
        motion_id = self.sight.motion_id
        everybody = follow_ups.due_groups(
            self.session, motion_id, rule, by_then, is_everybody=True
        )
        free = {
            group.member_id: group
            for group in follow_ups.due_groups(self.session, motion_id, rule, by_then)
        }
        return [
            self._line(rule, group, free.get(group.member_id)) for group in everybody
        ]

    def staff(self, in_force: Sequence[Rule]) -> list[DueLine]:
        """Return what staff were told and have not settled."""
        named = {rule.name: rule for rule in in_force}
        return [
            self._said(named[group.rule], group, group.count, group.count, None, None)
            for group in follow_up_lists.staff_groups(
                self.session, self.sight.motion_id
            )
            if group.rule in named
        ]

    def _line(self, rule: Rule, group: DueGroup, free: DueGroup | None) -> DueLine:
        """Return a line by how things will stand when the hour has come."""
        if free is None:
            return self._said(rule, group, 0, 0, rules.THEIRS, None)
        now, spells = self.sight.now, self.sight.spells
        at = when_open(max(now, free.first_due_at), spells)
        last_told_at = self.told.get(group.member_id)
        about = member_facts(
            *(self.session, self.sight, rule.name),
            *(group.member_id, free.first_due_at, last_told_at),
        )
        about = replace(about, status=status_of(self.sight, group.member_id, at))
        found = rules.verdict_on(rule, about, now=at, spells=spells)
        goes = found.step is Step.GO or found.reason == rules.SPREAD
        today = free.count if goes and at < closes_at(now) else 0
        if today and rule.is_chase and rule.target is Target.SUPPORTER:
            left = rules.asks_left_today(at, last_told_at=last_told_at, spells=spells)
            today = min(today, left)
        reason, until_at = found.reason, found.until_at
        if goes and at > now:
            reason, until_at = shut_reason_at(now, spells) or rules.NOT_DUE, at
        return self._said(rule, group, free.count, today, reason, until_at)

    def _said(
        self,
        rule: Rule,
        group: DueGroup,
        count: int,
        today_count: int,
        reason: str | None,
        until_at: datetime | None,
    ) -> DueLine:
        house, member_id = self.sight.house, group.member_id
        seat = house.seats.get(member_id)
        return DueLine(
            member_id,
            house.name_of(member_id),
            seat.constituency if seat else None,
            rule,
            count,
            today_count,
            group.count - count,
            reason,
            until_at,
            is_paused=pause_over(self.sight, rule.name, member_id) is not None,
        )
