"""What comes next for one supporter and one MP, in words, as things stand. Pure.

Owns the sentences on their own page. When follow-ups come due and what ends them is
decided in tracker/rules/follow_ups.py, and looked at again when one leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from tracker.clock import london_date
from tracker.config import FollowUpRule
from tracker.rules.calendar import Spell
from tracker.rules.event_types import EventType
from tracker.rules.follow_up_times import due_after, when_open
from tracker.rules.follow_ups import SECOND_EMAIL
from tracker.rules.reports import ReportKind, pauses_follow_ups, unlocks_second_email
from tracker.rules.status import NudgeStatus

OVER = "The motion can no longer be signed. Nothing more comes next."
_SETTLED = (NudgeStatus.DECLINED, NudgeStatus.CANNOT_SIGN, NudgeStatus.WITHDREW)
_ON_THE_WAY = (NudgeStatus.WAITING, NudgeStatus.NEEDS_NUDGE, NudgeStatus.CHASED)
"""How an MP stands, sooner or later, whom a supporter wrote to and who did not answer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of one supporter and their MP.

    `first_email_at` is None while no email of theirs counts; `answer` is what they said
    of the MP's reply; `settled` are the names of the rules that have told them, or will
    not any more.
    """

    mp: str
    status: NudgeStatus
    is_open: bool
    has_agreed: bool
    first_email_at: datetime | None
    answer: ReportKind | None = None
    settled: frozenset[str] = frozenset()


def next_steps(
    standing: Standing,
    rules: Sequence[FollowUpRule],
    *,
    spells: Sequence[Spell],
    now: datetime,
) -> tuple[str, ...]:
    """Return what comes next, in the order of time; the last sentence always holds."""
    told = [
        rule
        for rule in rules
        if rule.send == "supporter" and rule.name not in standing.settled
    ]
    if not standing.is_open:
        return (OVER,)
    if standing.first_email_at is None:
        return ("Nothing before your email has been sent.",)
    if standing.status is NudgeStatus.SIGNED:
        return _signed(standing)
    chases = _chases(standing, told, standing.first_email_at, spells, now)
    return (*chases, *_when_it_signs(standing, told))


def _signed(standing: Standing) -> tuple[str, ...]:
    said = f"{standing.mp} has signed, so there is nothing left to ask for."
    return (f"{said} A short thank-you from you is worth writing.",)


def _chases(
    standing: Standing,
    rules: Sequence[FollowUpRule],
    first_at: datetime,
    spells: Sequence[Spell],
    now: datetime,
) -> list[str]:
    """Return what is sent to have the MP chased, or why nothing is."""
    mp = standing.mp
    if pauses_follow_ups(standing.answer):
        return [
            f"You told us that {mp} replied, so nothing more asks you to ring or write."
        ]
    timed = sorted(
        (rule.after_days, rule.name)
        for rule in rules
        if rule.after_days is not None and _may_come(rule, standing.status)
    )
    if standing.status in _SETTLED and not (timed and standing.has_agreed):
        return ["Nothing asks you to ring or write while it stands like this."]
    if not standing.has_agreed:
        return [
            "You did not ask for reminders, so no email comes. "
            + _look_again(mp, timed, first_at, spells, now)
        ]
    return [
        _reminder(standing, name, due_after(days, spells)(first_at), spells, now)
        for days, name in timed
    ]


def _may_come(rule: FollowUpRule, status: NudgeStatus) -> bool:
    """Return whether a rule can be promised: not one for MPs who stand in no such way."""
    wanted = rule.while_status
    if status in _SETTLED:
        return status in wanted
    return not wanted or any(each in wanted for each in _ON_THE_WAY)


def _look_again(
    mp: str,
    timed: Sequence[tuple[int, str]],
    first_at: datetime,
    spells: Sequence[Spell],
    now: datetime,
) -> str:
    due_at = due_after(timed[0][0], spells)(first_at) if timed else now
    if due_at <= now:
        return f"If {mp} has not replied, ring the office: the number is below."
    day = words.day(london_date(due_at))
    return f"If {mp} has not replied by {day}, ring the office: the number is below."


def _reminder(
    standing: Standing,
    name: str,
    due_at: datetime,
    spells: Sequence[Spell],
    now: datetime,
) -> str:
    """Return what one rule will send."""
    comes = _comes(due_at, spells, now)
    if name != SECOND_EMAIL:
        return (
            f"{comes}: we email you to ask whether {standing.mp} has replied, with the"
            " office's number."
        )
    if unlocks_second_email(standing.answer):
        return f"{comes}: we email you to offer a second email, since no reply came."
    return f"{comes}, if you tell us that no reply came: we offer a second email."


def _comes(due_at: datetime, spells: Sequence[Spell], now: datetime) -> str:
    if due_at <= now:
        return "On one of the next working days"
    day = words.day(london_date(when_open(due_at, spells)))
    return f"On {day} or soon after"


def _when_it_signs(
    standing: Standing, rules: Sequence[FollowUpRule]
) -> tuple[str, ...]:
    tells = any(rule.on_event is EventType.SIGNATURE_SIGNED for rule in rules)
    if not (standing.has_agreed and tells):
        return (f"This page shows when {standing.mp} signs.",)
    return (f"When {standing.mp} signs: we email you, so that you can thank them.",)
