"""What changed between where Members stood when it was last told, and now. Pure.

Owns when a change of standing is worth telling: triggers follow the Member's state, not
single events (product.md 7).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracker.rules.status import NudgeStatus


@dataclass(frozen=True, slots=True)
class Stood:
    """Where a Member stands: the true status, the one that anyone may see, and the seat."""

    status: NudgeStatus
    public_status: NudgeStatus
    is_sitting: bool


@dataclass(frozen=True, slots=True)
class StandingChange:
    """A Member who stands elsewhere than was told; `before` None: never told of."""

    member_id: int
    before: Stood | None
    now: Stood

    @property
    def has_left(self) -> bool:
        """Whether the Member held a seat and holds none."""
        return bool(self.before and self.before.is_sitting and not self.now.is_sitting)

    @property
    def has_new_status(self) -> bool:
        """Whether anyone would see another status than before."""
        return (
            self.before is not None
            and self.now.is_sitting
            and self.before.public_status is not self.now.public_status
        )

    @property
    def is_newly_in_need(self) -> bool:
        """Whether the Member has come to need a nudge, from anywhere else."""
        was = self.before.status if self.before and self.before.is_sitting else None
        return (
            self.now.is_sitting
            and self.now.status is NudgeStatus.NEEDS_NUDGE
            and was is not NudgeStatus.NEEDS_NUDGE
        )


def changed_standings(
    before: Mapping[int, Stood], now: Mapping[int, Stood]
) -> Iterator[StandingChange]:
    """Give what is to be kept as told, by Member id; not all of it is worth telling.

    Who is no longer in `now` has left: they stand as they did, without a seat.
    """
    for member_id in sorted({*before, *now}):
        was = before.get(member_id)
        stands = now.get(member_id)
        if stands is None:
            assert was is not None, "an id is of one of both"
            stands = Stood(was.status, was.public_status, is_sitting=False)
        if was != stands:
            yield StandingChange(member_id, was, stands)
