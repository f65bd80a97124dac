"""MPs' photos, made small, so that no page asks another host for them."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from tracker.store.tables.types import at_field


class MemberPhoto(SQLModel, table=True):
    """The last look for a Member's photo. `body` is a small JPEG, None if none came.

    `tag` is made of the bytes: under it a photo may be kept for ever.
    """

    __tablename__ = "member_photo"

    member_id: int = Field(
        foreign_key="member.member_id",
        primary_key=True,
        sa_column_kwargs={"autoincrement": False},
    )
    tag: str | None = Field(default=None, max_length=32)
    body: bytes | None = None
    checked_at: datetime = at_field(nullable=False)
