"""Signing in by way of a provider: sending somebody there, and taking them back.

Nobody is added so: a user of that name must exist, be enabled, and be named in
oidc.users. What binds the two steps together is a signed cookie of ten minutes.
"""

import asyncio
import base64
import hmac
import json
import logging
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.desk import Desk, DeskDep
from dashboard.oidc import CALLBACK, Attempt, OidcClient, OidcError
from dashboard.own_path import own_path
from dashboard.pages.login import login_form
from dashboard.problems import ProblemError
from dashboard.sign_in import set_cookie, token_of
from dashboard.staff_rendering import see
from tracker import store
from tracker.keys import keyed_hash, secret_key
from tracker.rules.passwords import name_key
from tracker.store import staff_sessions, users

LASTS = timedelta(minutes=10)
START = "/login/oidc"
_PURPOSE = "oidc"
_ELSEWHERE = "That took too long, or began in another browser: start again here."
_UNKNOWN = (
    "This account can't sign in here: an admin adds a user whose name is its address."
)
_FAILED = "The sign-in service did not answer as it should: try again, or sign in here."

log = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)


@router.get(START)
async def start(request: Request, desk: DeskDep, next: str = "") -> Response:
    """Send somebody to the provider, and remember this browser for ten minutes."""
    client = _client(desk)
    attempt = Attempt(*(secrets.token_urlsafe(32) for _ in range(3)))
    try:
        url = await client.authorization_url(attempt)
    except OidcError as error:
        return _refused(request, desk, _FAILED, error, status_code=502)
    response = see(url)
    _remember(response, desk, attempt, own_path(next))
    return response


@router.get(CALLBACK)
async def come_back(
    request: Request,
    desk: DeskDep,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Sign in whom the provider vouches for, if they are a user of ours."""
    client = _client(desk)
    known = _remembered(request, desk)
    if known is None or not hmac.compare_digest(known[0].state, state):
        return _refused(request, desk, _ELSEWHERE, "no such attempt", status_code=400)
    attempt, next_path = known
    if not code:
        return _refused(request, desk, _FAILED, "no code came back", status_code=401)
    try:
        email = await client.verified_email(code, attempt, now=desk.clock())
    except OidcError as error:
        return _refused(request, desk, _FAILED, error, status_code=502)
    opened = await asyncio.to_thread(_open, request, desk, email) if email else None
    if opened is None:
        return _refused(request, desk, _UNKNOWN, "no such user", status_code=403)
    response = see(next_path)
    _forget(response, desk)
    set_cookie(response, desk.settings.web, opened.token)
    return response


def _open(request: Request, desk: Desk, email: str) -> staff_sessions.Opened | None:
    """Return a new session of the user of that name, None if they may not."""
    if name_key(email) not in {name_key(name) for name in desk.settings.oidc.users}:
        return None
    with store.write(desk.engine) as session:
        user = users.user_named(session, email)
        if user is None or user.id is None:
            return None
        opened = staff_sessions.open_session(
            session, user.id, verified_hash=user.password_hash, at=desk.clock()
        )
        if opened and (old := token_of(request, desk)):
            staff_sessions.end_session(session, old)
        if opened:
            said = "by OpenID Connect"
            store.record_audit(session, user.name, "signed in", said, at=desk.clock())
    return opened


def _client(desk: Desk) -> OidcClient:
    if not desk.settings.oidc.is_on:
        raise ProblemError(404, "There is nothing at this address.")
    return OidcClient(desk.settings.oidc, desk.settings.web.base_url)


def _refused(
    request: Request, desk: Desk, said: str, why: object, *, status_code: int
) -> Response:
    log.warning("signing in by OpenID Connect failed: %s", why)
    response = login_form(
        request, desk, next_path=own_path(""), error=said, status_code=status_code
    )
    _forget(response, desk)
    return response


def _remember(response: Response, desk: Desk, attempt: Attempt, next_path: str) -> None:
    told = [
        attempt.state,
        attempt.nonce,
        attempt.verifier,
        next_path,
        int(desk.clock().timestamp()),
    ]
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).decode()
    seal = keyed_hash(secret_key(desk.settings), _PURPOSE, body)
    response.set_cookie(
        _cookie_name(desk),
        f"{body}.{seal}",
        max_age=int(LASTS.total_seconds()),
        path="/",
        secure=_is_https(desk),
        httponly=True,
        samesite="lax",  # the provider sends the browser back with a GET
    )


def _remembered(request: Request, desk: Desk) -> tuple[Attempt, str] | None:
    """Return this browser's attempt and where it wanted to go; None if it is none."""
    body, _, seal = request.cookies.get(_cookie_name(desk), "").rpartition(".")
    known = keyed_hash(secret_key(desk.settings), _PURPOSE, body)
    if not hmac.compare_digest(known.encode(), seal.encode(errors="replace")):
        return None
    state, nonce, verifier, next_path, at = json.loads(base64.urlsafe_b64decode(body))
    age = desk.clock() - datetime.fromtimestamp(at, UTC)
    if not timedelta(0) <= age <= LASTS:
        return None
    return Attempt(state, nonce, verifier), own_path(next_path)


def _forget(response: Response, desk: Desk) -> None:
    response.delete_cookie(
        _cookie_name(desk),
        path="/",
        secure=_is_https(desk),
        httponly=True,
        samesite="lax",
    )


def _cookie_name(desk: Desk) -> str:
    return "__Host-oidc" if _is_https(desk) else "oidc"


def _is_https(desk: Desk) -> bool:
    return desk.settings.web.base_url.startswith("https://")
