"""A change of one signature, and the order in which changes enter the ledger. Pure.

Does not own how a change is found (rules/diff.py) nor what follows from it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeKind(StrEnum):
    """What a SignatureEvent says: Parliament's words, never a motive (product.md 3.3)."""

    SIGNED = "signed"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"


class TimeFrom(StrEnum):
    """Whose time `happened_at` is: Parliament's, or that of our poll."""

    PARLIAMENT = "parliament"
    OBSERVED = "observed"


@dataclass(frozen=True, slots=True)
class SignatureChange:
    """One change of one signature row.

    `ordinal` is its how-manieth event (from 1). Name, party and constituency are as the
    row gave them, those of the day of signing. Whether a `signed` is `again` is not said
    here: it depends on the Member's whole history (`mark_again`).
    """

    kind: ChangeKind
    signature_id: int
    member_id: int
    ordinal: int
    happened_at: datetime
    time_from: TimeFrom
    name: str | None = None
    party: str | None = None
    constituency: str | None = None


def in_ledger_order(changes: Iterable[SignatureChange]) -> list[SignatureChange]:
    """Return the changes of one poll in the order in which they are written.

    By `happened_at`, but a Member's `withdrawn` comes before their signing on a newer
    row, whatever the times say, and a row's own events keep their order
    (product.md 3.3). Ties go by signature id.
    """
    by_member: dict[int, list[SignatureChange]] = {}
    for change in changes:
        by_member.setdefault(change.member_id, []).append(change)
    keyed: list[tuple[datetime, int, int, SignatureChange]] = []
    for member_changes in by_member.values():
        latest = min(change.happened_at for change in member_changes)
        sequence = _member_sequence(member_changes)
        first_id = min(change.signature_id for change in sequence)
        for place, change in enumerate(sequence):
            latest = max(latest, change.happened_at)
            keyed.append((latest, first_id, place, change))
    keyed.sort(key=lambda entry: entry[:3])
    return [change for *_, change in keyed]


def _member_sequence(changes: Sequence[SignatureChange]) -> list[SignatureChange]:
    """Return one Member's changes, each after those that have to come before it."""
    first_seen = {change.signature_id for change in changes if change.ordinal == 1}
    waiting = sorted(changes, key=_time_then_row)
    sequence: list[SignatureChange] = []
    while waiting:
        ready = next(
            change
            for change in waiting
            if not any(_comes_before(other, change, first_seen) for other in waiting)
        )
        waiting.remove(ready)
        sequence.append(ready)
    return sequence


def _time_then_row(change: SignatureChange) -> tuple[datetime, int, int]:
    return change.happened_at, change.signature_id, change.ordinal


def _comes_before(
    other: SignatureChange, change: SignatureChange, first_seen: Collection[int]
) -> bool:
    if other.signature_id == change.signature_id:
        return other.ordinal < change.ordinal
    if (other.kind, change.kind) != (ChangeKind.WITHDRAWN, ChangeKind.SIGNED):
        return False
    # A row known before is older than any signing seen now, whatever its Id: Parliament
    # shows some rows after rows with higher Ids. Of two new rows the higher Id is newer.
    both_new = {other.signature_id, change.signature_id} <= set(first_seen)
    return not both_new or other.signature_id < change.signature_id


def mark_again(
    changes: Sequence[SignatureChange], signed_before: Iterable[int]
) -> list[tuple[SignatureChange, bool]]:
    """Return each change with whether it is a `signed` by a Member who had signed before.

    `signed_before` are the ids of Members with a `signed` event already in the ledger;
    `changes` are in the order in which they are written.
    """
    seen = set(signed_before)
    marked: list[tuple[SignatureChange, bool]] = []
    for change in changes:
        is_signed = change.kind is ChangeKind.SIGNED
        marked.append((change, is_signed and change.member_id in seen))
        if is_signed:
            seen.add(change.member_id)
    return marked
