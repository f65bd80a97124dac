"""When the regular jobs were last done, so that a restart does not do them again."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from tracker.store.tables.types import at_field


class JobDone(SQLModel, table=True):
    """The last time that a regular job (members, calendar) ended well."""

    __tablename__ = "job_done"

    name: str = Field(primary_key=True, max_length=40)
    done_at: datetime = at_field(nullable=False)
