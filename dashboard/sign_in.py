"""Who is asking: the session behind a cookie, the role it needs, and the forms it sent.

Owns the cookie, and the check that a form is ours (checks.md W3, W7, W8). A cookie gives
authority to nothing but GET unless the session's token comes along with it.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response

from dashboard.desk import Desk, DeskDep
from dashboard.own_path import LONGEST_PATH
from dashboard.problems import ProblemError
from dashboard.staff_forms import FormDep, SentForm
from tracker import store
from tracker.config import WebSettings
from tracker.rules.roles import Role
from tracker.rules.visits import LONGEST
from tracker.store import staff_sessions

CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
SAFE = ("GET", "HEAD")
_SIGNED_OUT = "You are signed out: sign in at /login and do it again."
_NOT_OURS = "This form does not come from this session: load the page again."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is signed in; `csrf` is what the forms of this session carry."""

    user_id: int
    name: str
    role: Role
    csrf: str

    def may(self, role: Role) -> bool:
        """Return whether this person may do what `role` may."""
        return self.role.includes(role)


def cookie_name(web: WebSettings) -> str:
    """Return the cookie's name; with https browsers hold it to this very host."""
    return "__Host-session" if _is_https(web) else "session"


def set_cookie(response: Response, web: WebSettings, token: str) -> None:
    """Give the browser its session; nothing of it can be read by a script."""
    response.set_cookie(
        cookie_name(web),
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=_is_https(web),
        httponly=True,
        samesite="lax",
    )


def clear_cookie(response: Response, web: WebSettings) -> None:
    """Take the session from the browser."""
    response.delete_cookie(
        cookie_name(web),
        path="/",
        secure=_is_https(web),
        httponly=True,
        samesite="lax",
    )


def token_of(request: Request, desk: Desk) -> str | None:
    """Return the cookie of a session, whether or not it holds."""
    return request.cookies.get(cookie_name(desk.settings.web))


def person_of(request: Request, desk: Desk) -> Person | None:
    """Return who is signed in; that the session is in use is written down."""
    token, now = token_of(request, desk), desk.clock()
    if not token:
        return None
    with store.read(desk.engine) as session:
        found = staff_sessions.find_session(session, token, now=now)
    if found is None:
        return None
    if staff_sessions.is_look_due(found.row, now=now):
        with store.write(desk.engine) as session:
            staff_sessions.record_seen(session, found.row.token_hash, now=now)
    user = found.user
    return Person(user.id or 0, user.name, Role(user.role), found.row.csrf_token)


def needs_role(role: Role) -> Callable[[Request, DeskDep, FormDep], Person]:
    """Return a dependency that lets in only who has this role or a higher one.

    Nobody is sent to sign in (a page that is read) or told to (401); a form without the
    session's token, or a lesser role, is a 403.
    """

    def person(request: Request, desk: DeskDep, form: FormDep) -> Person:
        found = person_of(request, desk)
        if found is None:
            raise _sign_in_first(request)
        if request.method not in SAFE:
            check_form(request, desk, form, found.csrf)
        if not found.may(role):
            raise ProblemError(
                403, f"This takes the role {role}, and yours is {found.role}."
            )
        return found

    return person


ViewerDep = Annotated[Person, Depends(needs_role(Role.VIEWER))]
StaffDep = Annotated[Person, Depends(needs_role(Role.STAFF))]
AdminDep = Annotated[Person, Depends(needs_role(Role.ADMIN))]


def check_form(request: Request, desk: Desk, form: SentForm, csrf: str) -> None:
    """Let only a form of ours through: ProblemError 403 else."""
    check_origin(request, desk)
    sent = request.headers.get(CSRF_HEADER) or form.raw(CSRF_FIELD)
    if not _is_same(sent, csrf):
        raise ProblemError(403, _NOT_OURS)


def check_origin(request: Request, desk: Desk) -> None:
    """Let only what our own pages sent through, as browsers tell; ProblemError 403 else."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        is_ours = site == "same-origin"
    else:
        origin = request.headers.get("origin")
        ours = {
            urlsplit(desk.settings.web.base_url).netloc,
            request.headers.get("host"),
        }
        is_ours = origin is None or urlsplit(origin).netloc in ours
    if not is_ours:
        raise ProblemError(403, "This form was sent by another site.")


def _is_same(sent: str, known: str) -> bool:
    return hmac.compare_digest(sent.encode(errors="replace"), known.encode())


def _sign_in_first(request: Request) -> ProblemError:
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.method not in SAFE or not wants_page:
        return ProblemError(401, _SIGNED_OUT)
    asked = request.scope["path"]
    if query := request.scope["query_string"].decode("latin-1"):
        asked += f"?{query}"
    to_login = f"/login?next={quote(asked[:LONGEST_PATH], safe='/')}"
    return ProblemError(303, "Sign in first.", {"Location": to_login})


def _is_https(web: WebSettings) -> bool:
    return web.base_url.startswith("https://")
