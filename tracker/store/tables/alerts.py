"""Who asked to be told when an MP signs."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel, UniqueConstraint

from tracker.store.tables.types import at_field


class SignAlert(SQLModel, table=True):
    """One person's wish to be told when one Member signs one motion; nothing else.

    The address is its Supporter's, who need not have joined the campaign. What they
    agreed to is kept with its wording and version; it is in force from `confirmed_at`,
    since anybody can type anybody's address, until `stopped_at`. `told_at` is when the
    message that it is for was written: it is written once.
    """

    __tablename__ = "sign_alert"
    __table_args__ = (
        UniqueConstraint("supporter_id", "motion_id", "member_id"),
        Index("ix_sign_alert_untold", "motion_id", "told_at", "member_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    supporter_id: int = Field(foreign_key="supporter.id")
    motion_id: int = Field(foreign_key="motion.id")
    member_id: int = Field(foreign_key="member.member_id")
    wording: str
    version: str
    asked_at: datetime = at_field(nullable=False)
    confirmed_at: datetime | None = at_field()
    stopped_at: datetime | None = at_field()
    told_at: datetime | None = at_field()
