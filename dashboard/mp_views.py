"""What pages say of one Member in a line: where they stand, a change. Pure.

Owns the word and the mark of each status; the advice is in `tracker/rules/advice`, a
Member's own page in `mp_page_views.py`. Words never give a motive.
"""

from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from dashboard.tallies import EventFacts
from tracker.board import MemberView
from tracker.rules.changes import TimeFrom
from tracker.rules.status import NudgeStatus

CHANGE_WORDS = {
    "signed": "signed",
    "again": "signed again",
    "withdrawn": "Parliament shows the signature as withdrawn",
    "removed": "is no longer on Parliament's list",
}
"""What is said after a name, by kind; `live.js` finds the same words in the page."""

CHANGE_STATUS = {
    "signed": NudgeStatus.SIGNED,
    "again": NudgeStatus.SIGNED,
    "withdrawn": NudgeStatus.WITHDREW,
    "removed": NudgeStatus.NOT_ASKED,
}
"""The status whose mark stands beside a change."""

_STATUS_WORDS = {
    NudgeStatus.SIGNED: "Signed",
    NudgeStatus.DECLINED: "Declined",
    NudgeStatus.CANNOT_SIGN: "Cannot sign",
    NudgeStatus.WITHDREW: "Withdrawn",
    NudgeStatus.NOT_ASKED: "Not asked yet",
    NudgeStatus.CHASED: "Contacted",
    NudgeStatus.WAITING: "Asked",
    NudgeStatus.NEEDS_NUDGE: "Needs a nudge",
}

UNSIGNED = (
    NudgeStatus.NOT_ASKED,
    NudgeStatus.CHASED,
    NudgeStatus.WAITING,
    NudgeStatus.NEEDS_NUDGE,
)
"""The statuses of who may still sign and has not; all are one after the end."""


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One change in a list. `kind` is signed, again, withdrawn or removed."""

    event_id: int
    kind: str
    status: NudgeStatus
    name: str
    place: str
    said: str
    when: str
    happened_at: datetime
    url: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One Member in a list, with the status as a word and a mark."""

    member_id: int
    name: str
    place: str
    status: NudgeStatus
    status_words: str
    why: str
    url: str
    photo_url: str | None = None


def member_line(member: MemberView, *, path: str, is_open: bool) -> MemberLine:
    """Return a Member as a line; after the end nobody is still to be asked."""
    status, said = shown_status(member.status, is_open=is_open)
    is_record = not is_open and member.status in UNSIGNED
    reason = (
        "There was no signature when the motion ended." if is_record else member.why
    )
    return MemberLine(
        member_id=member.member_id,
        name=member.name,
        place=_place(member.party, member.constituency),
        status=status,
        status_words=said,
        why=reason,
        url=member_path(path, member.member_id),
        photo_url=f"/photos/{member.member_id}/{member.photo_tag}.jpg"
        if member.photo_tag
        else None,
    )


def shown_status(status: NudgeStatus, *, is_open: bool) -> tuple[NudgeStatus, str]:
    """Return the status whose mark is drawn, and its word; after the end it is a record."""
    if not is_open and status in UNSIGNED:
        return NudgeStatus.NOT_ASKED, "Did not sign"
    return status, _STATUS_WORDS[status]


def member_path(path: str, member_id: int) -> str:
    """Return the path of a Member's page under that of a motion."""
    return f"{path}/mps/{member_id}"


def change_line(event: EventFacts, *, path: str, now: datetime) -> ChangeLine:
    """Return a change as a line; a time that is ours, not Parliament's, says so."""
    kind = "again" if event.again else event.kind.value
    when = words.moment_words(event.happened_at, now=now)
    if event.time_from is TimeFrom.OBSERVED:
        when = f"seen at {when}"
    return ChangeLine(
        event_id=event.id or 0,
        kind=kind,
        status=CHANGE_STATUS[kind],
        name=event.name or f"Member {event.member_id}",
        place=_place(event.party, event.constituency),
        said=CHANGE_WORDS[kind],
        when=when,
        happened_at=event.happened_at,
        url=member_path(path, event.member_id),
    )


def _place(party: str | None, constituency: str | None) -> str:
    return " · ".join(part for part in (party, constituency) if part)


def web_address(url: str | None) -> str | None:
    """Return the address if it is of the web: anything else is no link on our pages."""
    return url if url and url.startswith(("https://", "http://")) else None
