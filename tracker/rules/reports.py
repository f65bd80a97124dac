"""What supporters report on their own page, and what follows from it. Pure.

Owns which reports are a reply of the MP's (they pause that supporter's follow-ups,
product.md 7), which unlock the second email, and what each would be if staff accept it.
A report is the supporter's word, never the office's: by itself it changes no status.
"""

from dataclasses import dataclass
from enum import StrEnum

from tracker.rules.nudge import Stance


class ReportKind(StrEnum):
    """What a supporter said of their MP's answer, or did themself."""

    SIGNED_OR_WILL = "signed_or_will"
    SIGNS_NO_EDMS = "signs_no_edms"
    CANNOT_MINISTER = "cannot_minister"
    DISAGREES = "disagrees"
    THANKS_ONLY = "thanks_only"
    NOTHING_YET = "nothing_yet"
    RANG = "rang"
    WROTE_AGAIN = "wrote_again"


REPLIES = (
    ReportKind.SIGNED_OR_WILL,
    ReportKind.SIGNS_NO_EDMS,
    ReportKind.CANNOT_MINISTER,
    ReportKind.DISAGREES,
    ReportKind.THANKS_ONLY,
)
"""Reports that the MP replied, whatever was in it."""

ANSWERS = (*REPLIES, ReportKind.NOTHING_YET)
"""What "has your MP replied?" may be answered with: the newest one counts."""

ACTS = (ReportKind.RANG, ReportKind.WROTE_AGAIN)
"""What a supporter did: each is kept beside their answer, and replaces none."""


class ReportDecision(StrEnum):
    """What staff made of a report."""

    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What staff put on record if they accept a report.

    Either a stance, or (a reason) that the Member does not sign by convention.
    """

    stance: Stance = Stance.UNKNOWN
    cannot_sign: str | None = None


SAID_MINISTER = (
    "Holds a government post and does not sign, as the office told constituents"
)

_ACCEPTED = {
    ReportKind.SIGNED_OR_WILL: Acceptance(Stance.WILL_SIGN),
    ReportKind.SIGNS_NO_EDMS: Acceptance(Stance.SIGNS_NO_EDMS),
    ReportKind.CANNOT_MINISTER: Acceptance(cannot_sign=SAID_MINISTER),
    ReportKind.DISAGREES: Acceptance(Stance.WILL_NOT_SIGN),
}


def is_reply(kind: ReportKind | None) -> bool:
    """Return whether a supporter's newest answer is that the MP replied; None is none."""
    return kind in REPLIES


def pauses_follow_ups(kind: ReportKind | None) -> bool:
    """Return whether that supporter's follow-ups about this MP wait (product.md 7)."""
    return is_reply(kind)


def unlocks_second_email(kind: ReportKind | None) -> bool:
    """Return whether a second email is offered: only to who said that no reply came."""
    return kind is ReportKind.NOTHING_YET


def acceptance_of(kind: ReportKind) -> Acceptance | None:
    """Return what accepting a report puts on record; None if there is nothing to accept.

    Thanks alone say nothing of the motion; no reply, a call and a letter are no word of
    the MP's.
    """
    return _ACCEPTED.get(kind)
