"""The rules of sending at their limits: verdicts, pace, retries, answers, likeness."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.handover import (
    LARGEST_BATCH,
    Fate,
    Outcome,
    Step,
    next_batch_size,
    outcome_of_answer,
    outcome_of_loss,
    simulated_outcome,
)
from tracker.rules.likeness import likeness
from tracker.rules.sending import (
    ASKED_NOT_TO,
    CLOSED,
    HELD_SIGNED,
    HELD_UNCONFIRMED,
    NO_ADDRESS,
    NO_CONSENT,
    RETRY_WAITS,
    VACANT,
    Action,
    MemberFacts,
    chosen_address,
    paced_until,
    pause_after,
    retry_at,
    verdict_on,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
FACTS = MemberFacts(
    over=None,
    has_seat=True,
    has_signed=False,
    has_consent=True,
    is_confirmed=True,
    no_email=False,
    has_address=True,
    handovers_at=(),
)
EARLIER = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("changes", "action", "reason"),
    [
        ({}, Action.SEND, None),
        ({"over": CLOSED}, Action.CANCEL, CLOSED),
        ({"has_seat": False}, Action.CANCEL, VACANT),
        ({"has_signed": True}, Action.HOLD, HELD_SIGNED),
        ({"has_consent": False}, Action.CANCEL, NO_CONSENT),
        ({"is_confirmed": False}, Action.HOLD, HELD_UNCONFIRMED),
        ({"no_email": True}, Action.CANCEL, ASKED_NOT_TO),
        ({"has_address": False}, Action.CANCEL, NO_ADDRESS),
        ({"handovers_at": [NOW - EARLIER]}, Action.WAIT, None),
        # A motion that is over goes before a signature: there is nothing left to hold for.
        ({"over": CLOSED, "has_signed": True}, Action.CANCEL, CLOSED),
        ({"has_consent": False, "over": CLOSED}, Action.CANCEL, NO_CONSENT),
    ],
)
def test_each_fact_alone_stops_an_email(changes, action, reason):
    verdict = verdict_on(replace(FACTS, **changes), per_hour=1, now=NOW)
    assert (verdict.action, verdict.reason) == (action, reason)


def test_the_next_email_may_go_exactly_an_hour_after_the_one_in_its_way():
    sent = [NOW - timedelta(hours=1) + timedelta(seconds=1), NOW]
    assert paced_until(sent, per_hour=2, now=NOW) == NOW + timedelta(seconds=1)
    assert paced_until([NOW - timedelta(hours=1), NOW], per_hour=2, now=NOW) is None
    assert paced_until(sent, per_hour=3, now=NOW) is None


@given(
    st.integers(1, 5),
    st.lists(st.integers(0, 4000), min_size=1, max_size=40),
)
def test_no_hour_ever_sees_more_than_the_pace(per_hour, waits):
    now = NOW
    sent: list[datetime] = []
    for wait in waits:
        now += timedelta(seconds=wait)
        if paced_until(sent, per_hour=per_hour, now=now) is None:
            sent.append(now)
    for at in sent:
        within = [other for other in sent if at - timedelta(hours=1) < other <= at]
        assert len(within) <= per_hour


def test_retries_begin_after_five_minutes_and_end_after_four_days():
    assert retry_at(1, now=NOW) == NOW + timedelta(minutes=5)
    assert sum(RETRY_WAITS, timedelta(0)) == timedelta(days=4)
    assert retry_at(len(RETRY_WAITS), now=NOW) is not None
    assert retry_at(len(RETRY_WAITS) + 1, now=NOW) is None


@pytest.mark.parametrize(
    ("step", "code", "outcome"),
    [
        (Step.TEXT, 250, Outcome(Fate.GONE)),
        (Step.TEXT, 299, Outcome(Fate.GONE)),
        (Step.TEXT, 300, Outcome(Fate.UNCERTAIN, pauses_queue=True)),
        (Step.TEXT, -1, Outcome(Fate.UNCERTAIN, pauses_queue=True)),
        (Step.TEXT, 451, Outcome(Fate.LATER)),
        (Step.TEXT, 554, Outcome(Fate.REFUSED)),
        (Step.RECIPIENT, 550, Outcome(Fate.REFUSED)),
        (Step.RECIPIENT, 500, Outcome(Fate.REFUSED)),
        (Step.RECIPIENT, 499, Outcome(Fate.LATER)),
        (Step.RECIPIENT, 450, Outcome(Fate.LATER)),
        (Step.RECIPIENT, 452, Outcome(Fate.LATER, shrinks_batch=True)),
        (Step.RECIPIENT, 421, Outcome(Fate.LATER, pauses_queue=True)),
        (Step.RECIPIENT, 530, Outcome(Fate.UNTRIED, stops_queue=True)),
        (Step.SENDER, 550, Outcome(Fate.UNTRIED, stops_queue=True)),
        (Step.SENDER, 552, Outcome(Fate.REFUSED)),
        (Step.SENDER, 451, Outcome(Fate.LATER)),
        (Step.DATA, 554, Outcome(Fate.REFUSED)),
        (Step.LOGIN, 535, Outcome(Fate.UNTRIED, stops_queue=True)),
        (Step.LOGIN, 454, Outcome(Fate.LATER, pauses_queue=True)),
        (Step.LOGIN, 421, Outcome(Fate.LATER, pauses_queue=True)),
        (Step.GREETING, 554, Outcome(Fate.LATER, pauses_queue=True)),
    ],
)
def test_what_an_answer_means_at_each_step(step, code, outcome):
    found = outcome_of_answer(step, code, "said")
    assert replace(found, reason=None) == outcome
    assert found.fate is Fate.GONE or str(code) in (found.reason or "")


@pytest.mark.parametrize("step", list(Step))
def test_only_a_loss_after_the_text_began_is_uncertain(step):
    fate = outcome_of_loss(step, "lost").fate
    assert (fate is Fate.UNCERTAIN) == (step is Step.TEXT)


def test_a_batch_is_halved_down_to_one():
    size = LARGEST_BATCH
    sizes = []
    for _ in range(8):
        size = next_batch_size(size, Outcome(Fate.LATER, shrinks_batch=True))
        sizes.append(size)
    assert sizes == [50, 25, 12, 6, 3, 1, 1, 1]
    assert next_batch_size(7, Outcome(Fate.GONE)) == 7


def test_a_pause_doubles_up_to_a_quarter_of_an_hour():
    waits = [pause_after(n, is_stopped=False).total_seconds() / 60 for n in range(1, 8)]
    assert waits == [1, 2, 4, 8, 15, 15, 15]
    assert pause_after(1, is_stopped=True) == timedelta(hours=1)


def test_only_the_simulators_own_domain_is_simulated():
    assert simulated_outcome("delivered@simulator.example") == Outcome(Fate.GONE)
    refused = simulated_outcome("Refused+1@Simulator.Example")
    assert refused is not None
    assert refused.fate is Fate.REFUSED
    assert simulated_outcome("delivered@simulator.example.org") is None
    assert simulated_outcome("delivered@not-simulator.example") is None


def test_parliaments_own_address_goes_first():
    assert chosen_address(["a@example.org", "b@parliament.uk"]) == "b@parliament.uk"
    assert chosen_address(["a@example.org", "b@example.org"]) == "a@example.org"
    assert chosen_address([]) is None


def test_likeness_is_the_share_of_words_that_others_have_too():
    same = "my own words here\n\nThe  suggested text"
    other = "quite another story told\n\nthe suggested text"
    assert likeness([same, other]).shared_share == 6 / 14
    assert likeness([same, same]).shared_share == 1
    assert likeness([same]).shared_share == 0
    assert likeness([]).email_count == 0
