"""What happened with one MP as one list: signatures, contacts, corrections. Pure.

Owns the order and the words of the lines, and which of them can still be undone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard import words
from dashboard.call_words import STANCES, outcome_words
from dashboard.mp_views import CHANGE_WORDS
from tracker.board.member_file import FiledCall, MemberFile
from tracker.contacts import UNDO_LASTS
from tracker.rules.changes import TimeFrom
from tracker.rules.corrections import CorrectionKind
from tracker.rules.nudge import Stance
from tracker.store.tables import SignatureEvent
from tracker.store.tables.offices import CorrectionChange

CORRECTIONS = {
    CorrectionKind.CANNOT_SIGN: "Does not sign by convention",
    CorrectionKind.POSITION_URL: "Their own page on motions",
    CorrectionKind.NO_EMAIL: "Not to be emailed",
}


@dataclass(frozen=True, slots=True)
class Undo:
    """What a line is undone by: the field's name and the id."""

    path: str
    name: str
    value: int


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened. `kind` is signature, contact or correction."""

    kind: str
    at: datetime
    when: str
    what: str
    stance: str | None = None
    note: str | None = None
    more: str | None = None
    undo: Undo | None = None


def history_lines(
    file: MemberFile, *, person: str, now: datetime
) -> tuple[HistoryLine, ...]:
    """Return everything, newest first; `person` may undo what they did themselves."""
    lines = [
        *(_signature(event, now) for event in file.events),
        *(_contact(filed, person, now) for filed in file.calls),
        *_corrections(file.member_id, file.changes, now),
    ]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True))


def correction_undo(member_id: int, changes: Sequence[CorrectionChange]) -> Undo | None:
    """Return how the newest change is undone, None if there is none."""
    if not changes or changes[0].id is None:
        return None
    return _undo_of(member_id, changes[0].id)


def _signature(event: SignatureEvent, now: datetime) -> HistoryLine:
    kind = "again" if event.again else event.kind.value
    said = CHANGE_WORDS[kind]
    seen = words.moment_words(event.observed_at, now=now)
    is_ours = event.time_from is TimeFrom.OBSERVED
    return HistoryLine(
        "signature",
        event.happened_at,
        words.moment_words(event.happened_at, now=now),
        f"{said[:1].upper()}{said[1:]}",
        more="the time is when it was seen here" if is_ours else f"seen here {seen}",
    )


def _contact(filed: FiledCall, person: str, now: datetime) -> HistoryLine:
    call = filed.call
    is_undoable = (
        call.by == person and not filed.is_reported and now - call.at < UNDO_LASTS
    )
    more = [
        "reported by supporters, accepted" if filed.is_reported else "logged",
        f"by {call.by}",
    ]
    if filed.motion:
        more.append(f"about {filed.motion}")
    if call.call_back_on:
        more.append(f"· to be called back on {words.day(call.call_back_on)}")
    if filed.may_be_shown:
        more.append("· may be shown publicly")
    return HistoryLine(
        "contact",
        call.at,
        words.moment_words(call.at, now=now),
        "Reported" if filed.is_reported else outcome_words(call.channel, call.outcome),
        stance=None if call.stance is Stance.UNKNOWN else STANCES[call.stance],
        note=call.note,
        more=" ".join(more),
        undo=Undo("/staff/contacts/undo", "contact_id", call.contact_id)
        if is_undoable
        else None,
    )


def _corrections(
    member_id: int, changes: Iterable[CorrectionChange], now: datetime
) -> Iterator[HistoryLine]:
    """Give each change; of a kind only the newest can be undone."""
    seen: set[CorrectionKind] = set()
    for change in changes:
        kind = CorrectionKind(change.kind)
        is_newest = kind not in seen and change.id is not None
        seen.add(kind)
        yield HistoryLine(
            "correction",
            change.changed_at,
            words.moment_words(change.changed_at, now=now),
            CORRECTIONS[kind] if change.after else f"{CORRECTIONS[kind]}: taken away",
            note=change.after or change.before,
            more=f"written down by {change.changed_by}",
            undo=_undo_of(member_id, change.id or 0) if is_newest else None,
        )


def _undo_of(member_id: int, change_id: int) -> Undo:
    return Undo(f"/staff/mps/{member_id}/corrections/undo", "change_id", change_id)
