"""`/staff/mps/{member_id}`: the history of one MP, contacts of any channel, corrections."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.staff import add_staff, csrf_of, sign_in
from tests.supporters_house import NOW, WATCHED, seat_a_house
from tests.test_nudges import contact, poll, row, write
from tracker import store
from tracker.rules.nudge import Stance
from tracker.rules.roles import Role
from tracker.store import Engine
from tracker.store.email_days import emails_by_day

HTML = {"accept": "text/html"}
JANE = 101
PAGE = f"/staff/mps/{JANE}"
DAY = timedelta(days=1)


@pytest.fixture
def browser(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    """A browser of staff, and a House of some MPs."""
    clock.set(NOW)
    seat_a_house(sqlite_engine)
    add_staff(sqlite_engine, clock)
    add_staff(sqlite_engine, clock, "Vera", Role.VIEWER)
    made = settings(motions=[WATCHED.model_dump(exclude_none=True)])
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(app, base_url=made.web.base_url, headers=HTML) as client:
        sign_in(client)
        yield client


def correct(
    browser: TestClient, kind: str, value: str, back: str = PAGE
) -> httpx.Response:
    form = {"csrf": csrf_of(browser), "kind": kind, "value": value, "back": back}
    path = f"{PAGE}/corrections"
    return browser.post(path, data=form, follow_redirects=False)


def test_everything_that_happened_is_one_list_newest_first(browser, sqlite_engine):
    poll(sqlite_engine, row(JANE), at=NOW - 9 * DAY)
    poll(sqlite_engine, row(JANE, withdrawn="2026-06-02T11:00:00"), at=NOW - 8 * DAY)
    contact(sqlite_engine, JANE, NOW - DAY, stance=Stance.CONSIDERING, note="Ask <b>")
    correct(browser, "no_email", "Asked for it")
    page = browser.get(PAGE).text
    told = [
        "Asked for it",
        "Spoke to them",
        "Parliament shows the signature as withdrawn",
        "<strong>Signed</strong>",
    ]
    history = page.partition('class="history"')[2].partition("</ol>")[0]
    places = [history.index(words) for words in told]
    assert places == sorted(places)
    assert "Considering it" in history
    assert "Ask &lt;b&gt;" in history


def test_emails_are_counted_by_londons_days_and_nobody_is_named(browser, sqlite_engine):
    late = datetime(2026, 6, 10, 22, 58, tzinfo=UTC)  # 23:58 in London
    write(sqlite_engine, "Ynys Môn", 3, late)
    page = browser.get(PAGE).text
    assert "11 June 2026" in page
    assert "3 supporters wrote, first on 10 June 2026, last on 11 June 2026." in page
    assert "ynys.example" not in page
    with store.read(sqlite_engine) as session:
        days = emails_by_day(session, 1, JANE)
        assert [(on.day, count) for on, count in days] == [(10, 2), (11, 1)]
        assert emails_by_day(session, 1) == days
        assert emails_by_day(session, 1, 102) == []


def test_a_contact_by_letter_is_logged_here_and_leads_back_here(browser):
    form = {
        "csrf": csrf_of(browser),
        "member_id": str(JANE),
        "channel": "letter",
        "outcome": "message_left",
        "stance": "unknown",
        "back": PAGE,
    }
    answer = browser.post("/staff/contacts", data=form, follow_redirects=False)
    assert answer.headers["location"] == f"{PAGE}?logged=1"
    page = browser.get(f"{PAGE}?logged=1").text
    assert "Letter: left a message" in page
    assert "The contact with Jane Carver is kept." in page
    assert 'action="/staff/contacts/undo"' in page


def test_a_correction_is_kept_shown_and_undone(browser):
    answer = correct(browser, "cannot_sign", "A PPS at the Treasury")
    assert answer.headers["location"] == f"{PAGE}?changed=1"
    page = browser.get(f"{PAGE}?changed=1").text
    assert "The correction is kept." in page
    assert "Cannot sign" in page
    form = {"csrf": csrf_of(browser), "change_id": "1", "back": PAGE}
    path = f"{PAGE}/corrections/undo"
    answer = browser.post(path, data=form, follow_redirects=False)
    assert answer.headers["location"] == PAGE
    page = browser.get(PAGE).text
    assert "Cannot sign" not in page
    assert "taken away" in page


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("position_url", "javascript:alert(1)", "A page takes an address"),
        ("cannot_sign", "a" * 201, "at most 200 characters"),
        ("whatever", "a", "one of the corrections shown"),
    ],
)
def test_what_cannot_be_written_down_is_one_sentence(browser, kind, value, says):
    answer = correct(browser, kind, value)
    assert answer.status_code == 422
    assert says in answer.text


def test_going_back_leads_to_the_staffs_pages_only(browser):
    answer = correct(browser, "cannot_sign", "A PPS", back="//elsewhere.example")
    assert answer.headers["location"] == "/staff?changed=1"


@pytest.mark.parametrize("member_id", ["999", "0", "x", "1" * 40])
def test_nobody_of_that_id_is_not_there(browser, member_id):
    assert browser.get(f"/staff/mps/{member_id}").status_code == 404


def test_a_viewer_reads_and_does_not_act(browser):
    correct(browser, "cannot_sign", "A PPS at the Treasury")
    browser.cookies.clear()
    sign_in(browser, "Vera")
    page = browser.get(PAGE).text
    assert "A PPS at the Treasury" in page
    forms = page.partition("<main")[2].count("<form")
    assert forms == 1, "to sign out"
    assert correct(browser, "cannot_sign", "").status_code == 403
    form = {"csrf": csrf_of(browser), "change_id": "1"}
    assert browser.post(f"{PAGE}/corrections/undo", data=form).status_code == 403
