"""What is asked oddly: search boxes, ids of another campaign, files, secrets on a line.

W2, W18, W19, W27, and W28's lock files. Everything is asked of the whole app, by who
may ask it.
"""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.house_data import record_mp
from tests.route_scene import OPEN, ROLES, routes_of
from tests.staff import add_staff, csrf_of, sign_in
from tracker import store
from tracker.cli.root import tracker as root
from tracker.rules.roles import Role
from tracker.store import Engine

MINE, OTHER = "/motions/2026-27/718", "/motions/2026-27/719"
ODD = [
    *("%", "_", "%%%", "'", "''; DROP TABLE member; --", '"', "\\", "\0", "a\0b"),
    *("*", "NEAR(", "-1", "1e309", "\ud800", "\u202e", "x" * 60_000, "[", "(", "😀"),
]
TAKEN = (200, 303, 400, 404, 422, 429, 501, 503)
"""429: one address looks up so often. 503: there is no table of postcodes here."""
BOXES = [
    *(
        f"{MINE}/find?q=",
        f"/api/v1{MINE}/members?q=",
        f"/api/v1{MINE}/lookup?postcode=",
    ),
    *(f"/api/v1{MINE}/members?status=", f"/api/v1{MINE}/members?party="),
    *(f"/api/v1{MINE}/events?after=", f"/api/v1{MINE}/events?limit="),
    *(f"/api/v1{MINE}/history?at=", f"/api/v1{MINE}/feed.atom?party="),
    *(f"/api/v1{MINE}/nudges?order=", "/api/v1/outgoing?types=", "/api/oembed?url="),
    *(
        "/staff?q=",
        "/staff?order=",
        "/staff?party=",
        "/staff?status=",
        "/staff?motion=",
    ),
    *("/staff/review?find=", "/staff/review?email=", "/staff/review?after="),
    *("/staff/outbox?state=", "/staff/outbox?after=", "/staff/audit?action="),
    *("/staff/polls?show=", "/staff/mps/1?motion=", "/login?next="),
]


@pytest.fixture
def browser(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    """An admin who is signed in, over two motions and an MP."""
    made = settings(motions=[{"number": n, "session": "2026-27"} for n in (718, 719)])
    record_mp(sqlite_engine, 1, name="Odd O'Name", seat="Lower 100% Testing")
    with store.write(sqlite_engine) as session:
        for number in (718, 719):
            store.record_motion(session, "2026-27", number)
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(app, base_url=made.web.base_url) as client:
        add_staff(sqlite_engine, clock, role=Role.ADMIN)
        sign_in(client)
        yield client


def test_a_search_box_takes_anything_and_tells_nothing_of_the_database(browser):
    """W19. A whole megabyte is no address: tests/test_protocol.py."""
    for box in BOXES:
        path, _, name = box.rstrip("=").partition("?")
        for text in ODD:
            params = {name: text.encode("utf-8", "surrogatepass")}
            answer = browser.get(path, params=params, follow_redirects=False)
            shown = f"{box}{text[:20]!r}: {answer.status_code} {answer.text[:200]}"
            assert answer.status_code in TAKEN, shown
            assert "sqlite" not in answer.text.lower(), shown


def test_nothing_of_a_campaign_that_is_not_here_is_told_from_what_is_not_there(browser):
    """W2: an id of another database, another motion or nobody is one 404 for all."""
    for path in (
        *(
            "/motions/2026-27/720",
            "/motions/2014-15/718",
            "/api/v1/motions/2026-27/720",
        ),
        *(f"{MINE}/mps/999", f"/api/v1{MINE}/members/999", f"{OTHER}/mps/999"),
        *("/staff/mps/999", "/staff/outbox/999", "/api/v1/supporters/nobody"),
        *("/api/v1/motions/2026-27/720/nudges", "/api/v1/motions/2026-27/720/stream"),
    ):
        answer = browser.get(path, headers={"accept": "application/json"})
        assert answer.status_code == 404, path
    form = {"csrf": csrf_of(browser)}
    for path in ("/staff/outbox/999/release", "/staff/users/999/disable"):
        answer = browser.post(path, data=form, follow_redirects=False)
        assert answer.status_code in (404, 422), f"{path}: {answer.status_code}"


def test_no_address_takes_a_file(browser):
    """W18: files come in by commands alone; forms are small and plain."""
    assert importlib.util.find_spec("multipart") is None, "nothing here reads uploads"
    assert importlib.util.find_spec("python_multipart") is None
    csrf = csrf_of(browser)
    for route in routes_of(browser.app):
        if not route.takes("POST") or "{" in route.path:
            continue
        is_signing = route.path.startswith(("/login", "/logout"))
        if is_signing or route.path not in OPEN | set(ROLES):
            continue
        answer = browser.post(
            route.path,
            files={"file": ("../../x.zip", b"PK\x03\x04" + b"0" * 1000)},
            headers={"x-csrf-token": csrf},
            follow_redirects=False,
        )
        assert answer.status_code in (200, 303, 400, 404, 415, 422), route.path
        assert "x.zip" not in answer.text, route.path


def test_no_command_takes_a_secret_as_a_word():
    """W27: what stands on the line is seen by everybody on the machine (`ps`)."""
    found = []

    def look(command: click.Command, name: str) -> None:
        if isinstance(command, click.Group):
            context = click.Context(command)
            for part in command.list_commands(context):
                inner = command.get_command(context, part)
                assert inner is not None
                look(inner, f"{name} {part}")
        for parameter in command.params:
            is_secret = any(
                word in (parameter.name or "")
                for word in ("password", "secret", "token", "key")
            )
            is_flag = isinstance(parameter, click.Option) and parameter.is_flag
            if is_secret and not is_flag:
                found.append(f"{name} {parameter.name}")

    look(root, "tracker")
    assert found == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_package_is_pinned_with_its_hashes(name):
    """W28."""
    text = (Path(__file__).parents[1] / name).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-zA-Z])", text)
    pins = [entry for entry in entries if not entry.startswith(("#", "--"))]
    assert len(pins) > 40
    for pin in pins:
        assert re.match(r"[\w.\[\],-]+==[\w.]+", pin), pin[:80]
        assert "--hash=sha256:" in pin, pin[:80]
