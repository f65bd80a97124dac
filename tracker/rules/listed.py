"""Who is on the nudge list, and since when that is news to somebody. Pure (product.md 6)."""

from collections.abc import Sequence
from datetime import datetime

from tracker.rules.calendar import Spell
from tracker.rules.nudge import MemberFacts, Patience, nudge_status
from tracker.rules.status import NudgeStatus

ON_THE_LIST = (NudgeStatus.NEEDS_NUDGE, NudgeStatus.WITHDREW)


def was_listed(
    facts: MemberFacts, *, at: datetime, patience: Patience, spells: Sequence[Spell]
) -> bool:
    """Return whether a Member was on the list `at`, as far as today's facts tell.

    They tell of time that passed: an email was too new, a contact still fresh, a
    call-back still to come. A change of signature since then is the caller's to know.
    """
    status = nudge_status(facts, now=at, patience=patience, spells=spells)
    if status is NudgeStatus.NEEDS_NUDGE:
        return facts.first_email_at is not None and facts.first_email_at <= at
    return status in ON_THE_LIST
