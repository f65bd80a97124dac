"""tracker.rules.hints and tracker.rules.advice: what staff and supporters are told."""

from datetime import UTC, date, datetime

import pytest

from tracker.rules.advice import advice
from tracker.rules.calendar import MotionState
from tracker.rules.eligibility import PostHeld
from tracker.rules.hints import HintFacts, RelatedSigning, hints, likelihood
from tracker.rules.nudge import Stance
from tracker.rules.status import NudgeStatus

TODAY = date(2026, 6, 15)
TOLD_AT = datetime(2026, 6, 9, 23, 30, tzinfo=UTC)  # the 10th in London
ELECTION = date(2024, 7, 4)


def texts(facts: HintFacts) -> list[tuple[str, str]]:
    return [(hint.text, hint.source) for hint in hints(facts, today=TODAY)]


def test_nothing_on_record_gives_no_hint():
    assert texts(HintFacts()) == []
    assert likelihood([]) == 0


def test_a_promise_has_its_contact_as_source_on_londons_day():
    facts = HintFacts(stance=Stance.WILL_SIGN, stance_at=TOLD_AT)
    assert texts(facts) == [("Said they would sign", "contact of 10 June 2026")]


def test_a_promise_that_supporters_reported_says_so():
    facts = HintFacts(
        stance=Stance.WILL_SIGN, stance_at=TOLD_AT, is_stance_reported=True
    )
    source = "supporters' reports, accepted on 10 June 2026"
    assert texts(facts) == [("Said they would sign", source)]


@pytest.mark.parametrize(
    "stance", [Stance.WILL_NOT_SIGN, Stance.SIGNS_NO_EDMS, Stance.UNKNOWN, None]
)
def test_a_no_or_no_word_is_no_hint(stance):
    assert texts(HintFacts(stance=stance, stance_at=TOLD_AT)) == []


def test_related_motions_tell_which_and_how():
    facts = HintFacts(
        related=[
            RelatedSigning("EDM 1: One", is_sponsor=False, is_continued=False),
            RelatedSigning("EDM 2: Two", is_sponsor=True, is_continued=False),
            RelatedSigning("EDM 3: Three", is_sponsor=True, is_continued=True),
        ]
    )
    assert texts(facts) == [
        ("Signed the motion that this one re-tables", "EDM 3: Three"),
        ("Sponsors a related motion", "EDM 2: Two"),
        ("Signed a related motion", "EDM 1: One"),
    ]


@pytest.mark.parametrize(
    ("started_on", "ended_on", "is_told"),
    [
        (None, None, True),
        (TODAY, None, True),
        (date(2026, 6, 16), None, False),
        (date(2025, 1, 1), TODAY, True),
        (date(2025, 1, 1), date(2026, 6, 14), False),
    ],
)
def test_a_front_bench_post_is_told_while_it_is_held(started_on, ended_on, is_told):
    post = PostHeld("opposition", "Shadow Minister (Europe)", started_on, ended_on)
    found = texts(HintFacts(posts=[post, post]))
    assert found == [("Holds a front-bench post", post.name)] * is_told


def test_a_post_of_government_is_no_hint_since_its_holder_cannot_sign():
    assert (
        texts(HintFacts(posts=[PostHeld("government", "A minister", None, None)])) == []
    )


@pytest.mark.parametrize(
    ("since_on", "is_new"),
    [(ELECTION, False), (date(2024, 7, 5), True), (None, False)],
)
def test_who_came_after_the_election_is_new(since_on, is_new):
    found = texts(HintFacts(seat_since_on=since_on, election_on=ELECTION))
    assert bool(found) is is_new
    if is_new:
        assert found == [("New since the election", "MP since 5 July 2024")]


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 supporter reported a reply"), (2, "2 supporters reported a reply")],
)
def test_replies_are_counted(count, said):
    assert texts(HintFacts(replies_reported=count)) == [(said, "supporters' reports")]


def test_a_promise_weighs_more_than_all_that_is_only_likely():
    promise = hints(HintFacts(stance=Stance.WILL_SIGN, stance_at=TOLD_AT), today=TODAY)
    likely = hints(
        HintFacts(
            related=[RelatedSigning("EDM 1: One", is_sponsor=True, is_continued=False)],
            seat_since_on=TODAY,
            election_on=ELECTION,
            replies_reported=40,
        ),
        today=TODAY,
    )
    assert likelihood(promise) > likelihood(likely) > 0


# What supporters are advised


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (NudgeStatus.SIGNED, "Thank them."),
        (NudgeStatus.DECLINED, "what they will do instead: a letter to the minister"),
        (NudgeStatus.CANNOT_SIGN, "raise it with the minister"),
        (NudgeStatus.WITHDREW, "whether they would sign again"),
        (NudgeStatus.NOT_ASKED, "Be the first to write."),
        (NudgeStatus.CHASED, "wait a little"),
        (NudgeStatus.WAITING, "wait a little"),
        (NudgeStatus.NEEDS_NUDGE, "did they reply? If not, ring the office."),
    ],
)
def test_each_status_has_its_advice_with_the_mps_name(status, says):
    told = advice(status, "Jane {Carver}", MotionState.OPEN)
    assert says in told
    assert "Jane {Carver}" in told
    assert "answered" not in told


@pytest.mark.parametrize("state", [MotionState.CLOSED, MotionState.WITHDRAWN])
def test_after_the_end_there_is_a_record_and_no_advice(state):
    for status in NudgeStatus:
        told = advice(status, "Jane Carver", state)
        signed = "had signed" if status is NudgeStatus.SIGNED else "had not signed"
        assert told == f"The motion is over. Jane Carver {signed} it."
