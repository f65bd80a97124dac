"""Follow-up rules by plain values: both sides of every limit (product.md 7)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.rules import follow_ups as rules
from tracker.rules.calendar import Spell, counting_time
from tracker.rules.changes import ChangeKind
from tracker.rules.event_types import EventType
from tracker.rules.follow_up_times import (
    NIGHT,
    WEEKEND,
    due_after,
    shut_reason_at,
    when_open,
)
from tracker.rules.follow_ups import (
    GO,
    Facts,
    Rule,
    Step,
    Target,
    Text,
    Verdict,
    skipped_reason,
    verdict_on,
    with_own_rules,
)
from tracker.rules.status import NudgeStatus

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
# A Wednesday; London is an hour ahead of UTC in June.
NOON = datetime(2026, 6, 17, 11, tzinfo=UTC)
RECESS = Spell(date(2026, 6, 18), date(2026, 6, 24), "Recess")

CHASING = frozenset({NudgeStatus.NEEDS_NUDGE, NudgeStatus.CHASED})
RING = Rule("ask-and-ring", after_days=4, while_status=CHASING)
SECOND_EMAIL = Rule("second-email", after_days=10, while_status=CHASING)
THANK = Rule("thank-you", on_event=EventType.SIGNATURE_SIGNED, settle=DAY)
NOTE = Rule("withdrawn-note", on_event=EventType.SIGNATURE_WITHDRAWN, settle=DAY)
LEFT = Rule("left", on_event=EventType.MEMBER_LEFT)
NEEDED = Rule("needed", on_event=EventType.MEMBER_NEEDS_NUDGE)

DUE = Facts(
    due_at=NOON,
    over=None,
    has_seat=True,
    status=NudgeStatus.NEEDS_NUDGE,
    is_signed=False,
    newest_kind=None,
    has_agreed=True,
    first_email_at=NOON - 4 * DAY,
)
SIGNED = replace(
    DUE, status=NudgeStatus.SIGNED, is_signed=True, newest_kind=ChangeKind.SIGNED
)
WITHDREW = replace(DUE, status=NudgeStatus.WITHDREW, newest_kind=ChangeKind.WITHDRAWN)


def utc(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)  # type: ignore[misc, arg-type]


def verdict(
    rule: Rule | None, facts: Facts, now: datetime = NOON, **changes: Any
) -> Verdict:
    return verdict_on(rule, replace(facts, **changes), now=now, spells=[RECESS])


def test_it_goes_when_it_is_due_in_daytime_and_the_mp_is_not_signed():
    assert verdict(RING, DUE) == GO


def test_a_second_before_it_is_due_it_waits():
    early = verdict(RING, DUE, NOON - SECOND)
    assert early == Verdict(Step.WAIT, rules.NOT_DUE, NOON)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"over": "the motion is closed"}, "the motion is closed"),
        ({"has_agreed": False}, rules.NO_REMINDERS),
        ({"first_email_at": None}, rules.NOT_COUNTED),
        ({"has_seat": False}, rules.HAS_LEFT),
        ({"is_signed": True, "status": NudgeStatus.SIGNED}, rules.HAS_SIGNED),
        (
            {"status": NudgeStatus.DECLINED},
            "the office said that the MP does not sign",
        ),
        ({"status": NudgeStatus.CANNOT_SIGN}, "by convention the MP does not sign"),
        (
            {"status": NudgeStatus.WITHDREW},
            "Parliament shows the signature as withdrawn",
        ),
    ],
)
def test_what_makes_it_pointless_ends_it_whatever_the_hour(changes, reason):
    for now in (NOON, NOON - 3 * DAY):
        assert verdict(RING, DUE, now, **changes) == Verdict(Step.END, reason)


def test_a_rule_that_is_gone_sends_nothing():
    assert verdict(None, DUE) == Verdict(Step.END, rules.RULE_GONE)


@pytest.mark.parametrize("status", [NudgeStatus.WAITING, NudgeStatus.NOT_ASKED])
def test_a_status_that_passes_is_waited_for(status):
    waits = verdict(RING, DUE, status=status)
    assert waits.step is Step.WAIT
    assert waits.reason == (
        f"the MP is {status.replace('_', ' ')}, and the rule is for chased or needs nudge"
    )
    anything = replace(RING, while_status=frozenset())
    assert verdict(anything, DUE, status=status) == GO


def test_a_reported_reply_pauses_what_chases_and_not_the_news():
    assert verdict(RING, DUE, has_reply=True) == Verdict(
        Step.WAIT, rules.REPLY_REPORTED
    )
    assert verdict(SECOND_EMAIL, DUE, has_reply=True, said_nothing_came=True) == (
        Verdict(Step.WAIT, rules.REPLY_REPORTED)
    )
    assert verdict(THANK, SIGNED, has_reply=True) == GO


def test_the_second_email_is_for_those_who_said_that_nothing_came():
    assert verdict(SECOND_EMAIL, DUE) == Verdict(Step.WAIT, rules.NOTHING_REPORTED)
    assert verdict(SECOND_EMAIL, DUE, said_nothing_came=True) == GO


def test_staff_are_told_whatever_supporters_agreed_to_or_reported():
    for target in (Target.STAFF, Target.WEBHOOK):
        rule = replace(RING, target=target)
        assert verdict(rule, DUE, has_agreed=False, has_reply=True) == GO


def test_what_staff_paused_waits():
    paused = verdict(RING, DUE, paused=rules.PAUSED)
    assert paused == Verdict(Step.WAIT, rules.PAUSED)
    assert verdict(RING, SIGNED, paused=rules.PAUSED).step is Step.END


def test_one_office_is_rung_by_one_person_every_twelve_minutes():
    just = verdict(RING, DUE, last_told_at=NOON - rules.EVERY + SECOND)
    assert just == Verdict(Step.WAIT, rules.SPREAD, NOON + SECOND)
    assert verdict(RING, DUE, last_told_at=NOON - rules.EVERY) == GO
    assert verdict(THANK, SIGNED, last_told_at=NOON) == GO


def test_thanks_go_only_while_the_name_is_on_the_list():
    assert verdict(THANK, SIGNED) == GO
    assert verdict(THANK, WITHDREW) == Verdict(Step.END, rules.NOT_SIGNED)
    assert verdict(THANK, SIGNED, has_seat=False).reason == rules.HAS_LEFT


def test_a_withdrawal_is_told_only_while_it_is_so():
    assert verdict(NOTE, WITHDREW) == GO
    declined = replace(WITHDREW, status=NudgeStatus.DECLINED)
    assert verdict(NOTE, declined) == GO, "what the office said changes no fact"
    assert verdict(NOTE, SIGNED) == Verdict(Step.END, rules.SIGNED_AGAIN)
    removed = replace(DUE, newest_kind=ChangeKind.REMOVED)
    assert verdict(NOTE, removed).step is Step.END
    gone = Rule("gone", on_event=EventType.SIGNATURE_REMOVED)
    assert verdict(gone, removed) == GO
    assert verdict(gone, WITHDREW).step is Step.END


def test_a_departure_is_told_only_of_who_has_left():
    assert verdict(LEFT, DUE, has_seat=False) == GO
    assert verdict(LEFT, DUE) == Verdict(Step.END, rules.STILL_SITS)


def test_a_rule_about_mps_in_need_waits_until_they_are():
    assert verdict(NEEDED, DUE) == GO
    assert verdict(NEEDED, DUE, status=NudgeStatus.CHASED).step is Step.WAIT
    assert verdict(NEEDED, SIGNED) == Verdict(Step.END, rules.HAS_SIGNED)


def test_a_rule_for_the_signed_is_not_ended_by_a_signature():
    rule = Rule("later", after_days=9, while_status=frozenset({NudgeStatus.SIGNED}))
    assert not rule.ends_when_signed
    assert verdict(rule, SIGNED) == GO
    assert RING.ends_when_signed
    assert NOTE.ends_when_signed
    assert not THANK.ends_when_signed


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (RING, Text.RING),
        (SECOND_EMAIL, Text.WRITE_AGAIN),
        (THANK, Text.THANK),
        (NOTE, Text.WITHDRAWN),
        (NEEDED, Text.RING),
        (LEFT, Text.LEFT),
    ],
)
def test_each_kind_of_rule_has_its_text(rule, text):
    assert rule.text is text


def test_who_is_thanked_is_told_of_the_contrary_unless_the_campaign_says_otherwise():
    assert with_own_rules([RING, THANK])[2].name == rules.WITHDRAWN_NOTE
    assert with_own_rules([RING]) == (RING,)
    assert with_own_rules([]) == ()
    own = Rule("mine", on_event=EventType.SIGNATURE_WITHDRAWN)
    assert with_own_rules([THANK, own]) == (THANK, own)
    told = replace(THANK, target=Target.STAFF)
    assert with_own_rules([told]) == (told,)


def test_a_changed_rule_has_another_definition():
    changed = (
        replace(RING, after_days=5),
        replace(RING, while_status=frozenset()),
        replace(RING, target=Target.STAFF),
        replace(THANK, settle=2 * DAY),
        THANK,
        RING,
    )
    assert len({rule.definition for rule in changed}) == len(changed)


def test_a_rule_that_stays_as_it_was_keeps_its_definition():
    """It is stored: one that read otherwise would start each campaign's rules anew."""
    ring = Rule(
        "a",
        after_days=4,
        while_status=frozenset({NudgeStatus.NEEDS_NUDGE, NudgeStatus.CHASED}),
    )
    assert ring.definition == "4 days+0h [chased,needs_nudge] supporter"
    thank = Rule("b", on_event=EventType.SIGNATURE_SIGNED, settle=timedelta(hours=2))
    assert thank.definition == "signature.signed+2h [] supporter"


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ({"arrived_at": NOON + SECOND}, rules.DUE_BEFORE_EMAIL),
        ({"agreed_at": NOON + SECOND}, rules.DUE_BEFORE_CONSENT),
        ({"rule_since_at": NOON + SECOND}, rules.DUE_BEFORE_RULE),
        ({}, None),
        ({"agreed_at": None}, None),
    ],
)
def test_what_was_due_before_something_came_is_past(after, reason):
    at_once: dict[str, Any] = dict.fromkeys(
        ("arrived_at", "agreed_at", "rule_since_at"), NOON
    )
    assert skipped_reason(NOON, **{**at_once, **after}) == reason


@pytest.mark.parametrize(
    ("moment", "reason", "opens_at"),
    [
        # London is an hour ahead.
        (utc(2026, 6, 17, 7, 59, 59), NIGHT, utc(2026, 6, 17, 8)),
        (utc(2026, 6, 17, 8), None, utc(2026, 6, 17, 8)),
        (utc(2026, 6, 17, 16, 59, 59), None, utc(2026, 6, 17, 16, 59, 59)),
        # The evening before a recess of a week, which ends on a Wednesday.
        (utc(2026, 6, 17, 17), NIGHT, utc(2026, 6, 25, 8)),
        (utc(2026, 6, 26, 17), NIGHT, utc(2026, 6, 29, 8)),
        (utc(2026, 6, 27, 12), WEEKEND, utc(2026, 6, 29, 8)),
        (utc(2026, 11, 24, 8, 59), NIGHT, utc(2026, 11, 24, 9)),
        (utc(2026, 11, 24, 9), None, utc(2026, 11, 24, 9)),
    ],
)
def test_they_go_in_daytime_on_weekdays(moment, reason, opens_at):
    assert shut_reason_at(moment, [RECESS]) == reason
    assert when_open(moment, [RECESS]) == opens_at


def test_they_stop_in_a_recess_and_say_until_when():
    inside = datetime(2026, 6, 24, 22, 59, tzinfo=UTC)
    assert shut_reason_at(inside, [RECESS]) == (
        "they stop in a recess, until 24 June 2026"
    )
    assert when_open(inside, [RECESS]) == datetime(2026, 6, 25, 8, tzinfo=UTC)
    waits = verdict(RING, DUE, inside)
    assert (waits.step, waits.until_at) == (Step.WAIT, when_open(inside, [RECESS]))


@given(
    st.integers(0, 20),
    st.integers(0, 50 * 86_400),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=4),
)
def test_due_is_the_first_moment_by_which_so_many_days_count(days, seconds, closed):
    spells = [
        Spell(day := date(2026, 6, 1) + start * DAY, day + length * DAY, "Recess")
        for start, length in closed
    ]
    email_at = utc(2026, 6, 1) + timedelta(seconds=seconds)
    due = due_after(days, spells)(email_at)
    assert counting_time(email_at, due, spells) == days * DAY
    if days:
        assert counting_time(email_at, due - SECOND, spells) < days * DAY
    else:
        assert due == email_at
