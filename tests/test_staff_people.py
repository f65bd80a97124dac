"""Users, tokens, exports and the audit log: for admins alone, each act once and written down."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import timedelta

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.pages.audit import PAGE_ROWS
from tests.conftest import FakeClock, MakeSettings
from tests.person_scene import add_campaign, add_person
from tests.staff import PASSWORD, add_staff, csrf_of, post_login, sign_in
from tracker import store
from tracker.rules.roles import Role
from tracker.store import Engine, users
from tracker.store.tables import ApiToken, StaffUser

ADMIN, ANN = "Ada", "Ann"
NEW = "another password of enough letters"
NUDGES = "/api/v1/motions/2026-27/240/nudges"


@pytest.fixture
def browser(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    """A browser that is signed in as Ada, an admin; there is Ann, who is staff."""
    motion_id = add_campaign(sqlite_engine)
    with store.write(sqlite_engine) as session:
        add_person(session, motion_id)
    add_staff(sqlite_engine, clock, ADMIN, Role.ADMIN)
    add_staff(sqlite_engine, clock, ANN)
    made = settings(motions=[{"number": 240, "session": "2026-27"}])
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(app, headers={"accept": "text/html"}) as client:
        sign_in(client, ADMIN)
        yield client


def post(browser: TestClient, path: str, **form: str) -> httpx.Response:
    data = {"csrf": csrf_of(browser), **form}
    return browser.post(f"/staff/{path}", data=data, follow_redirects=False)


def user(engine: Engine, name: str) -> StaffUser:
    with store.read(engine) as session:
        found = users.user_named(session, name)
    assert found is not None
    return found


def can_sign_in(browser: TestClient, name: str, password: str = PASSWORD) -> bool:
    other = TestClient(browser.app)
    return post_login(other, name, password).status_code == 303


def audit(engine: Engine) -> list[tuple[str, str, str | None]]:
    with store.read(engine) as session:
        return [(r.actor, r.action, r.detail) for r in store.audit_entries(session)]


def test_somebody_is_added_and_can_sign_in(browser, sqlite_engine):
    answer = post(browser, "users", name=" Bo ", role="viewer", password=NEW)
    assert answer.status_code == 303
    assert "Bo can sign in now." in browser.get(answer.headers["location"]).text
    assert user(sqlite_engine, "bo").role is Role.VIEWER
    assert can_sign_in(browser, "Bo", NEW)
    assert (ADMIN, "user added", "user 3, viewer") in audit(sqlite_engine)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "ann"}, "There is a user named ann already."),
        ({"name": ""}, "A user&#39;s name takes 1 to 100 characters"),
        ({"name": "x" * 101}, "A user&#39;s name takes 1 to 100 characters"),
        ({"password": "x" * 14}, "The password is too short: take 15 characters"),
        ({"password": "x" * 1001}, "The password is too long"),
        ({"role": "boss"}, "role takes viewer, staff or admin."),
    ],
)
def test_a_mistake_in_adding_is_told_and_adds_nobody(
    browser, sqlite_engine, form, said
):
    told = {"name": "Bo", "role": "viewer", "password": NEW} | form
    answer = post(browser, "users", **told)
    assert answer.status_code == 422
    assert said in answer.text
    assert told["password"] not in answer.text
    with store.read(sqlite_engine) as session:
        assert len(users.all_users(session)) == 2


def test_a_password_of_15_characters_is_taken(browser):
    assert (
        post(browser, "users", name="Bo", role="viewer", password="x" * 15).status_code
        == 303
    )


def test_another_role_signs_them_out(browser, sqlite_engine):
    anns = TestClient(browser.app)
    sign_in(anns, ANN)
    assert post(browser, "users/2/role", role="admin").status_code == 303
    assert user(sqlite_engine, ANN).role is Role.ADMIN
    assert anns.get("/staff/account", follow_redirects=False).status_code in (303, 401)
    assert (ADMIN, "role changed", "user 2, admin") in audit(sqlite_engine)


def test_a_disabled_user_is_out_and_comes_in_again_when_enabled(browser):
    anns = TestClient(browser.app)
    sign_in(anns, ANN)
    post(browser, "users/2/disable")
    assert "staff, disabled" in browser.get("/staff/users").text
    assert not can_sign_in(browser, ANN)
    assert anns.get("/staff/account", follow_redirects=False).status_code == 401
    post(browser, "users/2/enable")
    assert can_sign_in(browser, ANN)


@pytest.mark.parametrize(
    ("path", "form"), [("users/1/disable", {}), ("users/1/role", {"role": "staff"})]
)
def test_the_only_admin_stays_one(browser, sqlite_engine, path, form):
    answer = post(browser, path, **form)
    assert answer.status_code == 422
    assert "This is the only admin" in answer.text
    assert user(sqlite_engine, ADMIN).role is Role.ADMIN


def test_another_password_is_typed_by_an_admin(browser):
    assert post(browser, "users/2/password", password="short").status_code == 422
    assert can_sign_in(browser, ANN)
    assert post(browser, "users/2/password", password=NEW).status_code == 303
    assert not can_sign_in(browser, ANN)
    assert can_sign_in(browser, ANN, NEW)


@pytest.mark.parametrize("path", ["users/99/disable", "users/x/enable", "users/0/role"])
def test_no_such_user_is_a_404(browser, path):
    assert post(browser, path, role="staff").status_code == 404


def made_token(page: str) -> str:
    [token] = re.findall(r'class="secret">(edm_[\w-]+)<', page)
    return str(token)


def test_a_token_is_shown_once_opens_what_it_may_and_is_revoked(browser, sqlite_engine):
    answer = post(browser, "tokens", name="crm", **{"scope-nudges:read": "1"})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    token = made_token(answer.text)
    assert token not in browser.get("/staff/tokens").text
    program = TestClient(browser.app, headers={"authorization": f"Bearer {token}"})
    assert program.get(NUDGES).status_code == 200
    with store.read(sqlite_engine) as session:
        row = session.get_one(ApiToken, 1)
    assert row.scopes == "nudges:read"
    assert token not in row.token_hash
    for _ in range(2):
        assert post(browser, "tokens/1/revoke").status_code == 303
    assert program.get(NUDGES).status_code == 401
    assert "revoked" in browser.get("/staff/tokens").text
    said = [row for row in audit(sqlite_engine) if row[1].startswith("token")]
    assert said == [
        (ADMIN, "token revoked", "crm"),
        (ADMIN, "token added", "crm: nudges:read"),
    ]
    assert token not in str(audit(sqlite_engine))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "crm"}, "Tick at least one thing"),
        ({"name": " ", "scope-events:read": "1"}, "A name takes 1 to 100 characters"),
        ({"name": "old", "scope-events:read": "1"}, "There is a token named"),
    ],
)
def test_a_mistake_makes_no_token(browser, sqlite_engine, form, said):
    post(browser, "tokens", name="old", **{"scope-events:read": "1"})
    answer = post(browser, "tokens", **form)
    assert answer.status_code == 422
    assert said in answer.text
    assert "edm_" not in answer.text
    assert len([row for row in audit(sqlite_engine) if row[1] == "token added"]) == 1


def test_no_such_token_is_a_404(browser):
    assert post(browser, "tokens/9/revoke").status_code == 404
    assert post(browser, "tokens/x/revoke").status_code == 404


def test_the_audit_log_is_filtered_by_who_and_what(browser, sqlite_engine, clock):
    with store.write(sqlite_engine) as session:
        store.record_audit(session, "Bo <b>", "review", "email 7", at=clock())
        store.record_audit(session, "Bo <b>", "outbox.cancel", "message 1", at=clock())
    page = browser.get("/staff/audit").text
    assert "Bo &lt;b&gt;" in page
    assert "signed in" in page
    one = browser.get("/staff/audit", params={"who": "Bo <b>", "what": "review"}).text
    assert "email 7" in one
    assert "message 1" not in one
    assert "Nothing like this was done" in browser.get("/staff/audit?who=x").text


def test_the_audit_log_comes_in_pages(browser, sqlite_engine, clock):
    with store.write(sqlite_engine) as session:
        for number in range(PAGE_ROWS + 1):
            store.record_audit(session, "Bo", "review", f"email {number}.", at=clock())
    page = browser.get("/staff/audit?who=Bo").text
    assert "email 0." not in page
    [further] = re.findall(r'href="(/staff/audit\?who=Bo&amp;before=\d+)"', page)
    rest = browser.get(further.replace("&amp;", "&")).text
    assert "email 0." in rest
    assert "Older" not in rest


@pytest.mark.parametrize("what", ["signatures", "events", "nudges", "emails"])
@pytest.mark.parametrize("fmt", ["csv", "json", "xlsx"])
def test_each_export_is_a_file_and_is_written_down(browser, sqlite_engine, what, fmt):
    answer = post(browser, f"exports/{what}", format=fmt, motion="2026-27/240")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    name = f"edm-240-2026-27-{what}.{fmt}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    count = len(rows_of(answer.content, fmt)) if fmt != "xlsx" else None
    [(actor, action, detail)] = [r for r in audit(sqlite_engine) if r[1] == "export"]
    assert (actor, action) == (ADMIN, "export")
    assert detail is not None
    assert detail.endswith(f" {what} about EDM 240 of 2026-27, {fmt}")
    if count is not None:
        assert detail.startswith(f"{count} ")
    assert detail in browser.get("/staff/exports").text


def rows_of(body: bytes, fmt: str) -> list[object]:
    text = body.decode("utf-8-sig")
    if fmt == "json":
        return list(json.loads(text))
    return list(csv.DictReader(io.StringIO(text)))


def test_the_emails_are_the_supporters_own(browser):
    answer = post(browser, "exports/emails", format="csv", motion="2026-27/240")
    assert "zqcanary@example.org" in answer.text
    assert len(rows_of(answer.content, "csv")) == 3


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("exports/everything", {"format": "csv", "motion": "2026-27/240"}, 404),
        ("exports/emails", {"format": "exe", "motion": "2026-27/240"}, 422),
        ("exports/emails", {"format": "csv", "motion": "2026-27/1"}, 404),
        ("exports/emails", {"format": "csv"}, 404),
    ],
)
def test_what_can_not_be_taken_away_is_told(browser, sqlite_engine, path, form, status):
    assert post(browser, path, **form).status_code == status
    assert not [row for row in audit(sqlite_engine) if row[1] == "export"]


def test_a_link_takes_nothing_away(browser):
    assert browser.get("/staff/exports/emails").status_code == 405


PAGES = ("users", "tokens", "audit", "exports")


@pytest.mark.parametrize("page", PAGES)
def test_they_are_for_admins_alone(browser, sqlite_engine, clock, page):
    assert browser.get(f"/staff/{page}").status_code == 200
    add_staff(sqlite_engine, clock, "Vi", Role.VIEWER)
    for name in (ANN, "Vi"):
        sign_in(browser, name)
        assert browser.get(f"/staff/{page}").status_code == 403
        assert f"/staff/{page}" not in browser.get("/staff/account").text
        if page in ("users", "tokens"):
            assert post(browser, page, name="x").status_code == 403
    clock.advance(timedelta(days=1).total_seconds())
    browser.cookies.clear()
    answer = browser.get(f"/staff/{page}", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/login?next=/staff/{page}",
    )
