"""Random histories of a motion at Parliament, as polls would see them, and a recount.

`Recount` knows the rules only as product.md words them: it shares no code with
tracker.rules, so that both would have to be wrong in the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum

from hypothesis import strategies as st

from tests.pure_ledger import at
from tracker.parliament.snapshot import SignatureRow

MEMBERS = 2
FEW = (0, 1, 4)
MANY = (12, 35)
GAPS = (0, 1, 30, 59, 60, 99, 100, 101, 600)


class Act(Enum):
    """What happens at Parliament between two polls."""

    SIGN = "sign"
    SIGN_BEHIND = "sign, and be shown after rows with higher ids"
    WITHDRAW = "withdraw"
    REVIVE = "a withdrawn row reads live again"
    VANISH = "vanish"
    RETURN = "a vanished row is listed again"
    NOTHING = "nothing"


class Kind(Enum):
    """How a poll goes."""

    GOOD = "good"
    ACCEPTED = "good, and a person vouches for it"
    FAILED = "failed"
    STALE = "an answer older than the last"
    EMPTY = "no rows"
    CUT = "the first half of the rows"


@dataclass(frozen=True)
class Step:
    """What happened, how long after the last poll the next one came, and how it went.

    `repeats` good polls follow it, a minute apart, in which nothing changes.
    """

    acts: tuple[tuple[Act, int], ...]
    gap: float
    kind: Kind
    repeats: int


@dataclass(frozen=True)
class Seen:
    """One poll: when, how it went, and the rows in its answer by id."""

    seconds: float
    kind: Kind
    rows: Mapping[int, SignatureRow]

    @property
    def is_read(self) -> bool:
        """Whether the answer is a good one that is not stale."""
        return self.kind not in (Kind.FAILED, Kind.STALE)

    @property
    def is_accepted(self) -> bool:
        """Whether a person vouches for it."""
        return self.kind is Kind.ACCEPTED


steps = st.builds(
    Step,
    acts=st.lists(st.tuples(st.sampled_from(Act), st.integers(0, 99)), max_size=3).map(
        tuple
    ),
    gap=st.sampled_from([*GAPS, -172_800]),
    kind=st.sampled_from([Kind.GOOD] * 8 + list(Kind)),
    repeats=st.sampled_from([0, 0, 0, 1, 3]),
)

starts = st.sampled_from([*FEW, *FEW, *MANY])


def polls_of(start: int, story: list[Step]) -> list[Seen]:
    """Return the polls of a motion that `start` Members had signed before the first."""
    house = _House()
    for number in range(start):
        house.act(Act.SIGN, number, 0, member_id=100 + number)
    polls: list[Seen] = []
    seconds = 0.0
    for step in story:
        seconds += step.gap
        for act, pick in step.acts:
            house.act(act, pick, seconds)
        polls.append(Seen(seconds, step.kind, house.answer(step.kind)))
        for _ in range(step.repeats):
            seconds += 60
            polls.append(Seen(seconds, Kind.GOOD, house.answer(Kind.GOOD)))
    return polls


@dataclass
class _House:
    """Parliament's own list."""

    shown: dict[int, SignatureRow] = field(default_factory=dict)
    vanished: dict[int, SignatureRow] = field(default_factory=dict)
    number: int = 0

    def answer(self, kind: Kind) -> dict[int, SignatureRow]:
        if kind is Kind.EMPTY:
            return {}
        if kind is Kind.CUT:
            return dict(list(self.shown.items())[: len(self.shown) // 2])
        if kind is Kind.STALE:
            return dict(list(self.shown.items())[1:])
        return dict(self.shown)

    def act(
        self, act: Act, pick: int, seconds: float, *, member_id: int | None = None
    ) -> None:
        if act in (Act.SIGN, Act.SIGN_BEHIND):
            self._sign(act, pick, seconds, member_id or 1 + pick % MEMBERS)
        elif act is Act.RETURN and self.vanished:
            key = min(self.vanished)
            self.shown[key] = self.vanished.pop(key)
        elif act is not Act.NOTHING and self.shown:
            self._change(act, self._picked(pick), pick, seconds)

    def _picked(self, pick: int) -> int:
        """Return a row: mostly one and the same, so that much happens to it."""
        few = [key for key, row in self.shown.items() if row.member_id <= MEMBERS]
        if few and pick < 60:
            return min(few)
        keys = sorted(few if few and pick < 90 else self.shown)
        return keys[pick % len(keys)]

    def _sign(self, act: Act, pick: int, seconds: float, member_id: int) -> None:
        self.number += 1
        signature_id = self.number * 10
        if act is Act.SIGN_BEHIND:
            signature_id = 10_000 - self.number
        told = (None, -3600, -10, 0, 10, 3600)[pick % 6]
        self.shown[signature_id] = SignatureRow(
            signature_id,
            member_id,
            is_withdrawn=False,
            created_at=None if told is None else at(seconds + told),
        )

    def _change(self, act: Act, key: int, pick: int, seconds: float) -> None:
        row = self.shown[key]
        if act is Act.VANISH:
            self.vanished[key] = self.shown.pop(key)
        elif act is Act.WITHDRAW and not row.is_withdrawn:
            told = (None, -60, 0, 60)[pick % 4]
            withdrawn_at = None if told is None else at(seconds + told)
            self.shown[key] = replace(row, is_withdrawn=True, withdrawn_at=withdrawn_at)
        elif act is Act.REVIVE:
            self.shown[key] = replace(row, is_withdrawn=False, withdrawn_at=None)


@dataclass
class Recount:
    """Which rows are believed live, row by row, from the answers and the two limits."""

    missing_polls: int
    missing_seconds: float
    live: dict[int, int] = field(default_factory=dict)
    withdrawn: dict[int, int] = field(default_factory=dict)
    gone: dict[int, bool] = field(default_factory=dict)
    missed: dict[int, list[float]] = field(default_factory=dict)
    revived: dict[int, list[float]] = field(default_factory=dict)
    is_first: bool = True

    @property
    def count(self) -> int:
        """How many Members have a live row."""
        return len(set(self.live.values()))

    def doubts(self, rows: Mapping[int, SignatureRow]) -> bool:
        """Return whether the answer is doubted as a whole."""
        held = {*self.live, *self.withdrawn}
        lacking = len(held - set(rows))
        if not rows:
            return self.is_first or bool(held)
        return lacking >= 3 and lacking >= len(held) / 10

    def take(self, poll: Seen) -> bool:
        """Take in a poll; return whether it was believed as a whole."""
        if not poll.is_read:
            return False
        if self.doubts(poll.rows) and not poll.is_accepted:
            return False
        self.is_first = False
        for key in {*self.live, *self.withdrawn} - set(poll.rows):
            self.revived.pop(key, None)
            if self._enough(self.missed.setdefault(key, []), poll):
                self.gone[key] = key in self.withdrawn
                self.live.pop(key, None)
                self.withdrawn.pop(key, None)
        for key, row in poll.rows.items():
            self.missed.pop(key, None)
            self._listed(key, row, poll)
        return True

    def _listed(self, key: int, row: SignatureRow, poll: Seen) -> None:
        was_withdrawn = key in self.withdrawn or self.gone.pop(key, False)
        if row.is_withdrawn:
            self.revived.pop(key, None)
            self.live.pop(key, None)
            self.withdrawn[key] = row.member_id
        elif not was_withdrawn:
            self.live[key] = row.member_id
        elif self._enough(self.revived.setdefault(key, []), poll):
            self.revived.pop(key)
            self.withdrawn.pop(key, None)
            self.live[key] = row.member_id
        else:
            self.withdrawn[key] = row.member_id

    def _enough(self, times: list[float], poll: Seen) -> bool:
        times.append(poll.seconds)
        apart = timedelta(seconds=poll.seconds - min(times))
        return poll.is_accepted or (
            len(times) >= self.missing_polls
            and apart >= timedelta(seconds=self.missing_seconds)
        )
