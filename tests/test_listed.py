"""tracker.rules.listed: who was on the list at a moment, told from today's facts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from tracker.rules.calendar import Spell
from tracker.rules.changes import ChangeKind
from tracker.rules.listed import was_listed
from tracker.rules.nudge import MemberFacts, Patience

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
PATIENCE = Patience(nudge_after_days=4, chase_days=7)
ASKED = MemberFacts(supporter_count=1, first_email_at=NOW)


def listed(
    facts: MemberFacts,
    at: datetime,
    *spells: Spell,
    patience: Patience = PATIENCE,
) -> bool:
    return was_listed(facts, at=at, patience=patience, spells=spells)


@pytest.mark.parametrize(
    ("at", "expected"), [(NOW + 4 * DAY - TICK, False), (NOW + 4 * DAY, True)]
)
def test_whoever_was_asked_is_listed_from_the_very_end_of_their_days(at, expected):
    assert listed(ASKED, at) is expected


def test_days_of_a_recess_count_for_nothing():
    recess = Spell(
        name="Summer recess", from_on=date(2026, 6, 16), to_on=date(2026, 6, 17)
    )
    assert not listed(ASKED, NOW + 5 * DAY, recess)
    assert listed(ASKED, NOW + 6 * DAY, recess)


def test_nobody_is_listed_before_they_were_asked_even_without_any_days_of_grace():
    at_once = Patience(nudge_after_days=0, chase_days=7)
    assert not listed(ASKED, NOW - TICK, patience=at_once)
    assert listed(ASKED, NOW, patience=at_once)


def test_a_contact_takes_off_the_list_for_as_long_as_it_is_fresh():
    facts = MemberFacts(
        supporter_count=1, first_email_at=NOW - 30 * DAY, quieted_at=NOW
    )
    assert not listed(facts, NOW + 7 * DAY - TICK)
    assert listed(facts, NOW + 7 * DAY)


def test_a_call_back_to_come_keeps_off_the_list_until_its_day():
    facts = MemberFacts(
        supporter_count=1,
        first_email_at=NOW - 30 * DAY,
        call_back_on=date(2026, 6, 17),
    )
    assert not listed(facts, datetime(2026, 6, 16, 22, 59, tzinfo=UTC))  # 23:59 BST
    assert listed(facts, datetime(2026, 6, 16, 23, 0, tzinfo=UTC))


def test_a_withdrawn_signature_is_on_the_list_without_any_email():
    facts = MemberFacts(newest_kind=ChangeKind.WITHDRAWN, newest_at=NOW)
    assert listed(facts, NOW + DAY)


def test_who_signed_was_not_listed():
    assert not listed(MemberFacts(is_signed=True), NOW)
