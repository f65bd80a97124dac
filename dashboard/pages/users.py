"""`/staff/users`: who may sign in, for admins: adding, role, disabling, another password."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from fastapi import APIRouter, Request, Response

from dashboard import words
from dashboard.desk import Desk, DeskDep
from dashboard.hashing import Hashing
from dashboard.problems import ProblemError
from dashboard.sign_in import AdminDep, Person
from dashboard.staff_forms import FormDep, SentForm, whole_number
from dashboard.staff_rendering import see, staff_response
from tracker import store
from tracker.rules.passwords import (
    PasswordError,
    UserNameError,
    checked_name,
    checked_password,
)
from tracker.rules.roles import Role
from tracker.store import Session, users
from tracker.store.tables import StaffUser

PATH = "/staff/users"
_DONE = {
    "added": "{} can sign in now. Tell them their password in person or by telephone.",
    "role": "{} is {} now, and signed out everywhere.",
    "disabled": "{} can sign in no more, and is signed out everywhere.",
    "enabled": "{} can sign in again.",
    "password": "{} has another password, and is signed out everywhere.",
}

router = APIRouter(include_in_schema=False)


@router.get(PATH)
def users_page(request: Request, desk: DeskDep, person: AdminDep) -> Response:
    """Everybody who may sign in, or might."""
    return _page(request, desk, person)


@router.post(PATH)
async def add(
    request: Request, desk: DeskDep, person: AdminDep, form: FormDep
) -> Response:
    """Add somebody who may sign in, with a password that the admin has typed."""
    try:
        name = checked_name(form.text("name", longest=1000))
        role = _role(form)
        hashed = await _hashed(request, form)
        act = partial(_add, name=name, role=role, hashed=hashed)
        user_id = await asyncio.to_thread(_write, desk, person, act)
    except (UserNameError, PasswordError, users.UserError) as error:
        return _page(request, desk, person, problem=error, form=form)
    return see(f"{PATH}?done=added&user={user_id}#done")


@router.post(f"{PATH}/{{user_id}}/role")
def change_role(
    request: Request, desk: DeskDep, person: AdminDep, form: FormDep, user_id: str
) -> Response:
    """Give somebody another role."""
    act = partial(users.set_role, role=_role(form))
    return _change(request, desk, person, user_id, act, "role")


@router.post(f"{PATH}/{{user_id}}/disable")
def disable(
    request: Request, desk: DeskDep, person: AdminDep, user_id: str
) -> Response:
    """Let somebody sign in no more."""
    act = partial(users.set_disabled, is_disabled=True)
    return _change(request, desk, person, user_id, act, "disabled")


@router.post(f"{PATH}/{{user_id}}/enable")
def enable(request: Request, desk: DeskDep, person: AdminDep, user_id: str) -> Response:
    """Let somebody sign in again."""
    act = partial(users.set_disabled, is_disabled=False)
    return _change(request, desk, person, user_id, act, "enabled")


@router.post(f"{PATH}/{{user_id}}/password")
async def reset_password(
    request: Request, desk: DeskDep, person: AdminDep, form: FormDep, user_id: str
) -> Response:
    """Give somebody another password, which the admin has typed."""
    number = _number(user_id)
    await asyncio.to_thread(_user, desk, number)
    try:
        hashed = await _hashed(request, form)
    except PasswordError as error:
        return _page(request, desk, person, problem=error)
    act = partial(users.set_password, user_id=number, password_hash=hashed)
    await asyncio.to_thread(_write, desk, person, act)
    return see(f"{PATH}?done=password&user={number}#done")


def _change(
    request: Request,
    desk: Desk,
    person: Person,
    user_id: str,
    act: Callable[..., object],
    done: str,
) -> Response:
    number = _number(user_id)
    _user(desk, number)
    try:
        _write(desk, person, partial(act, user_id=number))
    except users.UserError as error:
        return _page(request, desk, person, problem=error)
    return see(f"{PATH}?done={done}&user={number}#done")


def _write(desk: Desk, person: Person, act: Callable[..., object]) -> object:
    with store.write(desk.engine) as session:
        return act(session, by=person.name, at=desk.clock())


def _add(
    session: Session, *, name: str, role: Role, hashed: str, **told: object
) -> int:
    return users.add_user(session, name, role, hashed, **told).id or 0  # type: ignore[arg-type]


async def _hashed(request: Request, form: SentForm) -> str:
    """Return the hash of the password in a form; PasswordError if it is not taken."""
    hashing: Hashing = request.app.state.hashing
    return await hashing.hash(checked_password(form.raw("password")))


def _role(form: SentForm) -> Role:
    try:
        return Role(form.text("role", longest=20))
    except ValueError:
        raise ProblemError(422, "role takes viewer, staff or admin.") from None


def _number(text: str) -> int:
    number = whole_number(text)
    if number is None:
        raise ProblemError(404, "There is no such user.")
    return number


def _user(desk: Desk, user_id: int) -> StaffUser:
    with store.read(desk.engine) as session:
        user = session.get(StaffUser, user_id)
    if user is None:
        raise ProblemError(404, "There is no such user.")
    return user


def _page(
    request: Request,
    desk: Desk,
    person: Person,
    *,
    problem: Exception | None = None,
    form: SentForm | None = None,
) -> Response:
    now = desk.clock()
    with store.read(desk.engine) as session:
        everybody, seen = users.all_users(session), users.last_seen_at(session)
    ago = {key: words.ago(at, now=now) for key, at in seen.items()}
    said = str(problem) if problem else ""
    return staff_response(
        request,
        desk,
        person,
        "staff/users.html",
        status_code=422 if problem else 200,
        users=everybody,
        seen=ago,
        roles=list(Role),
        problem=f"{said[:1].upper()}{said[1:]}." if said else None,
        typed_name=form.raw("name")[:100] if form else "",
        typed_role=form.raw("role") if form else Role.STAFF.value,
        done=_done(request, everybody),
    )


def _done(request: Request, everybody: Sequence[StaffUser]) -> str | None:
    told = request.query_params
    number = whole_number(told.get("user", ""))
    text = _DONE.get(told.get("done", ""))
    user = next((one for one in everybody if one.id == number), None)
    return text.format(user.name, user.role) if text and user else None
