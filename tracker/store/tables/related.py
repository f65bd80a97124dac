"""Who signed motions like ours: read from Parliament, used for hints only."""

from sqlmodel import BigInteger, Field, SQLModel


class RelatedSigner(SQLModel, table=True):
    """A live signature on a motion that the configuration names as related.

    `is_continued` says that ours re-tables that motion, `is_sponsor` that the Member is
    among its first six names.
    """

    __tablename__ = "related_signer"

    motion_id: int = Field(foreign_key="motion.id", primary_key=True)
    related_id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    member_id: int = Field(primary_key=True, sa_type=BigInteger)
    title: str
    is_sponsor: bool
    is_continued: bool
