"""POSTs with an Idempotency-Key: the same key does the thing once.

Owns what "the same request" is; the answer is kept in the transaction of what it did, so
that a crash between the two is not possible.
"""

import hashlib
from dataclasses import dataclass

from dashboard.problems import ProblemError
from tracker import store
from tracker.clock import Clock
from tracker.store import Engine, Session
from tracker.store.tables import IdempotencyKey

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Repeat:
    """One POST: who sent it, where, with which key (None: it is not to be remembered)."""

    caller: str
    path: str
    key: str | None
    body: str

    def known(self, engine: Engine) -> str | None:
        """Return the answer that was given before, None for a new request.

        ProblemError 422 if the key was used for something else.
        """
        if self.key is None:
            return None
        if not 0 < len(self.key) <= LONGEST_KEY:
            raise ProblemError(422, "Idempotency-Key takes 1 to 255 characters.")
        with store.read(engine) as session:
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
        """Keep the answer, in the caller's transaction."""
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
        return _hash(f"{self.caller}\n{self.path}\n{self.key}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
