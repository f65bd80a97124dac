"""tracker.rules.schedule: when a motion is polled next (product.md 2, 3.7 and 3.8)."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.rules.outcomes import FailureKind
from tracker.rules.schedule import (
    PastPoll,
    PollTimes,
    back_off,
    is_brake_on,
    is_by_day,
    next_poll_at,
)

TIMES = PollTimes(poll_seconds=60, quiet_poll_seconds=600)
NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)  # a Monday
MINUTE = timedelta(minutes=1)


def after(seconds: float, moment: datetime = NOON) -> datetime:
    return moment + timedelta(seconds=seconds)


def due(*past: PastPoll, now: datetime = NOON, **changes: object) -> datetime:
    facts = {"is_open": True, "braked_until_at": None, "jitter": 0.0}
    return next_poll_at(past, times=TIMES, now=now, **(facts | changes))  # type: ignore[arg-type]


# By day, at night


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-06-15T06:59:59Z", False),  # London is an hour ahead in summer
        ("2026-06-15T07:00:00Z", True),
        ("2026-06-15T20:59:59Z", True),
        ("2026-06-15T21:00:00Z", False),
        ("2026-01-05T07:59:59Z", False),
        ("2026-01-05T08:00:00Z", True),
        ("2026-06-19T12:00:00Z", True),  # Friday
        ("2026-06-20T12:00:00Z", False),  # Saturday
        ("2026-06-21T12:00:00Z", False),  # Sunday
    ],
)
def test_day_is_from_eight_to_ten_in_london_on_weekdays(moment, expected):
    assert is_by_day(datetime.fromisoformat(moment)) is expected


def test_the_interval_is_that_of_the_hour():
    assert TIMES.interval_at(NOON, is_open=True) == MINUTE
    night = datetime(2026, 6, 15, 23, tzinfo=UTC)
    assert TIMES.interval_at(night, is_open=True) == 10 * MINUTE
    assert TIMES.interval_at(NOON, is_open=False) == timedelta(days=1)


def test_a_motion_that_was_never_polled_is_due_at_once():
    assert due() == NOON


def test_the_next_poll_is_an_interval_after_the_last():
    assert due(PastPoll(NOON), now=after(1)) == after(60)


def test_at_night_it_is_a_longer_interval():
    night = datetime(2026, 6, 15, 22, tzinfo=UTC)
    assert due(PastPoll(night), now=night) == after(600, night)


def test_the_day_cuts_the_nights_interval_short():
    before_eight = datetime(2026, 6, 15, 6, 55, tzinfo=UTC)
    assert due(PastPoll(before_eight), now=before_eight) == after(300, before_eight)


def test_but_not_below_the_days_interval():
    before_eight = datetime(2026, 6, 15, 6, 59, 30, tzinfo=UTC)
    assert due(PastPoll(before_eight), now=before_eight) == after(60, before_eight)


def test_a_weekend_is_not_cut_short():
    saturday = datetime(2026, 6, 20, 6, 55, tzinfo=UTC)
    assert due(PastPoll(saturday), now=saturday) == after(600, saturday)


def test_on_monday_the_day_begins_again():
    sunday = datetime(2026, 6, 21, 22, 59, tzinfo=UTC)
    slow = PollTimes(poll_seconds=60, quiet_poll_seconds=86_400)
    planned = next_poll_at(
        [PastPoll(sunday)],
        times=slow,
        is_open=True,
        braked_until_at=None,
        now=sunday,
        jitter=0,
    )
    assert planned == datetime(2026, 6, 22, 7, tzinfo=UTC)


def test_a_motion_that_is_over_is_polled_once_a_day():
    assert due(PastPoll(NOON), is_open=False) == after(86_400)
    night = datetime(2026, 6, 15, 23, tzinfo=UTC)
    assert due(PastPoll(night), now=night, is_open=False) == after(86_400, night)


# The cache


def test_nothing_is_asked_while_the_answer_is_fresh():
    fresh = PastPoll(NOON, fresh_until_at=after(90))
    assert due(fresh, now=after(1)) == after(90)


def test_freshness_outlasts_a_poll_that_failed():
    failed = PastPoll(after(60), failure_kind=FailureKind.CONNECTION)
    good = PastPoll(NOON, fresh_until_at=after(300))
    assert due(failed, good, now=after(61)) == after(300)


def test_freshness_that_is_over_sooner_changes_nothing():
    assert due(PastPoll(NOON, fresh_until_at=after(10)), now=after(1)) == after(60)


# The brake


def test_nothing_is_asked_while_the_brake_is_on():
    assert due(PastPoll(NOON), braked_until_at=after(3600)) == after(3600)
    assert due(braked_until_at=after(3600)) == after(3600)


def test_a_brake_that_is_over_changes_nothing():
    assert due(PastPoll(NOON), now=after(1), braked_until_at=after(-1)) == after(60)


# Back-off


def failures(kind: FailureKind, count: int) -> list[PastPoll]:
    return [PastPoll(after(-60 * n), failure_kind=kind) for n in range(count)]


@pytest.mark.parametrize(
    ("kind", "count", "minutes"),
    [
        (FailureKind.UNAVAILABLE, 1, 1),
        (FailureKind.UNAVAILABLE, 2, 2),
        (FailureKind.UNAVAILABLE, 3, 4),
        (FailureKind.TIMEOUT, 6, 32),
        (FailureKind.TIMEOUT, 7, 60),
        (FailureKind.UNAVAILABLE, 20, 60),
        (FailureKind.BLOCKED, 1, 10),
        (FailureKind.BLOCKED, 2, 20),
        (FailureKind.BLOCKED, 4, 60),
        (FailureKind.NOT_FOUND, 5, 0),
        (FailureKind.THROTTLED, 5, 0),
        (FailureKind.CONNECTION, 5, 0),
        (FailureKind.UNREADABLE, 5, 0),
    ],
)
def test_5xx_403_and_time_outs_back_off_and_double_up_to_an_hour(kind, count, minutes):
    assert back_off(failures(kind, count), jitter=0) == minutes * MINUTE


@pytest.mark.parametrize(("jitter", "seconds"), [(0, 600), (0.5, 675), (1, 750)])
def test_jitter_adds_up_to_a_quarter(jitter, seconds):
    blocked = failures(FailureKind.BLOCKED, 1)
    assert back_off(blocked, jitter=jitter) == timedelta(seconds=seconds)


def test_a_good_poll_ends_the_back_off():
    past = [PastPoll(NOON), *failures(FailureKind.UNAVAILABLE, 5)]
    assert back_off(past, jitter=0) == timedelta(0)


def test_a_failure_of_another_kind_ends_it_too():
    past = [
        PastPoll(NOON, failure_kind=FailureKind.UNREADABLE),
        *failures(FailureKind.UNAVAILABLE, 5),
    ]
    assert back_off(past, jitter=0) == timedelta(0)


def test_a_poll_that_sent_nothing_does_not_end_it():
    busy = PastPoll(after(30), was_asked=False)
    past = [busy, *failures(FailureKind.BLOCKED, 1)]
    assert back_off(past, jitter=0) == 10 * MINUTE
    assert due(*past, now=after(31)) >= after(600)


def test_a_blocked_poll_is_followed_ten_minutes_later():
    assert due(*failures(FailureKind.BLOCKED, 1), now=after(1)) == after(600)


def test_a_short_back_off_does_not_shorten_the_nights_interval():
    night = datetime(2026, 6, 15, 23, tzinfo=UTC)
    failed = PastPoll(night, failure_kind=FailureKind.UNAVAILABLE)
    assert due(failed, now=night) == after(600, night)


# Our clock


def test_a_clock_that_was_set_back_neither_storms_nor_sleeps():
    ahead = after(172_800)
    past = PastPoll(ahead, FailureKind.BLOCKED, fresh_until_at=after(60, ahead))
    assert due(past) == NOON
    assert due(PastPoll(NOON), past, now=after(1)) == after(60)


def test_a_brake_of_a_clock_that_was_set_back_is_over():
    assert due(PastPoll(NOON), now=after(1), braked_until_at=after(172_800)) == after(
        60
    )


@pytest.mark.parametrize(
    ("until", "expected"),
    [(None, False), (0, False), (0.001, True), (3600, True), (3600.001, False)],
)
def test_a_brake_holds_until_its_end_and_never_for_more_than_an_hour(until, expected):
    until_at = None if until is None else after(until)
    assert is_brake_on(until_at, now=NOON) is expected
