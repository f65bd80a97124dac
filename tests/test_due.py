"""tracker.due: which motions go first, and how many of them count."""

from datetime import UTC, datetime, timedelta

from tests.upstream import watching
from tracker.due import PollDue, poll_due
from tracker.rules.schedule import PollTimes, stretched

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)  # a Monday
TIMES = PollTimes(60, 600)


def test_what_is_open_and_what_changed_lately_goes_first_but_keeps_nobody_for_long():
    over = PollDue(NOON, is_open=False, is_lively=False)
    quiet = PollDue(NOON, is_open=True, is_lively=False)
    lively = PollDue(NOON, is_open=True, is_lively=True)
    waited = PollDue(NOON - timedelta(minutes=5), is_open=False, is_lively=False)
    by_urgency = sorted([over, quiet, lively, waited], key=lambda due: due.urgency)
    assert by_urgency == [waited, lively, quiet, over]


def test_a_thousand_motions_are_polled_within_ten_minutes_and_leave_some_requests():
    times = stretched(TIMES, open_count=1000, requests_per_second=2)
    assert 500 < times.poll_seconds < 600
    assert times.quiet_poll_seconds == 600
    assert 1000 / times.poll_seconds <= 1.8


def test_few_motions_are_polled_as_is_configured():
    assert stretched(TIMES, open_count=1, requests_per_second=0.001) == TIMES
    assert stretched(TIMES, open_count=108, requests_per_second=2) == TIMES
    assert stretched(TIMES, open_count=109, requests_per_second=2) != TIMES


def test_motions_that_are_over_stretch_nothing(sqlite_engine, settings, clock):
    clock.set(NOON)
    with watching(sqlite_engine, settings, clock, rows=3) as watch:
        watch.poll()

        def wait(open_count: int) -> timedelta:
            due = poll_due(
                watch.engine, watch.settings, watch.motion,
                open_count=open_count, now=NOON,
            )  # fmt: skip
            assert (due.is_open, due.is_lively) == (True, True)
            return due.at - NOON

        assert wait(1) == timedelta(seconds=60)
        assert wait(90_000) == timedelta(seconds=100)  # a thousand a second here
