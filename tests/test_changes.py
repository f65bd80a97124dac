"""tracker.rules.changes: the order within a poll, and what is `again` (product.md 3.3)."""

from datetime import timedelta
from itertools import permutations

import pytest

from tests.pure_ledger import START, PureLedger, at, kinds, row
from tracker.rules.changes import (
    ChangeKind,
    SignatureChange,
    TimeFrom,
    in_ledger_order,
    mark_again,
)


def change(
    kind: str,
    signature_id: int,
    seconds: float,
    *,
    member_id: int = 7,
    ordinal: int = 1,
) -> SignatureChange:
    return SignatureChange(
        ChangeKind(kind),
        signature_id,
        member_id,
        ordinal,
        at(seconds),
        TimeFrom.PARLIAMENT,
    )


def order(*changes: SignatureChange) -> list[tuple[str, int]]:
    """Return the order, which must not depend on that in which the changes came."""
    orders = {
        tuple((c.kind.value, c.signature_id) for c in in_ledger_order(given))
        for given in permutations(changes)
    }
    [only] = orders
    return list(only)


def test_changes_go_by_the_time_they_happened():
    assert order(
        change("signed", 1, 30, member_id=1),
        change("signed", 2, 10, member_id=2),
        change("withdrawn", 3, 20, member_id=3, ordinal=2),
    ) == [("signed", 2), ("withdrawn", 3), ("signed", 1)]


def test_changes_of_one_moment_go_by_signature_id():
    assert order(*(change("signed", n, 0, member_id=n) for n in (3, 1, 2))) == [
        ("signed", 1),
        ("signed", 2),
        ("signed", 3),
    ]


@pytest.mark.parametrize("withdrawn_at", [5, 20, 35])
@pytest.mark.parametrize("ids", [(1, 2), (2, 1)])
def test_a_members_withdrawal_comes_before_their_new_signing(withdrawn_at, ids):
    old, new = ids
    assert order(
        change("withdrawn", old, withdrawn_at, ordinal=2), change("signed", new, 20)
    ) == [("withdrawn", old), ("signed", new)]


def test_what_others_did_meanwhile_keeps_its_place():
    assert order(
        change("withdrawn", 1, 40, ordinal=2),
        change("signed", 2, 10),
        change("signed", 3, 20, member_id=8),
        change("signed", 4, 50, member_id=9),
    ) == [("signed", 3), ("withdrawn", 1), ("signed", 2), ("signed", 4)]


def test_of_two_new_rows_the_withdrawal_of_the_older_comes_first():
    assert order(
        change("signed", 1, 0),
        change("withdrawn", 1, 30, ordinal=2),
        change("signed", 2, 20),
        change("withdrawn", 2, 40, ordinal=2),
    ) == [("signed", 1), ("withdrawn", 1), ("signed", 2), ("withdrawn", 2)]


def test_the_withdrawal_of_the_newer_of_two_new_rows_stays_after_its_signing():
    assert order(
        change("signed", 1, 0),
        change("signed", 2, 10),
        change("withdrawn", 2, 20, ordinal=2),
    ) == [("signed", 1), ("signed", 2), ("withdrawn", 2)]


def test_a_rows_own_events_keep_their_order_at_one_moment():
    assert order(change("signed", 1, 0), change("withdrawn", 1, 0, ordinal=2)) == [
        ("signed", 1),
        ("withdrawn", 1),
    ]


def test_a_withdrawal_seen_late_still_comes_before_the_new_signing():
    ledger = PureLedger()
    ledger.poll([row(1)])
    new = row(2, member_id=1001, created=START + timedelta(seconds=10))
    decision = ledger.poll([row(1, is_withdrawn=True), new], 60)
    assert kinds(decision) == [("withdrawn", 1), ("signed", 2)]
    assert [c.happened_at for c in decision.changes] == [at(60), at(10)]
    assert ledger.count == 1


def test_again_is_a_signing_by_a_member_who_had_signed_before():
    first, second = change("signed", 1, 0), change("signed", 2, 1)
    withdrawn = change("withdrawn", 1, 2, ordinal=2)
    other = change("signed", 3, 3, member_id=8)
    assert mark_again([first, withdrawn, second, other], []) == [
        (first, False),
        (withdrawn, False),
        (second, True),
        (other, False),
    ]


def test_again_looks_at_the_whole_history():
    assert mark_again([change("signed", 2, 0)], {7}) == [(change("signed", 2, 0), True)]
    assert mark_again([change("signed", 2, 0)], {8}) == [
        (change("signed", 2, 0), False)
    ]
