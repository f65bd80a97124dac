"""POSTs with an Idempotency-Key: the same key does the thing once.

Owns what "the same request" is: the same bytes, from the same caller, at the same
address. The answer is kept in the transaction of what was done.
"""

import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from dashboard.problems import ProblemError
from tracker import store
from tracker.clock import Clock
from tracker.store import Session
from tracker.store.tables import IdempotencyKey

_LONGEST_KEY = 255

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=_LONGEST_KEY,
        description="sent again with the same key, the request is done once",
    ),
]


async def sent_body(request: Request) -> bytes:
    """Return the body as it was sent: FastAPI has read it already."""
    return await request.body()


SentBody = Annotated[bytes, Depends(sent_body)]


@dataclass(frozen=True, slots=True)
class Repeat:
    """One POST: who sent it, where, with which key (None: it is not to be remembered)."""

    caller: str
    path: str
    key: str | None
    body: bytes

    def known(self, session: Session) -> str | None:
        """Return the answer that was given before, None for a new request.

        The same request at the same time waits until the session's transaction is over.
        ProblemError 422 if the key was used for something else.
        """
        if self.key is None:
            return None
        store.lock_key(session, self._name())
        found = store.remembered_answer(session, self._name())
        if found is None:
            return None
        if found.request_hash != _hash(self.body):
            raise ProblemError(
                422,
                "This Idempotency-Key was used for another request: take a new one.",
            )
        return found.answer

    def remember(self, session: Session, answer: str, clock: Clock) -> None:
        """Keep the answer, in the caller's transaction, which has asked `known`."""
        if self.key is None:
            return
        store.remember_answer(
            session,
            IdempotencyKey(
                key=self._name(),
                request_hash=_hash(self.body),
                status=200,
                answer=answer,
                created_at=clock(),
            ),
        )

    def _name(self) -> str:
        return _hash(f"{self.caller}\n{self.path}\n{self.key}".encode())


def _hash(sent: bytes) -> str:
    return hashlib.sha256(sent).hexdigest()
