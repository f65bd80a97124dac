"""Where a Member stands on a motion, and why: computed from facts and `now`. Pure.

Owns the table of product.md 6 and the words of `why`, in staff's form and the public
one. The public form holds no number below five, no note, no date or name of a contact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from tracker.clock import LONDON, london_date
from tracker.rules.calendar import Spell, counting_time
from tracker.rules.changes import ChangeKind
from tracker.rules.status import NudgeStatus

FEWEST_SHOWN = 5
"""Public pages give a number of supporters from this one on."""


class Stance(StrEnum):
    """What an office said; `unknown` is no stance and changes nothing."""

    WILL_SIGN = "will_sign"
    CONSIDERING = "considering"
    WILL_NOT_SIGN = "will_not_sign"
    SIGNS_NO_EDMS = "signs_no_edms"
    UNKNOWN = "unknown"

    @property
    def declines(self) -> bool:
        """Whether it is a refusal, of this motion or of any."""
        return self in (Stance.WILL_NOT_SIGN, Stance.SIGNS_NO_EDMS)


_BELOW_WITHDREW = (
    NudgeStatus.NOT_ASKED,
    NudgeStatus.CHASED,
    NudgeStatus.WAITING,
    NudgeStatus.NEEDS_NUDGE,
)


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """What is on record of one Member and one motion; moments are aware UTC.

    `signed_at` is when the newest live row happened. `newest_kind` and `newest_at` are
    of the Member's newest event. `cannot_sign` is the reason by convention. `stance` is
    the newest on record, `is_stance_public` whether staff ticked "may be shown" or the
    Member has a position page. The emails are the counted ones, `supporter_count` of
    distinct people. `quieted_at` is the newest contact that reached the office.
    """

    is_signed: bool = False
    signed_at: datetime | None = None
    newest_kind: ChangeKind | None = None
    newest_at: datetime | None = None
    cannot_sign: str | None = None
    stance: Stance | None = None
    is_stance_public: bool = False
    supporter_count: int = 0
    first_email_at: datetime | None = None
    last_email_at: datetime | None = None
    quieted_at: datetime | None = None
    call_back_on: date | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How many days an office is given: after the first email, and after a contact."""

    nudge_after_days: int
    chase_days: int


def nudge_status(
    facts: MemberFacts, *, now: datetime, patience: Patience, spells: Sequence[Spell]
) -> NudgeStatus:
    """Return the first line of the table that holds.

    Time inside `spells` counts for neither limit. Exactly `nudge_after_days` old is
    needs_nudge; exactly `chase_days` old is no longer chased.
    """
    settled = _settled_status(facts)
    if settled is not None:
        return settled
    if facts.first_email_at is None:
        return NudgeStatus.NOT_ASKED
    if _is_chased(facts, now, patience, spells):
        return NudgeStatus.CHASED
    asked_for = counting_time(facts.first_email_at, now, spells)
    if asked_for < timedelta(days=patience.nudge_after_days):
        return NudgeStatus.WAITING
    return NudgeStatus.NEEDS_NUDGE


def public_facts(facts: MemberFacts) -> MemberFacts:
    """Return the facts that may be shown to anyone: an unshown stance is left out."""
    if facts.is_stance_public or facts.stance is None:
        return facts
    return replace(facts, stance=None)


def why(status: NudgeStatus, facts: MemberFacts) -> str:
    """Return staff's reason for the status, in words, with numbers and dates."""
    reason = _why_staff(status, facts)
    if facts.newest_kind is ChangeKind.REMOVED and status in _BELOW_WITHDREW:
        reason += " The name is no longer on Parliament's list."
    return reason


def _why_staff(status: NudgeStatus, facts: MemberFacts) -> str:
    writers = _people(facts.supporter_count)
    match status:
        case NudgeStatus.DECLINED:
            return f"The office said: {_stance_words(facts.stance)}."
        case NudgeStatus.NEEDS_NUDGE:
            return (
                f"{writers} wrote, first on {_day(facts.first_email_at)}; not signed."
            )
        case NudgeStatus.WAITING:
            return f"{writers} wrote, first on {_day(facts.first_email_at)}."
        case NudgeStatus.CHASED:
            return _contact_words(facts)
        case _:
            return _why_anyone(status, facts)


def nudge_why(
    status: NudgeStatus,
    facts: MemberFacts,
    *,
    today: date,
    away_until_on: date | None = None,
) -> str:
    """Return staff's reason on the nudge list: with a call-back that is due, and a recess.

    `away_until_on` is the last day on which the House does not sit, None while it does.
    """
    reason = why(status, facts)
    due_on = facts.call_back_on
    if due_on is not None and due_on <= today:
        due = "today" if due_on == today else f"since {_date(due_on)}"
        reason += f" A call-back is due {due}."
    if away_until_on is not None:
        reason += f" In the constituency until {_date(away_until_on)}."
    return reason


def public_why(status: NudgeStatus, facts: MemberFacts) -> str:
    """Return the reason for the status as anyone may read it."""
    many = facts.supporter_count >= FEWEST_SHOWN
    writers = _people(facts.supporter_count) if many else "Fewer than 5 people"
    match status:
        case NudgeStatus.DECLINED:
            return "Has said publicly that they will not sign this motion."
        case NudgeStatus.NEEDS_NUDGE:
            return f"{writers} have written some days ago; not signed yet."
        case NudgeStatus.WAITING:
            return f"{writers} have written in the last few days; not signed yet."
        case NudgeStatus.CHASED:
            return "The office has been contacted; not signed yet."
        case _:
            return _why_anyone(status, facts)


def shown_supporters(count: int) -> int | None:
    """Return the number of supporters that anyone may see, None below five."""
    return count if count >= FEWEST_SHOWN else None


def _settled_status(facts: MemberFacts) -> NudgeStatus | None:
    if facts.is_signed:
        return NudgeStatus.SIGNED
    if facts.stance is not None and facts.stance.declines:
        return NudgeStatus.DECLINED
    if facts.cannot_sign is not None:
        return NudgeStatus.CANNOT_SIGN
    if facts.newest_kind is ChangeKind.WITHDRAWN:
        return NudgeStatus.WITHDREW
    return None


def _is_chased(
    facts: MemberFacts, now: datetime, patience: Patience, spells: Sequence[Spell]
) -> bool:
    if facts.call_back_on is not None and facts.call_back_on > london_date(now):
        return True
    if facts.quieted_at is None:
        return False
    quiet_for = counting_time(facts.quieted_at, now, spells)
    return quiet_for < timedelta(days=patience.chase_days)


def _why_anyone(status: NudgeStatus, facts: MemberFacts) -> str:
    match status:
        case NudgeStatus.SIGNED:
            return f"Signed on {_day(facts.signed_at)}."
        case NudgeStatus.CANNOT_SIGN:
            return f"{facts.cannot_sign}."
        case NudgeStatus.WITHDREW:
            since = _day(facts.newest_at)
            return f"Parliament shows the signature as withdrawn on {since}."
        case _:
            return "Nobody has written yet."


def _contact_words(facts: MemberFacts) -> str:
    """Return what was agreed with an office; a call-back may be past, or be all there is."""
    reached = f"The office was reached on {_day(facts.quieted_at)}"
    if facts.call_back_on is None:
        return f"{reached}."
    day = f"on {_date(facts.call_back_on)}."
    return f"{reached}; call-back {day}" if facts.quieted_at else f"Call-back {day}"


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _stance_words(stance: Stance | None) -> str:
    return "signs no motions" if stance is Stance.SIGNS_NO_EDMS else "will not sign"


def _day(moment: datetime | None) -> str:
    return "a day not known" if moment is None else _date(moment.astimezone(LONDON))


def _date(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
