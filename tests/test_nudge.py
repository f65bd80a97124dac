"""tracker.rules.nudge: product.md 6, every line of the table and both sides of its limits."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tracker.rules.calendar import Spell
from tracker.rules.changes import ChangeKind
from tracker.rules.nudge import (
    MemberFacts,
    Patience,
    Stance,
    nudge_status,
    nudge_why,
    public_facts,
    public_why,
    shown_supporters,
    why,
)
from tracker.rules.status import NudgeStatus

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
PATIENCE = Patience(nudge_after_days=4, chase_days=7)
NOBODY = MemberFacts()
ASKED = MemberFacts(
    supporter_count=7, first_email_at=NOW - 30 * DAY, last_email_at=NOW - DAY
)


def status(
    facts: MemberFacts,
    *spells: Spell,
    now: datetime = NOW,
    patience: Patience = PATIENCE,
) -> NudgeStatus:
    return nudge_status(facts, now=now, patience=patience, spells=spells)


def asked(ago: timedelta) -> MemberFacts:
    return MemberFacts(supporter_count=1, first_email_at=NOW - ago)


# The order of the lines


EVERYTHING = MemberFacts(
    is_signed=True,
    newest_kind=ChangeKind.WITHDRAWN,
    cannot_sign="A minister",
    stance=Stance.WILL_NOT_SIGN,
    supporter_count=0,
    quieted_at=NOW,
)


@pytest.mark.parametrize(
    ("taken_away", "expected"),
    [
        ({}, NudgeStatus.SIGNED),
        ({"is_signed": False}, NudgeStatus.DECLINED),
        ({"stance": None}, NudgeStatus.CANNOT_SIGN),
        ({"cannot_sign": None}, NudgeStatus.WITHDREW),
        ({"newest_kind": ChangeKind.SIGNED}, NudgeStatus.NOT_ASKED),
        ({"first_email_at": NOW, "supporter_count": 1}, NudgeStatus.CHASED),
        ({"quieted_at": None}, NudgeStatus.WAITING),
        ({"first_email_at": NOW - 4 * DAY}, NudgeStatus.NEEDS_NUDGE),
    ],
)
def test_the_first_line_that_holds_is_the_status(taken_away, expected):
    facts = EVERYTHING
    steps: list[dict[str, object]] = [
        {"is_signed": False},
        {"stance": None},
        {"cannot_sign": None},
        {"newest_kind": ChangeKind.SIGNED},
        {"first_email_at": NOW, "supporter_count": 1},
        {"quieted_at": None},
        {"first_email_at": NOW - 4 * DAY},
    ]
    for step in steps[: steps.index(taken_away) + 1] if taken_away else []:
        facts = replace(facts, **step)  # type: ignore[arg-type]
    assert status(facts) is expected


@pytest.mark.parametrize(
    ("stance", "expected"),
    [
        (Stance.WILL_NOT_SIGN, NudgeStatus.DECLINED),
        (Stance.SIGNS_NO_EDMS, NudgeStatus.DECLINED),
        (Stance.WILL_SIGN, NudgeStatus.NEEDS_NUDGE),
        (Stance.CONSIDERING, NudgeStatus.NEEDS_NUDGE),
        (Stance.UNKNOWN, NudgeStatus.NEEDS_NUDGE),
        (None, NudgeStatus.NEEDS_NUDGE),
    ],
)
def test_only_a_no_is_declined(stance, expected):
    assert status(replace(ASKED, stance=stance)) is expected


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (ChangeKind.WITHDRAWN, NudgeStatus.WITHDREW),
        (ChangeKind.REMOVED, NudgeStatus.NOT_ASKED),
        (None, NudgeStatus.NOT_ASKED),
    ],
)
def test_after_a_removal_the_lines_below_withdrew_apply(newest, expected):
    assert status(replace(NOBODY, newest_kind=newest)) is expected


def test_a_withdrawal_goes_before_whoever_wrote():
    facts = replace(ASKED, newest_kind=ChangeKind.WITHDRAWN)
    assert status(facts) is NudgeStatus.WITHDREW


# nudge_after_days


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(0), NudgeStatus.WAITING),
        (4 * DAY - TICK, NudgeStatus.WAITING),
        (4 * DAY, NudgeStatus.NEEDS_NUDGE),
        (400 * DAY, NudgeStatus.NEEDS_NUDGE),
    ],
)
def test_exactly_nudge_after_days_old_needs_a_nudge(ago, expected):
    assert status(asked(ago)) is expected


def test_with_no_days_of_patience_an_office_needs_a_nudge_at_once():
    assert status(asked(timedelta(0)), patience=Patience(0, 0)) is (
        NudgeStatus.NEEDS_NUDGE
    )


def test_it_is_the_first_email_that_counts():
    facts = replace(asked(4 * DAY), last_email_at=NOW)
    assert status(facts) is NudgeStatus.NEEDS_NUDGE


def test_days_are_of_24_hours_also_when_the_clocks_change():
    sent = datetime(2026, 10, 23, 12, tzinfo=UTC)  # four days of London's have 97 hours
    facts = MemberFacts(supporter_count=1, first_email_at=sent)
    assert status(facts, now=sent + 4 * DAY - TICK) is NudgeStatus.WAITING
    assert status(facts, now=sent + 4 * DAY) is NudgeStatus.NEEDS_NUDGE


RECESS = Spell(date(2026, 6, 10), date(2026, 6, 12), "Recess")  # three days


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (4 * DAY, NudgeStatus.WAITING),
        (7 * DAY - TICK, NudgeStatus.WAITING),
        (7 * DAY, NudgeStatus.NEEDS_NUDGE),
    ],
)
def test_a_recess_in_the_middle_counts_for_nothing(ago, expected):
    assert status(asked(ago), RECESS) is expected


def test_in_a_recess_nobody_comes_to_need_a_nudge():
    inside = Spell(date(2026, 6, 12), date(2026, 8, 31), "Recess")
    assert status(asked(4 * DAY), inside) is NudgeStatus.WAITING
    later = datetime(2026, 8, 31, 22, tzinfo=UTC)
    assert status(asked(4 * DAY), inside, now=later) is NudgeStatus.WAITING


def test_in_a_recess_who_needed_a_nudge_still_does():
    inside = Spell(date(2026, 6, 15), date(2026, 8, 31), "Recess")
    assert status(asked(5 * DAY), inside) is NudgeStatus.NEEDS_NUDGE


# chase_days


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        (timedelta(0), NudgeStatus.CHASED),
        (7 * DAY - TICK, NudgeStatus.CHASED),
        (7 * DAY, NudgeStatus.NEEDS_NUDGE),
    ],
)
def test_exactly_chase_days_old_is_no_longer_chased(ago, expected):
    assert status(replace(ASKED, quieted_at=NOW - ago)) is expected


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(10 * DAY - TICK, NudgeStatus.CHASED), (10 * DAY, NudgeStatus.NEEDS_NUDGE)],
)
def test_a_recess_lengthens_the_quiet_after_a_contact(ago, expected):
    assert status(replace(ASKED, quieted_at=NOW - ago), RECESS) is expected


@pytest.mark.parametrize(
    ("call_back_on", "expected"),
    [
        (date(2026, 6, 14), NudgeStatus.NEEDS_NUDGE),
        (date(2026, 6, 15), NudgeStatus.NEEDS_NUDGE),  # due today
        (date(2026, 6, 16), NudgeStatus.CHASED),
    ],
)
def test_a_call_back_still_to_come_is_chased(call_back_on, expected):
    facts = replace(ASKED, call_back_on=call_back_on)
    assert status(facts) is expected


def test_a_call_backs_day_is_londons():
    facts = replace(ASKED, call_back_on=date(2026, 6, 16))
    night = datetime(2026, 6, 15, 23, tzinfo=UTC)  # 00:00 on the 16th in London
    assert status(facts, now=night - TICK) is NudgeStatus.CHASED
    assert status(facts, now=night) is NudgeStatus.NEEDS_NUDGE


def test_a_contact_does_not_make_anyone_asked():
    assert status(replace(NOBODY, quieted_at=NOW)) is NudgeStatus.NOT_ASKED


# What the public may see


def test_a_stance_is_public_only_if_it_may_be_shown():
    hidden = replace(ASKED, stance=Stance.WILL_NOT_SIGN)
    shown = replace(hidden, is_stance_public=True)
    assert status(public_facts(hidden)) is NudgeStatus.NEEDS_NUDGE
    assert status(public_facts(shown)) is NudgeStatus.DECLINED


@pytest.mark.parametrize(("count", "shown"), [(0, None), (4, None), (5, 5), (6, 6)])
def test_supporters_are_shown_from_five_up(count, shown):
    assert shown_supporters(count) == shown


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "Fewer than 5 people"), (4, "Fewer than 5 people"), (5, "5 people")],
)
@pytest.mark.parametrize("state", [NudgeStatus.WAITING, NudgeStatus.NEEDS_NUDGE])
def test_the_public_reason_has_no_number_below_five(state, count, said):
    reason = public_why(state, replace(ASKED, supporter_count=count))
    assert said in reason
    assert said == "Fewer than 5 people" or "Fewer" not in reason


@pytest.mark.parametrize("state", list(NudgeStatus))
def test_the_public_reason_has_no_date_of_a_contact_and_no_word_of_silence(state):
    facts = replace(
        ASKED,
        signed_at=NOW,
        newest_at=NOW,
        cannot_sign="A minister",
        quieted_at=datetime(2026, 3, 2, tzinfo=UTC),
        call_back_on=date(2026, 4, 3),
        stance=Stance.WILL_NOT_SIGN,
    )
    reason = public_why(state, facts)
    assert "March" not in reason
    assert "April" not in reason
    for said in (reason, why(state, facts)):
        assert said.endswith(".")
        assert "answer" not in said
        assert "repl" not in said


def test_staffs_reasons_have_numbers_and_dates():
    facts = replace(ASKED, supporter_count=1, quieted_at=NOW)
    needs = why(NudgeStatus.NEEDS_NUDGE, facts)
    assert needs == "1 person wrote, first on 16 May 2026; not signed."
    assert why(NudgeStatus.CHASED, facts) == "The office was reached on 15 June 2026."
    both = replace(facts, call_back_on=date(2026, 6, 20))
    assert why(NudgeStatus.CHASED, both) == (
        "The office was reached on 15 June 2026; call-back on 20 June 2026."
    )
    called = replace(both, quieted_at=None)
    assert why(NudgeStatus.CHASED, called) == "Call-back on 20 June 2026."
    no = replace(facts, stance=Stance.SIGNS_NO_EDMS)
    assert why(NudgeStatus.DECLINED, no) == "The office said: signs no motions."


def test_a_withdrawal_is_told_without_a_motive():
    facts = MemberFacts(newest_kind=ChangeKind.WITHDRAWN, newest_at=NOW)
    assert public_why(NudgeStatus.WITHDREW, facts) == (
        "Parliament shows the signature as withdrawn on 15 June 2026."
    )


def test_after_a_removal_staff_read_that_the_name_is_no_longer_listed():
    for facts in (
        MemberFacts(newest_kind=ChangeKind.REMOVED, newest_at=NOW),
        replace(ASKED, newest_kind=ChangeKind.REMOVED, newest_at=NOW),
        replace(ASKED, newest_kind=ChangeKind.REMOVED, quieted_at=NOW),
    ):
        assert "no longer on Parliament's list" in why(status(facts), facts)


@pytest.mark.parametrize(
    ("due_on", "until_on", "end"),
    [
        (None, None, "not signed."),
        (date(2026, 6, 16), None, "not signed."),
        (date(2026, 6, 15), None, "not signed. A call-back is due today."),
        (date(2026, 6, 2), None, "not signed. A call-back is due since 2 June 2026."),
        (None, date(2026, 8, 31), "In the constituency until 31 August 2026."),
    ],
)
def test_the_nudge_list_says_a_call_back_that_is_due_and_a_recess(
    due_on, until_on, end
):
    facts = replace(ASKED, call_back_on=due_on)
    said = nudge_why(
        NudgeStatus.NEEDS_NUDGE, facts, today=NOW.date(), away_until_on=until_on
    )
    assert said.startswith("7 people wrote, first on 16 May 2026; not signed.")
    assert said.endswith(end)
