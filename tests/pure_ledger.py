"""A ledger in memory, fed by the pure rules alone: what a motion's polls amount to."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tracker.parliament.snapshot import SignatureRow, Snapshot
from tracker.rules.changes import SignatureChange, mark_again
from tracker.rules.diff import Decision, HeldSignature, Limits, decide, members_signed

START = datetime(2026, 6, 15, 12, tzinfo=UTC)
LIMITS = Limits(missing_polls=3, missing_seconds=100)


def at(seconds: float) -> datetime:
    """Return the moment that many seconds after the first poll."""
    return START + timedelta(seconds=seconds)


def row(
    signature_id: int,
    *,
    member_id: int | None = None,
    created: datetime | None = START - timedelta(days=1),
    is_withdrawn: bool = False,
    withdrawn: datetime | None = None,
    name: str | None = None,
) -> SignatureRow:
    """Return a row; its Member's id is 1000 more unless told; `withdrawn` dates one."""
    return SignatureRow(
        signature_id=signature_id,
        member_id=1000 + signature_id if member_id is None else member_id,
        is_withdrawn=is_withdrawn or withdrawn is not None,
        created_at=created,
        withdrawn_at=withdrawn,
        name=name,
    )


def rows(*signature_ids: int) -> list[SignatureRow]:
    """Return a live row for each id."""
    return [row(signature_id) for signature_id in signature_ids]


class PureLedger:
    """What a motion's good polls add up to; `events` are (change, is_again), in order."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.held: dict[int, HeldSignature] = {}
        self.events: list[tuple[SignatureChange, bool]] = []
        self.is_first = True

    def poll(
        self,
        answer: Iterable[SignatureRow],
        seconds: float = 0,
        *,
        is_accepted: bool = False,
    ) -> Decision:
        """Take in one good answer, and return what it changed."""
        decision = decide(
            self.held,
            Snapshot(parliament_id=1, number=718, rows=tuple(answer)),
            is_first=self.is_first,
            limits=self.limits,
            is_accepted=is_accepted,
            seen_at=at(seconds),
        )
        if decision.suspicion is None:
            self.is_first = False
            self.held |= {held.row.signature_id: held for held in decision.rows}
            before = {change.member_id for change, _ in self.events}
            self.events += mark_again(decision.changes, before)
        return decision

    @property
    def count(self) -> int:
        """How many Members have signed."""
        return len(members_signed(self.held.values()))


def kinds(decision: Decision) -> list[tuple[str, int]]:
    """Return what happened to which signature, in order."""
    return [(change.kind.value, change.signature_id) for change in decision.changes]
