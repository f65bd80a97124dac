"""tracker.rules.health: how far the data can be trusted (product.md 3.9)."""

from datetime import UTC, datetime, timedelta

import pytest

from tracker.rules.health import (
    Health,
    PollFacts,
    failure_sentence,
    health,
    health_note,
)
from tracker.rules.outcomes import FailureKind, Outcome

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
GOOD = PollFacts(NOW, Outcome.UNCHANGED)


def verdict(facts: PollFacts, *, age: timedelta, **changes: object) -> Health:
    given = {"interval": MINUTE, "is_open": True}
    return health(facts, now=NOW + age, **(given | changes))  # type: ignore[arg-type]


def test_without_a_good_poll_it_is_never_however_it_fails():
    facts = PollFacts(None, None, failing_since_at=NOW, error="answered 503")
    assert verdict(facts, age=timedelta(0)) is Health.NEVER


@pytest.mark.parametrize(
    "facts",
    [
        PollFacts(NOW, Outcome.SUSPECT, suspicion="the answer lacks 5"),
        PollFacts(NOW, Outcome.CHANGED, doubted_count=1),
        PollFacts(NOW, Outcome.UNCHANGED, doubted_count=1),
    ],
)
def test_doubt_goes_before_age(facts):
    assert verdict(facts, age=timedelta(0)) is Health.SUSPECT
    assert verdict(facts, age=timedelta(days=9)) is Health.SUSPECT


@pytest.mark.parametrize(
    ("interval", "limit"),
    [
        (MINUTE, 5 * MINUTE),  # three minutes are below the least
        (100 * MINUTE / 60, 5 * MINUTE),  # exactly the least
        (2 * MINUTE, 6 * MINUTE),
        (10 * MINUTE, 30 * MINUTE),
    ],
)
def test_stale_is_older_than_three_intervals_and_five_minutes(interval, limit):
    second = timedelta(seconds=1)
    assert verdict(GOOD, age=limit, interval=interval) is Health.OK
    assert verdict(GOOD, age=limit + second, interval=interval) is Health.STALE


def test_a_motion_that_is_over_is_stale_after_fifty_hours():
    over = {"is_open": False, "interval": timedelta(days=1)}
    limit = timedelta(hours=50)
    assert verdict(GOOD, age=limit, **over) is Health.OK
    assert verdict(GOOD, age=limit + timedelta(seconds=1), **over) is Health.STALE


def test_a_clock_that_was_set_back_makes_nothing_stale():
    assert verdict(GOOD, age=timedelta(days=-2)) is Health.OK


# Words


@pytest.mark.parametrize(
    ("facts", "state", "said"),
    [
        (PollFacts(None, None), Health.NEVER, "has not been read yet"),
        (GOOD, Health.OK, "Read from Parliament at 13:00 on 15 June 2026."),
        (GOOD, Health.STALE, "Last read from Parliament at 13:00 on 15 June 2026"),
        (
            PollFacts(NOW, Outcome.SUSPECT, suspicion="the answer lacks 5 of 9"),
            Health.SUSPECT,
            "the answer lacks 5 of 9",
        ),
        (
            PollFacts(NOW, Outcome.SUSPECT, doubted_count=1),
            Health.SUSPECT,
            "1 signature;",
        ),
        (
            PollFacts(NOW, Outcome.SUSPECT, doubted_count=2),
            Health.SUSPECT,
            "2 signatures",
        ),
    ],
)
def test_the_note_says_what_is_wrong_in_londons_time(facts, state, said):
    assert said in health_note(facts, state)
    assert "readable answer" not in health_note(facts, state)


def test_the_note_says_since_when_parliament_fails():
    facts = PollFacts(NOW, Outcome.UNCHANGED, failing_since_at=NOW + 5 * MINUTE)
    note = health_note(facts, Health.STALE)
    assert note.endswith(
        "Parliament has not given a readable answer since 13:05 on 15 June 2026."
    )


def test_the_note_says_since_when_parliament_has_no_such_motion():
    facts = PollFacts(
        NOW,
        Outcome.UNCHANGED,
        failing_since_at=NOW,
        not_found_since_at=NOW + 5 * MINUTE,
        failure_kind=FailureKind.NOT_FOUND,
    )
    assert health_note(facts, Health.STALE).endswith(
        "; it has not found this motion since 13:05 on 15 June 2026."
    )


def test_a_motion_that_was_not_found_once_is_not_said_to_be_while_all_fails():
    facts = PollFacts(
        NOW,
        Outcome.UNCHANGED,
        failing_since_at=NOW,
        not_found_since_at=NOW,
        failure_kind=FailureKind.UNAVAILABLE,
    )
    assert "not found" not in health_note(facts, Health.STALE)


@pytest.mark.parametrize("kind", [*FailureKind, None])
def test_anyone_is_told_why_parliament_fails_without_a_code(kind):
    said = failure_sentence(kind)
    assert said.startswith("Parliament's service ")
    assert said.endswith(".")
    assert not any(char.isdigit() for char in said)
