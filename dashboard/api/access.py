"""Who may use the staff JSON: a Bearer token with the scope that an address asks for."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from dashboard.desk import DeskDep
from dashboard.problems import ProblemError
from tracker import store
from tracker.rules.access import TokenScope

_REALM = 'Bearer realm="edm-signature-tracker"'


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: the token's name, as the audit log knows it."""

    name: str


def needs(scope: TokenScope) -> Callable[[Request, DeskDep], Caller]:
    """Return a dependency that lets in only tokens with this scope.

    No token or an unknown one is a 401, one without the scope a 403; nothing tells which
    tokens there are.
    """

    def caller(request: Request, desk: DeskDep) -> Caller:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        token = None
        if kind.lower() == "bearer" and text.strip():
            with store.read(desk.engine) as session:
                token = store.valid_token(session, text.strip())
        if token is None:
            raise ProblemError(
                401,
                "This address needs a token: send it as Authorization: Bearer …",
                {"WWW-Authenticate": _REALM},
            )
        if scope not in store.scopes_of(token):
            raise ProblemError(
                403, f"This token does not have the scope {scope.value}."
            )
        return Caller(f"token {token.name}")

    return caller
