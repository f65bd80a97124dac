"""tracker.rules.diff: product.md 3.2 to 3.4 and checks.md U5 to U13, by values."""

from datetime import timedelta

import pytest

from tests.pure_ledger import (
    START,
    PureLedger,
    at,
    kinds,
    row,
    rows,
)
from tracker.rules.changes import ChangeKind, TimeFrom
from tracker.rules.diff import IdConflictError, Limits, doubt_of_whole, is_stale

DAY_BEFORE = START - timedelta(days=1)


def ledger_of(count: int, limits: Limits | None = None) -> PureLedger:
    """Return a ledger whose first poll had live rows 1 to `count`."""
    ledger = PureLedger(limits) if limits else PureLedger()
    ledger.poll(rows(*range(1, count + 1)))
    return ledger


# New rows


def test_a_row_seen_for_the_first_time_is_signed_at_parliaments_time():
    ledger = ledger_of(1)
    [change] = ledger.poll([row(1), row(2, name="Ada Example")], 60).changes
    assert (change.kind, change.signature_id, change.member_id, change.ordinal) == (
        ChangeKind.SIGNED,
        2,
        1002,
        1,
    )
    assert (change.happened_at, change.time_from) == (DAY_BEFORE, TimeFrom.PARLIAMENT)
    assert change.name == "Ada Example"
    assert ledger.count == 2


def test_a_row_first_seen_withdrawn_is_signed_then_withdrawn():
    ledger = PureLedger()
    told = START - timedelta(hours=1)
    signed, withdrawn = ledger.poll([row(1, withdrawn=told)]).changes
    assert (signed.kind, signed.ordinal, signed.happened_at) == (
        ChangeKind.SIGNED,
        1,
        DAY_BEFORE,
    )
    assert (withdrawn.kind, withdrawn.ordinal, withdrawn.happened_at) == (
        ChangeKind.WITHDRAWN,
        2,
        told,
    )
    assert ledger.count == 0


def test_the_same_answer_again_changes_nothing():
    ledger = PureLedger()
    answer = [row(1), row(2, withdrawn=START), row(3, member_id=1001)]
    ledger.poll(answer)
    again = ledger.poll(answer, 60)
    assert (again.changes, again.rows, again.notes) == ((), (), ())
    assert not again.has_doubts


def test_a_known_id_with_another_member_is_refused_by_name():
    ledger = ledger_of(2)
    with pytest.raises(IdConflictError, match=r"signature 2 .* 1002 .* 9"):
        ledger.poll([row(1), row(2, member_id=9)], 60)


def test_a_removed_id_with_another_member_is_refused_too():
    ledger = ledger_of(5, Limits(1, 0))
    ledger.poll(rows(1, 2, 3, 4), 60)
    with pytest.raises(IdConflictError, match="signature 5"):
        ledger.poll([*rows(1, 2, 3, 4), row(5, member_id=9)], 120)


def test_two_live_rows_of_a_member_count_once_and_the_second_is_again():
    ledger = ledger_of(1)
    ledger.poll([row(1), row(2, member_id=1001)], 60)
    assert ledger.count == 1
    assert [is_again for _, is_again in ledger.events] == [False, True]


def test_what_a_later_answer_leaves_out_stays_known():
    ledger = PureLedger()
    ledger.poll([row(1, name="Ada Example")])
    assert ledger.poll([row(1, name=None, created=None)], 60).rows == ()
    assert ledger.held[1].row.name == "Ada Example"


# Withdrawals


def test_a_withdrawal_is_dated_by_parliament():
    ledger = ledger_of(1)
    [change] = ledger.poll([row(1, withdrawn=at(30))], 60).changes
    assert (change.kind, change.ordinal) == (ChangeKind.WITHDRAWN, 2)
    assert (change.happened_at, change.time_from) == (at(30), TimeFrom.PARLIAMENT)
    assert ledger.count == 0


@pytest.mark.parametrize(
    ("told", "expected", "time_from"),
    [
        (None, at(60), TimeFrom.OBSERVED),  # Parliament gives none
        (at(60), at(60), TimeFrom.PARLIAMENT),  # the very moment of the poll
        (
            at(60) + timedelta(microseconds=1),
            at(60),
            TimeFrom.OBSERVED,
        ),  # in the future
        (DAY_BEFORE, at(60), TimeFrom.OBSERVED),  # not after the row's signing
        (
            DAY_BEFORE + timedelta(microseconds=1),
            DAY_BEFORE + timedelta(microseconds=1),
            TimeFrom.PARLIAMENT,
        ),
    ],
)
def test_the_time_is_parliaments_only_if_it_can_be(told, expected, time_from):
    ledger = ledger_of(1)
    [change] = ledger.poll([row(1, is_withdrawn=True, withdrawn=told)], 60).changes
    assert (change.happened_at, change.time_from) == (expected, time_from)


@pytest.mark.parametrize(
    ("told", "expected", "time_from"),
    [
        (None, START, TimeFrom.OBSERVED),
        (START, START, TimeFrom.PARLIAMENT),
        (at(1), START, TimeFrom.OBSERVED),
    ],
)
def test_a_first_signing_is_dated_the_same_way(told, expected, time_from):
    [change] = PureLedger().poll([row(1, created=told)]).changes
    assert (change.happened_at, change.time_from) == (expected, time_from)


# One row is missing


def test_a_vanished_row_is_not_a_withdrawal():
    ledger = ledger_of(5)
    decision = ledger.poll(rows(1, 2, 3, 4), 60)
    assert decision.changes == ()
    assert decision.has_doubts
    assert ledger.count == 5


def test_it_is_removed_by_the_third_good_poll_without_it():
    ledger = ledger_of(5)
    assert kinds(ledger.poll(rows(1, 2, 3, 4), 60)) == []
    assert kinds(ledger.poll(rows(1, 2, 3, 4), 120)) == []
    decision = ledger.poll(rows(1, 2, 3, 4), 180)
    assert kinds(decision) == [("removed", 5)]
    [change] = decision.changes
    assert (change.happened_at, change.time_from) == (at(180), TimeFrom.OBSERVED)
    assert not decision.has_doubts
    assert ledger.count == 4


def test_it_is_removed_only_once():
    ledger = ledger_of(5, Limits(1, 0))
    assert kinds(ledger.poll(rows(1, 2, 3, 4), 60)) == [("removed", 5)]
    assert kinds(ledger.poll(rows(1, 2, 3, 4), 120)) == []


@pytest.mark.parametrize(
    ("last", "expected"), [(160 - 0.001, []), (160, [("removed", 5)])]
)
def test_the_first_and_the_latest_poll_without_it_are_far_enough_apart(last, expected):
    ledger = ledger_of(5)
    ledger.poll(rows(1, 2, 3, 4), 60)
    ledger.poll(rows(1, 2, 3, 4), 61)
    assert kinds(ledger.poll(rows(1, 2, 3, 4), last)) == expected


def test_many_polls_close_together_do_not_remove_it():
    ledger = ledger_of(5)
    for second in range(60, 160):
        assert kinds(ledger.poll(rows(1, 2, 3, 4), second)) == []


def test_with_limits_of_one_poll_and_no_seconds_it_is_removed_at_once():
    assert kinds(ledger_of(5, Limits(1, 0)).poll(rows(1, 2, 3, 4), 60)) == [
        ("removed", 5)
    ]


def test_a_good_poll_with_the_row_starts_the_count_again():
    ledger = ledger_of(5)
    ledger.poll(rows(1, 2, 3, 4), 60)
    ledger.poll(rows(1, 2, 3, 4), 120)
    assert not ledger.poll(rows(1, 2, 3, 4, 5), 180).has_doubts
    for seconds in (240, 300):
        assert kinds(ledger.poll(rows(1, 2, 3, 4), seconds)) == []
    assert kinds(ledger.poll(rows(1, 2, 3, 4), 360)) == [("removed", 5)]


def test_an_answer_doubted_as_a_whole_neither_counts_nor_resets():
    ledger = ledger_of(10)
    without_ten = rows(*range(1, 10))
    ledger.poll(without_ten, 60)
    assert ledger.poll(rows(1, 2), 120).suspicion
    ledger.poll(without_ten, 180)
    assert kinds(ledger.poll(without_ten, 240)) == [("removed", 10)]


def test_a_clock_that_was_set_back_does_not_hold_a_removal_up_for_days():
    ledger = ledger_of(5)
    ledger.poll(rows(1, 2, 3, 4), 172_800)
    ledger.poll(rows(1, 2, 3, 4), 60)
    assert kinds(ledger.poll(rows(1, 2, 3, 4), 159)) == []
    assert kinds(ledger.poll(rows(1, 2, 3, 4), 160)) == [("removed", 5)]


def test_a_withdrawal_of_a_missing_row_is_believed_at_once():
    ledger = ledger_of(5)
    ledger.poll(rows(1, 2, 3, 4), 60)
    decision = ledger.poll([*rows(1, 2, 3, 4), row(5, withdrawn=at(70))], 120)
    assert kinds(decision) == [("withdrawn", 5)]
    assert not decision.has_doubts


def test_a_removed_row_that_is_listed_again_is_signed_again():
    ledger = ledger_of(5, Limits(1, 0))
    ledger.poll(rows(1, 2, 3, 4), 60)
    [change] = ledger.poll(rows(1, 2, 3, 4, 5), 120).changes
    assert (change.kind, change.ordinal) == (ChangeKind.SIGNED, 3)
    assert (change.happened_at, change.time_from) == (at(120), TimeFrom.OBSERVED)
    assert ledger.events[-1][1], "it is again"
    assert ledger.count == 5


def test_a_removed_row_that_comes_back_withdrawn_is_withdrawn():
    ledger = ledger_of(5, Limits(1, 0))
    ledger.poll(rows(1, 2, 3, 4), 60)
    decision = ledger.poll([*rows(1, 2, 3, 4), row(5, withdrawn=at(90))], 120)
    assert kinds(decision) == [("withdrawn", 5)]
    assert ledger.count == 4


# Removals that are no events


def test_a_withdrawn_row_that_is_gone_is_a_note():
    ledger = PureLedger(Limits(1, 0))
    ledger.poll([*rows(1, 2, 3, 4), row(5, withdrawn=START)])
    decision = ledger.poll(rows(1, 2, 3, 4), 60)
    assert decision.changes == ()
    assert decision.notes == ("withdrawn signature 5 is gone",)
    assert ledger.poll(rows(1, 2, 3, 4), 120).notes == (), "it is said once"


def test_a_withdrawn_row_is_missed_as_slowly_as_a_live_one():
    ledger = PureLedger()
    ledger.poll([*rows(1, 2, 3, 4), row(5, withdrawn=START)])
    decision = ledger.poll(rows(1, 2, 3, 4), 60)
    assert (decision.notes, decision.has_doubts) == ((), True)


def test_a_row_gone_while_another_of_the_member_is_live_is_a_note():
    ledger = PureLedger(Limits(1, 0))
    ledger.poll([*rows(1, 2, 3), row(4, member_id=1003)])
    decision = ledger.poll(rows(1, 2, 3), 60)
    assert decision.changes == ()
    assert decision.notes == ("signature 4 is gone; Member 1003 still has another",)
    assert ledger.count == 3


def test_a_row_gone_while_a_new_one_of_the_member_comes_is_a_note_and_a_signing():
    ledger = ledger_of(3, Limits(1, 0))
    decision = ledger.poll([*rows(1, 2), row(9, member_id=1003)], 60)
    assert kinds(decision) == [("signed", 9)]
    assert len(decision.notes) == 1


def test_two_rows_of_a_member_gone_in_one_poll_are_one_removal():
    ledger = PureLedger(Limits(1, 0))
    ledger.poll([*rows(1, 2, 3), row(4, member_id=1003)])
    decision = ledger.poll(rows(1, 2), 60)
    assert kinds(decision) == [("removed", 4)]
    assert len(decision.notes) == 1
    assert ledger.count == 2


def test_a_row_gone_as_the_members_other_row_is_withdrawn_is_removed():
    ledger = PureLedger(Limits(1, 0))
    ledger.poll([*rows(1, 2, 3), row(4, member_id=1003)])
    decision = ledger.poll([*rows(1, 2), row(3, withdrawn=at(30))], 60)
    assert sorted(kinds(decision)) == [("removed", 4), ("withdrawn", 3)]
    assert ledger.count == 2


# A withdrawn row that reads as live


def withdrawn_ledger() -> PureLedger:
    ledger = PureLedger()
    ledger.poll([*rows(1, 2, 3, 4), row(5, withdrawn=START)])
    return ledger


def test_a_withdrawn_row_that_reads_live_is_believed_as_slowly_as_a_missing_one():
    ledger = withdrawn_ledger()
    live = rows(1, 2, 3, 4, 5)
    first = ledger.poll(live, 60)
    assert (kinds(first), first.has_doubts, ledger.count) == ([], True, 4)
    assert kinds(ledger.poll(live, 120)) == []
    last = ledger.poll(live, 180)
    assert kinds(last) == [("signed", 5)]
    assert (last.changes[0].ordinal, last.changes[0].time_from) == (
        3,
        TimeFrom.OBSERVED,
    )
    assert ledger.events[-1][1], "it is again"
    assert ledger.count == 5


@pytest.mark.parametrize(("last", "expected"), [(159, []), (160, [("signed", 5)])])
def test_it_is_believed_only_over_missing_seconds(last, expected):
    ledger = withdrawn_ledger()
    ledger.poll(rows(1, 2, 3, 4, 5), 60)
    ledger.poll(rows(1, 2, 3, 4, 5), 90)
    assert kinds(ledger.poll(rows(1, 2, 3, 4, 5), last)) == expected


def test_reading_withdrawn_once_more_ends_that_doubt():
    ledger = withdrawn_ledger()
    ledger.poll(rows(1, 2, 3, 4, 5), 60)
    ledger.poll(rows(1, 2, 3, 4, 5), 120)
    decision = ledger.poll([*rows(1, 2, 3, 4), row(5, withdrawn=START)], 180)
    assert (decision.changes, decision.has_doubts) == ((), False)
    assert kinds(ledger.poll(rows(1, 2, 3, 4, 5), 240)) == []


def test_a_poll_without_the_row_starts_that_count_again():
    ledger = withdrawn_ledger()
    ledger.poll(rows(1, 2, 3, 4, 5), 60)
    ledger.poll(rows(1, 2, 3, 4), 120)
    ledger.poll(rows(1, 2, 3, 4, 5), 180)
    assert kinds(ledger.poll(rows(1, 2, 3, 4, 5), 240)) == []


def test_reading_live_starts_the_count_of_an_absence_again():
    ledger = withdrawn_ledger()
    ledger.poll(rows(1, 2, 3, 4), 60)
    ledger.poll(rows(1, 2, 3, 4, 5), 120)
    ledger.poll(rows(1, 2, 3, 4), 180)
    assert ledger.poll(rows(1, 2, 3, 4), 240).notes == ()
    assert len(ledger.poll(rows(1, 2, 3, 4), 300).notes) == 1


def test_a_withdrawn_row_gone_and_back_as_live_is_not_believed_at_once():
    ledger = withdrawn_ledger()
    for seconds in (60, 120, 180):
        ledger.poll(rows(1, 2, 3, 4), seconds)
    assert kinds(ledger.poll(rows(1, 2, 3, 4, 5), 240)) == []
    assert ledger.count == 4


def test_signing_on_a_new_row_is_believed_at_once():
    ledger = withdrawn_ledger()
    answer = [*rows(1, 2, 3, 4), row(5, withdrawn=START), row(6, member_id=1005)]
    assert kinds(ledger.poll(answer, 60)) == [("signed", 6)]
    assert ledger.events[-1][1], "it is again"
    assert ledger.count == 5


# The whole answer is doubted


@pytest.mark.parametrize(
    ("held", "lacking", "is_doubted"),
    [
        (10, 2, False),
        (10, 3, True),
        (29, 3, True),
        (30, 3, True),  # exactly a tenth
        (31, 3, False),
        (40, 4, True),
        (41, 4, False),
        (3, 2, False),
        (3, 3, True),
        (1, 1, True),  # empty
        (2, 2, True),
    ],
)
def test_lacking_three_rows_and_a_tenth_is_doubted_as_a_whole(
    held, lacking, is_doubted
):
    ledger = ledger_of(held)
    before = dict(ledger.held)
    decision = ledger.poll(rows(*range(lacking + 1, held + 1)), 60)
    assert (decision.suspicion is not None) is is_doubted
    if is_doubted:
        assert (decision.changes, decision.rows, decision.notes) == ((), (), ())
        assert ledger.held == before


def test_withdrawn_rows_are_rows_held():
    ledger = PureLedger()
    ledger.poll([row(number, withdrawn=START) for number in range(1, 5)])
    assert ledger.poll(rows(9), 60).suspicion


def test_removed_rows_are_not_lacking():
    ledger = ledger_of(10, Limits(1, 0))
    for number in range(10, 6, -1):
        ledger.poll(rows(*range(1, number)), (11 - number) * 60)
    assert ledger.count == 6
    assert ledger.poll(rows(*range(1, 7)), 600).suspicion is None


def test_new_rows_do_not_make_up_for_those_that_lack():
    assert ledger_of(10).poll(rows(*range(4, 40)), 60).suspicion


def test_a_new_signing_in_a_doubted_answer_is_not_recorded():
    ledger = ledger_of(10)
    assert kinds(ledger.poll([row(1), row(11)], 60)) == []
    assert ledger.count == 10


def test_a_doubted_answer_is_never_believed_by_itself():
    ledger = ledger_of(10)
    for minute in range(1, 50):
        assert ledger.poll([], minute * 60).suspicion
    assert ledger.count == 10


def test_a_first_answer_without_rows_is_no_baseline():
    ledger = PureLedger()
    assert ledger.poll([]).suspicion == "the first answer has no signatures at all"
    assert ledger.is_first
    assert doubt_of_whole({}, [], is_first=False) is None


def test_a_person_can_accept_what_lacks_and_it_is_believed_at_once():
    ledger = ledger_of(10)
    decision = ledger.poll(rows(1, 2), 60, is_accepted=True)
    assert decision.suspicion is None
    assert kinds(decision) == [("removed", number) for number in range(3, 11)]
    assert ledger.count == 2
    assert ledger.poll(rows(1, 2), 120).changes == ()


def test_a_person_can_accept_an_empty_answer():
    ledger = ledger_of(2)
    assert len(ledger.poll([], 60, is_accepted=True).changes) == 2
    assert ledger.count == 0
    assert ledger.poll([], 120).suspicion is None, "nothing is held any more"


# Stale answers


@pytest.mark.parametrize(
    ("answered", "last", "expected"),
    [
        (at(-0.001), START, True),
        (START, START, False),
        (at(1), START, False),
        (None, START, False),
        (START, None, False),
    ],
)
def test_an_answer_older_than_the_last_good_one_is_stale(answered, last, expected):
    assert is_stale(answered, last) is expected
