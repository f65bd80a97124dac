"""tracker.rules.eligibility: who by convention does not sign (product.md 4)."""

from datetime import date, timedelta

import pytest

from tracker.rules.eligibility import PostHeld, cannot_sign_reason, charted_party

DAY = date(2026, 6, 15)
CLOSED = date(2015, 3, 26)
ONE = timedelta(days=1)


def reason(*posts: PostHeld, **changes: object) -> str | None:
    given = {"party": "Labour", "correction": None, "day": DAY, "is_past": False}
    return cannot_sign_reason(posts=posts, **(given | changes))  # type: ignore[arg-type]


def minister(started_on: date | None = None, ended_on: date | None = None) -> PostHeld:
    return PostHeld("government", "Minister of State", started_on, ended_on)


def test_a_back_bencher_may_sign():
    assert reason() is None


def test_a_minister_does_not_sign_and_the_post_is_named():
    assert "Minister of State" in (reason(minister()) or "")


def test_the_speaker_and_deputies_do_not_sign():
    assert "Speaker" in (reason(PostHeld("speaker", "Speaker", None, None)) or "")


def test_a_front_bencher_of_the_opposition_may_sign():
    assert reason(PostHeld("opposition", "Shadow Minister", None, None)) is None


def test_one_post_of_several_is_enough():
    shadow = PostHeld("opposition", "Shadow Minister", None, DAY - ONE)
    assert reason(shadow, minister()) is not None


@pytest.mark.parametrize(
    ("party", "can_sign"),
    [
        ("Sinn Féin", False),
        ("Sinn Fein", False),
        (" sinn féin ", False),
        ("Labour", True),
        ("Independent", True),
        (None, True),
    ],
)
def test_members_who_do_not_take_their_seats_do_not_sign(party, can_sign):
    assert (reason(party=party) is None) is can_sign


def test_a_correction_by_staff_goes_first():
    assert reason(minister(), correction="A PPS") == "A PPS"
    assert reason(correction="A PPS", party="Sinn Féin") == "A PPS"


@pytest.mark.parametrize(
    ("started_on", "ended_on", "can_sign"),
    [
        (None, None, False),
        (DAY, None, False),
        (DAY + ONE, None, True),
        (DAY - ONE, DAY, False),
        (DAY - ONE, DAY - ONE, True),
        (None, DAY, False),
        (None, DAY - ONE, True),
    ],
)
def test_a_post_counts_on_both_its_days(started_on, ended_on, can_sign):
    assert (reason(minister(started_on, ended_on)) is None) is can_sign


@pytest.mark.parametrize(
    ("started_on", "ended_on", "can_sign"),
    [
        (None, None, True),  # today's post says nothing of that day
        (None, CLOSED, True),
        (CLOSED, CLOSED, False),
        (CLOSED - ONE, None, False),
        (CLOSED + ONE, None, True),
        (CLOSED - ONE, CLOSED - ONE, True),
    ],
)
def test_for_a_motion_that_is_over_only_dates_that_cover_its_last_day_count(
    started_on, ended_on, can_sign
):
    post = minister(started_on, ended_on)
    assert (reason(post, day=CLOSED, is_past=True) is None) is can_sign


@pytest.mark.parametrize(
    ("party", "charted"),
    [
        ("Labour", "Labour"),
        ("Labour (Co-op)", "Labour"),
        ("Liberal Democrat", "Liberal Democrat"),
        ("  Labour ", "Labour"),
        ("", "Unknown"),
        (None, "Unknown"),
    ],
)
def test_labour_and_labour_co_op_are_one_party_in_charts(party, charted):
    assert charted_party(party) == charted
