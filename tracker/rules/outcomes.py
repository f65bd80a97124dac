"""How a Poll ended, and what kind of failure it met. Pure names, used by every room."""

from enum import StrEnum


class Outcome(StrEnum):
    """How a Poll ended (product.md 3.1); the last three are not ok."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    SUSPECT = "suspect"
    STALE = "stale"
    FAILED = "failed"
    BRAKED = "braked"
    BUSY = "busy"

    @property
    def is_ok(self) -> bool:
        """Whether Parliament gave a readable answer."""
        return self not in (Outcome.FAILED, Outcome.BRAKED, Outcome.BUSY)

    @property
    def was_asked(self) -> bool:
        """Whether a request was sent: not while braked, nor beside another poll."""
        return self not in (Outcome.BRAKED, Outcome.BUSY)

    @property
    def is_good(self) -> bool:
        """Whether the answer was readable and not older than the last good one."""
        return self in (Outcome.CHANGED, Outcome.UNCHANGED, Outcome.SUSPECT)


class FailureKind(StrEnum):
    """What kind of failure a failed Poll met; the first three make the schedule back off."""

    BLOCKED = "blocked"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    NOT_FOUND = "not_found"
    THROTTLED = "throttled"
    CONNECTION = "connection"
    UNREADABLE = "unreadable"

    @property
    def backs_off(self) -> bool:
        """Whether the next scheduled poll waits longer than planned (product.md 3.7)."""
        return self in (
            FailureKind.BLOCKED,
            FailureKind.UNAVAILABLE,
            FailureKind.TIMEOUT,
        )
