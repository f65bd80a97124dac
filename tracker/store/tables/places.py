"""Postcodes: which seat each is in."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from tracker.store.tables.types import at_field


class PostcodeSeat(SQLModel, table=True):
    """A postcode without its space, in capitals, and the ONS code of its seat.

    `is_terminated` marks one that Royal Mail no longer uses. Loaded whole and replaced
    in one step.
    """

    __tablename__ = "postcode_seat"

    postcode: str = Field(primary_key=True, max_length=8)
    ons_code: str = Field(max_length=9)
    is_terminated: bool = False


class PostcodeTable(SQLModel, table=True):
    """The table of postcodes that is loaded: at most one row (id 1)."""

    __tablename__ = "postcode_table"

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    boundaries: str = Field(max_length=4)
    row_count: int
    loaded_at: datetime = at_field(nullable=False)
    file_name: str


class PostcodeAnswer(SQLModel, table=True):
    """What the Members API answered about a postcode: a cache without any person in it."""

    __tablename__ = "postcode_answer"

    postcode: str = Field(primary_key=True, max_length=8)
    constituency: str | None = None
    ons_code: str | None = None
    asked_at: datetime = at_field(nullable=False)
