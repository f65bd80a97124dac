"""People who sign in, their sessions, and the keys of their calendars."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from tracker.rules.roles import Role
from tracker.store.tables.types import at_field, enum_column


class StaffUser(SQLModel, table=True):
    """A person who may sign in, with a role. `name_key` is the name without case.

    `looked_at` is when the board was last shown to them; `looked_before_at` is the end of
    the visit before that one: what is newer is new to them.
    """

    __tablename__ = "staff_user"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    name_key: str = Field(unique=True)
    role: Role = Field(sa_type=enum_column(Role))
    password_hash: str
    created_at: datetime = at_field(nullable=False)
    disabled_at: datetime | None = at_field()
    looked_at: datetime | None = at_field()
    looked_before_at: datetime | None = at_field()


class StaffSession(SQLModel, table=True):
    """One browser that is signed in; ended by deleting the row.

    Only a hash of the cookie is kept. `csrf_token` is what its forms must bring along; it
    is of no use without the cookie.
    """

    __tablename__ = "staff_session"

    token_hash: str = Field(primary_key=True, max_length=64)
    user_id: int = Field(foreign_key="staff_user.id", index=True)
    csrf_token: str = Field(max_length=64)
    created_at: datetime = at_field(nullable=False)
    last_seen_at: datetime = at_field(nullable=False)


class CalendarKey(SQLModel, table=True):
    """What is secret in the address of a person's calendar; at most one each.

    Only a hash is kept. It opens what is due for staff, read only, and nothing else.
    """

    __tablename__ = "calendar_key"

    user_id: int = Field(primary_key=True, foreign_key="staff_user.id")
    key_hash: str = Field(unique=True, max_length=64)
    made_at: datetime = at_field(nullable=False)
