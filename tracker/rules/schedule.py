"""When a motion is polled next. Pure: the scheduler asks, and obeys.

Owns the hours of the day, the cache, back-off and brake of product.md 3.7.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from tracker.clock import LONDON
from tracker.rules.outcomes import FailureKind

DAY_SECONDS = 86_400
LONGEST_BRAKE = timedelta(hours=1)
_DAY_STARTS = time(8)
_DAY_ENDS = time(22)
_BLOCKED_SECONDS = 600
_LONGEST_SECONDS = 3600
_JITTER = 0.25
_SHARE_OF_POLLS = 0.9


@dataclass(frozen=True, slots=True)
class PollTimes:
    """The intervals in force: by day, and at nights and weekends, in seconds."""

    poll_seconds: float
    quiet_poll_seconds: float

    def interval_at(self, moment: datetime, *, is_open: bool) -> timedelta:
        """Return how long to wait between polls at this moment.

        By day is 08:00 to 22:00 in London, Monday to Friday. A motion that is closed or
        withdrawn is polled once a day.
        """
        if not is_open:
            return timedelta(seconds=DAY_SECONDS)
        if is_by_day(moment):
            return timedelta(seconds=self.poll_seconds)
        return timedelta(seconds=self.quiet_poll_seconds)


def stretched(
    times: PollTimes, *, open_count: int, requests_per_second: float
) -> PollTimes:
    """Return the intervals at which so many open motions can be polled.

    A tenth of the requests is left for Members and postcodes: a thousand motions are
    each polled within ten minutes at two requests a second (1000 / 1.8 = 556 seconds).
    """
    if open_count <= 1:
        return times
    least = open_count / (_SHARE_OF_POLLS * requests_per_second)
    return PollTimes(
        max(times.poll_seconds, least), max(times.quiet_poll_seconds, least)
    )


@dataclass(frozen=True, slots=True)
class PastPoll:
    """A poll as the schedule sees it: when it started, what held it up.

    `was_asked` is False for one that sent nothing (braked, busy): it says nothing about
    whether Parliament answers again.
    """

    started_at: datetime
    failure_kind: FailureKind | None = None
    fresh_until_at: datetime | None = None
    was_asked: bool = True


def next_poll_at(
    past: Iterable[PastPoll],
    *,
    times: PollTimes,
    is_open: bool,
    braked_until_at: datetime | None,
    now: datetime,
    jitter: float,
) -> datetime:
    """Return when the next scheduled poll is due; in the past or `now` means at once.

    `past` are the motion's newest polls, newest first. Not before: an interval after
    the last poll (cut short when the day begins), the answer's freshness, the back-off
    after failures that ask for one, and Parliament's brake. `jitter` is from 0 to 1.
    What was noted by a clock that has been set back since is left out: it may lie days
    ahead.
    """
    polls = list(past)
    if not polls or polls[0].started_at > now:
        due = now
    else:
        due = _planned(polls[0].started_at, times, is_open=is_open)
        due = max(due, polls[0].started_at + back_off(polls, jitter=jitter))
        due = max(due, _fresh_until(polls, now) or due)
    is_braked = is_brake_on(braked_until_at, now=now)
    return max(due, braked_until_at) if braked_until_at and is_braked else due


def is_brake_on(until_at: datetime | None, *, now: datetime) -> bool:
    """Return whether a brake put on until then holds at `now`.

    One more than an hour ahead does not: no brake is longer (product.md 3.7), so it was
    put on by a clock that has been set back since.
    """
    return until_at is not None and now < until_at <= now + LONGEST_BRAKE


def back_off(past: Iterable[PastPoll], *, jitter: float) -> timedelta:
    """Return how long to wait after the failures at the head of `past`, newest first.

    Nothing, unless the newest is of a kind that backs off (5xx, 403, time-outs): then a
    minute, doubling with each such failure in a row, from ten minutes on for a 403; up
    to an hour, and up to a quarter more by `jitter` (0 to 1).
    """
    streak = 0
    first_kind: FailureKind | None = None
    for poll in past:
        if not poll.was_asked:
            continue
        if poll.failure_kind is None or not poll.failure_kind.backs_off:
            break
        first_kind = first_kind or poll.failure_kind
        streak += 1
    if streak == 0:
        return timedelta(0)
    base = _BLOCKED_SECONDS if first_kind is FailureKind.BLOCKED else 60
    seconds = min(base * 2.0 ** min(streak - 1, 16), _LONGEST_SECONDS)
    return timedelta(seconds=seconds * (1 + _JITTER * jitter))


def _fresh_until(polls: Iterable[PastPoll], now: datetime) -> datetime | None:
    """Return until when the newest answer is fresh, None if there is none."""
    told = (poll.fresh_until_at for poll in polls if poll.started_at <= now)
    return next((moment for moment in told if moment), None)


def is_by_day(moment: datetime) -> bool:
    """Return whether it is 08:00 to 22:00 in London, Monday to Friday."""
    local = moment.astimezone(LONDON)
    return local.weekday() < 5 and _DAY_STARTS <= local.time() < _DAY_ENDS


def _planned(started_at: datetime, times: PollTimes, *, is_open: bool) -> datetime:
    due = started_at + times.interval_at(started_at, is_open=is_open)
    if not is_open or is_by_day(started_at):
        return due
    soonest = started_at + timedelta(seconds=times.poll_seconds)
    return min(due, max(_next_day_start(started_at), soonest))


def _next_day_start(moment: datetime) -> datetime:
    local = moment.astimezone(LONDON)
    day = local.date()
    if local.time() >= _DAY_STARTS:
        day += timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return datetime.combine(day, _DAY_STARTS, tzinfo=LONDON).astimezone(UTC)
