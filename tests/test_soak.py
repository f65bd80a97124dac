"""The rule by which a soak says that something grows; the soak itself is run by hand."""

import pytest

from tests.soak_samples import SLACK, Sample, verdicts


def series(what: str, *values: float) -> list[Sample]:
    return [
        Sample(
            at,
            **{**dict.fromkeys([*SLACK, "database", "cpu_seconds"], 0.0), what: value},
        )
        for at, value in enumerate(values)
    ]


def said(what: str, *values: float) -> bool:
    [found] = [each for each in verdicts(series(what, *values)) if each.what == what]
    return found.is_flat


def test_what_takes_no_more_in_the_last_third_is_flat():
    assert said("rss", 100, 300, 200, 200, 200, 200)
    assert said("rss", 100, 100, 200, 200, 208, 208)


def test_more_than_the_slack_is_growth_however_much_is_taken():
    assert not said("rss", 100, 100, 200, 200, 209, 209)
    assert not said("rss", 900, 900, 900, 900, 909, 909)
    assert said("wal", 1, 1, 4, 4, 12, 12)
    assert not said("wal", 1, 1, 4, 4, 12.1, 12.1)


def test_the_first_third_is_for_warming_up_and_one_peak_is_none():
    assert said("fds", 900, 900, 900, 50, 51, 50, 51, 400, 50)


def test_there_is_no_verdict_over_two_samples():
    with pytest.raises(ValueError, match="three samples"):
        verdicts(series("rss", 1, 2))
