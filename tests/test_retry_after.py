"""tracker.parliament.retry_after: how long Parliament asks us to wait (U3)."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.parliament.retry_after import http_date, wait_asked_for

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
A_MINUTE = timedelta(seconds=60)


def seconds(value: str | None) -> float:
    return wait_asked_for(value, answered_at=NOW).total_seconds()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", 0),  # no minimum
        ("1", 1),
        ("120", 120),
        (" 120 ", 120),
        ("3599", 3599),
        ("3600", 3600),
        ("3601", 3600),
        ("315360000", 3600),  # ten years
        ("9" * 5000, 3600),
    ],
)
def test_a_wait_in_seconds_is_heeded_up_to_an_hour(value, expected):
    assert seconds(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 15 Jun 2026 12:02:00 GMT", 120),
        ("Mon, 15 Jun 2026 12:00:00 GMT", 0),
        ("Mon, 15 Jun 2026 11:00:00 GMT", 0),  # over already
        ("Mon, 15 Jun 2026 13:00:00 GMT", 3600),
        ("Mon, 15 Jun 2026 13:00:01 GMT", 3600),
        ("Sun, 15 Jun 2036 12:00:00 GMT", 3600),
        ("Mon, 15 Jun 2026 14:02:00 +0200", 120),
        ("Monday, 15-Jun-26 12:02:00 GMT", 120),  # RFC 850, obsolete
    ],
)
def test_a_date_is_compared_with_the_answers_own_date(value, expected):
    assert seconds(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "-1",
        "+5",
        "1.5",
        "abc",
        "12 0",
        "0x10",
        "\u0661\u0662",
        "1e3",
        "Mon, 99 Jun 2026 12:00:00 GMT",
        "Mon, 15 Jun 99999 12:00:00 GMT",
        "soon, please",
    ],
)
def test_what_cannot_be_read_is_a_minute(value):
    assert wait_asked_for(value, answered_at=NOW) == A_MINUTE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon, 15 Jun 2026 12:00:00 GMT", NOW),
        ("Mon, 15 Jun 2026 12:00:00", NOW),  # without a zone: GMT, as HTTP has it
        ("Mon, 15 Jun 2026 13:00:00 +0100", NOW),
        (None, None),
        ("", None),
        ("2026-06-15", None),
        ("Mon, 31 Feb 2026 12:00:00 GMT", None),
    ],
)
def test_an_http_date_is_read_as_utc(text, expected):
    assert http_date(text) == expected
