"""What a good answer changes: the diff of a Snapshot with the rows that are held. Pure.

Owns product.md 3.2 to 3.4: which differences are events at once, which must be seen
again before they are believed, and which answers are doubted as a whole. Does not own
storage (store/ledger.py applies what comes out) nor reading answers (parliament/).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tracker.parliament.snapshot import SignatureRow, Snapshot
from tracker.rules.changes import (
    ChangeKind,
    SignatureChange,
    TimeFrom,
    in_ledger_order,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How often, and over how long, a doubtful row must be seen before it is believed.

    `missing_polls` counts good polls (1 or more), `missing_seconds` is the least time
    between the first and the latest of them (0 or more). product.md 3.4.
    """

    missing_polls: int
    missing_seconds: float

    def are_met(self, count: int, first_at: datetime, latest_at: datetime) -> bool:
        """Return whether `count` sightings between the two times are enough."""
        apart = latest_at - first_at
        return count >= self.missing_polls and apart >= timedelta(
            seconds=self.missing_seconds
        )


@dataclass(frozen=True, slots=True)
class Doubt:
    """Good polls in a row that disagree with what is held: how many, and since when."""

    count: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class HeldSignature:
    """A signature row as the ledger holds it.

    `missing` counts good polls without the row, `revived` those in which a withdrawn row
    reads as live. `last_happened_at` is the time of its newest event, `event_count` how
    many it has. `removed_at` is when its absence was believed, also where that was no
    event: after a withdrawal, or while another row of the Member was live.
    """

    row: SignatureRow
    event_count: int
    last_happened_at: datetime
    removed_at: datetime | None = None
    missing: Doubt | None = None
    revived: Doubt | None = None

    @property
    def is_removed(self) -> bool:
        """Whether the row is believed to be gone from Parliament's list."""
        return self.removed_at is not None

    @property
    def is_live(self) -> bool:
        """Whether this row counts its Member as signed."""
        return not self.row.is_withdrawn and not self.is_removed

    @property
    def is_doubted(self) -> bool:
        """Whether polls disagree with this row, but not yet long enough."""
        return self.missing is not None or self.revived is not None


Held = Mapping[int, HeldSignature]


@dataclass(frozen=True, slots=True)
class Decision:
    """What one good answer means for the ledger.

    `changes` are the events in the order in which they are to be written, `rows` the
    signatures whose held state differs from before, `notes` what is worth telling staff
    but no event, `suspicion` why the whole answer is doubted (then nothing else is set).
    """

    changes: tuple[SignatureChange, ...] = ()
    rows: tuple[HeldSignature, ...] = ()
    notes: tuple[str, ...] = ()
    suspicion: str | None = None
    has_doubts: bool = False


class IdConflictError(Exception):
    """A known signature id that now names another Member: the poll fails (product.md 3.1)."""


def decide(
    held: Held,
    snapshot: Snapshot,
    *,
    is_first: bool,
    limits: Limits,
    is_accepted: bool,
    seen_at: datetime,
) -> Decision:
    """Return what a good answer changes in the ledger.

    1. A known Id with another Member: `IdConflictError`, nothing is decided.
    2. An answer doubted as a whole (product.md 3.4) decides nothing, unless a person
       accepted it.
    3. Every row is compared by itself; what `is_accepted` covers is believed at once.

    `held` is keyed by signature id and holds removed rows too. `is_first` is true until
    a first good answer has been recorded. `seen_at` is the time of this poll (aware UTC).
    """
    _refuse_id_conflicts(held, snapshot.rows)
    suspicion = doubt_of_whole(held, snapshot.rows, is_first=is_first)
    if suspicion and not is_accepted:
        return Decision(suspicion=suspicion)
    work = _Work(held, seen_at, limits, is_accepted)
    answered = {row.signature_id for row in snapshot.rows}
    for row in snapshot.rows:
        work.compare(row)
    for signature_id, signature in held.items():
        if signature_id not in answered and not signature.is_removed:
            work.miss(signature)
    return work.decision()


def doubt_of_whole(
    held: Held, rows: Sequence[SignatureRow], *, is_first: bool
) -> str | None:
    """Return why an answer is not to be believed as a whole, or None.

    A first answer without rows; an empty one after rows were held; one that lacks at
    least three rows and at least a tenth of those held (product.md 3.3 and 3.4).
    """
    if not rows and is_first:
        return "the first answer has no signatures at all"
    known = {key for key, signature in held.items() if not signature.is_removed}
    if not rows and known:
        return f"the answer has no signatures, but {len(known)} were known"
    lacking = len(known - {row.signature_id for row in rows})
    if lacking >= 3 and lacking * 10 >= len(known):
        return f"the answer lacks {lacking} of the {len(known)} signatures known"
    return None


def is_stale(answered_at: datetime | None, last_answered_at: datetime | None) -> bool:
    """Return whether an answer is older than the last good one (product.md 3.4).

    Both are an answer's Date minus its Age, by Parliament's clock; without either it
    can't be told, and the answer is taken as new.
    """
    if answered_at is None or last_answered_at is None:
        return False
    return answered_at < last_answered_at


def members_signed(held: Iterable[HeldSignature]) -> set[int]:
    """Return the ids of Members with at least one live row (product.md 3.2)."""
    return {signature.row.member_id for signature in held if signature.is_live}


def _refuse_id_conflicts(held: Held, rows: Sequence[SignatureRow]) -> None:
    for row in rows:
        known = held.get(row.signature_id)
        if known and known.row.member_id != row.member_id:
            raise IdConflictError(
                f"signature {row.signature_id} belonged to Member {known.row.member_id}"
                f" and now names Member {row.member_id}"
            )


def _reference_data(row: SignatureRow, known: SignatureRow) -> SignatureRow:
    """Return `row` with what it left out filled in from what was known."""
    return replace(
        row,
        name=row.name or known.name,
        list_as=row.list_as or known.list_as,
        party=row.party or known.party,
        constituency=row.constituency or known.constituency,
        created_at=row.created_at or known.created_at,
    )


@dataclass(slots=True)
class _Work:
    """The comparison under way: gathers changes, row states and notes."""

    held: Held
    seen_at: datetime
    limits: Limits
    is_accepted: bool
    after: dict[int, HeldSignature] = field(default_factory=dict)
    changes: list[SignatureChange] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def compare(self, row: SignatureRow) -> None:
        """Take in one row of the answer."""
        known = self.held.get(row.signature_id)
        if known is None:
            self._first_seen(row)
        elif known.is_removed:
            self._back_again(known, row)
        elif row.is_withdrawn == known.row.is_withdrawn:
            self._same(known, row)
        elif row.is_withdrawn:
            self._event(known, row, ChangeKind.WITHDRAWN, row.withdrawn_at)
        else:
            self._reads_live_again(known, row)

    def miss(self, known: HeldSignature) -> None:
        """Take in that a row that is held is not in the answer."""
        doubt = self._one_more(known.missing)
        if not self._is_believed(doubt):
            self._keep(replace(known, missing=doubt, revived=None))
            return
        self._keep(replace(known, removed_at=self.seen_at, missing=None, revived=None))

    def decision(self) -> Decision:
        """Return what was gathered, removals settled and events in order."""
        self._settle_removals()
        rows = tuple(
            signature
            for key, signature in self.after.items()
            if signature != self.held.get(key)
        )
        still_held = {**self.held, **self.after}
        return Decision(
            changes=tuple(in_ledger_order(self.changes)),
            rows=rows,
            notes=tuple(self.notes),
            has_doubts=any(signature.is_doubted for signature in still_held.values()),
        )

    def _first_seen(self, row: SignatureRow) -> None:
        signed = replace(row, is_withdrawn=False, withdrawn_at=None)
        self._event(None, signed, ChangeKind.SIGNED, row.created_at)
        if row.is_withdrawn:
            known = self.after[row.signature_id]
            self._event(known, row, ChangeKind.WITHDRAWN, row.withdrawn_at)

    def _same(self, known: HeldSignature, row: SignatureRow) -> None:
        row = _reference_data(row, known.row)
        self._keep(replace(known, row=row, missing=None, revived=None))

    def _back_again(self, known: HeldSignature, row: SignatureRow) -> None:
        """A removed row is listed again: a fresh fact, unless it was withdrawn before."""
        if known.row.is_withdrawn and not row.is_withdrawn:
            self._reads_live_again(replace(known, removed_at=None), row)
        elif known.row.is_withdrawn:
            self._same(replace(known, removed_at=None), row)
        elif row.is_withdrawn:
            self._event(known, row, ChangeKind.WITHDRAWN, row.withdrawn_at)
        else:
            self._event(known, row, ChangeKind.SIGNED, row.created_at)

    def _reads_live_again(self, known: HeldSignature, row: SignatureRow) -> None:
        doubt = self._one_more(known.revived)
        if self._is_believed(doubt):
            self._event(known, row, ChangeKind.SIGNED, row.created_at)
        else:
            self._keep(replace(known, missing=None, revived=doubt))

    def _one_more(self, doubt: Doubt | None) -> Doubt:
        if doubt is None:
            return Doubt(1, self.seen_at)
        # Should our clock have been set back, the time between starts again.
        first_at = min(doubt.first_at, self.seen_at)
        return Doubt(doubt.count + 1, first_at)

    def _is_believed(self, doubt: Doubt) -> bool:
        return self.is_accepted or self.limits.are_met(
            doubt.count, doubt.first_at, self.seen_at
        )

    def _keep(self, signature: HeldSignature) -> None:
        self.after[signature.row.signature_id] = signature

    def _event(
        self,
        known: HeldSignature | None,
        row: SignatureRow,
        kind: ChangeKind,
        told_at: datetime | None,
    ) -> None:
        """Write down an event of one row and the state that it leaves."""
        if known is not None:
            row = _reference_data(row, known.row)
        happened_at, time_from = self._when(known, told_at)
        change = SignatureChange(
            kind=kind,
            signature_id=row.signature_id,
            member_id=row.member_id,
            ordinal=(known.event_count if known else 0) + 1,
            happened_at=happened_at,
            time_from=time_from,
            name=row.name,
            party=row.party,
            constituency=row.constituency,
        )
        self.changes.append(change)
        self._keep(HeldSignature(row, change.ordinal, happened_at))

    def _when(
        self, known: HeldSignature | None, told_at: datetime | None
    ) -> tuple[datetime, TimeFrom]:
        """Return Parliament's time if it can be, else the poll's (product.md 3.3)."""
        is_later = known is None or (
            told_at is not None and told_at > known.last_happened_at
        )
        if told_at is None or told_at > self.seen_at or not is_later:
            return self.seen_at, TimeFrom.OBSERVED
        return told_at, TimeFrom.PARLIAMENT

    def _settle_removals(self) -> None:
        """Turn believed absences into events, or notes where they change nobody's name."""
        gone = [
            signature
            for key, signature in self.after.items()
            if signature.is_removed and not self._was_removed(key)
        ]
        for place, signature in enumerate(gone):
            row = signature.row
            if row.is_withdrawn:
                self.notes.append(f"withdrawn signature {row.signature_id} is gone")
            elif row.member_id in self._members_left(gone[place + 1 :]):
                self.notes.append(
                    f"signature {row.signature_id} is gone; Member {row.member_id}"
                    " still has another"
                )
            else:
                self._event(signature, row, ChangeKind.REMOVED, None)
                after = self.after[row.signature_id]
                self._keep(replace(after, removed_at=self.seen_at))

    def _members_left(self, still_to_settle: Sequence[HeldSignature]) -> set[int]:
        """Return who has a live row, those counted whose absence is settled later."""
        live = members_signed({**self.held, **self.after}.values())
        later = {
            signature.row.member_id
            for signature in still_to_settle
            if not signature.row.is_withdrawn
        }
        return live | later

    def _was_removed(self, signature_id: int) -> bool:
        known = self.held.get(signature_id)
        return known is not None and known.is_removed
