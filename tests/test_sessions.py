"""tracker.parliament.sessions: the table of sessions, and dissolutions."""

import csv
from datetime import date, timedelta
from importlib.resources import files

import pytest

from tracker.parliament.calendar import SessionDates
from tracker.parliament.sessions import (
    DISSOLUTIONS,
    is_dissolved_on,
    search_range,
    session_dates,
)

ROWS = list(
    csv.DictReader(
        files("tracker")
        .joinpath("data", "sessions.csv")
        .read_text("utf-8")
        .splitlines()
    )
)


def test_the_session_of_the_first_campaign_ended_on_26_march_2015():
    assert session_dates("2014-15") == SessionDates(
        "2014-15", date(2014, 6, 4), date(2015, 3, 26)
    )


@pytest.mark.parametrize("written", ["2019", "2019-19"])
def test_the_short_session_of_2019_has_two_names(written):
    assert session_dates(written) == SessionDates(
        "2019", date(2019, 10, 14), date(2019, 11, 5)
    )


def test_the_end_of_the_session_under_way_is_not_known():
    current = session_dates("2026-27")
    assert current is not None
    assert current.ends_on is None


@pytest.mark.parametrize("session", ["2009-10", "2031-32"])
def test_a_session_the_table_lacks_is_none(session):
    assert session_dates(session) is None


@pytest.mark.parametrize("session", ["", "718", "2014-15-16"])
def test_what_is_no_session_is_a_value_error(session):
    with pytest.raises(ValueError, match="written 2014-15"):
        session_dates(session)


@pytest.mark.parametrize(
    ("session", "range_"),
    [
        ("2014-15", (date(2014, 6, 4), date(2015, 3, 26))),
        ("2026-27", (date(2026, 5, 13), date(2027, 12, 31))),
        ("2031-32", (date(2031, 1, 1), date(2032, 12, 31))),
        ("1999-00", (date(1999, 1, 1), date(2000, 12, 31))),
        ("2031", (date(2031, 1, 1), date(2031, 12, 31))),
        ("2031-36", (date(2031, 1, 1), date(2036, 12, 31))),
    ],
)
def test_a_search_covers_the_session_or_the_years_it_names(session, range_):
    assert search_range(session) == range_


@pytest.mark.parametrize("session", ["2031-37", "2015-14", "0014-15", "soon"])
def test_years_that_no_session_can_have_are_refused(session):
    with pytest.raises(ValueError, match="written 2014-15"):
        search_range(session)


def test_every_row_has_a_source_and_days_in_order_without_overlap():
    previous_end = date(2010, 4, 8)
    for row in ROWS:
        dates = session_dates(row["session"])
        assert dates is not None
        assert dates.session == row["session"]
        assert len(row["source"]) > 20
        assert dates.starts_on > previous_end
        if dates.ends_on is None:
            assert row is ROWS[-1]
            continue
        assert dates.ends_on > dates.starts_on
        previous_end = dates.ends_on


def test_every_session_starts_in_the_first_year_of_its_name():
    for row in ROWS:
        assert row["starts_on"][:4] == row["session"][:4]
        if row["ends_on"]:
            assert row["ends_on"][2:4] == row["session"][-2:]


def test_every_day_since_may_2010_falls_in_at_most_one_session():
    assert len({row["session"] for row in ROWS}) == len(ROWS) == 14


@pytest.mark.parametrize(
    ("day", "is_dissolved"),
    [
        (date(2015, 3, 29), False),
        (date(2015, 3, 30), True),
        (date(2015, 5, 6), True),
        (date(2015, 5, 7), False),
        (date(2024, 5, 29), False),
        (date(2024, 5, 30), True),
        (date(2024, 7, 3), True),
        (date(2024, 7, 4), False),
        (date(2026, 6, 1), False),
    ],
)
def test_parliament_is_dissolved_until_the_eve_of_polling(day, is_dissolved):
    assert is_dissolved_on(day) is is_dissolved


def test_no_session_runs_into_a_dissolution():
    for dissolution in DISSOLUTIONS:
        assert dissolution.election_on - dissolution.dissolved_on > timedelta(days=20)
        for row in ROWS:
            assert (
                not row["starts_on"] < str(dissolution.dissolved_on) <= row["ends_on"]
            )
