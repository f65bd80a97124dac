"""The past of a motion: how it stood at a moment, and one line per signature."""

from collections.abc import Mapping, Sequence
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
    events = store.all_events(session, motion.id)
    rows = _rows_at(events, _removed_at(session, motion.id), at)
    newest = {event.member_id: event for event in sorted(rows, key=_live_last)}
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
    gone = _removed_at(session, motion.id)
    lines = [_line(events, gone.get(row)) for row, events in by_row.items()]
    return sorted(lines, key=lambda line: (line.signed_at, line.signature_id))


def _removed_at(session: Session, motion_id: int) -> dict[int, datetime]:
    """Return when rows went, by signature id: some went without an event."""
    rows = store.signatures_of(session, motion_id)
    return {row.signature_id: row.removed_at for row in rows if row.removed_at}


def _rows_at(
    events: Sequence[SignatureEvent], removed_at: Mapping[int, datetime], at: datetime
) -> list[SignatureEvent]:
    """Return each row's newest event that had happened, but for live rows gone by then.

    The newest is the last one written: a row's times go back where our clock was set.
    """
    newest = {event.signature_id: event for event in events if event.happened_at <= at}
    return [
        event
        for row, event in newest.items()
        if event.kind is not ChangeKind.SIGNED
        or row not in removed_at
        or removed_at[row] > at
    ]


def _line(
    events: Sequence[SignatureEvent], removed_at: datetime | None
) -> SignatureLine:
    latest = {event.kind: event for event in events}
    last = events[-1]
    signed = latest[ChangeKind.SIGNED]
    is_withdrawn = last.kind is ChangeKind.WITHDRAWN
    is_removed = removed_at is not None and not is_withdrawn
    return SignatureLine(
        signature_id=last.signature_id,
        member_id=last.member_id,
        name=last.name,
        party=last.party,
        constituency=last.constituency,
        state=ChangeKind.REMOVED.value if is_removed else last.kind.value,
        signed_at=signed.happened_at,
        signed_time_from=signed.time_from.value,
        withdrawn_at=last.happened_at if is_withdrawn else None,
        removed_at=removed_at if is_removed else None,
    )


def _live_last(event: SignatureEvent) -> tuple[bool, datetime]:
    """Sort a Member's live row after their others: one live row is enough."""
    return event.kind is ChangeKind.SIGNED, event.happened_at
