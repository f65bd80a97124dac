"""What a supporter is advised to do, by where their MP stands (product.md 6). Pure."""

from tracker.rules.calendar import MotionState
from tracker.rules.status import NudgeStatus

_ADVICE = {
    NudgeStatus.SIGNED: "{mp} has signed. Thank them.",
    NudgeStatus.DECLINED: (
        "{mp} has said that they will not sign. Ask what they will do instead: a letter"
        " to the minister, or a written question."
    ),
    NudgeStatus.CANNOT_SIGN: (
        "{mp} by convention does not sign motions. Ask them to raise it with the"
        " minister."
    ),
    NudgeStatus.WITHDREW: (
        "Parliament shows {mp}'s signature as withdrawn. Ask whether they would sign"
        " again."
    ),
    NudgeStatus.NOT_ASKED: "{mp} has not signed yet. Be the first to write.",
    NudgeStatus.CHASED: "{mp} has not signed yet. The office was contacted: wait a little.",
    NudgeStatus.WAITING: (
        "{mp} has not signed yet. People wrote in the last few days: wait a little."
    ),
    NudgeStatus.NEEDS_NUDGE: (
        "{mp} has not signed yet. If you wrote: did they reply? If not, ring the office."
    ),
}


def advice(status: NudgeStatus, mp: str, state: MotionState) -> str:
    """Return one or two sentences on what to do now.

    A motion that is over can't be signed, so it has a record instead of advice.
    """
    if state is not MotionState.OPEN:
        verb = "had signed" if status is NudgeStatus.SIGNED else "had not signed"
        return f"The motion is over. {mp} {verb} it."
    return _ADVICE[status].format(mp=mp)
