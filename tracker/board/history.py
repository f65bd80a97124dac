"""The past of a motion: how it stood at a moment, and one line per signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker import store
from tracker.rules.changes import ChangeKind
from tracker.store import Session
from tracker.store.tables import Motion, SignatureEvent


@dataclass(frozen=True, slots=True)
class PastMember:
    """A Member with a signature on the list, or withdrawn from it, at some moment."""

    member_id: int
    name: str | None
    party: str | None
    constituency: str | None
    status: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryView:
    """A motion as it stood `at`, by the time things happened, not by when we saw them."""

    at: datetime
    signature_count: int
    members: tuple[PastMember, ...]


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature row for an export: what is held of it now."""

    signature_id: int
    member_id: int
    name: str | None
    party: str | None
    constituency: str | None
    state: str
    signed_at: datetime
    signed_time_from: str
    withdrawn_at: datetime | None
    removed_at: datetime | None


def history_view(session: Session, motion: Motion | None, at: datetime) -> HistoryView:
    """Return who had signed at `at`, and who had withdrawn, by `happened_at`."""
    if motion is None or motion.id is None:
        return HistoryView(at, 0, ())
    state: dict[int, SignatureEvent] = {}
    events = sorted(
        store.all_events(session, motion.id), key=lambda event: event.happened_at
    )
    for event in events:
        if event.happened_at <= at:
            state[event.signature_id] = event
    newest: dict[int, SignatureEvent] = {}
    for event in sorted(state.values(), key=_live_last):
        newest[event.member_id] = event
    members = tuple(
        PastMember(
            event.member_id,
            event.name,
            event.party,
            event.constituency,
            event.kind.value,
            event.happened_at,
        )
        for event in sorted(newest.values(), key=lambda event: event.happened_at)
        if event.kind is not ChangeKind.REMOVED
    )
    signed = sum(member.status == ChangeKind.SIGNED for member in members)
    return HistoryView(at, signed, members)


def signature_lines(session: Session, motion: Motion | None) -> list[SignatureLine]:
    """Return one line per signature row, in the order of signing."""
    if motion is None or motion.id is None:
        return []
    by_row: dict[int, list[SignatureEvent]] = {}
    for event in store.all_events(session, motion.id):
        by_row.setdefault(event.signature_id, []).append(event)
    lines = [_line(events) for events in by_row.values()]
    return sorted(lines, key=lambda line: (line.signed_at, line.signature_id))


def _line(events: Sequence[SignatureEvent]) -> SignatureLine:
    latest = {event.kind: event for event in events}
    last = events[-1]
    signed = latest[ChangeKind.SIGNED]

    def at_if_last(kind: ChangeKind) -> datetime | None:
        return last.happened_at if last.kind is kind else None

    return SignatureLine(
        signature_id=last.signature_id,
        member_id=last.member_id,
        name=last.name,
        party=last.party,
        constituency=last.constituency,
        state=last.kind.value,
        signed_at=signed.happened_at,
        signed_time_from=signed.time_from.value,
        withdrawn_at=at_if_last(ChangeKind.WITHDRAWN),
        removed_at=at_if_last(ChangeKind.REMOVED),
    )


def _live_last(event: SignatureEvent) -> tuple[bool, datetime]:
    """Sort a Member's live row after their others: one live row is enough."""
    return event.kind is ChangeKind.SIGNED, event.happened_at
