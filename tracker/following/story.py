"""The story of follow-ups, done every minute. Read this first.

1. Which rules are in force is written down: one that is new or was changed begins now.
2. PLAN each rule for each supporter, Member and motion, where something changed
   (planning.py). What was due before the email, the consent or the rule is skipped.
3. In daytime, on weekdays, outside recess: LOOK at what is due, and let GO what may
   (looking.py, going.py); what lost its point ends with the reason.
4. The sender looks again in the transaction that sends (outbox/follow_up_look.py).

News ends them besides, in the transaction that records it (store/consequences.py).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracker import store
from tracker.board.standing import known_spells
from tracker.config import Settings
from tracker.following.going import Going, Gone
from tracker.following.in_force import rules_in_force
from tracker.following.looking import sight_of
from tracker.following.planning import Planner
from tracker.outbox.look import why_over
from tracker.rules.follow_up_times import shut_reason_at, when_open
from tracker.rules.follow_ups import EVERY, Rule
from tracker.store import Engine, Session, follow_up_rules, follow_ups
from tracker.store.follow_up_marks import forget_marks
from tracker.store.follow_up_plans import lock_follow_ups
from tracker.store.follow_ups import DueGroup
from tracker.store.tables import Motion

AT_ONCE = 20
"""How many Members' due follow-ups are looked at in one transaction."""

IsStopped = Callable[[], bool]


@dataclass(slots=True)
class FollowUpReport:
    """What went out by one run, and what waits; `shut` is why nothing goes at this hour.

    `groups` are by motion: its session and number.
    """

    shut: str | None = None
    opens_at: datetime | None = None
    groups: list[tuple[tuple[str, int], Gone]] = field(default_factory=list)

    @property
    def gone_count(self) -> int:
        """How many follow-ups went out."""
        return sum(gone.count for _, gone in self.groups)


def run_follow_ups(
    engine: Engine,
    settings: Settings,
    *,
    now: datetime,
    is_stopped: IsStopped = lambda: False,
) -> FollowUpReport:
    """Plan, and let go what is due; return what went. Doing it twice changes nothing."""
    run = _Run(settings, rules_in_force(settings), now)
    planner = run.planner(engine)
    report = run.report(planner)
    with store.read(engine) as session:
        motions = [*run.motions(session)]
    for motion in motions:
        planner.plan_motion(engine, motion, is_stopped)
        if report.shut is not None:
            continue
        with store.read(engine) as session:
            due = run.due(session, motion)
        for start in range(0, len(due), AT_ONCE):
            if is_stopped():
                break
            with store.write(engine) as session:
                lock_follow_ups(session)
                run.go(session, motion, due[start : start + AT_ONCE], report)
    return report


def plan_for_all_again(engine: Engine) -> None:
    """Have the next run look at every Member's supporters, whatever changed."""
    with store.write(engine) as session:
        forget_marks(session)


def rehearse_follow_ups(
    engine: Engine, settings: Settings, *, now: datetime
) -> FollowUpReport:
    """Return what `run_follow_ups` would do now; nothing is kept of it."""
    run = _Run(settings, rules_in_force(settings), now)
    report = FollowUpReport()
    try:
        with store.write(engine) as session:
            lock_follow_ups(session)
            planner = run.planner_in(session)
            report = run.report(planner)
            for motion in run.motions(session):
                planner.plan_motion_in(session, motion)
                run.rehearse(session, motion, report)
            raise _NothingIsKept
    except _NothingIsKept:
        return report


class _NothingIsKept(Exception):  # noqa: N818 - it is no error
    """Undoes a rehearsal."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One run at one moment."""

    settings: Settings
    rules: Sequence[Rule]
    now: datetime

    def planner(self, engine: Engine) -> Planner:
        """Return what plans; rules that are news are written down first."""
        with store.read(engine) as session:
            since = follow_up_rules.rules_known(session, self.rules)
            spells = known_spells(session, self.settings)
        if since is None:
            with store.write(engine) as session:
                return self.planner_in(session)
        return Planner(self.rules, since, spells, self.now)

    def planner_in(self, session: Session) -> Planner:
        lock_follow_ups(session)
        since = follow_up_rules.record_rules(session, self.rules, self.now)
        spells = known_spells(session, self.settings)
        return Planner(self.rules, since, spells, self.now)

    def report(self, planner: Planner) -> FollowUpReport:
        shut = shut_reason_at(self.now, planner.spells)
        opens_at = when_open(self.now, planner.spells) if shut else None
        return FollowUpReport(shut, opens_at)

    def motions(self, session: Session) -> Iterator[Motion]:
        """Give the watched motions that can be signed, of which it is known who has."""
        for watched in self.settings.motions:
            motion = store.motion_by_number(session, watched.session, watched.number)
            if motion is None or motion.baseline_poll_id is None:
                continue
            if why_over(session, self.settings, motion, self.now) is None:
                yield motion

    def due(self, session: Session, motion: Motion) -> list[DueGroup]:
        assert motion.id is not None, "a stored motion has an id"
        return [
            group
            for rule in self.rules
            for group in follow_ups.due_groups(session, motion.id, rule, self.now)
        ]

    def go(
        self,
        session: Session,
        motion: Motion,
        due: Sequence[DueGroup],
        report: FollowUpReport,
    ) -> None:
        """Look at what is due at this very moment, and let go what may."""
        over = why_over(session, self.settings, motion, self.now)
        going = Going(
            session,
            self.settings,
            motion,
            sight_of(session, self.settings, motion, over, self.now),
            {rule.name: rule for rule in self.rules},
            follow_ups.last_told(session, since=self.now - EVERY),
        )
        name = (motion.session, motion.number)
        report.groups += [(name, going.group(group)) for group in due]

    def rehearse(
        self, session: Session, motion: Motion, report: FollowUpReport
    ) -> None:
        due = self.due(session, motion)
        if report.shut is None:
            self.go(session, motion, due, report)
            return
        report.groups += [
            (
                (motion.session, motion.number),
                Gone(one.member_id, one.rule, 0, one.count, report.shut),
            )
            for one in due
        ]
