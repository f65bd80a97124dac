"""When a follow-up is due, whether it may go out now, and why not. Pure.

Owns product.md 7's rules of follow-ups: what each kind of rule waits for, what ends it,
the hours in which they go and how they are spread. Who is told what, and in which words,
is elsewhere. Moments are aware UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tracker.rules.calendar import Spell
from tracker.rules.changes import ChangeKind
from tracker.rules.event_types import EventType
from tracker.rules.follow_up_times import closes_at, shut_reason_at, when_open
from tracker.rules.status import NudgeStatus

SECOND_EMAIL = "second-email"
"""The rule that is offered only to those who said that no reply came."""
WITHDRAWN_NOTE = "withdrawn-note"
"""The rule of ours that tells who was told of a signature that it is withdrawn."""

EVERY = timedelta(minutes=12)
"""Between two supporters who are asked to ring one office: five an hour, 45 a day."""

RULE_GONE = "the rule is no longer in the configuration"
DUE_BEFORE_EMAIL = "it was due before the email arrived"
DUE_BEFORE_CONSENT = "it was due before they agreed to reminders"
DUE_BEFORE_RULE = "it was due before the rule was there"
NO_REMINDERS = "they do not agree to reminders, or no longer"
NOT_COUNTED = "no email of theirs to the MP counts any more"
HAS_SIGNED = "the MP has signed"
DECLINED = "the office said that the MP does not sign"
NOT_SIGNED = "the MP's name is no longer on Parliament's list"
SIGNED_AGAIN = "the MP's name is on Parliament's list again"
HAS_LEFT = "the MP no longer holds a seat"
STILL_SITS = "the MP holds a seat again"
REPLY_REPORTED = "they reported a reply of the MP"
NOTHING_REPORTED = "it is for those who said that no reply came"
PAUSED = "paused by staff"
SPREAD = "spread, so that the office is rung by one person every 12 minutes"
ONCE_A_DAY = "programs are told once a day of each MP"
THEIRS = "some have reported a reply, or have not said that none came"
NOT_DUE = "it is not due yet"

_ENDS = {
    NudgeStatus.SIGNED: HAS_SIGNED,
    NudgeStatus.DECLINED: DECLINED,
    NudgeStatus.CANNOT_SIGN: "by convention the MP does not sign",
    NudgeStatus.WITHDREW: "Parliament shows the signature as withdrawn",
}
"""Statuses that end a follow-up that is not for them; the others it waits for to pass."""


class Target(StrEnum):
    """Who is told."""

    SUPPORTER = "supporter"
    STAFF = "staff"
    WEBHOOK = "webhook"


class Text(StrEnum):
    """What a supporter is written."""

    RING = "ring"
    WRITE_AGAIN = "write_again"
    THANK = "thank"
    WITHDRAWN = "withdrawn"
    REMOVED = "removed"
    LEFT = "left"
    NEWS = "news"


@dataclass(frozen=True, slots=True)
class Rule:
    """A follow-up rule; one of `after_days` and `on_event` is set (product.md 2).

    An empty `while_status` is any status.
    """

    name: str
    after_days: int | None = None
    on_event: EventType | None = None
    while_status: frozenset[NudgeStatus] = frozenset()
    settle: timedelta = timedelta(0)
    target: Target = Target.SUPPORTER

    @property
    def text(self) -> Text:
        """What a supporter is written."""
        if self.name == SECOND_EMAIL:
            return Text.WRITE_AGAIN
        return _TEXTS.get(self.on_event, Text.RING) if self.on_event else Text.RING

    @property
    def is_chase(self) -> bool:
        """Whether it asks somebody to chase the MP: a reported reply pauses it."""
        return self.text in (Text.RING, Text.WRITE_AGAIN)

    @property
    def ends_when_signed(self) -> bool:
        """Whether a signature cancels it at once."""
        if NudgeStatus.SIGNED in self.while_status:
            return False
        return self.on_event not in (
            EventType.SIGNATURE_SIGNED,
            EventType.MEMBER_STATUS_CHANGED,
            EventType.MEMBER_LEFT,
        )

    @property
    def definition(self) -> str:
        """A text that is another for a rule that was changed."""
        trigger = self.on_event or f"{self.after_days} days"
        while_status = ",".join(sorted(self.while_status))
        hours = self.settle.total_seconds() / 3600
        return f"{trigger}+{hours:g}h [{while_status}] {self.target}"


_TEXTS = {
    EventType.SIGNATURE_SIGNED: Text.THANK,
    EventType.SIGNATURE_WITHDRAWN: Text.WITHDRAWN,
    EventType.SIGNATURE_REMOVED: Text.REMOVED,
    EventType.MEMBER_LEFT: Text.LEFT,
    EventType.MEMBER_STATUS_CHANGED: Text.NEWS,
}


def with_own_rules(rules: Sequence[Rule]) -> tuple[Rule, ...]:
    """Return the configured rules with ours: who was thanked for is told of the contrary.

    Only beside a rule that tells supporters of a signature, and unless the campaign has
    a rule of its own about withdrawals.
    """
    tells = any(
        rule.on_event is EventType.SIGNATURE_SIGNED and rule.target is Target.SUPPORTER
        for rule in rules
    )
    has_own = any(
        rule.on_event is EventType.SIGNATURE_WITHDRAWN or rule.name == WITHDRAWN_NOTE
        for rule in rules
    )
    if not tells or has_own:
        return tuple(rules)
    note = Rule(
        WITHDRAWN_NOTE,
        on_event=EventType.SIGNATURE_WITHDRAWN,
        settle=timedelta(hours=24),
    )
    return (*rules, note)


def skipped_reason(
    due_at: datetime,
    *,
    arrived_at: datetime,
    agreed_at: datetime | None,
    rule_since_at: datetime,
) -> str | None:
    """Return why a follow-up is not planned at all, None if it is.

    What was due before the email, the consent or the rule came is past (product.md 5);
    due at the very moment is not. `agreed_at` is None where no consent is needed.
    """
    if due_at < arrived_at:
        return DUE_BEFORE_EMAIL
    if agreed_at is not None and due_at < agreed_at:
        return DUE_BEFORE_CONSENT
    return DUE_BEFORE_RULE if due_at < rule_since_at else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one follow-up in the transaction that decides on it.

    `over` is why the motion can't be signed any more; `has_agreed` is about reminders,
    True where nobody is written. `first_email_at` is of the first email that counts.
    `paused` is which pause of staff's holds, `last_told_at` when the last supporter of
    the same MP was told by a rule that asks to ring.
    """

    due_at: datetime
    over: str | None
    has_seat: bool
    status: NudgeStatus
    is_signed: bool
    newest_kind: ChangeKind | None
    has_agreed: bool
    first_email_at: datetime | None
    has_reply: bool = False
    said_nothing_came: bool = False
    paused: str | None = None
    last_told_at: datetime | None = None


def asks_left_today(
    now: datetime, *, last_told_at: datetime | None, spells: Sequence[Spell]
) -> int:
    """Return how many supporters of one MP can still be asked to ring today."""
    at = max(now, last_told_at + EVERY) if last_told_at else now
    at = when_open(at, spells)
    ends_at = closes_at(now)
    return max(0, -((at - ends_at) // EVERY)) if at < ends_at else 0


class Step(StrEnum):
    """What becomes of a follow-up now."""

    GO = "go"
    WAIT = "wait"
    END = "end"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of it, and why; `until_at` where it is known how long it waits."""

    step: Step
    reason: str | None = None
    until_at: datetime | None = None


GO = Verdict(Step.GO)


def verdict_on(
    rule: Rule | None, facts: Facts, *, now: datetime, spells: Sequence[Spell]
) -> Verdict:
    """Return whether a follow-up may go out now; `rule` None: it is in force no more."""
    end = _why_ended(rule, facts)
    if end is not None or rule is None:
        return Verdict(Step.END, end)
    wait = _why_waiting(rule, facts)
    if wait is not None:
        return Verdict(Step.WAIT, wait)
    if now < facts.due_at:
        return Verdict(Step.WAIT, NOT_DUE, facts.due_at)
    shut = shut_reason_at(now, spells)
    if shut is not None:
        return Verdict(Step.WAIT, shut, when_open(now, spells))
    if rule.is_chase and facts.last_told_at is not None:
        next_at = facts.last_told_at + EVERY
        if now < next_at:
            return Verdict(Step.WAIT, SPREAD, next_at)
    return GO


def _why_ended(rule: Rule | None, facts: Facts) -> str | None:
    """Return why it is never to go out, in words of ours; None if it may."""
    if rule is None:
        return RULE_GONE
    if facts.over is not None:
        return facts.over
    if not facts.has_agreed and rule.target is Target.SUPPORTER:
        return NO_REMINDERS
    if facts.first_email_at is None:
        return NOT_COUNTED
    if rule.on_event is EventType.MEMBER_LEFT:
        return STILL_SITS if facts.has_seat else None
    if not facts.has_seat:
        return HAS_LEFT
    return _why_contradicted(rule, facts) or _why_wrong_status(rule, facts)


def _why_contradicted(rule: Rule, facts: Facts) -> str | None:
    """Return whether the news that it is about is not so any more."""
    if rule.ends_when_signed and facts.is_signed:
        is_news = rule.on_event is not None and rule.text is not Text.RING
        return SIGNED_AGAIN if is_news else HAS_SIGNED
    match rule.on_event:
        case EventType.SIGNATURE_SIGNED if not facts.is_signed:
            return NOT_SIGNED
        case EventType.SIGNATURE_WITHDRAWN:
            is_so = facts.newest_kind is ChangeKind.WITHDRAWN
        case EventType.SIGNATURE_REMOVED:
            is_so = facts.newest_kind is ChangeKind.REMOVED
        case _:
            is_so = True
    return None if is_so else "Parliament's list has changed since"


def _why_wrong_status(rule: Rule, facts: Facts) -> str | None:
    wanted = _statuses(rule)
    if not wanted or facts.status in wanted:
        return None
    return _ENDS.get(facts.status)


def _why_waiting(rule: Rule, facts: Facts) -> str | None:
    """Return what has to happen first, apart from time going by."""
    wanted = _statuses(rule)
    if wanted and facts.status not in wanted:
        words = facts.status.replace("_", " ")
        return f"the MP is {words}, and the rule is for {_listed(wanted)}"
    if rule.is_chase and rule.target is Target.SUPPORTER:
        if facts.has_reply:
            return REPLY_REPORTED
        if rule.text is Text.WRITE_AGAIN and not facts.said_nothing_came:
            return NOTHING_REPORTED
    return facts.paused


def _statuses(rule: Rule) -> frozenset[NudgeStatus]:
    if not rule.while_status and rule.on_event is EventType.MEMBER_NEEDS_NUDGE:
        return frozenset({NudgeStatus.NEEDS_NUDGE})
    return rule.while_status


def _listed(statuses: frozenset[NudgeStatus]) -> str:
    return " or ".join(sorted(status.replace("_", " ") for status in statuses))
