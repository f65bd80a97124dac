"""What a supporter is advised to do, by where their MP stands (product.md 6). Pure."""

from tracker.rules.calendar import MotionState
from tracker.rules.status import NudgeStatus

_STANDING = {
    NudgeStatus.SIGNED: "{mp} has signed.",
    NudgeStatus.DECLINED: "{mp} has said that they will not sign.",
    NudgeStatus.CANNOT_SIGN: "{mp} by convention does not sign motions.",
    NudgeStatus.WITHDREW: "Parliament shows {mp}'s signature as withdrawn.",
}
_NOT_SIGNED = "{mp} has not signed yet."

_TO_DO = {
    NudgeStatus.SIGNED: "Thank them.",
    NudgeStatus.DECLINED: (
        "Ask what they will do instead: a letter to the minister, or a written question."
    ),
    NudgeStatus.CANNOT_SIGN: "Ask them to raise it with the minister.",
    NudgeStatus.WITHDREW: "Ask whether they would sign again.",
    NudgeStatus.NOT_ASKED: "Be the first to write.",
    NudgeStatus.CHASED: "The office was contacted: wait a little.",
    NudgeStatus.WAITING: "People wrote in the last few days: wait a little.",
    NudgeStatus.NEEDS_NUDGE: "If you wrote: did they reply? If not, ring the office.",
}


def advice(status: NudgeStatus, mp: str, state: MotionState) -> str:
    """Return one or two sentences: where the MP stands, and what to do now.

    A motion that is over can't be signed, so it has a record instead of advice.
    """
    if state is not MotionState.OPEN:
        verb = "had signed" if status is NudgeStatus.SIGNED else "had not signed"
        return f"The motion is over. {mp} {verb} it."
    stands = _STANDING.get(status, _NOT_SIGNED).format(mp=mp)
    return f"{stands} {what_to_do(status)}"


def what_to_do(status: NudgeStatus) -> str:
    """Return the advice alone, for a page that has said where the MP stands."""
    return _TO_DO[status]
