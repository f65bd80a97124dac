"""tracker.parliament.calendar: sessions and the days the Commons does not sit."""

import json
from datetime import date

import pytest

from tracker.parliament.calendar import (
    NonSitting,
    SessionDates,
    normal_session,
    parse_nonsitting,
    parse_sessions,
)
from tracker.parliament.decode import AnswerError


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def period(**changes: object) -> dict[str, object]:
    return {
        "Id": 1,
        "StartDate": "2026-05-22T00:00:00",
        "EndDate": "2026-05-31T00:00:00",
        "Category": "Recess - Commons",
        "CategoryCode": "2",
        "House": "Commons",
        "Description": None,
        **changes,
    }


def read(*periods: object) -> tuple[NonSitting, ...]:
    return parse_nonsitting(encoded(periods))


def test_sessions_are_read_with_the_one_under_way():
    body = encoded(
        [
            {
                "SessionId": 40,
                "StartDate": "2026-05-13T00:00:00",
                "EndDate": None,
                "CommonsDescription": "2026-27",
            },
            {
                "sessionId": 30,
                "startDate": "2019-10-14T00:00:00",
                "endDate": "2019-11-06T00:00:00",
                "commonsDescription": "2019-19",
            },
        ]
    )
    assert parse_sessions(body) == (
        SessionDates("2026-27", date(2026, 5, 13), None),
        SessionDates("2019", date(2019, 10, 14), date(2019, 11, 6)),
    )


@pytest.mark.parametrize("description", [None, "", 5, "First session"])
def test_a_session_without_a_commons_name_is_left_out(description):
    item = {"StartDate": "2026-05-13", "CommonsDescription": description}
    assert parse_sessions(encoded([item])) == ()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "the answer is an object, a list is right"),
        ([1], "item 1 is a number"),
        ([{"StartDate": "2026-05-13"}], "item 1 has no commonsdescription"),
        ([{"CommonsDescription": "2026-27"}], "item 1 has no startdate"),
        (
            [{"CommonsDescription": "2026-27", "StartDate": None}],
            "startdate of item 1 is not a date",
        ),
    ],
)
def test_sessions_of_another_shape_are_refused(answer, said):
    with pytest.raises(AnswerError, match=said):
        parse_sessions(encoded(answer))


@pytest.mark.parametrize(
    ("written", "session"),
    [
        ("2014-15", "2014-15"),
        (" 2014–15 ", "2014-15"),  # noqa: RUF001 - as many pages write it
        ("2014/15", "2014-15"),
        ("2014-2015", "2014-15"),
        ("2019", "2019"),
        ("2019-19", "2019"),
        ("2019-2019", "2019"),
        ("1999-00", "1999-00"),
    ],
)
def test_a_session_has_one_name_however_it_is_written(written, session):
    assert normal_session(written) == session


@pytest.mark.parametrize(
    "written", ["", "14-15", "2014-1", "2014-15-16", "next", "٢٠١٤"]
)
def test_what_is_no_session_is_a_value_error(written):
    with pytest.raises(ValueError, match="written 2014-15"):
        normal_session(written)


def test_a_recess_is_named_by_its_category_and_both_days_belong_to_it():
    assert read(period()) == (
        NonSitting(date(2026, 5, 22), date(2026, 5, 31), "Recess"),
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"Description": " Whitsun recess "}, "Whitsun recess"),
        ({"Category": "Prorogation - Commons", "CategoryCode": "3"}, "Prorogation"),
        ({"Category": None, "CategoryCode": "3"}, "Prorogation"),
        ({"Category": "Dissolution", "CategoryCode": "9"}, "Dissolution"),
        (
            {"Category": "Holiday adjournment", "CategoryCode": "8"},
            "Holiday adjournment",
        ),
        ({"Category": None, "CategoryCode": None}, "Not sitting"),
        ({"House": None}, "Recess"),
        ({"House": "Commons and Lords"}, "Recess"),
    ],
)
def test_recesses_prorogations_and_dissolutions_are_kept(changes, name):
    assert [p.name for p in read(period(**changes))] == [name]


@pytest.mark.parametrize(
    "changes",
    [
        {"Category": "Non-sitting Friday - Commons", "CategoryCode": "6"},
        {"Category": "Non-sitting Friday - Commons", "CategoryCode": None},
        {"Category": "Something else", "CategoryCode": "6"},
        {"House": "Lords", "Category": "Recess - Lords"},
        {"House": None, "Category": "Recess - Lords"},
        {
            "Category": "Bank holiday",
            "CategoryCode": "7",
            "EndDate": "2026-05-22T00:00:00",
        },
        {"CancelledDate": "2026-05-01T00:00:00"},
    ],
)
def test_fridays_single_days_and_the_lords_own_are_left_out(changes):
    assert read(period(**changes)) == ()


def test_a_recess_of_one_day_is_kept():
    [only] = read(period(EndDate=None))
    assert (only.from_on, only.to_on) == (date(2026, 5, 22), date(2026, 5, 22))


def test_an_end_before_the_start_is_one_day():
    [only] = read(period(EndDate="2026-05-01T00:00:00"))
    assert only.to_on == date(2026, 5, 22)


def test_periods_come_earliest_first_and_once():
    easter = period(StartDate="2026-03-27", EndDate="2026-04-12")
    assert [p.from_on for p in read(period(), easter, period())] == [
        date(2026, 3, 27),
        date(2026, 5, 22),
    ]


def test_camel_case_is_read_as_well():
    item = {key[0].lower() + key[1:]: value for key, value in period().items()}
    assert read(item) == read(period())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({}, "the answer is an object"),
        ([{"EndDate": None}], "item 1 has no startdate"),
        ([period(StartDate="soon")], "startdate of item 1 is not a date"),
    ],
)
def test_non_sitting_days_of_another_shape_are_refused(answer, said):
    with pytest.raises(AnswerError, match=said):
        parse_nonsitting(encoded(answer))
