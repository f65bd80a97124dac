"""tracker.rules.stances: what the contacts with an office amount to (product.md 6)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.nudge import Stance
from tracker.rules.stances import (
    ContactOutcome,
    OfficeFacts,
    PastContact,
    office_facts,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TOMORROW = date(2026, 6, 16)


def contact(
    days_ago: int = 0,
    outcome: ContactOutcome = ContactOutcome.CONTACT,
    stance: Stance = Stance.UNKNOWN,
    *,
    shown: bool = False,
    call_back_on: date | None = None,
    is_about_motion: bool = True,
) -> PastContact:
    return PastContact(
        NOW - days_ago * DAY, outcome, stance, shown, call_back_on, is_about_motion
    )


def test_without_a_contact_nothing_is_on_record():
    assert office_facts([]) == OfficeFacts()


@pytest.mark.parametrize(
    ("outcome", "quietens"),
    [
        (ContactOutcome.CONTACT, True),
        (ContactOutcome.MESSAGE_LEFT, True),
        (ContactOutcome.UNAVAILABLE, False),
        (ContactOutcome.BUSY, False),
        (ContactOutcome.WRONG_NUMBER, False),
    ],
)
def test_only_an_office_that_was_reached_is_quieted(outcome, quietens):
    facts = office_facts([contact(1, outcome)])
    assert facts.quieted_at == (NOW - DAY if quietens else None)
    assert facts.last_contact_at == NOW - DAY


def test_a_vain_call_does_not_end_the_quiet_of_an_earlier_one():
    facts = office_facts([contact(1, ContactOutcome.BUSY), contact(3)])
    assert facts.quieted_at == NOW - 3 * DAY
    assert facts.last_contact_at == NOW - DAY


def test_the_newest_stance_counts_and_unknown_is_none():
    facts = office_facts(
        [
            contact(1),
            contact(2, stance=Stance.WILL_SIGN),
            contact(3, stance=Stance.WILL_NOT_SIGN, shown=True),
        ]
    )
    assert facts.stance is Stance.WILL_SIGN
    assert facts.stance_at == NOW - 2 * DAY
    assert not facts.may_be_shown


def test_whether_it_may_be_shown_is_of_the_contact_that_told_the_stance():
    older = contact(3, stance=Stance.WILL_NOT_SIGN)
    assert not office_facts([contact(1, shown=True), older]).may_be_shown
    told = contact(3, stance=Stance.WILL_NOT_SIGN, shown=True)
    assert office_facts([contact(1), told]).may_be_shown


@pytest.mark.parametrize("stance", list(Stance))
def test_of_another_motion_only_that_they_sign_none_is_taken_over(stance):
    facts = office_facts(
        [contact(1, stance=stance, call_back_on=TOMORROW, is_about_motion=False)]
    )
    is_kept = stance is Stance.SIGNS_NO_EDMS
    assert facts.stance is (stance if is_kept else None)
    assert (facts.quieted_at, facts.call_back_on, facts.last_contact_at) == (
        None,
        None,
        None,
    )


def test_what_was_said_since_about_this_motion_goes_before_that_they_sign_none():
    refusal = contact(9, stance=Stance.SIGNS_NO_EDMS, is_about_motion=False)
    facts = office_facts([contact(1, stance=Stance.WILL_SIGN), refusal])
    assert facts.stance is Stance.WILL_SIGN


def test_a_call_back_stands_until_the_office_was_reached_again():
    promised = contact(3, call_back_on=TOMORROW)
    for outcome in ContactOutcome:
        facts = office_facts([contact(1, outcome), promised])
        assert facts.call_back_on == (None if outcome.reached else TOMORROW)


def test_a_vain_call_may_name_the_day_to_ring_again():
    vain = contact(1, ContactOutcome.UNAVAILABLE, call_back_on=TOMORROW)
    facts = office_facts([vain, contact(3, call_back_on=date(2026, 6, 12))])
    assert facts.call_back_on == TOMORROW
    assert facts.quieted_at == NOW - 3 * DAY


@given(
    st.lists(
        st.builds(
            contact,
            st.integers(0, 30),
            st.sampled_from(ContactOutcome),
            st.sampled_from(Stance),
            shown=st.booleans(),
            call_back_on=st.sampled_from([None, TOMORROW]),
            is_about_motion=st.booleans(),
        ),
        max_size=6,
    )
)
def test_contacts_that_tell_nothing_change_nothing(contacts):
    newest_first = sorted(contacts, key=lambda c: c.contacted_at, reverse=True)
    facts = office_facts(newest_first)
    silent = [
        one
        for one in newest_first
        if one.is_about_motion or one.stance is Stance.SIGNS_NO_EDMS
    ]
    assert office_facts(silent) == facts
    assert facts.stance is not Stance.UNKNOWN
    assert (facts.stance is None) == (facts.stance_at is None)
    if facts.quieted_at is not None:
        assert facts.last_contact_at is not None
        assert facts.quieted_at <= facts.last_contact_at
