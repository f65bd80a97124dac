"""Who may do what: API tokens, keys of repeated requests, the audit log."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from tracker.store.tables.types import at_field


class ApiToken(SQLModel, table=True):
    """A program's token: stored as a hash, shown once when it is made."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    token_hash: str = Field(unique=True, max_length=64)
    scopes: str
    created_at: datetime = at_field(nullable=False)
    last_used_at: datetime | None = at_field()
    revoked_at: datetime | None = at_field()


class IdempotencyKey(SQLModel, table=True):
    """The answer to a POST, so that the same key does the thing once."""

    __tablename__ = "idempotency_key"

    key: str = Field(primary_key=True, max_length=64)
    request_hash: str = Field(max_length=64)
    status: int
    answer: str
    created_at: datetime = at_field(nullable=False)


class AuditEntry(SQLModel, table=True):
    """What a member of staff or a command did: who, when, what, how many; not whom."""

    __tablename__ = "audit_entry"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = at_field(nullable=False)
    actor: str
    action: str
    detail: str | None = None
