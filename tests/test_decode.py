"""tracker.parliament.decode: which bytes are believed, and when a moment is."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.parliament.decode import (
    AnswerError,
    check_content_type,
    cleaned,
    decode_json,
    parse_moment,
)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**60), 10**60) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    "value",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        " application/json ",
    ],
)
def test_json_is_the_type_that_is_right(value):
    check_content_type(value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "does not say its type"),
        ("text/html; charset=utf-8", "text/html"),
        ("", "nothing"),
        ("application/jsonp", "application/jsonp"),
        ("text/json", "text/json"),
        ("x" * 500, "…"),
    ],
)
def test_another_type_is_refused_by_name(value, said):
    with pytest.raises(AnswerError, match=said):
        check_content_type(value)


@given(JSON_VALUES)
def test_any_proper_json_is_read_as_it_was_written(value):
    assert decode_json(json.dumps(value).encode()) == value
    assert decode_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        ('{"Name":"Zoë"}'.encode("latin-1"), r"not UTF-8 \(byte 12\)"),
        ("{}".encode("utf-16"), "not UTF-8"),
        (b'{"Response":', r"not JSON \(line 1, column 13"),
        (b"<html>secret</html>", "not JSON"),
        (b"{} {}", "not JSON"),
        (b'{"Count":NaN}', "NaN"),
        (b"[-Infinity]", "-Infinity"),
        (b"[1e999]", "too large"),
        (b"[" + b"9" * 5_000 + b"]", "number of 5000 characters"),
        (b"[0." + b"9" * 5_000 + b"]", "number of 5002 characters"),
        (b'{"Id":1,"Id":2}', "the key Id twice"),
        (b'{"<b>":1,"<b>":2}', "a key twice"),
        (b'{"a":[{"Id":1,"Id":1}]}', "the key Id twice"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"\\uDFFF":1}', "surrogate"),
        (b'[[{"a":["\\ud83dx"]}]]', "surrogate"),
        (b'["\xed\xa0\x80"]', "not UTF-8"),
        (b"[" * 100_000, "nested"),
        (b'{"a":' * 100_000, "nested"),
        (b"[" * 100_000 + b"]" * 100_000, "nested"),
    ],
)
def test_a_body_that_is_not_strict_json_is_refused_with_its_reason(body, said):
    with pytest.raises(AnswerError, match=said) as error:
        decode_json(body)
    assert "secret" not in str(error.value)
    assert len(str(error.value)) < 120


def test_a_whole_surrogate_pair_and_an_escaped_backslash_are_fine():
    assert decode_json(b'["\\ud83d\\ude00", "\\\\ud800"]') == ["😀", "\\ud800"]


def test_a_number_is_read_up_to_64_characters():
    assert decode_json(b"9" * 64) == int("9" * 64)
    with pytest.raises(AnswerError, match="65 characters"):
        decode_json(b"9" * 65)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (None, None),
        ("2026-01-12T14:30:00", utc(2026, 1, 12, 14, 30)),
        ("2026-06-15T14:30:00", utc(2026, 6, 15, 13, 30)),
        ("2026-06-15T14:30:00Z", utc(2026, 6, 15, 14, 30)),
        ("2026-06-15T14:30:00+01:00", utc(2026, 6, 15, 13, 30)),
        ("2026-06-15T14:30:00-0530", utc(2026, 6, 15, 20, 0)),
        ("2026-06-15 14:30", utc(2026, 6, 15, 13, 30)),
        ("2026-01-12T14:30:00.7", utc(2026, 1, 12, 14, 30, 0, 700_000)),
        ("2026-01-12T14:30:00.71", utc(2026, 1, 12, 14, 30, 0, 710_000)),
        ("2026-01-12T14:30:00.4666667", utc(2026, 1, 12, 14, 30, 0, 466_666)),
        ("2026-01-12T14:30:00.999999999", utc(2026, 1, 12, 14, 30, 0, 999_999)),
        ("2020-03-05", utc(2020, 3, 5)),
        ("2026-06-01", utc(2026, 5, 31, 23)),
        ("0001-01-01T00:00:00", None),
        ("0001-01-01", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2016-12-31T23:59:60Z", utc(2017, 1, 1)),
        ("2016-12-31T23:59:60.5", utc(2017, 1, 1, 0, 0, 0, 500_000)),
    ],
)
def test_a_moment_is_read_as_utc(value, moment):
    read = parse_moment(value)
    assert read == moment
    assert read is None or read.tzinfo is UTC


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2025-10-26T00:59:59", utc(2025, 10, 25, 23, 59, 59)),
        ("2025-10-26T01:30:00", utc(2025, 10, 26, 0, 30)),
        ("2025-10-26T02:00:00", utc(2025, 10, 26, 2, 0)),
        ("2025-10-26T01:30:00+00:00", utc(2025, 10, 26, 1, 30)),
        ("2026-03-29T01:30:00", utc(2026, 3, 29, 1, 30)),
    ],
)
def test_of_the_hour_that_comes_twice_the_first_is_meant(value, moment):
    assert parse_moment(value) == moment


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "yesterday",
        0,
        1748790000,
        1.5,
        True,
        [],
        {},
        "2026-13-01T00:00:00",
        "2026-02-29",
        "2026-06-15T24:00:00",
        "2026-06-15T14:30:61",
        "2026-06-15T14:30:00.",
        "2026-06-15T14:30:00.1234567890",
        "2026-06-15T14:30:00+99:00",
        "2026-06-15T14:30:00+01:75",
        "2026-06-15T14:30:00 Z",
        "2026-06-15T",
        "2026-W10-1",
        "20260615",
        "0000-01-01",
        "٢٠٢٦-06-15",
        "2026-06-15T14:30:00\n",
    ],
)
def test_what_is_no_moment_is_a_value_error(value):
    with pytest.raises(ValueError, match="not a date and time"):
        parse_moment(value)


@pytest.mark.parametrize(
    "value",
    [
        "9999-12-31T23:59:59.9999999",
        "9999-12-31T23:59:60",
        "9999-12-31T23:59:59-12:00",
        "9999-12-31",
    ],
)
def test_the_end_of_time_does_not_crash(value):
    read = parse_moment(value)
    assert read is not None
    assert read.year == 9999


def test_the_day_after_net_s_nothing_does_not_crash_east_of_greenwich():
    assert parse_moment("0001-01-02T00:00:00+14:00") == utc(1, 1, 1, 10)


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001
def test_a_moment_with_a_zone_comes_back(naive):
    moment = naive.replace(tzinfo=UTC)
    assert parse_moment(moment.isoformat()) == moment


@given(st.text())
def test_any_text_is_a_moment_none_or_a_value_error(text):
    try:
        read = parse_moment(text)
    except ValueError:
        return
    assert read is None or read.utcoffset() == timedelta(0)


def test_cleaned_text_is_one_line_without_control_characters():
    assert cleaned("a\x00\r\n b\x1b[31m\u202e", limit=50) == "a b [31m"
    assert cleaned("x" * 50, limit=50) == "x" * 50
    assert cleaned("x" * 51, limit=50) == "x" * 49 + "…"
