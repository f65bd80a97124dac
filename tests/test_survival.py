"""tracker.rules.survival: the curve of those not signed yet, against worked numbers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.survival import Span, median_days, span_of, survival

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def spans(signed: list[float], unsigned: list[float]) -> list[Span]:
    return [Span(d, True) for d in signed] + [Span(d, False) for d in unsigned]


FREIREICH = spans(
    [6, 6, 6, 7, 10, 13, 16, 22, 23],
    [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35],
)
"""The textbook's example: weeks in remission, Freireich and others 1963."""


def test_the_textbooks_numbers_come_out():
    points = [
        (
            point.days,
            point.at_risk_count,
            point.signed_count,
            round(point.unsigned_share, 3),
        )
        for point in survival(FREIREICH)
    ]
    assert points == [
        (6, 21, 3, 0.857),
        (7, 17, 1, 0.807),
        (10, 15, 1, 0.753),
        (13, 12, 1, 0.690),
        (16, 11, 1, 0.627),
        (22, 7, 1, 0.538),
        (23, 6, 1, 0.448),
    ]
    assert median_days(survival(FREIREICH)) == 23


def test_by_hand_with_one_still_unsigned_in_between():
    # Four: one signs on day 1 (3/4 left), one is watched for 2 days only, one signs on
    # day 3 when two are left (half of 3/4), one has not signed by day 4.
    points = survival(spans([1, 3], [2, 4]))
    assert [point.unsigned_share for point in points] == [0.75, 0.375]
    assert median_days(points) == 3


def test_leaving_the_unsigned_out_would_say_that_all_sign():
    assert survival(spans([1, 2], []))[-1].unsigned_share == 0
    assert survival(spans([1, 2], [9] * 8))[-1].unsigned_share == pytest.approx(0.8)


def test_whose_watch_ends_as_another_signs_was_still_at_risk():
    [point] = survival(spans([5], [5]))
    assert (point.at_risk_count, point.unsigned_share) == (2, 0.5)


def test_without_a_signature_there_is_no_point_and_no_median():
    assert survival(spans([], [3, 9])) == []
    assert survival([]) == []
    assert median_days([]) is None
    assert median_days(survival(spans([1], [9] * 3))) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.booleans()).map(
            lambda told: Span(float(told[0]), told[1])
        ),
        max_size=40,
    )
)
def test_the_share_only_falls_and_everybody_who_signed_is_in_it(found):
    points = survival(found)
    shares = [1.0, *(point.unsigned_share for point in points)]
    assert all(0 <= later < sooner for sooner, later in pairwise(shares))
    assert sum(p.signed_count for p in points) == sum(s.is_signed for s in found)


@pytest.mark.parametrize(
    ("signed_at", "until", "expected"),
    [
        (NOW + 3 * DAY, NOW + 9 * DAY, Span(3, True)),
        (NOW, NOW + 9 * DAY, Span(0, True)),
        (NOW - TICK, NOW + 9 * DAY, None),
        (None, NOW + 9 * DAY, Span(9, False)),
        (NOW + 9 * DAY, NOW + 9 * DAY, Span(9, True)),
        (NOW + 9 * DAY + TICK, NOW + 9 * DAY, Span(9, False)),
        (None, NOW - DAY, Span(0, False)),
    ],
)
def test_a_span_ends_with_the_signature_or_with_the_watch(signed_at, until, expected):
    assert span_of(NOW, signed_at, until=until) == expected
