"""Every route there is, asked as everybody with every method (checks.md W1, W3, W5, W15, W24).

The routes are read from the app: a new one is walked by itself, and has to be classified
in tests/route_scene.py.
"""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.security import TOKEN_PATHS
from tests.conftest import FakeClock
from tests.person_scene import CANARY, NOW
from tests.route_scene import (
    COOKIES,
    FRAMED,
    KEYED,
    METHODS,
    NOTE,
    OPEN,
    ROLES,
    STREAM,
    Cookie,
    Route,
    RouteScene,
    answering,
    routes_of,
    seeded,
    unclassified,
)
from tracker import store
from tracker.config import settings_from
from tracker.rules.roles import Role
from tracker.store import Engine
from tracker.store.schema import open_database

QUOTED_NONE = "'none'"
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
PEOPLE = {"viewer": Role.VIEWER, "staff": Role.STAFF, "admin": Role.ADMIN}


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer of the walk: to whom (None is nobody), and of which route if any."""

    method: str
    path: str
    route: Route | None
    who: str | None
    answer: httpx.Response

    @property
    def told(self) -> str:
        """What to say when it is wrong."""
        return f"{self.method} {self.path} as {self.who}: {self.answer.status_code}"


@contextmanager
def opened(folder: Path, template: Path) -> Iterator[RouteScene]:
    """Give a scene of its own in a folder."""
    shutil.copy(template, folder / "tracker.db")
    engine = open_database(f"sqlite:///{folder / 'tracker.db'}", is_upgraded=False)
    clock = FakeClock(NOW)
    made = settings_from(
        {
            "motions": [{"number": 240, "session": "2026-27"}],
            "parliament": {"contact": "test@example.org"},
        },
        folder=folder,
    )
    app = create_app(made, engine, clock=clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield seeded(client, engine, made, clock)
    engine.dispose()


@pytest.fixture
def scene(tmp_path: Path, sqlite_template: Path) -> Iterator[RouteScene]:
    with opened(tmp_path, sqlite_template) as made:
        yield made


@pytest.fixture
def routes(scene: RouteScene) -> list[Route]:
    return routes_of(scene.client.app)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def walked(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> list[Answered]:
    """Every method of every address, asked once as nobody and once as an admin.

    No form has a token, so that nothing is done but reading.
    """
    with opened(tmp_path_factory.mktemp("walk"), sqlite_template) as scene:
        routes = routes_of(scene.client.app)  # type: ignore[arg-type]
        cookie = scene.session("Admin")
        return [
            Answered(method, path, route, who, scene.ask(method, path, held))
            for method, path, route in calls(scene, routes)
            for who, held in ((None, None), ("admin", cookie))
        ]


def calls(
    scene: RouteScene, routes: list[Route], methods: tuple[str, ...] = METHODS
) -> Iterator[tuple[str, str, Route | None]]:
    """Give every method of every address, and the route that is to answer it."""
    for route in routes:
        path = scene.path(route)
        for method in methods:
            if route.path == STREAM and method == "GET":
                continue  # it does not end; tests/test_stream.py reads it
            yield method, path, answering(routes, path, method)


def closed(
    scene: RouteScene, routes: list[Route], methods: tuple[str, ...] = METHODS
) -> Iterator[tuple[str, str, Route, Role]]:
    """Give the calls that need somebody who is signed in."""
    for method, path, route in calls(scene, routes, methods):
        if route is not None and route.role is not None:
            yield method, path, route, route.role


def is_to_login(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and answer.headers["location"].startswith("/login")


def shut(answer: httpx.Response) -> bool:
    """Return whether an answer sends to sign in, or says to."""
    return answer.status_code == 401 or is_to_login(answer)


def test_every_route_is_classified(routes):
    assert unclassified(routes) == []


def test_a_new_route_that_nobody_classified_is_told_in_one_sentence(scene):
    app = scene.client.app
    assert isinstance(app, FastAPI)
    app.add_api_route("/staff/new/{thing}", lambda: None)
    assert unclassified(routes_of(app)) == [
        "/staff/new/{thing} is in none of OPEN, KEYED and ROLES of tests/route_scene.py:"
        " say there who may ask for it."
    ]


def test_no_route_is_in_two_tables():
    assert not (OPEN & KEYED)
    assert not ((OPEN | KEYED) & set(ROLES))


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_nobody_and_the_signed_out_get_nothing_that_is_closed(scene, routes, accept):
    gone = scene.session("Admin")
    scene.ask("POST", "/logout", gone, form={"csrf": gone.csrf})
    made_up = Cookie("x" * 43, "y" * 43)
    count = 0
    for method, path, _, _ in closed(scene, routes):
        for cookie in (None, gone, made_up):
            form = {"csrf": cookie.csrf} if cookie and method == "POST" else None
            answer = scene.ask(
                method, path, cookie, form=form, headers={"accept": accept}
            )
            assert shut(answer), f"{method} {path}: {answer.status_code}"
            count += 1
    assert count > 150


@pytest.mark.parametrize("who", PEOPLE)
def test_each_role_gets_only_what_it_may(scene, routes, who):
    for method, path, _, role in closed(scene, routes):
        cookie = scene.session(who)
        headers = {"x-csrf-token": cookie.csrf}
        answer = scene.ask(method, path, cookie, headers=headers)
        told = f"{method} {path} as {who}: {answer.status_code} {answer.text[:200]}"
        if PEOPLE[who].includes(role):
            assert answer.status_code not in (401, 403), told
            assert not is_to_login(answer) or path.startswith("/logout"), told
        else:
            assert answer.status_code == 403, told
        assert answer.status_code < 500, told


def test_what_is_open_answers_without_a_fault(scene, routes):
    for method, path, route in calls(scene, routes):
        if route is not None and route.is_open:
            answer = scene.ask(method, path)
            told = f"{method} {path}: {answer.status_code} {answer.text[:200]}"
            # There is no table of postcodes here: 503 is what look-ups say then.
            assert answer.status_code < 500 or "lookup" in path, told
            assert answer.status_code != 403, told
            assert answer.status_code != 401 or path == "/login", told


def test_a_method_that_no_route_takes_is_a_405(walked):
    refused = [one for one in walked if one.route is None]
    assert len(refused) > 300
    for one in refused:
        assert one.answer.status_code == 405, one.told


def test_a_form_is_taken_only_with_this_sessions_token_and_from_this_site(
    scene, routes
):
    other = scene.session("Admin")
    count = 0
    for method, path, _, _ in closed(scene, routes, UNSAFE):
        mine = scene.session("Admin")
        right = {"x-csrf-token": mine.csrf}
        for headers in (
            {},
            {"x-csrf-token": ""},
            {"x-csrf-token": other.csrf},
            {"x-csrf-token": mine.csrf[:-1]},
            {**right, "sec-fetch-site": "cross-site"},
            {**right, "sec-fetch-site": "same-site"},
            {**right, "sec-fetch-site": "none"},
            {**right, "origin": "https://elsewhere.example"},
            {**right, "origin": "null"},
        ):
            answer = scene.ask(method, path, mine, headers=headers)
            assert answer.status_code == 403, f"{method} {path} {headers}"
            count += 1
    assert count > 200
    assert changed(scene) == []


def test_signing_in_is_refused_from_another_site(scene):
    form = {"username": "Admin", "password": "whatever it may be"}
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://elsewhere.example"},
    ):
        answer = scene.ask("POST", "/login", form=form, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers


def changed(scene: RouteScene) -> list[str]:
    """Return what anybody did by the audit log, signing in and out apart."""
    with store.read(scene.engine) as session:
        said = [
            f"{entry.actor}: {entry.action} {entry.detail}"
            for entry in store.audit_entries(session)
        ]
    return [line for line in said if not line.startswith(("a test:",))]


def content(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, but sessions and when somebody last looked."""
    with store.read(engine) as session:
        connection = session.connection()
        names = connection.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'table'")
        ).all()
        found = {
            name: [
                tuple(row) for row in connection.execute(text(f"SELECT * FROM {name}"))
            ]
            for name in names
            if name not in ("staff_session", "sqlite_sequence")
        }
    users = found["staff_user"]
    found["staff_user"] = [row[:7] for row in users]
    return found


def test_reading_changes_nothing(scene, routes):
    before = content(scene.engine)
    cookie = scene.session("Admin")
    for method, path, route in calls(scene, routes, ("GET", "HEAD")):
        if route is not None:
            scene.ask(method, path, cookie)
    assert content(scene.engine) == before


def test_every_answer_has_a_strict_policy(walked):
    for one in walked:
        policy = one.answer.headers.get("content-security-policy", "")
        told = f"{one.told} {policy}"
        assert "unsafe" not in policy, told
        for wanted in (
            "default-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ):
            assert wanted in policy, told
        is_framed = one.route is not None and one.route.path in FRAMED
        is_shown = is_framed and one.answer.status_code == 200
        assert f"frame-ancestors {'*' if is_shown else QUOTED_NONE}" in policy, told
        assert one.answer.headers["x-content-type-options"] == "nosniff", told


def test_cookies_are_given_by_signing_in_and_out_alone(walked):
    for one in walked:
        if one.route is None or one.route.path not in COOKIES:
            assert "set-cookie" not in one.answer.headers, one.told


def test_every_address_with_a_token_is_known_to_be_one(routes):
    keyed = {route.path for route in routes if "{token}" in route.path}
    assert keyed == KEYED
    assert all(path.startswith(TOKEN_PATHS) for path in KEYED)


def test_what_is_somebodys_is_kept_by_no_cache(walked):
    for one in walked:
        if one.route is None or one.route.path in OPEN:
            continue
        headers = one.answer.headers
        assert "no-store" in headers.get("cache-control", ""), one.told
        if one.route.path in KEYED:
            assert "noindex" in headers["x-robots-tag"], one.told
            assert headers["referrer-policy"] == "no-referrer", one.told


def test_no_open_answer_holds_anybody(walked):
    seen = 0
    for one in walked:
        if one.who is not None or (one.route and one.route.path in KEYED):
            continue
        for word in (CANARY, CANARY.upper(), NOTE.partition(" ")[0]):
            assert word not in one.answer.text, one.told
            assert word not in str(one.answer.headers), one.told
        seen += one.answer.status_code == 200
    assert seen > 25


def test_what_a_viewer_reads_names_no_supporter(scene, routes):
    for method, path, _, role in closed(scene, routes, ("GET",)):
        if role is Role.VIEWER:
            answer = scene.ask(method, path, scene.session("Viewer"))
            assert answer.status_code == 200, path
            assert CANARY not in answer.text, path


def test_the_canary_can_be_found_where_it_may_be(scene):
    """Else the two tests above would find nobody because nobody is there."""
    staff, admin = scene.session("Staff"), scene.session("Admin")
    assert CANARY in scene.ask("GET", "/staff/outbox/2", staff).text
    form = {"csrf": admin.csrf, "format": "csv", "motion": "2026-27/240"}
    assert CANARY in scene.ask("POST", "/staff/exports/emails", admin, form=form).text


@pytest.mark.parametrize(
    "path", ["/staff/x.css", "/staff/review/x.css", "/staff.css", "/staff/outbox.js"]
)
def test_no_page_of_staff_answers_to_the_name_of_a_file(scene, path):
    answer = scene.ask("GET", path, scene.session("Admin"))
    assert answer.status_code == 404
    assert "no-store" in answer.headers["cache-control"]
    assert CANARY not in answer.text


@pytest.mark.parametrize("path", ["/STAFF", "/staff/", "/staff/%2e%2e/staff"])
def test_no_other_spelling_opens_a_page(scene, path):
    assert scene.ask("GET", path).status_code in (303, 404)
    answer = scene.ask("GET", path)
    assert "Sign out" not in answer.text


def test_a_bug_in_any_room_shows_nothing(scene, monkeypatch):
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret FROM /inside")

    for path, cookie in (
        ("/staff/review", scene.session("Admin")),
        ("/staff/polls", scene.session("Admin")),
    ):
        monkeypatch.setattr(store, "review_count", fail)
        monkeypatch.setattr(store, "brake_until", fail)
        answer = scene.ask("GET", path, cookie)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert not re.search(r"Traceback|File \"|SELECT", answer.text)
        assert "no-store" in answer.headers["cache-control"]
