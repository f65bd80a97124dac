"""The ledger: each signature row as it is held, and every change that was ever seen."""

from datetime import datetime

from sqlmodel import BigInteger, Field, Index, SQLModel, UniqueConstraint

from tracker.rules.changes import ChangeKind, TimeFrom
from tracker.store.tables.types import at_field, enum_column


class Signature(SQLModel, table=True):
    """One row of Parliament's `Sponsors`, as the ledger holds it now.

    `signature_id` is Parliament's `Id`. Name, party and constituency are those of the
    day of signing. `removed_at` is when its absence was believed; `missing_*` count good
    polls without the row, `revived_*` those in which a withdrawn row reads as live.
    """

    __table_args__ = (UniqueConstraint("motion_id", "signature_id"),)

    id: int | None = Field(default=None, primary_key=True)
    motion_id: int = Field(foreign_key="motion.id")
    signature_id: int = Field(sa_type=BigInteger)
    member_id: int = Field(sa_type=BigInteger, index=True)
    name: str | None = None
    list_as: str | None = None
    party: str | None = None
    constituency: str | None = None
    sponsoring_order: int | None = None
    created_at: datetime | None = at_field()
    is_withdrawn: bool
    withdrawn_at: datetime | None = at_field()
    removed_at: datetime | None = at_field()
    event_count: int
    last_happened_at: datetime = at_field(nullable=False)
    missing_count: int = 0
    missing_since_at: datetime | None = at_field()
    revived_count: int = 0
    revived_since_at: datetime | None = at_field()


class SignatureEvent(SQLModel, table=True):
    """A change of one signature that was seen. Written once; never changed or deleted.

    Ids are in the order of commits, so a reader of "id > last" misses none. `ordinal` is
    the row's how-manieth event. `happened_at` is Parliament's time or our poll's, as
    `time_from` says; `observed_at` is ours.
    """

    __tablename__ = "signature_event"
    __table_args__ = (
        UniqueConstraint("motion_id", "signature_id", "ordinal"),
        Index("ix_signature_event_motion_id_id", "motion_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    motion_id: int = Field(foreign_key="motion.id")
    poll_id: int = Field(foreign_key="poll.id")
    signature_id: int = Field(sa_type=BigInteger)
    ordinal: int
    kind: ChangeKind = Field(sa_type=enum_column(ChangeKind))
    again: bool
    member_id: int = Field(sa_type=BigInteger, index=True)
    name: str | None = None
    party: str | None = None
    constituency: str | None = None
    happened_at: datetime = at_field(nullable=False)
    time_from: TimeFrom = Field(sa_type=enum_column(TimeFrom))
    observed_at: datetime = at_field(nullable=False)
    backfilled: bool
