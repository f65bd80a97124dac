"""What the page of follow-ups shows: who is told what today and why, and each rule. Pure.

No supporter is named: only a preview, a page of its own, shows one as it would be written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from dashboard import words
from tracker.following.overview import DueLine, FollowUpsView, MotionLines, RuleLine
from tracker.rules.event_types import EventType
from tracker.rules.follow_ups import Rule, Target
from tracker.rules.status import NudgeStatus
from tracker.store.tables import FollowUpPause, FollowUpState

PATH = "/staff/follow-ups"
_TARGETS = {
    Target.SUPPORTER: "an email to the supporter",
    Target.STAFF: "a line on this page, for staff",
    Target.WEBHOOK: "a webhook to other programs",
}
_EVENTS = {
    EventType.SIGNATURE_SIGNED: "the MP has signed",
    EventType.SIGNATURE_WITHDRAWN: "Parliament shows the signature as withdrawn",
    EventType.SIGNATURE_REMOVED: "the name is no longer on Parliament's list",
    EventType.MEMBER_NEEDS_NUDGE: "the MP needs a nudge",
    EventType.MEMBER_STATUS_CHANGED: "the MP's status has changed",
    EventType.MEMBER_LEFT: "the MP has left the House",
}
_STANDS = {
    NudgeStatus.NEEDS_NUDGE: "needs a nudge",
    NudgeStatus.WITHDREW: "has withdrawn",
    NudgeStatus.NOT_ASKED: "has been written to by nobody",
    NudgeStatus.WAITING: "still has time to answer",
    NudgeStatus.CHASED: "is being chased",
    NudgeStatus.SIGNED: "has signed",
    NudgeStatus.DECLINED: "has declined",
    NudgeStatus.CANNOT_SIGN: "can't sign",
}
_STATES = {
    FollowUpState.PLANNED: "planned",
    FollowUpState.OUT: "went out",
    FollowUpState.DONE: "settled by staff",
    FollowUpState.SKIPPED: "skipped",
    FollowUpState.CANCELLED: "ended",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One MP and rule: what goes today, why not more, and what can be done about it."""

    who: str
    url: str
    rule: str
    what: str
    why: str | None
    scope: str
    is_paused: bool
    preview_url: str | None
    done: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RulePart:
    """One rule in words, with what became of its follow-ups."""

    name: str
    about: str
    since: str | None
    counts: tuple[tuple[str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    scope: str
    is_paused: bool


@dataclass(frozen=True, slots=True)
class MotionPart:
    """One motion's part of the page; `over` is why nothing goes about it any more."""

    title: str
    over: str | None
    today: tuple[Line, ...]
    later_count: int
    staff: tuple[Line, ...]
    rules: tuple[RulePart, ...]


@dataclass(frozen=True, slots=True)
class PauseLine:
    """What is paused, in words, since when and by whom."""

    scope: str
    name: str
    by: str
    when: str


@dataclass(frozen=True, slots=True)
class Page:
    """The page, ready to be written down."""

    status: str
    paused: str | None
    pauses: tuple[PauseLine, ...]
    motions: tuple[MotionPart, ...]


def follow_ups_page(
    view: FollowUpsView, names: Mapping[int, str], *, now: datetime
) -> Page:
    """Return the page as of `now`; `names` are those of the MPs that are paused."""
    everything = next((one for one in view.pauses if one.scope == "all"), None)
    return Page(
        status=_status(view, now),
        paused=_pause_words(everything, now) if everything else None,
        pauses=tuple(
            PauseLine(
                one.scope,
                _scope_words(one.scope, names),
                one.paused_by,
                words.moment_words(one.paused_at, now=now),
            )
            for one in view.pauses
        ),
        motions=tuple(_motion(part, now) for part in view.motions),
    )


def _pause_words(pause: FollowUpPause, now: datetime) -> str:
    return f"{pause.paused_by}, {words.moment_words(pause.paused_at, now=now)}"


def rule_words(rule: Rule) -> str:
    """Return a rule as a sentence."""
    if rule.on_event is not None:
        hours = round(rule.settle.total_seconds() / 3600)
        after = f"{words.counted(hours, 'hour')} after " if hours else "As soon as "
        when = f"{after}{_EVENTS[rule.on_event]}, if that still is so"
    else:
        days = words.counted(rule.after_days or 0, "day")
        when = f"{days} after a supporter's own first email"
    if rule.while_status and rule.on_event is None:
        listed = [
            said for status, said in _STANDS.items() if status in rule.while_status
        ]
        when += f", while the MP {' or '.join(listed)}"
    return f"{when[0].upper()}{when[1:]}: {_TARGETS[rule.target]}."


def _status(view: FollowUpsView, now: datetime) -> str:
    if view.shut is None:
        return "They go out now, once a minute, until 18:00. Nobody gets the same one twice."
    opens = words.moment_words(view.opens_at, now=now)
    return f"Nothing goes out at this hour: {view.shut}. Next from {opens}."


def _motion(part: MotionLines, now: datetime) -> MotionPart:
    motion = f"{part.watched.session}/{part.watched.number}"
    going = [line for line in part.due if line.count or line.report_count]
    return MotionPart(
        title=f"EDM {part.watched.number} of {part.watched.session}",
        over=part.over,
        today=tuple(_line(line, motion, now) for line in going),
        later_count=sum(line.count - line.today_count for line in going),
        staff=tuple(_staff_line(line, motion) for line in part.staff),
        rules=tuple(_rule(line, now) for line in part.rules),
    )


_FOR = {Target.STAFF: "For staff", Target.WEBHOOK: "For other programs"}


def _line(line: DueLine, motion: str, now: datetime) -> Line:
    what = words.counted(line.today_count, "supporter")
    if line.rule.target is not Target.SUPPORTER:
        what = (
            f"{_FOR[line.rule.target]}, about {words.counted(line.count, 'supporter')}"
        )
    elif line.today_count < line.count:
        what = f"{line.today_count} of {words.counted(line.count, 'supporter')} today"
    else:
        what += " today"
    asked = {"motion": motion, "rule": line.rule.name, "member": line.member_id}
    is_shown = line.rule.target is Target.SUPPORTER and line.count > 0
    return Line(
        who=_who(line),
        url=f"/staff/mps/{line.member_id}",
        rule=line.rule.name,
        what=what,
        why=_why(line, now),
        scope=f"mp:{line.member_id}",
        is_paused=line.is_paused,
        preview_url=f"{PATH}/preview?{urlencode(asked)}" if is_shown else None,
    )


def _why(line: DueLine, now: datetime) -> str | None:
    parts = []
    if line.reason:
        until = ""
        if line.until_at is not None:
            until = f", next {words.moment_words(line.until_at, now=now)}"
        parts.append(line.reason + until)
    elif line.today_count < line.count:
        parts.append("one supporter every 12 minutes rings an office, the rest later")
    if line.report_count:
        verb = "waits" if line.report_count == 1 else "wait"
        many = f"{line.report_count} more" if line.count else f"{line.report_count}"
        parts.append(f"{many} {verb} for what they report")
    return _sentence("; ".join(parts)) if parts else None


def _staff_line(line: DueLine, motion: str) -> Line:
    return Line(
        who=_who(line),
        url=f"/staff/mps/{line.member_id}",
        rule=line.rule.name,
        what=words.counted(line.count, "supporter"),
        why=None,
        scope=f"mp:{line.member_id}",
        is_paused=False,
        preview_url=None,
        done=(
            ("motion", motion),
            ("rule", line.rule.name),
            ("member_id", str(line.member_id)),
        ),
    )


def _rule(line: RuleLine, now: datetime) -> RulePart:
    counts: dict[FollowUpState, int] = {}
    for one in line.counts:
        counts[one.state] = counts.get(one.state, 0) + one.count
    at = line.since_at
    since = words.moment_words(at, now=now) if at is not None else None
    return RulePart(
        name=line.rule.name,
        about=rule_words(line.rule),
        since=since,
        counts=tuple(
            (name, words.number(counts[state]))
            for state, name in _STATES.items()
            if counts.get(state)
        ),
        reasons=_reasons(line),
        scope=f"rule:{line.rule.name}",
        is_paused=line.is_paused,
    )


def _reasons(line: RuleLine) -> tuple[tuple[str, str], ...]:
    told: Sequence[tuple[str, str]] = [
        (_sentence(one.reason), words.number(one.count))
        for one in line.counts
        if one.reason
    ]
    return tuple(told)


def _scope_words(scope: str, names: Mapping[int, str]) -> str:
    kind, _, name = scope.partition(":")
    if kind == "mp":
        return names.get(int(name), f"Member {name}")
    return f"The rule {name}" if kind == "rule" else "All follow-ups"


def _who(line: DueLine) -> str:
    return " · ".join(part for part in (line.name, line.constituency) if part)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].rstrip('.')}."
