"""People who sign in, for tests: one password, hashed once a run, and a client."""

import re
from functools import cache

import httpx2 as httpx
from starlette.testclient import TestClient

from tracker import store
from tracker.clock import Clock
from tracker.passwords import hash_password
from tracker.rules.roles import Role
from tracker.store import Engine, users

PASSWORD = "a password of enough letters"


@cache
def stored_hash() -> str:
    """Return PASSWORD as it is stored."""
    return hash_password(PASSWORD)


def add_staff(
    engine: Engine, clock: Clock, name: str = "Ann", role: Role = Role.STAFF
) -> int:
    """Add a user whose password is PASSWORD; return the user's id."""
    with store.write(engine) as session:
        user = users.add_user(
            session, name, role, stored_hash(), by="a test", at=clock()
        )
        assert user.id is not None
        return user.id


def sign_in(client: TestClient, name: str = "Ann", password: str = PASSWORD) -> None:
    """Sign in with the form; the client keeps the cookie."""
    answer = post_login(client, name, password)
    assert answer.status_code == 303, answer.text


def post_login(
    client: TestClient, name: str = "Ann", password: str = PASSWORD, **more: str
) -> httpx.Response:
    """Send the login form, following no redirect."""
    data = {"username": name, "password": password, **more}
    return client.post("/login", data=data, follow_redirects=False)


def csrf_of(client: TestClient, path: str = "/staff/account") -> str:
    """Return the token that the forms of this session carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(path).text)
    assert found, "the page has no form"
    return found[1]
