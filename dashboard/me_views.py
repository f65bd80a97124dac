"""What a supporter's own page says of their MP, their emails and what they agreed to. Pure.

Owns the six answers to "has your MP replied?" in words. What comes next is in
next_views.py, each single line in me_lines.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from dashboard.act_views import Card
from dashboard.me_lines import (
    AlertLine,
    BoxLine,
    alert_line,
    box_line,
    reminder_words,
    state_words,
)
from dashboard.next_views import Standing, next_steps
from dashboard.phones import Phone
from tracker.config import FollowUpRule
from tracker.rules.calendar import Spell
from tracker.rules.reports import ACTS, ANSWERS, ReportKind
from tracker.rules.status import NudgeStatus
from tracker.store import AlertFacts
from tracker.store.tables import (
    ConsentKind,
    EmailState,
    Message,
    SupporterReport,
)
from tracker.supporters.own_page import STOPPED, OwnPage, SentLetter
from tracker.supporters.reporting import Topic

_ANSWER_WORDS = {
    ReportKind.SIGNED_OR_WILL: "Has signed, or will",
    ReportKind.SIGNS_NO_EDMS: "Does not sign any EDMs",
    ReportKind.CANNOT_MINISTER: "Can't, as a minister",
    ReportKind.DISAGREES: "Disagrees with this one",
    ReportKind.THANKS_ONLY: "Thanked me, no more",
    ReportKind.NOTHING_YET: "Nothing yet",
}
_SAID = {
    **{kind: f"Replied: “{said}”." for kind, said in _ANSWER_WORDS.items()},
    ReportKind.NOTHING_YET: "No reply so far.",
    ReportKind.RANG: "You rang the office.",
    ReportKind.WROTE_AGAIN: "You wrote again.",
}


@dataclass(frozen=True, slots=True)
class Office:
    """What the page needs to know of an MP: their card, where they stand, the numbers."""

    card: Card
    status: NudgeStatus
    is_open: bool
    is_sitting: bool
    phones: tuple[Phone, ...]
    write_url: str | None


OfficeOf = Callable[[SentLetter], Office | None]


@dataclass(frozen=True, slots=True)
class Schedule:
    """What follow-ups are decided by: the rules, the recesses, the time."""

    rules: Sequence[FollowUpRule]
    spells: Sequence[Spell]
    now: datetime


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be given, and whether it is the one that stands."""

    kind: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Reported:
    """One thing that the person reported, and the number by which it is taken back."""

    report_id: int
    words: str
    when: str


@dataclass(frozen=True, slots=True)
class MpPart:
    """One MP and motion: the card, what was sent, what comes next, what can be told.

    `choices` is empty where nothing can be reported: no email counts, the MP has signed,
    or the motion is over.
    """

    topic: str
    heading: str
    name: str
    card: Card | None
    sent: tuple[str, ...]
    next: tuple[str, ...]
    choices: tuple[Choice, ...]
    reported: tuple[Reported, ...]
    phones: tuple[Phone, ...]
    write_url: str | None


@dataclass(frozen=True, slots=True)
class Me:
    """The page, ready to be written down."""

    name: str | None
    parts: tuple[MpPart, ...]
    boxes: tuple[BoxLine, ...]
    alerts: tuple[AlertLine, ...]
    gets_emails: bool
    drop_address: str | None


def me_view(
    page: OwnPage,
    office_of: OfficeOf,
    schedule: Schedule,
    *,
    alerts: Sequence[tuple[AlertFacts, str]] = (),
    drop_address: str | None,
) -> Me:
    """Return the page of a person; `office_of` tells of a letter's MP, None if unknown."""
    by_topic: dict[tuple[int, int | None], list[SentLetter]] = {}
    for sent in page.letters:
        email = sent.letter.email
        by_topic.setdefault((email.motion_id, email.member_id), []).append(sent)
    return Me(
        name=page.supporter.name,
        parts=tuple(
            _part(page, letters, office_of(letters[0]), schedule)
            for letters in by_topic.values()
        ),
        boxes=tuple(box_line(consent, now=schedule.now) for consent in page.consents),
        alerts=tuple(
            alert_line(facts, stop_url, now=schedule.now) for facts, stop_url in alerts
        ),
        gets_emails=any(page.in_force(kind) for kind in STOPPED),
        drop_address=drop_address,
    )


def _part(
    page: OwnPage,
    letters: Sequence[SentLetter],
    office: Office | None,
    schedule: Schedule,
) -> MpPart:
    newest, now = letters[0], schedule.now
    own = [report for report in page.reports if _is_about(report, newest)]
    counted = [
        sent.letter.email.sent_at
        for sent in letters
        if sent.letter.email.state is EmailState.COUNTED
    ]
    answer = next((one.kind for one in own if one.kind in ANSWERS), None)
    is_asked = _is_asked(office, counted)
    reminders = [one for one in page.reminders if _is_about(one, newest)]
    return MpPart(
        topic=_topic(newest),
        heading=f"EDM {newest.motion.number}: {_name(newest)}",
        name=_name(newest),
        card=office.card if office else None,
        sent=tuple(
            [state_words(sent, now=now) for sent in letters]
            + [reminder_words(one, now=now) for one in reminders]
        ),
        next=next_steps(
            Standing(
                mp=_name(newest),
                status=office.status,
                is_open=office.is_open,
                has_agreed=page.in_force(ConsentKind.REMINDERS),
                first_email_at=min(counted, default=None),
                answer=answer,
                settled=page.settled_rules(newest),
            ),
            schedule.rules,
            spells=schedule.spells,
            now=now,
        )
        if office
        else (),
        choices=_choices(answer) if is_asked else (),
        reported=tuple(_reported(one, now=now) for one in own),
        phones=office.phones if office and is_asked else (),
        write_url=office.write_url if office and is_asked else None,
    )


def _is_asked(office: Office | None, counted: Sequence[datetime]) -> bool:
    return (
        office is not None
        and bool(counted)
        and office.is_open
        and office.is_sitting
        and office.status is not NudgeStatus.SIGNED
    )


def _choices(answer: ReportKind | None) -> tuple[Choice, ...]:
    return tuple(
        Choice(kind.value, said, kind is answer) for kind, said in _ANSWER_WORDS.items()
    )


def _reported(report: SupporterReport, *, now: datetime) -> Reported:
    return Reported(
        report_id=report.id or 0,
        words=_SAID[report.kind],
        when=f"You told us at {words.moment_words(report.reported_at, now=now)}."
        if report.kind not in ACTS
        else f"Kept at {words.moment_words(report.reported_at, now=now)}.",
    )


def _is_about(row: SupporterReport | Message, sent: SentLetter) -> bool:
    email = sent.letter.email
    return (row.motion_id, row.member_id) == (email.motion_id, email.member_id)


def _topic(sent: SentLetter) -> str:
    member_id = sent.letter.email.member_id or 0
    return str(Topic(sent.motion.session, sent.motion.number, member_id))


def _name(sent: SentLetter) -> str:
    return sent.member.name if sent.member else "your MP"
