"""Signing in and out, and one's own password."""

import asyncio

from fastapi import APIRouter, Request, Response

from dashboard.account import account_page_of
from dashboard.desk import Desk, DeskDep
from dashboard.hashing import Hashing
from dashboard.login_rates import LoginRates
from dashboard.own_path import own_path
from dashboard.problems import ProblemError
from dashboard.rates import client_key
from dashboard.sign_in import (
    Person,
    ViewerDep,
    check_origin,
    clear_cookie,
    person_of,
    set_cookie,
    token_of,
)
from dashboard.staff_forms import FormDep, SentForm
from dashboard.staff_rendering import see, staff_response
from tracker import store
from tracker.rules.passwords import (
    LONGEST_NAME,
    LONGEST_PASSWORD,
    PasswordError,
    checked_password,
    name_key,
)
from tracker.store import staff_sessions, users
from tracker.store.tables import StaffUser

WRONG = "The name or the password is not right."
_DONE = {
    "password": "Your password is changed.",
    "calendar": "Your calendar's address opens nothing any more.",
}

router = APIRouter(include_in_schema=False)


@router.get("/login")
def login_page(request: Request, desk: DeskDep, next: str = "") -> Response:
    """The form to sign in; whoever is signed in goes on."""
    if person_of(request, desk) is not None:
        return see(own_path(next))
    return login_form(request, desk, next_path=own_path(next))


@router.post("/login")
async def login(request: Request, desk: DeskDep, form: FormDep) -> Response:
    """Sign in: a new session, and the browser's old one is over.

    An unknown name, a wrong password and a disabled user are answered alike, and take
    as long.
    """
    check_origin(request, desk)
    name, password = form.raw("username")[:LONGEST_NAME], form.raw("password")
    rates: LoginRates = request.app.state.login_rates
    keys = client_key(request), name_key(name)
    with rates.trying(*keys):
        opened = await _opened(request, desk, name, password)
    next_path = own_path(form.raw("next"))
    if opened is None:
        rates.failed(*keys)
        return login_form(
            request, desk, next_path=next_path, name=name, error=WRONG, status_code=401
        )
    rates.succeeded(*keys)
    response = see(next_path)
    set_cookie(response, desk.settings.web, opened.token)
    return response


@router.post("/logout")
def logout(request: Request, desk: DeskDep, person: ViewerDep) -> Response:
    """End this session."""
    token = token_of(request, desk)
    with store.write(desk.engine) as session:
        if token:
            staff_sessions.end_session(session, token)
        store.record_audit(session, person.name, "signed out", None, at=desk.clock())
    return _signed_out(desk)


@router.post("/logout/everywhere")
def logout_everywhere(desk: DeskDep, person: ViewerDep) -> Response:
    """End every session of this person."""
    with store.write(desk.engine) as session:
        users.end_sessions(session, person.user_id)
        store.record_audit(
            session, person.name, "signed out everywhere", None, at=desk.clock()
        )
    return _signed_out(desk)


@router.get("/staff/account")
def account_page(request: Request, desk: DeskDep, person: ViewerDep) -> Response:
    """One's own name and role, another password, a calendar, signing out everywhere."""
    done = _DONE.get(request.query_params.get("done", ""))
    return account_page_of(request, desk, person, done=done)


@router.post("/staff/account/password")
async def change_password(
    request: Request, desk: DeskDep, person: ViewerDep, form: FormDep
) -> Response:
    """Take another password; every session ends, this one gets a new id."""
    try:
        password = checked_password(form.raw("new_password"))
        opened = await _changed(request, desk, person, form, password)
    except PasswordError as error:
        said = str(error).capitalize() + "."
        return await asyncio.to_thread(
            account_page_of, request, desk, person, error=said, status_code=422
        )
    response = see("/staff/account?done=password")
    set_cookie(response, desk.settings.web, opened.token)
    return response


async def _changed(
    request: Request, desk: Desk, person: Person, form: SentForm, password: str
) -> staff_sessions.Opened:
    hashing: Hashing = request.app.state.hashing
    rates: LoginRates = request.app.state.login_rates
    user = await asyncio.to_thread(_user, desk, person.name)
    keys = client_key(request), name_key(person.name)
    with rates.trying(*keys):
        stored = user.password_hash if user else None
        if not await hashing.is_password(form.raw("password"), stored):
            rates.failed(*keys)
            raise PasswordError("your password until now is not right")
        hashed = await hashing.hash(password)
    return await asyncio.to_thread(_set_password, desk, person, hashed)


def _set_password(desk: Desk, person: Person, hashed: str) -> staff_sessions.Opened:
    with store.write(desk.engine) as session:
        now = desk.clock()
        users.set_password(session, person.user_id, hashed, by=person.name, at=now)
        opened = staff_sessions.open_session(
            session, person.user_id, verified_hash=hashed, at=now
        )
    if opened is None:
        raise ProblemError(403, "This user may not sign in any more.")
    return opened


async def _opened(
    request: Request, desk: Desk, name: str, password: str
) -> staff_sessions.Opened | None:
    """Return a new session if the password is right, None without a word why not."""
    hashing: Hashing = request.app.state.hashing
    user = await asyncio.to_thread(_user, desk, name)
    stored = user.password_hash if user and user.disabled_at is None else None
    is_right = await hashing.is_password(password[: LONGEST_PASSWORD + 1], stored)
    if not is_right or user is None:
        return None
    return await asyncio.to_thread(_open, request, desk, user)


def _open(
    request: Request, desk: Desk, user: StaffUser
) -> staff_sessions.Opened | None:
    assert user.id is not None, "a stored user has an id"
    with store.write(desk.engine) as session:
        opened = staff_sessions.open_session(
            session, user.id, verified_hash=user.password_hash, at=desk.clock()
        )
        if opened and (old := token_of(request, desk)):
            staff_sessions.end_session(session, old)
        if opened:
            store.record_audit(session, user.name, "signed in", None, at=desk.clock())
    return opened


def _user(desk: Desk, name: str) -> StaffUser | None:
    with store.read(desk.engine) as session:
        return users.user_named(session, name)


def login_form(
    request: Request,
    desk: Desk,
    *,
    next_path: str,
    name: str = "",
    error: str | None = None,
    status_code: int = 200,
) -> Response:
    """Return the page to sign in, with what went wrong if anything did."""
    oidc = desk.settings.oidc
    return staff_response(
        request,
        desk,
        None,
        "staff/login.html",
        status_code=status_code,
        next_path=next_path,
        name=name,
        error=error,
        elsewhere=oidc.name if oidc.is_on else None,
    )


def _signed_out(desk: Desk) -> Response:
    response = see("/login")
    clear_cookie(response, desk.settings.web)
    return response
