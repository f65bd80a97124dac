"""What staff know of Members' offices: contacts, stances, corrections."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel

from tracker.rules.corrections import CorrectionKind
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome, ContactSource
from tracker.store.tables.types import at_field, enum_column


class Contact(SQLModel, table=True):
    """Staff speaking to an office about a motion. Notes name no caseworker.

    `source` says who heard it: a stance that supporters reported, and staff accepted,
    is kept here too, logged by who accepted it.
    """

    id: int | None = Field(default=None, primary_key=True)
    motion_id: int = Field(foreign_key="motion.id", index=True)
    member_id: int = Field(foreign_key="member.member_id", index=True)
    channel: Channel = Field(sa_type=enum_column(Channel))
    outcome: ContactOutcome = Field(sa_type=enum_column(ContactOutcome))
    stance: Stance = Field(sa_type=enum_column(Stance))
    may_be_shown: bool = False
    call_back_on: date | None = None
    note: str | None = None
    contacted_at: datetime = at_field(nullable=False)
    logged_by: str
    source: ContactSource = Field(
        default=ContactSource.STAFF,
        sa_type=enum_column(ContactSource),
        sa_column_kwargs={"server_default": ContactSource.STAFF.value},
    )


class Correction(SQLModel, table=True):
    """Staff's own word that a Member does not sign by convention, with the reason."""

    member_id: int = Field(foreign_key="member.member_id", primary_key=True)
    reason: str
    set_by: str
    set_at: datetime = at_field(nullable=False)


class CorrectionChange(SQLModel, table=True):
    """One change of what staff wrote down of a Member; the history, and what undo needs.

    `before` and `after` are the words of that moment; None is nothing written down.
    """

    __tablename__ = "correction_change"

    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.member_id", index=True)
    kind: CorrectionKind = Field(sa_type=enum_column(CorrectionKind))
    before: str | None = None
    after: str | None = None
    changed_by: str
    changed_at: datetime = at_field(nullable=False)
