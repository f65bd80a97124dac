"""How far the drop mailbox was read, what could not be read in it, and who must go."""

from datetime import datetime

from sqlmodel import BigInteger, Field, SQLModel

from tracker.store.tables.types import at_field


class MailboxState(SQLModel, table=True):
    """How far a mailbox was read: every UID up to `last_uid` is settled.

    `account` is mail.imap_url. UIDs only mean something with the `uid_validity` under
    which the server gave them. While reading fails, `failing_since_at` and `error` say
    since when and why.
    """

    __tablename__ = "mailbox_state"

    account: str = Field(primary_key=True)
    uid_validity: int = Field(sa_type=BigInteger)
    last_uid: int = Field(sa_type=BigInteger)
    read_at: datetime | None = at_field()
    failing_since_at: datetime | None = at_field()
    error: str | None = None


class MailboxNote(SQLModel, table=True):
    """A message of the drop mailbox that could not be read, and why; nothing of its text."""

    __tablename__ = "mailbox_note"

    account: str = Field(primary_key=True)
    uid: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    reason: str
    noted_at: datetime = at_field(nullable=False)


class PendingErasure(SQLModel, table=True):
    """An erased person whose messages in the drop mailbox are still to be deleted.

    Only what finds them again: the keyed hash of their address, and the row that a drop
    address of their own names.
    """

    __tablename__ = "pending_erasure"

    email_key: str = Field(primary_key=True, max_length=64)
    supporter_id: int | None = None
    asked_at: datetime = at_field(nullable=False)
