"""When a motion is polled next, from the polls and the brake that are stored.

Owns what the schedule is told; what follows from it is rules/schedule.py's.
"""

import random
from datetime import datetime

from tracker import store
from tracker.board import motion_standing
from tracker.config import MotionSettings, ParliamentSettings, Settings
from tracker.rules.calendar import MotionState
from tracker.rules.schedule import PastPoll, PollTimes, next_poll_at
from tracker.store import Engine

_POLLS_LOOKED_AT = 20


def poll_due_at(
    engine: Engine, settings: Settings, watched: MotionSettings, *, now: datetime
) -> datetime:
    """Return when the motion's next scheduled poll is due; not after `now` means at once.

    Asked again, it gives the same answer until there is another poll: the jitter is
    drawn once for each poll.
    """
    with store.read(engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
        if motion is None or motion.id is None:
            return now
        stands = motion_standing(session, watched, motion, now=now)
        polls = store.recent_polls(session, motion.id, limit=_POLLS_LOOKED_AT)
        brake = store.brake_until(session)
    return next_poll_at(
        [
            PastPoll(poll.started_at, poll.failure_kind, poll.fresh_until_at)
            for poll in polls
        ],
        times=poll_times(settings.parliament, motion_count=len(settings.motions)),
        # A motion that is over is polled daily, but not before its record was ever read.
        is_open=stands.state is MotionState.OPEN or motion.baseline_poll_id is None,
        braked_until_at=brake.until_at if brake else None,
        now=now,
        jitter=_jitter(polls[0].started_at) if polls else 0,
    )


def poll_times(parliament: ParliamentSettings, *, motion_count: int) -> PollTimes:
    """Return the intervals, stretched where there are more motions than requests."""
    least = motion_count / parliament.requests_per_second if motion_count > 1 else 0
    return PollTimes(
        max(parliament.poll_seconds, least), max(parliament.quiet_poll_seconds, least)
    )


def _jitter(started_at: datetime) -> float:
    """Return a number from 0 to 1 that differs between polls and installations."""
    return random.Random(started_at.timestamp()).random()
