"""Planning: each rule for each supporter, Member and motion, once, with its day.

Only Members about whom something changed are looked at, a few to a transaction, so that
a hundred thousand supporters cost nothing while nothing happens.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import store
from tracker.rules.calendar import Spell
from tracker.rules.event_types import EventType
from tracker.rules.follow_up_times import due_after
from tracker.rules.follow_ups import Rule, Target, skipped_reason
from tracker.store import Engine, Session
from tracker.store import follow_up_marks as marks
from tracker.store import follow_up_plans as plans
from tracker.store.follow_up_marks import Changed, News
from tracker.store.follow_up_plans import Candidate, Plan
from tracker.store.tables import Motion

AT_ONCE = 4
"""How many Members' supporters are planned for in one transaction."""
NEWS_LASTS = timedelta(days=60)
_SIGNATURES = (
    EventType.SIGNATURE_SIGNED,
    EventType.SIGNATURE_WITHDRAWN,
    EventType.SIGNATURE_REMOVED,
)

IsStopped = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Planner:
    """What plans are made from: the rules, since when each is in force, the recesses."""

    rules: Sequence[Rule]
    since: Mapping[str, datetime]
    spells: Sequence[Spell]
    now: datetime

    def plan_motion(
        self, engine: Engine, motion: Motion, is_stopped: IsStopped
    ) -> None:
        """Plan for whomever something changed, in several transactions."""
        with store.read(engine) as session:
            known = self._changed(session, motion)
        for start in range(0, len(known.members), AT_ONCE):
            if is_stopped():
                return
            with store.write(engine) as session:
                plans.lock_follow_ups(session)
                for changed in known.members[start : start + AT_ONCE]:
                    self._plan_member(session, changed, known)
            if start + AT_ONCE < len(known.members):
                store.breathe()

    def plan_motion_in(self, session: Session, motion: Motion) -> None:
        """Plan in a transaction that is open: for a dry run."""
        known = self._changed(session, motion)
        for changed in known.members:
            self._plan_member(session, changed, known)

    def _changed(self, session: Session, motion: Motion) -> "_Known":
        assert motion.id is not None, "a stored motion has an id"
        wanted = {rule.on_event for rule in self.rules if rule.on_event}
        signatures = marks.signature_news(session, motion.id)
        others = marks.member_news(
            session, motion.id, wanted - {*_SIGNATURES}, since=self.now - NEWS_LASTS
        )
        members = marks.changed_members(session, motion.id, signatures, others)
        return _Known(members, signatures, others)

    def _plan_member(self, session: Session, changed: Changed, known: "_Known") -> None:
        for rule in self.rules:
            news = known.about(changed.member_id, rule)
            if rule.on_event is None or news is not None:
                self._plan_rule(session, rule, changed, news)
        marks.record_mark(session, changed)

    def _plan_rule(
        self, session: Session, rule: Rule, changed: Changed, news: News | None
    ) -> None:
        about = (changed.motion_id, changed.member_id)
        if news is not None:
            plans.plan_again(
                session,
                rule,
                *about,
                event_id=news.event_id,
                due_at=news.at + rule.settle,
                now=self.now,
            )
        needs_consent = rule.target is Target.SUPPORTER
        found = plans.candidates(
            session, rule.name, *about, needs_consent=needs_consent
        )
        due_at = self._due(rule, news)
        plans.add_plans(
            session,
            rule,
            *about,
            [self._planned(rule, one, due_at(one.first_email_at)) for one in found],
            event_id=news.event_id if news else None,
            now=self.now,
        )

    def _due(self, rule: Rule, news: News | None) -> Callable[[datetime], datetime]:
        if news is None:
            return due_after(rule.after_days or 0, self.spells)
        at = news.at + rule.settle
        return lambda _: at

    def _planned(self, rule: Rule, one: Candidate, due_at: datetime) -> Plan:
        reason = skipped_reason(
            due_at,
            arrived_at=one.arrived_at,
            agreed_at=one.agreed_at,
            rule_since_at=self.since[rule.name],
        )
        return Plan(one.supporter_id, due_at, reason)


@dataclass(frozen=True, slots=True)
class _Known:
    """Members about whom something changed, and what happened last to each."""

    members: Sequence[Changed]
    signatures: Mapping[int, News]
    others: Mapping[tuple[int, EventType], News]

    def about(self, member_id: int, rule: Rule) -> News | None:
        """Return what the rule waits for, if it is the Member's newest of its kind.

        Of a Member's signature events only the newest counts: a rule follows the state
        after the whole poll (product.md 7).
        """
        if rule.on_event is None:
            return None
        if rule.on_event not in _SIGNATURES:
            return self.others.get((member_id, rule.on_event))
        news = self.signatures.get(member_id)
        return news if news and news.type is rule.on_event else None
