"""The one error that leaves `parliament/`: what was asked, and why there is no answer."""

from tracker.rules.outcomes import FailureKind


class ParliamentError(Exception):
    """Parliament gave no answer that can be believed. The text is for staff, one clause.

    `kind` says what the schedule does about it. The body of an answer is never in it.
    """

    def __init__(self, kind: FailureKind, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


class BrakedError(ParliamentError):
    """Parliament asked us to wait and the time is not over; nothing was sent."""

    def __init__(self, reason: str) -> None:
        super().__init__(FailureKind.THROTTLED, reason)
