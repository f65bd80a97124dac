"""Members of Parliament: who they are, the seats they held, their posts and contacts."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from tracker.store.tables.types import at_field


class Member(SQLModel, table=True):
    """An MP, present or past. `member_id` is Parliament's MNIS id.

    `position_url` and `no_email_reason` are what staff wrote down (product.md 4).
    """

    member_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    name: str
    list_as: str | None = None
    full_title: str | None = None
    party: str | None = None
    gender: str | None = None
    thumbnail_url: str | None = None
    synced_at: datetime = at_field(nullable=False)
    contacts_checked_at: datetime | None = at_field()
    posts_checked_at: datetime | None = at_field()
    position_url: str | None = None
    no_email_reason: str | None = None


class MemberName(SQLModel, table=True):
    """A name or party that a Member had until a day, kept when a sync brings another."""

    __tablename__ = "member_name"

    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.member_id", index=True)
    name: str
    party: str | None = None
    until_on: date


class Membership(SQLModel, table=True):
    """A seat that a Member held: both days included, `ended_on` None while they hold it.

    `constituency_id` is Parliament's, `ons_code` ours (None when the name fits no seat).
    `as_of_on` is None for the House that is followed from day to day, else the day of
    the past House that the row was read for (that of a motion that is over).
    """

    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.member_id", index=True)
    as_of_on: date | None = Field(default=None, index=True)
    constituency_id: int | None = None
    constituency: str
    ons_code: str | None = Field(default=None, index=True)
    party: str | None = None
    started_on: date
    ended_on: date | None = None
    end_reason: str | None = None


class Post(SQLModel, table=True):
    """A post by which a Member does not sign by convention, or that is worth a hint.

    `kind` is government, opposition or speaker. A Speaker or deputy read for one day has
    that day as both dates; None means that Parliament gave no date.
    """

    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.member_id", index=True)
    kind: str = Field(max_length=16)
    name: str
    started_on: date | None = None
    ended_on: date | None = None


class MemberContact(SQLModel, table=True):
    """One email address, phone number, address or website of a Member's office.

    Kept with Parliament's label and the day on which it was last read. Old ones stay
    with `is_current` false: they may still name the Member in a supporter's email, but
    nothing is ever sent there.
    """

    __tablename__ = "member_contact"
    __table_args__ = (UniqueConstraint("member_id", "kind", "value"),)

    id: int | None = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.member_id")
    kind: str = Field(max_length=16)
    label: str
    value: str
    checked_on: date
    is_current: bool = True
