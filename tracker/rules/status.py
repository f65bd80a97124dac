"""The eight words for where a Member stands, in the order in which they are asked.

Owns the names (product.md section 6). Pure.
"""

from enum import StrEnum


class NudgeStatus(StrEnum):
    """The status of a Member of the House; the first that holds is the one."""

    SIGNED = "signed"
    DECLINED = "declined"
    CANNOT_SIGN = "cannot_sign"
    WITHDREW = "withdrew"
    NOT_ASKED = "not_asked"
    CHASED = "chased"
    WAITING = "waiting"
    NEEDS_NUDGE = "needs_nudge"
