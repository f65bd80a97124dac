"""The table of product.md 6 by properties, against a reading of it that counts hours."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tracker.rules.calendar import Spell
from tracker.rules.changes import ChangeKind
from tracker.rules.nudge import (
    MemberFacts,
    Patience,
    Stance,
    nudge_status,
    public_facts,
    public_why,
)
from tracker.rules.status import NudgeStatus

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 3, 20, 0, tzinfo=UTC)  # the clocks go forward on the 29th
HOUR = timedelta(hours=1)
PATIENCE = Patience(nudge_after_days=4, chase_days=7)

hours = st.integers(0, 40 * 24)
moments = hours.map(lambda count: START + count * HOUR)
days = st.integers(0, 45).map(lambda count: date(2026, 3, 18) + timedelta(days=count))
spells = st.lists(
    st.builds(
        lambda day, length: Spell(day, day + timedelta(days=length), "Recess"),
        days,
        st.integers(0, 9),
    ),
    max_size=3,
)
facts = st.builds(
    MemberFacts,
    is_signed=st.booleans(),
    signed_at=st.none(),
    newest_kind=st.sampled_from([None, *ChangeKind]),
    cannot_sign=st.sampled_from([None, None, "A minister"]),
    stance=st.sampled_from([None, None, *Stance]),
    is_stance_public=st.booleans(),
    supporter_count=st.integers(0, 9),
    first_email_at=st.none() | moments,
    quieted_at=st.none() | moments,
    call_back_on=st.none() | days,
)
seldom_settled = facts.map(
    lambda one: replace(one, is_signed=False, cannot_sign=None, stance=None)
)
asked = seldom_settled.map(
    lambda one: replace(one, newest_kind=None, first_email_at=START)
)


def counted_hours(start: datetime, end: datetime, away: list[Spell]) -> int:
    """Count the hours from `start` to `end` whose London day is in no spell."""
    count, at = 0, start
    while at < end:
        day = at.astimezone(LONDON).date()
        count += not any(spell.from_on <= day <= spell.to_on for spell in away)
        at += HOUR
    return count


def by_the_table(one: MemberFacts, now: datetime, away: list[Spell]) -> NudgeStatus:
    today = now.astimezone(LONDON).date()
    asked_at, quieted_at = one.first_email_at, one.quieted_at
    is_quiet = quieted_at is not None and (
        counted_hours(quieted_at, now, away) < 7 * 24
    )
    lines = [
        (NudgeStatus.SIGNED, one.is_signed),
        (
            NudgeStatus.DECLINED,
            one.stance in (Stance.WILL_NOT_SIGN, Stance.SIGNS_NO_EDMS),
        ),
        (NudgeStatus.CANNOT_SIGN, one.cannot_sign is not None),
        (NudgeStatus.WITHDREW, one.newest_kind is ChangeKind.WITHDRAWN),
        (NudgeStatus.NOT_ASKED, asked_at is None),
        (
            NudgeStatus.CHASED,
            is_quiet or (one.call_back_on is not None and one.call_back_on > today),
        ),
        (
            NudgeStatus.WAITING,
            asked_at is not None and counted_hours(asked_at, now, away) < 4 * 24,
        ),
        (NudgeStatus.NEEDS_NUDGE, True),
    ]
    return next(status for status, holds in lines if holds)


@given(st.one_of(facts, seldom_settled), moments, spells)
def test_the_status_is_the_first_line_that_holds(one, now, away):
    found = nudge_status(one, now=now, patience=PATIENCE, spells=away)
    assert found is by_the_table(one, now, away)


@given(asked, moments, hours, spells)
def test_who_needs_a_nudge_goes_on_needing_it_until_something_happens(
    one, now, later, away
):
    status = nudge_status(one, now=now, patience=PATIENCE, spells=away)
    then = nudge_status(one, now=now + later * HOUR, patience=PATIENCE, spells=away)
    assert status is not NudgeStatus.NEEDS_NUDGE or then is status


@given(facts, moments, spells)
def test_anyone_sees_a_refusal_only_if_it_may_be_shown(one, now, away):
    shown = public_facts(one)
    status = nudge_status(shown, now=now, patience=PATIENCE, spells=away)
    if not one.is_stance_public:
        assert status is not NudgeStatus.DECLINED
        unsaid = replace(one, stance=None)
        assert status is nudge_status(unsaid, now=now, patience=PATIENCE, spells=away)


@given(facts, moments, spells)
def test_the_public_reason_has_no_date_and_no_small_number_of_who_wrote(one, now, away):
    status = nudge_status(public_facts(one), now=now, patience=PATIENCE, spells=away)
    reason = public_why(status, public_facts(one))
    if status in (NudgeStatus.SIGNED, NudgeStatus.WITHDREW):
        return  # the date is Parliament's
    numbers = {int(word) for word in reason.split() if word.isdigit()}
    assert numbers <= {5, one.supporter_count}
    assert one.supporter_count >= 5 or "Fewer than 5" in reason or not numbers
    assert "2026" not in reason
