"""tracker.rules.calendar: product.md 3.8, London's days, and time that does not count."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tracker.rules.calendar import (
    MotionState,
    Spell,
    Standing,
    counting_time,
    end_of_day,
    merged_spells,
    next_spell,
    spell_on,
    standing,
    start_of_day,
)

CLOSES_ON = date(2015, 3, 26)
HOUR = timedelta(hours=1)


def utc(
    year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def stands(now: datetime, **changes: object) -> Standing:
    facts = {"closes_on": CLOSES_ON, "is_withdrawn": False, "withdrawn_at": None}
    return standing(**(facts | changes), now=now)  # type: ignore[arg-type]


# Open, closed, withdrawn


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (utc(2015, 3, 26, 12), MotionState.OPEN),
        (utc(2015, 3, 26, 23, 59, 59), MotionState.OPEN),
        (utc(2015, 3, 27), MotionState.CLOSED),  # London is on GMT until the 29th
        (utc(2026, 6, 15), MotionState.CLOSED),
    ],
)
def test_a_motion_is_open_until_the_end_of_its_last_day(now, state):
    assert stands(now).state is state


def test_the_last_day_is_londons():
    summer = {"closes_on": date(2026, 7, 16)}
    assert stands(utc(2026, 7, 16, 22, 59, 59), **summer).state is MotionState.OPEN
    assert stands(utc(2026, 7, 16, 23), **summer).state is MotionState.CLOSED


def test_an_open_motions_board_is_that_of_now_and_today():
    now = utc(2015, 3, 20, 12)
    assert (stands(now).board_at, stands(now).house_on) == (now, date(2015, 3, 20))


def test_a_closed_motions_board_is_that_of_the_end_of_its_last_day():
    closed = stands(utc(2026, 6, 15))
    assert closed.board_at == utc(2015, 3, 27)
    assert (closed.house_on, closed.last_on) == (CLOSES_ON, CLOSES_ON)


def test_a_motion_whose_session_nobody_knows_is_open():
    known = stands(utc(2040, 1, 1), closes_on=None)
    assert (known.state, known.last_on) == (MotionState.OPEN, None)


@pytest.mark.parametrize(
    ("withdrawn_at", "last_on"),
    [
        (utc(2015, 2, 3, 12), date(2015, 2, 3)),
        (utc(2015, 5, 1), CLOSES_ON),  # after its closing: the closing came first
        (None, date(2015, 3, 1)),  # Parliament does not say when: today
    ],
)
def test_a_withdrawn_motion_ends_on_the_day_it_was_withdrawn(withdrawn_at, last_on):
    view = stands(utc(2015, 3, 1, 9), is_withdrawn=True, withdrawn_at=withdrawn_at)
    assert (view.state, view.last_on) == (MotionState.WITHDRAWN, last_on)
    assert view.house_on == last_on


def test_a_board_is_never_of_a_moment_to_come():
    now = utc(2015, 2, 3, 12, 30)
    view = stands(now, is_withdrawn=True, withdrawn_at=utc(2015, 2, 3, 12))
    assert view.board_at == now


# London's days


@pytest.mark.parametrize(
    ("day", "starts", "ends"),
    [
        (date(2026, 1, 5), utc(2026, 1, 5), utc(2026, 1, 6)),
        (date(2026, 7, 5), utc(2026, 7, 4, 23), utc(2026, 7, 5, 23)),
        (date(2026, 3, 29), utc(2026, 3, 29), utc(2026, 3, 29, 23)),  # 23 hours
        (date(2026, 10, 25), utc(2026, 10, 24, 23), utc(2026, 10, 26)),  # 25 hours
    ],
)
def test_a_day_starts_and_ends_at_londons_midnights(day, starts, ends):
    assert (start_of_day(day), end_of_day(day)) == (starts, ends)


# Recesses


CHRISTMAS = Spell(date(2026, 12, 17), date(2027, 1, 4), "Christmas recess")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 12, 16), None),
        (date(2026, 12, 17), CHRISTMAS),
        (date(2027, 1, 4), CHRISTMAS),
        (date(2027, 1, 5), None),
    ],
)
def test_both_days_of_a_spell_belong_to_it(day, expected):
    assert spell_on([CHRISTMAS], day) == expected


def test_spells_that_follow_each_other_are_one():
    prorogued = Spell(date(2015, 3, 26), date(2015, 3, 29), "Prorogation")
    dissolved = Spell(date(2015, 3, 30), date(2015, 5, 17), "Dissolution")
    whole = Spell(date(2015, 3, 26), date(2015, 5, 17), "Prorogation")
    assert merged_spells([dissolved, prorogued]) == [whole]
    assert spell_on([dissolved, prorogued], date(2015, 3, 27)) == whole


def test_a_sitting_day_between_two_spells_parts_them():
    one = Spell(date(2026, 2, 1), date(2026, 2, 3), "one")
    two = Spell(date(2026, 2, 5), date(2026, 2, 6), "two")
    assert merged_spells([two, one]) == [one, two]
    assert spell_on([one, two], date(2026, 2, 4)) is None


def test_a_spell_inside_another_does_not_shorten_it():
    inside = Spell(date(2026, 12, 20), date(2026, 12, 21), "inside")
    assert merged_spells([inside, CHRISTMAS]) == [CHRISTMAS]


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2026, 12, 16), CHRISTMAS), (date(2026, 12, 17), None)],
)
def test_the_next_spell_starts_after_today(day, expected):
    assert next_spell([CHRISTMAS], day) == expected


# Time that counts


def test_without_a_spell_all_time_counts():
    assert counting_time(utc(2026, 6, 1), utc(2026, 6, 5), []) == timedelta(days=4)


def test_a_span_that_ends_before_it_starts_is_nothing():
    assert counting_time(utc(2026, 6, 5), utc(2026, 6, 1), []) == timedelta(0)
    assert counting_time(utc(2027, 1, 5), utc(2026, 1, 1), [CHRISTMAS]) == timedelta(0)


def test_a_spell_in_the_middle_counts_for_nothing():
    start, end = utc(2026, 12, 15, 12), utc(2027, 1, 6, 12)
    assert counting_time(start, end, [CHRISTMAS]) == timedelta(days=3)


def test_a_span_inside_a_spell_is_nothing():
    inside = counting_time(utc(2026, 12, 20), utc(2026, 12, 24), [CHRISTMAS])
    assert inside == timedelta(0)


def test_a_spell_that_has_begun_stops_the_time():
    start = utc(2026, 12, 16, 12)
    assert counting_time(start, utc(2026, 12, 30), [CHRISTMAS]) == 12 * HOUR


def test_a_span_that_starts_in_a_spell_counts_from_its_end():
    end = utc(2027, 1, 5, 6)
    assert counting_time(utc(2026, 12, 20), end, [CHRISTMAS]) == 6 * HOUR


def test_two_calendars_that_name_one_recess_do_not_count_it_twice():
    start, end = utc(2026, 12, 15, 12), utc(2027, 1, 6, 12)
    twice = [CHRISTMAS, Spell(CHRISTMAS.from_on, CHRISTMAS.to_on, "Recess")]
    assert counting_time(start, end, twice) == timedelta(days=3)


def test_a_spell_is_of_londons_days():
    june = Spell(date(2026, 6, 10), date(2026, 6, 10), "a day")
    start, end = utc(2026, 6, 9, 22), utc(2026, 6, 11)
    assert counting_time(start, end, [june]) == 2 * HOUR
