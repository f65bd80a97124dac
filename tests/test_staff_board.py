"""The staff board: who may see it, whom it lists, and a call logged and taken back."""

from collections.abc import Iterator
from datetime import timedelta

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.house_data import record_mp
from tests.staff import add_staff, csrf_of, sign_in
from tracker import store
from tracker.rules.roles import Role
from tracker.store import Engine
from tracker.store.tables import Tally

MEMBER = 1
HTML = {"accept": "text/html"}


@pytest.fixture
def browser(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    """A browser that is not signed in, and an MP asked five days ago by six people."""
    made = settings(motions=[{"number": 718, "session": "2026-27"}])
    record_mp(sqlite_engine, MEMBER, name="Odd O'Name", seat="Lower Testing")
    asked_at = clock() - timedelta(days=5)
    with store.write(sqlite_engine) as session:
        motion = store.record_motion(session, "2026-27", 718)
        assert motion.id is not None
        session.add(
            Tally(
                motion_id=motion.id,
                member_id=MEMBER,
                supporter_count=6,
                email_count=6,
                first_email_at=asked_at,
                last_email_at=asked_at,
            )
        )
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(app, base_url=made.web.base_url, headers=HTML) as client:
        client.add = lambda role: add_staff(sqlite_engine, clock, role=role)  # type: ignore[attr-defined]
        yield client


def log_call(browser: TestClient, **more: str) -> httpx.Response:
    form = {
        "csrf": csrf_of(browser),
        "member_id": str(MEMBER),
        "outcome": "contact",
        "stance": "will_sign",
        "back": "/staff",
        **more,
    }
    return browser.post("/staff/contacts", data=form, follow_redirects=False)


def test_nobody_sees_the_board_without_signing_in(browser):
    answer = browser.get("/staff", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


def test_the_board_lists_whom_to_ring_with_the_reason(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    answer = browser.get("/staff")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "Odd O&#39;Name" in answer.text
    assert "6 people wrote" in answer.text
    assert "Log call" in answer.text


def test_a_search_that_fits_nobody_says_so(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    answer = browser.get("/staff?q=elsewhere")
    assert "Nobody on the list fits this" in answer.text


def test_a_call_takes_the_row_off_the_list_and_undo_brings_it_back(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    answer = log_call(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/staff?logged=1")
    page = browser.get("/staff?logged=1").text
    assert "Odd O&#39;Name" not in page
    contact_id = page.partition('name="contact_id" value="')[2].partition('"')[0]
    form = {"csrf": csrf_of(browser), "contact_id": contact_id, "back": "/staff"}
    assert browser.post("/staff/contacts/undo", data=form).status_code == 200
    assert "Odd O&#39;Name" in browser.get("/staff").text


def test_a_viewer_reads_and_does_not_act(browser):
    browser.add(Role.VIEWER)
    sign_in(browser)
    assert "Log call" not in browser.get("/staff").text
    assert log_call(browser).status_code == 403


def test_a_call_without_the_sessions_token_is_refused(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    assert log_call(browser, csrf="wrong").status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("outcome", "whatever"),
        ("stance", ""),
        ("call_back_on", "2001-01-01"),
        ("call_back_on", "soon"),
        ("member_id", "x"),
    ],
)
def test_a_mistake_is_one_sentence_and_nothing_is_kept(browser, field, value):
    browser.add(Role.STAFF)
    sign_in(browser)
    assert log_call(browser, **{field: value}).status_code == 422
    assert "Odd O&#39;Name" in browser.get("/staff").text


def test_going_back_leads_to_the_board_only(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    answer = log_call(browser, back="//elsewhere.example")
    assert answer.headers["location"] == "/staff?logged=1"
