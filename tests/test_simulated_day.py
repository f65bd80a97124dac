"""Parliament is asked at most what product.md 3.7 allows, counted over whole days."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from tests.upstream import MOTION_ID, SESSION, Watch, small_world, watching
from tracker import store
from tracker.desk import Desk
from tracker.due import poll_due_at
from tracker.poll import poll_motion
from tracker.rehearsal import faults
from tracker.rehearsal.exchange import SeenRequest
from tracker.rules.outcomes import Outcome

DETAIL = f"/EarlyDayMotion/{MOTION_ID}"
# British summer time: London's midnight is 23:00 UTC.
THURSDAY = datetime(2026, 6, 17, 23, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 6, 19, 23, 0, tzinfo=UTC)


@pytest.fixture
def watch(sqlite_engine, settings, clock):
    clock.set(THURSDAY)
    world = small_world(clock, rows=3)
    with watching(
        sqlite_engine, settings, clock, world=world, cache_seconds=60
    ) as made:
        yield made


def live(watch: Watch, until: datetime) -> list[SeenRequest]:
    """Let time go by as the scheduler lives it; return what Parliament was asked."""
    first = watch.stand_in.request_count()

    async def days(desk: Desk) -> datetime:
        while True:
            now = watch.clock()
            due = poll_due_at(watch.engine, watch.settings, watch.motion, now=now)
            if due >= until:
                return watch.clock.set(until)
            watch.clock.set(max(due, now))
            await poll_motion(desk.poll, watch.motion)

    watch.run(days)
    return watch.stand_in.requests[first:]


def gaps(requests: list[SeenRequest]) -> set[float]:
    """Return the seconds between each request and the next, without repeats."""
    return {
        (later.at - earlier.at).total_seconds() for earlier, later in pairwise(requests)
    }


@pytest.mark.slow
def test_on_a_working_day_once_a_minute_by_day_and_every_ten_at_night(watch):
    asked = live(watch, THURSDAY + timedelta(days=1))
    assert {request.path for request in asked} == {DETAIL}
    by_day = [r for r in asked if 7 <= r.at.hour < 21]  # 08:00 to 22:00 in London
    at_night = [r for r in asked if not 7 <= r.at.hour < 21]
    assert len(by_day) == 14 * 60
    assert len(at_night) == 10 * 6
    assert gaps(asked) == {60, 600}
    assert gaps(by_day) == {60}
    with store.read(watch.engine) as session:
        polls = store.recent_polls(session, 1, limit=1000)
    assert len(polls) == len(asked)
    # Never while the answer before was fresh: not one copy came from the cache.
    assert all(
        poll.answered_at == poll.started_at.replace(microsecond=0) for poll in polls
    )
    assert {poll.outcome for poll in polls[:-1]} == {Outcome.UNCHANGED}


def test_on_a_saturday_every_ten_minutes(watch):
    watch.clock.set(SATURDAY)
    asked = live(watch, SATURDAY + timedelta(days=1))
    assert len(asked) == 24 * 6
    assert gaps(asked) == {600}


def test_the_first_poll_of_a_day_waits_for_no_night_interval(watch):
    """At 07:55 the next poll is at 08:00, not at 08:05; on a Saturday it is."""
    for day, expected in ((THURSDAY, 5), (SATURDAY, 10)):
        start = day + timedelta(hours=7, minutes=55)
        watch.clock.set(start)
        watch.poll()
        due = poll_due_at(watch.engine, watch.settings, watch.motion, now=start)
        assert due == start + timedelta(minutes=expected)


@pytest.mark.parametrize(
    ("fault", "first_wait", "most"),
    [(faults.HtmlPage(503), 60, 7), (faults.CloudflareChallenge(), 600, 4)],
)
def test_while_parliament_fails_it_is_asked_less_and_less(
    watch, fault, first_wait, most
):
    morning = THURSDAY + timedelta(hours=10)
    watch.clock.set(morning)
    live(watch, morning + timedelta(minutes=5))
    watch.stand_in.fault(fault, times=None)
    failing = live(watch, morning + timedelta(minutes=65))
    waits = [(b.at - a.at).total_seconds() for a, b in pairwise(failing)]
    assert 2 <= len(failing) <= most
    for place, wait in enumerate(waits):
        least = min(first_wait * 2**place, 3600)
        assert least <= wait <= least * 1.25
    watch.stand_in.clear_faults()
    again = live(watch, morning + timedelta(hours=4))
    assert gaps(again) == {60}
    assert again[0].at <= failing[-1].at + timedelta(seconds=3600 * 1.25)


def test_the_back_off_is_drawn_once_for_each_failure(watch):
    """Asked every second, the due time does not move away."""
    watch.clock.set(THURSDAY + timedelta(hours=10))
    watch.stand_in.fault(faults.HtmlPage(503))
    watch.poll()

    def due(now: datetime) -> datetime:
        return poll_due_at(watch.engine, watch.settings, watch.motion, now=now)

    first = due(watch.clock())
    assert watch.clock() + timedelta(seconds=60) < first
    assert {due(watch.clock.advance(1)) for _ in range(5)} == {first}


def test_a_failure_of_another_kind_is_tried_again_as_planned(watch):
    morning = THURSDAY + timedelta(hours=10)
    watch.clock.set(morning)
    watch.stand_in.fault(faults.RefusedInside(), times=None)
    assert gaps(live(watch, morning + timedelta(minutes=10))) == {60}


def test_while_an_answer_is_fresh_it_is_not_asked_for_again(
    sqlite_engine, settings, clock
):
    clock.set(THURSDAY + timedelta(hours=10))
    with watching(sqlite_engine, settings, clock, rows=3, fresh_seconds=300) as watch:
        asked = live(watch, clock() + timedelta(minutes=30))
        assert len(asked) == 6
        assert gaps(asked) == {300}


def test_while_braked_nothing_is_asked(watch):
    morning = THURSDAY + timedelta(hours=10)
    watch.clock.set(morning)
    watch.stand_in.fault(faults.TooManyRequests("1800"))
    asked = live(watch, morning + timedelta(hours=1))
    assert [(r.at - morning).total_seconds() for r in asked[:3]] == [0, 1800, 1860]


def test_a_closed_motion_is_asked_for_once_a_day(sqlite_engine, settings, clock):
    motion = {
        "number": 718, "session": SESSION, "id": MOTION_ID, "closes_on": date(2026, 6, 10),
    }  # fmt: skip
    clock.set(THURSDAY)
    with watching(sqlite_engine, settings, clock, motion=motion) as watch:
        asked = live(watch, THURSDAY + timedelta(days=5))
        assert len(asked) == 5
        assert gaps(asked) == {86_400}


def test_a_closed_motion_that_was_never_read_is_not_left_for_a_day(
    sqlite_engine, settings, clock
):
    motion = {
        "number": 718, "session": SESSION, "id": MOTION_ID, "closes_on": date(2026, 6, 10),
    }  # fmt: skip
    clock.set(THURSDAY)
    with watching(sqlite_engine, settings, clock, motion=motion) as watch:
        watch.stand_in.fault(faults.HtmlPage(200), times=1)
        asked = live(watch, THURSDAY + timedelta(days=2))
        assert gaps(asked[:2]) == {600}
        assert gaps(asked[1:]) == {86_400}


def test_our_clock_set_back_makes_no_storm_and_no_gap(watch):
    morning = THURSDAY + timedelta(hours=10)
    watch.clock.set(morning)
    live(watch, morning + timedelta(minutes=5))
    watch.clock.set(morning - timedelta(hours=1))
    asked = live(watch, morning - timedelta(minutes=50))
    assert len(asked) == 10
    assert gaps(asked) == {60}


def test_our_clock_set_back_while_parliament_fails_makes_no_storm_either(watch):
    morning = THURSDAY + timedelta(hours=10)
    watch.clock.set(morning)
    live(watch, morning + timedelta(minutes=2))
    watch.clock.set(morning - timedelta(hours=1))
    watch.stand_in.fault(faults.HtmlPage(200), times=None)
    asked = live(watch, morning - timedelta(minutes=50))
    assert len(asked) == 10
    assert gaps(asked) == {60}


@pytest.mark.parametrize(("count", "seconds"), [(2, 60), (180, 100), (1000, 5000 / 9)])
def test_many_motions_are_spread_over_the_requests_that_are_allowed(
    sqlite_engine, settings, clock, count, seconds
):
    clock.set(THURSDAY + timedelta(hours=10))
    with watching(sqlite_engine, settings, clock, rows=3) as watch:
        watch.poll()
        motions = [watch.motion.model_dump()]
        motions += [{"number": 1000 + i, "session": SESSION} for i in range(count - 1)]
        many = settings(motions=motions, parliament={"requests_per_second": 2})
        due = poll_due_at(watch.engine, many, watch.motion, now=clock())
        assert due == clock() + timedelta(seconds=seconds)
