"""What is known of Parliament's calendar, and the brake it put on our requests."""

from datetime import date, datetime

from sqlmodel import Field, SQLModel, UniqueConstraint

from tracker.store.tables.types import at_field


class SessionDate(SQLModel, table=True):
    """A session's first and last day as Parliament's calendar gave them."""

    __tablename__ = "session_date"

    session: str = Field(primary_key=True)
    starts_on: date
    ends_on: date | None = None
    checked_at: datetime = at_field(nullable=False)


class ClosedDay(SQLModel, table=True):
    """Days on which no new name can appear: a recess, prorogation or dissolution.

    Both days included. `name` is Parliament's.
    """

    __tablename__ = "closed_day"
    __table_args__ = (UniqueConstraint("from_on", "to_on"),)

    id: int | None = Field(default=None, primary_key=True)
    from_on: date
    to_on: date
    name: str


class Brake(SQLModel, table=True):
    """The one brake for all of Parliament's services: nothing is asked until it is over.

    At most one row (id 1). A later answer can lengthen it, none can lift it.
    """

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    until_at: datetime = at_field(nullable=False)
    reason: str
