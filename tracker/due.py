"""When a motion is polled next, from the polls and the brake that are stored.

Owns what the schedule is told; what follows from it is rules/schedule.py's.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker import store
from tracker.board import motion_standing
from tracker.config import MotionSettings, ParliamentSettings, Settings
from tracker.rules.calendar import MotionState
from tracker.rules.outcomes import Outcome
from tracker.rules.schedule import PastPoll, PollTimes, next_poll_at, stretched
from tracker.store import Engine
from tracker.turns import Urgency

_POLLS_LOOKED_AT = 20
_AHEAD = timedelta(minutes=2)
"""So much earlier than others that are due goes what changed lately, and what is open."""


@dataclass(frozen=True, slots=True)
class PollDue:
    """When a motion's next poll is due; not after now means at once.

    `is_lively`: one of its newest polls brought a change.
    """

    at: datetime
    is_open: bool = True
    is_lively: bool = True

    @property
    def urgency(self) -> Urgency:
        """What goes first when more are due than may be asked for: it starves nobody."""
        ahead = _AHEAD * (self.is_open + self.is_lively)
        return ((self.at - ahead).timestamp(),)


def poll_due_at(
    engine: Engine, settings: Settings, watched: MotionSettings, *, now: datetime
) -> datetime:
    """Return when the motion's next scheduled poll is due; not after `now` means at once.

    As if every motion of the configuration were open.
    """
    count = len(settings.motions)
    return poll_due(engine, settings, watched, open_count=count, now=now).at


def poll_due(
    engine: Engine,
    settings: Settings,
    watched: MotionSettings,
    *,
    open_count: int,
    now: datetime,
) -> PollDue:
    """Return when the motion's next scheduled poll is due, among so many open ones.

    Asked again, it gives the same answer until there is another poll: the jitter is
    drawn once for each poll.
    """
    with store.read(engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
        if motion is None or motion.id is None:
            return PollDue(now)
        stands = motion_standing(session, watched, motion, now=now)
        polls = store.recent_polls(session, motion.id, limit=_POLLS_LOOKED_AT)
        brake = store.brake_until(session)
    # A motion that is over is polled daily, but not before its record was ever read.
    is_open = stands.state is MotionState.OPEN or motion.baseline_poll_id is None
    at = next_poll_at(
        [
            PastPoll(poll.started_at, poll.failure_kind, poll.fresh_until_at)
            for poll in polls
        ],
        times=poll_times(settings.parliament, open_count=open_count),
        is_open=is_open,
        braked_until_at=brake.until_at if brake else None,
        now=now,
        jitter=_jitter(polls[0].started_at) if polls else 0,
    )
    is_lively = any(poll.outcome is Outcome.CHANGED for poll in polls)
    return PollDue(at, is_open, is_lively)


def poll_times(parliament: ParliamentSettings, *, open_count: int) -> PollTimes:
    """Return the intervals, stretched where more motions are open than are asked for."""
    times = PollTimes(parliament.poll_seconds, parliament.quiet_poll_seconds)
    return stretched(
        times,
        open_count=open_count,
        requests_per_second=parliament.requests_per_second,
    )


def _jitter(started_at: datetime) -> float:
    """Return a number from 0 to 1 that differs between polls and installations."""
    return random.Random(started_at.timestamp()).random()
