"""Who may use the staff JSON: a Bearer token with the scope that an address asks for.

Or somebody who is signed in, whose role has that scope; what is posted by such a session
needs its CSRF token as a header.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request

from dashboard.desk import Desk, DeskDep
from dashboard.problems import ProblemError
from dashboard.sign_in import SAFE, check_form, person_of
from dashboard.staff_forms import SentForm
from tracker import store
from tracker.rules.access import TokenScope
from tracker.rules.roles import scopes_of_role

_REALM = 'Bearer realm="edm-signature-tracker"'


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: the name of a token or a user, as the audit log knows it."""

    name: str


def needs(scope: TokenScope) -> Callable[[Request, DeskDep], Caller]:
    """Return a dependency that lets in only tokens and sessions with this scope.

    No token or an unknown one is a 401, one without the scope a 403; nothing tells which
    tokens there are.
    """

    def caller(request: Request, desk: DeskDep) -> Caller:
        if "authorization" not in request.headers:
            signed_in = _signed_in(request, desk, scope)
            if signed_in is not None:
                return signed_in
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


def _signed_in(request: Request, desk: Desk, scope: TokenScope) -> Caller | None:
    person = person_of(request, desk)
    if person is None:
        return None
    if request.method not in SAFE:
        check_form(request, desk, SentForm(), person.csrf)
    if scope not in scopes_of_role(person.role):
        raise ProblemError(
            403, f"The role {person.role} does not have the scope {scope.value}."
        )
    return Caller(person.name)
