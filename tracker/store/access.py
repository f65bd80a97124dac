"""Tokens of other programs, and the answers to POSTs that may be repeated."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, delete, select

from tracker.rules.access import TokenScope
from tracker.store.audit import record_audit
from tracker.store.engine import is_sqlite
from tracker.store.tables import ApiToken, IdempotencyKey

ANSWERS_LAST = timedelta(days=7)
"""For how long a POST may be repeated with its key."""


class TokenError(Exception):
    """What can't be done about a token; the text is one sentence."""


def token_hash(token: str) -> str:
    """Return under what a token is stored.

    A plain SHA-256 is enough: tokens are 256 random bits, not somebody's password.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def record_token(
    session: Session,
    name: str,
    token: str,
    scopes: Iterable[TokenScope],
    *,
    at: datetime,
) -> ApiToken:
    """Keep a new token's hash; the token itself is never stored."""
    row = ApiToken(
        name=name,
        token_hash=token_hash(token),
        scopes=" ".join(sorted(scope.value for scope in scopes)),
        created_at=at,
    )
    session.add(row)
    session.flush()
    return row


def add_token(
    session: Session,
    name: str,
    token: str,
    scopes: Iterable[TokenScope],
    *,
    by: str,
    at: datetime,
) -> ApiToken:
    """Keep a new token that was just made; TokenError if its name is taken."""
    if token_named(session, name) is not None:
        raise TokenError(f"there is a token named {name!r}: choose another name")
    row = record_token(session, name, token, scopes, at=at)
    record_audit(session, by, "token added", f"{name}: {row.scopes}", at=at)
    return row


def revoke_token(session: Session, token_id: int, *, by: str, at: datetime) -> ApiToken:
    """Let a token open nothing any more; revoking it again changes nothing.

    TokenError if there is none with that id.
    """
    row = session.get(ApiToken, token_id, populate_existing=True)
    if row is None:
        raise TokenError(f"there is no token {token_id}")
    if row.revoked_at is None:
        row.revoked_at = at
        session.add(row)
        session.flush()
        record_audit(session, by, "token revoked", row.name, at=at)
    return row


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """Return every token by name, those that were revoked too."""
    return session.exec(select(ApiToken).order_by(col(ApiToken.name))).all()


def token_named(session: Session, name: str) -> ApiToken | None:
    """Return the token with this name."""
    return session.exec(select(ApiToken).where(ApiToken.name == name)).one_or_none()


def valid_token(session: Session, token: str) -> ApiToken | None:
    """Return the token that this text is, unless it was revoked."""
    return session.exec(
        select(ApiToken)
        .where(ApiToken.token_hash == token_hash(token))
        .where(col(ApiToken.revoked_at).is_(None))
    ).one_or_none()


def scopes_of(token: ApiToken) -> set[TokenScope]:
    """Return what a token allows; scopes of a newer version are left out."""
    known = {scope.value: scope for scope in TokenScope}
    return {known[word] for word in token.scopes.split() if word in known}


def lock_key(session: Session, key: str) -> None:
    """Hold the lock of one key of a POST until the transaction ends; `key` is in hex.

    So that the same request, sent twice at once, is done once. On SQLite a `write`
    holds it already.
    """
    if not is_sqlite(session.connection()):
        session.connection().execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": int(key[:15], 16)}
        )


def remembered_answer(session: Session, key: str) -> IdempotencyKey | None:
    """Return the answer that was given to a POST with this key."""
    return session.get(IdempotencyKey, key)


def remember_answer(session: Session, answer: IdempotencyKey) -> None:
    """Keep the answer to a POST, in the transaction of what it did; old ones go."""
    session.exec(
        delete(IdempotencyKey).where(
            col(IdempotencyKey.created_at) < answer.created_at - ANSWERS_LAST
        )
    )
    session.add(answer)
    session.flush()
