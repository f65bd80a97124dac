"""The ledger: signatures as they are held, and the events that changed them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import Select, text
from sqlmodel import Session, col, func, select

from tracker.parliament.snapshot import SignatureRow
from tracker.rules.changes import ChangeKind, SignatureChange, TimeFrom
from tracker.rules.diff import Doubt, HeldSignature
from tracker.store.engine import is_sqlite
from tracker.store.tables import Poll, Signature, SignatureEvent

EVENTS_CHANNEL = "signature_events"
"""PostgreSQL's NOTIFY channel: told, at the commit, that there are new events."""


def signatures_of(session: Session, motion_id: int) -> Sequence[Signature]:
    """Return every row of the motion, removed ones included, by signature id."""
    return session.exec(
        select(Signature)
        .where(Signature.motion_id == motion_id)
        .order_by(col(Signature.signature_id))
    ).all()


class ListedRow(NamedTuple):
    """A signature row as the board reads it; a row, not an object of the ORM."""

    member_id: int
    name: str | None
    list_as: str | None
    party: str | None
    constituency: str | None
    is_withdrawn: bool
    removed_at: datetime | None
    last_happened_at: datetime

    @property
    def is_live(self) -> bool:
        """Whether it counts for its Member."""
        return not self.is_withdrawn and self.removed_at is None


class LastChange(NamedTuple):
    """A Member's newest event on a motion."""

    kind: ChangeKind
    happened_at: datetime


class PastEvent(NamedTuple):
    """An event as pages and charts read it; a row, not an object of the ORM."""

    id: int
    kind: ChangeKind
    again: bool
    signature_id: int
    member_id: int
    name: str | None
    party: str | None
    constituency: str | None
    happened_at: datetime
    time_from: TimeFrom


def listed_rows(session: Session, motion_id: int) -> list[ListedRow]:
    """Return every row of the motion, removed ones included, by signature id."""
    columns = (getattr(Signature, name) for name in ListedRow._fields)
    rows = session.connection().execute(
        sqlalchemy.select(*columns)
        .where(col(Signature.motion_id) == motion_id)
        .order_by(col(Signature.signature_id))
    )
    return [ListedRow._make(row) for row in rows]


def newest_event_ids(motion_id: int) -> Select[int | None]:
    """Return the question for the newest event's id of each Member who ever signed."""
    return (
        sqlalchemy.select(func.max(col(SignatureEvent.id)))
        .where(col(SignatureEvent.motion_id) == motion_id)
        .group_by(col(SignatureEvent.member_id))
    )


def last_changes(session: Session, motion_id: int) -> dict[int, LastChange]:
    """Return the newest event of each Member who ever signed, by Member id."""
    rows = session.connection().execute(
        sqlalchemy.select(
            col(SignatureEvent.member_id),
            col(SignatureEvent.kind),
            col(SignatureEvent.happened_at),
        ).where(col(SignatureEvent.id).in_(newest_event_ids(motion_id)))
    )
    return {member_id: LastChange(kind, at) for member_id, kind, at in rows}


def past_events(session: Session, motion_id: int) -> list[PastEvent]:
    """Return the motion's whole history, oldest id first, as `all_events` does."""
    columns = (getattr(SignatureEvent, name) for name in PastEvent._fields)
    rows = session.connection().execute(
        sqlalchemy.select(*columns)
        .where(col(SignatureEvent.motion_id) == motion_id)
        .order_by(col(SignatureEvent.id))
    )
    return [PastEvent._make(row) for row in rows]


def held_signatures(session: Session, motion_id: int) -> dict[int, HeldSignature]:
    """Return the motion's rows as values for the diff, keyed by signature id."""
    return {
        signature.signature_id: as_held(signature)
        for signature in signatures_of(session, motion_id)
    }


def as_held(signature: Signature) -> HeldSignature:
    """Return a stored row as the value that the rules work with."""
    return HeldSignature(
        row=SignatureRow(
            signature_id=signature.signature_id,
            member_id=signature.member_id,
            is_withdrawn=signature.is_withdrawn,
            created_at=signature.created_at,
            withdrawn_at=signature.withdrawn_at,
            sponsoring_order=signature.sponsoring_order,
            name=signature.name,
            list_as=signature.list_as,
            party=signature.party,
            constituency=signature.constituency,
        ),
        event_count=signature.event_count,
        last_happened_at=signature.last_happened_at,
        removed_at=signature.removed_at,
        missing=_doubt(signature.missing_count, signature.missing_since_at),
        revived=_doubt(signature.revived_count, signature.revived_since_at),
    )


def record_signatures(
    session: Session, motion_id: int, held: Iterable[HeldSignature]
) -> None:
    """Write the rows' new state, adding those that are new."""
    stored = {
        signature.signature_id: signature
        for signature in signatures_of(session, motion_id)
    }
    for value in held:
        signature = stored.get(value.row.signature_id) or Signature(
            motion_id=motion_id,
            signature_id=value.row.signature_id,
            member_id=value.row.member_id,
            is_withdrawn=value.row.is_withdrawn,
            event_count=value.event_count,
            last_happened_at=value.last_happened_at,
        )
        _copy(value, signature)
        session.add(signature)
    session.flush()


def record_events(
    session: Session,
    poll: Poll,
    changes: Iterable[tuple[SignatureChange, bool]],
    *,
    observed_at: datetime,
    is_backfilled: bool,
) -> list[SignatureEvent]:
    """Append one event per change, in order, and return them with their ids.

    The caller holds the events' lock (`engine.lock_events`). Listeners on PostgreSQL are
    told when the transaction commits.
    """
    assert poll.id is not None, "the poll is written first"
    events = [
        SignatureEvent(
            motion_id=poll.motion_id,
            poll_id=poll.id,
            signature_id=change.signature_id,
            ordinal=change.ordinal,
            kind=change.kind,
            again=is_again,
            member_id=change.member_id,
            name=change.name,
            party=change.party,
            constituency=change.constituency,
            happened_at=change.happened_at,
            time_from=change.time_from,
            observed_at=observed_at,
            backfilled=is_backfilled,
        )
        for change, is_again in changes
    ]
    session.add_all(events)
    session.flush()
    if events and not is_sqlite(session.connection()):
        session.connection().execute(
            text("SELECT pg_notify(:channel, '')"), {"channel": EVENTS_CHANNEL}
        )
    return events


def members_ever_signed(session: Session, motion_id: int) -> set[int]:
    """Return the ids of Members with a `signed` event on this motion."""
    return set(
        session.exec(
            select(SignatureEvent.member_id)
            .where(
                SignatureEvent.motion_id == motion_id,
                SignatureEvent.kind == ChangeKind.SIGNED,
            )
            .distinct()
        ).all()
    )


def signature_count(session: Session, motion_id: int) -> int:
    """Return how many Members have signed: at least one live row (product.md 3.2)."""
    return session.exec(
        select(func.count(func.distinct(Signature.member_id))).where(
            Signature.motion_id == motion_id,
            col(Signature.is_withdrawn).is_(False),
            col(Signature.removed_at).is_(None),
        )
    ).one()


def doubted_count(session: Session, motion_id: int) -> int:
    """Return how many rows are missing, or read live again, and are not believed yet."""
    return session.exec(
        select(func.count(col(Signature.id)))
        .where(Signature.motion_id == motion_id)
        .where((col(Signature.missing_count) > 0) | (col(Signature.revived_count) > 0))
    ).one()


def events_after(
    session: Session, motion_id: int, event_id: int, *, limit: int
) -> Sequence[SignatureEvent]:
    """Return the motion's events newer than `event_id`, oldest first, at most `limit`."""
    return session.exec(
        select(SignatureEvent)
        .where(SignatureEvent.motion_id == motion_id)
        .where(col(SignatureEvent.id) > event_id)
        .order_by(col(SignatureEvent.id))
        .limit(limit)
    ).all()


def new_events(
    session: Session, event_id: int, *, limit: int
) -> Sequence[SignatureEvent]:
    """Return every motion's events newer than `event_id`, oldest first (for the stream)."""
    return session.exec(
        select(SignatureEvent)
        .where(col(SignatureEvent.id) > event_id)
        .order_by(col(SignatureEvent.id))
        .limit(limit)
    ).all()


def latest_events(
    session: Session, motion_id: int, *, limit: int
) -> Sequence[SignatureEvent]:
    """Return the motion's newest events, newest first, at most `limit`."""
    return session.exec(
        select(SignatureEvent)
        .where(SignatureEvent.motion_id == motion_id)
        .order_by(col(SignatureEvent.id).desc())
        .limit(limit)
    ).all()


def all_events(session: Session, motion_id: int) -> Sequence[SignatureEvent]:
    """Return the motion's whole history, oldest id first."""
    return session.exec(
        select(SignatureEvent)
        .where(SignatureEvent.motion_id == motion_id)
        .order_by(col(SignatureEvent.id))
    ).all()


def last_event_id(session: Session) -> int:
    """Return the newest event's id over all motions, 0 if there is none."""
    return session.exec(select(func.max(SignatureEvent.id))).one() or 0


def _doubt(count: int, since_at: datetime | None) -> Doubt | None:
    return Doubt(count, since_at) if since_at is not None else None


def _copy(value: HeldSignature, signature: Signature) -> None:
    row = value.row
    signature.name, signature.list_as = row.name, row.list_as
    signature.party, signature.constituency = row.party, row.constituency
    signature.sponsoring_order = row.sponsoring_order
    signature.created_at, signature.withdrawn_at = row.created_at, row.withdrawn_at
    signature.is_withdrawn, signature.removed_at = row.is_withdrawn, value.removed_at
    signature.event_count = value.event_count
    signature.last_happened_at = value.last_happened_at
    signature.missing_count = value.missing.count if value.missing else 0
    signature.missing_since_at = value.missing.first_at if value.missing else None
    signature.revived_count = value.revived.count if value.revived else 0
    signature.revived_since_at = value.revived.first_at if value.revived else None
