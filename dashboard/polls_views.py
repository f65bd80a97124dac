"""What the polls' page shows: what each brought, what is in doubt, what else is done. Pure.

Owns the words; whether an answer is in doubt is decided in tracker/rules/diff.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from dashboard import words
from dashboard.outbox_views import sentence
from tracker.accepting import DoubtedAnswer
from tracker.rules.changes import ChangeKind
from tracker.rules.outcomes import Outcome
from tracker.store.tables import Poll

PATH = "/staff/polls"
PAGE_ROWS = 50
NOTHING_NEW = (Outcome.UNCHANGED,)
"""What the list leaves out when only what is out of the ordinary is asked for."""
_NAMES_SHOWN = 20
_ANY_MOMENT = timedelta(seconds=5)
"""A worker looks every second, and is busy for a moment."""
_OUTCOMES = {
    Outcome.CHANGED: "Changed",
    Outcome.UNCHANGED: "Unchanged",
    Outcome.SUSPECT: "In doubt",
    Outcome.STALE: "Older than the last answer",
    Outcome.FAILED: "Failed",
    Outcome.BRAKED: "Not asked: the brake was on",
    Outcome.BUSY: "Not asked: another poll was under way",
}
_KINDS = {
    ChangeKind.SIGNED: ("name would be added", "names would be added"),
    ChangeKind.WITHDRAWN: ("name would be withdrawn", "names would be withdrawn"),
    ChangeKind.REMOVED: ("name would be removed", "names would be removed"),
}
_JOBS = {
    "members": "Members brought from Parliament",
    "photos": "Photos of MPs brought from Parliament",
    "calendar": "Parliament's calendar read",
    "mailbox": "Drop mailbox read",
    "follow-ups": "Follow-ups planned and written",
    "tallies": "Tallies compared with a recount",
    "retention": "What is kept too long deleted",
    "backup": "Backup made",
    "telling": "What changed told to other programs and staff",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for."""

    motion: str = ""
    is_all: bool = False
    before_id: int | None = None

    def url(self, **changes: object) -> str:
        """Return the page's address with something changed; it starts at the newest."""
        told = {"motion": self.motion, "show": "all" if self.is_all else ""} | changes
        kept = {name: value for name, value in told.items() if value}
        return f"{PATH}?{urlencode(kept)}" if kept else PATH


@dataclass(frozen=True, slots=True)
class PollRow:
    """One poll."""

    poll_id: int
    when: str
    ago: str
    outcome: str
    is_ok: bool
    told: str | None
    event_count: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """An answer that somebody may vouch for: why it is doubted, and what it would do."""

    poll_id: int
    when: str
    reason: str
    effects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class JobRow:
    """Something done every so often, and when it last was."""

    name: str
    when: str
    ago: str


def poll_row(poll: Poll, *, now: datetime) -> PollRow:
    """Return a poll as the list has it."""
    told = [sentence(poll.error), sentence(poll.note)]
    if poll.is_accepted:
        told.append("A person vouched for this answer.")
    return PollRow(
        poll_id=poll.id or 0,
        when=words.moment_words(poll.finished_at, now=now),
        ago=words.ago(poll.finished_at, now=now),
        outcome=_OUTCOMES[poll.outcome],
        is_ok=poll.outcome.is_ok and poll.outcome is not Outcome.SUSPECT,
        told=" ".join(text for text in told if text) or None,
        event_count=poll.event_count,
    )


def next_url(rows: Sequence[PollRow], asked: Asked) -> str | None:
    """Return where older polls are, None if these are the last."""
    return asked.url(before=rows[-1].poll_id) if len(rows) >= PAGE_ROWS else None


def next_words(due_at: datetime, *, now: datetime, is_first: bool = False) -> str:
    """Return when the next poll is planned, in words.

    One that is due goes at once; the first, and one that is late, wait for a worker.
    """
    if abs(due_at - now) < _ANY_MOMENT and not is_first:
        return "any moment"
    if due_at <= now:
        return "as soon as a worker runs"
    seconds = int((due_at - now).total_seconds())
    if due_at - now < timedelta(minutes=2):
        return f"in {words.counted(seconds, 'second')}"
    return words.moment_words(due_at, now=now)


def doubt_of(doubted: DoubtedAnswer | None, *, now: datetime) -> Doubt | None:
    """Return what is in doubt, with the names that believing it would change."""
    if doubted is None:
        return None
    effects = []
    for kind, (one, many) in _KINDS.items():
        names = [
            c.name or f"Member {c.member_id}" for c in doubted.changes if c.kind is kind
        ]
        if names:
            effects.append(f"{words.counted(len(names), one, many)}: {_listed(names)}.")
    return Doubt(
        poll_id=doubted.poll_id,
        when=words.moment_words(doubted.finished_at, now=now),
        reason=sentence(doubted.note) or "It lacks names that were on the list.",
        effects=tuple(effects) or ("No name would change.",),
    )


def job_rows(done: Mapping[str, datetime], *, now: datetime) -> tuple[JobRow, ...]:
    """Return what is done every so often, in a fixed order, also what never was."""
    known = [*_JOBS, *sorted(set(done) - set(_JOBS))]
    return tuple(_job_row(name, done.get(name), now) for name in known)


def _job_row(name: str, done_at: datetime | None, now: datetime) -> JobRow:
    told = _JOBS.get(name, name)
    if done_at is None:
        return JobRow(told, "never yet", "")
    return JobRow(
        told, words.moment_words(done_at, now=now), words.ago(done_at, now=now)
    )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return f"{shown} and {words.number(more)} more" if more > 0 else shown
