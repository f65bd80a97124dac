"""When the House usually begins to sit, and the line that says so above the board."""

from dataclasses import replace
from datetime import UTC, date, datetime, time

import pytest

from dashboard.sitting import sitting_words
from tests.test_views import MOTION
from tracker.rules.calendar import MotionState, Spell
from tracker.rules.sitting import is_certain, usual_start

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 23), time(14, 30)),
        (date(2026, 11, 24), time(11, 30)),
        (date(2026, 11, 25), time(11, 30)),
        (date(2026, 11, 26), time(9, 30)),
        (date(2026, 11, 27), time(9, 30)),
        (date(2026, 11, 28), None),
        (date(2026, 11, 29), None),
    ],
)
def test_each_weekday_has_its_usual_hour(day, expected):
    assert usual_start(day) == expected
    assert is_certain(day) is (day.weekday() < 4)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (MONDAY, "The House sits from 14:30 today"),
        (MONDAY.replace(hour=14, minute=29), "The House sits from 14:30 today"),
        (MONDAY.replace(hour=14, minute=30), "The House began to sit at 14:30 today"),
        (MONDAY.replace(hour=23), "The House began to sit at 14:30 today"),
        (MONDAY.replace(day=27), "On some Fridays the House sits, from 09:30"),
        (MONDAY.replace(day=28), "The House does not sit at the weekend"),
    ],
)
def test_the_line_says_when_it_sits_today(now, expected):
    assert sitting_words(MOTION, are_recesses_known=True, now=now) == expected


def test_the_hours_are_londons_in_summer_too():
    noon_in_london = datetime(2026, 6, 23, 11, 0, tzinfo=UTC)
    said = sitting_words(MOTION, are_recesses_known=True, now=noon_in_london)
    assert said == "The House began to sit at 11:30 today"


@pytest.mark.parametrize("day", [23, 27, 28])
def test_while_no_recess_is_known_no_hour_is_said(day):
    now = MONDAY.replace(day=day)
    assert sitting_words(MOTION, are_recesses_known=False, now=now) is None


def test_the_line_names_the_next_recess():
    recess = Spell(date(2026, 12, 17), date(2027, 1, 4), "Christmas recess")
    said = sitting_words(
        replace(MOTION, next_spell=recess), are_recesses_known=True, now=MONDAY
    )
    assert said == (
        "The House sits from 14:30 today · next recess from 17 December 2026"
    )


def test_in_a_recess_and_after_the_end_no_hour_is_said():
    away = replace(MOTION, no_name_until_on=date(2026, 11, 30))
    over = replace(MOTION, state=MotionState.CLOSED)
    for motion, said in (
        (away, "constituency until 30"),
        (over, "nobody is to be rung"),
    ):
        told = sitting_words(motion, are_recesses_known=True, now=MONDAY)
        assert told is not None
        assert said in told
