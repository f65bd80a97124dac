"""The staff board: who may see it, whom it lists, and calls logged and taken back."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.house_data import record_mp
from tests.page_data import record_rows
from tests.staff import add_staff, csrf_of, sign_in
from tracker import store
from tracker.rules.roles import Role
from tracker.store import Engine
from tracker.store.tables import StaffUser, Tally

MEMBER, OTHER = 1, 2
ROW = 'id="mp-1"'
HTML = {"accept": "text/html"}


@pytest.fixture
def browser(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    """A browser that is not signed in, and an MP asked five days ago by six people."""
    made = settings(motions=[{"number": 718, "session": "2026-27"}])
    record_mp(sqlite_engine, MEMBER, name="Odd O'Name", seat="Lower Testing")
    ask(sqlite_engine, clock, MEMBER)
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(app, base_url=made.web.base_url, headers=HTML) as client:
        client.add = lambda role: add_staff(sqlite_engine, clock, role=role)  # type: ignore[attr-defined]
        yield client


def ask(engine: Engine, clock: FakeClock, member_id: int, days_ago: int = 5) -> None:
    """Have six people have written to an MP."""
    asked_at = clock() - timedelta(days=days_ago)
    with store.write(engine) as session:
        motion = store.record_motion(session, "2026-27", 718)
        assert motion.id is not None
        session.add(
            Tally(
                motion_id=motion.id,
                member_id=member_id,
                supporter_count=6,
                email_count=6,
                first_email_at=asked_at,
                last_email_at=asked_at,
            )
        )


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


def contact_id_in(page: str) -> str:
    return page.partition('name="contact_id" value="')[2].partition('"')[0]


def undo(browser: TestClient, contact_id: str) -> httpx.Response:
    form = {"csrf": csrf_of(browser), "contact_id": contact_id, "back": "/staff"}
    return browser.post("/staff/contacts/undo", data=form, follow_redirects=False)


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
    assert ROW not in page
    assert "The contact with Odd O&#39;Name is kept." in page
    assert undo(browser, contact_id_in(page)).status_code == 303
    assert ROW in browser.get("/staff").text


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


def test_without_script_log_call_is_a_link_to_the_open_form(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    page = browser.get("/staff").text
    assert 'href="/staff?log=1#mp-1"' in page
    assert 'id="form-1"' not in page
    assert 'id="form-1"' in browser.get("/staff?log=1").text


def test_one_contact_is_kept_for_all_who_are_ticked_and_undone_for_all(
    browser, sqlite_engine, clock
):
    record_mp(sqlite_engine, OTHER)
    ask(sqlite_engine, clock, OTHER)
    browser.add(Role.STAFF)
    sign_in(browser)
    form = {
        "csrf": csrf_of(browser),
        "channel": "email",
        "outcome": "message_left",
        "stance": "unknown",
        "back": "/staff?party=Labour",
        "pick-1": "1",
        "pick-2": "1",
    }
    answer = browser.post("/staff/contacts/many", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/staff?party=Labour&logged=1"
    page = browser.get("/staff?party=Labour&logged=1").text
    assert "2 contacts are kept." in page
    assert 'id="mp-' not in page
    undo(browser, contact_id_in(page))
    assert browser.get("/staff").text.count('id="mp-') == 2


def test_nobody_ticked_is_told_and_nothing_kept(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    form = {"csrf": csrf_of(browser), "outcome": "contact", "stance": "unknown"}
    answer = browser.post("/staff/contacts/many", data=form)
    assert answer.status_code == 422
    assert "Tick from 1 to 100 MPs" in answer.text


def test_a_contact_can_be_taken_back_for_a_quarter_of_an_hour_only(browser, clock):
    browser.add(Role.STAFF)
    sign_in(browser)
    log_call(browser)
    contact_id = contact_id_in(browser.get("/staff?logged=1").text)
    clock.set(clock() + timedelta(minutes=15))
    assert contact_id_in(browser.get("/staff?logged=1").text) == ""
    assert undo(browser, contact_id).status_code == 404


def test_nobody_takes_back_what_another_logged(browser, sqlite_engine, clock):
    browser.add(Role.STAFF)
    sign_in(browser)
    log_call(browser)
    contact_id = contact_id_in(browser.get("/staff?logged=1").text)
    add_staff(sqlite_engine, clock, "Ben")
    browser.cookies.clear()
    sign_in(browser, "Ben")
    assert undo(browser, contact_id).status_code == 404
    assert contact_id_in(browser.get("/staff?logged=1").text) == ""


def test_what_was_said_last_time_stands_in_the_row(browser, clock):
    browser.add(Role.STAFF)
    sign_in(browser)
    log_call(browser, stance="considering", note="Wants <b>a briefing</b>.")
    clock.set(clock() + timedelta(hours=11))
    clock.set(clock() + timedelta(days=7))
    sign_in(browser)
    page = browser.get("/staff").text
    assert "Spoke to them" in page
    assert "<strong>Considering it</strong>" in page
    assert "Wants &lt;b&gt;a briefing&lt;/b&gt;." in page


def test_a_line_divides_what_is_new_since_the_last_look(browser, sqlite_engine, clock):
    browser.add(Role.STAFF)
    record_mp(sqlite_engine, OTHER)
    sign_in(browser)
    assert "since you last looked" not in browser.get("/staff").text
    looked_at = clock()
    ask(sqlite_engine, clock, OTHER, days_ago=4)
    with store.write(sqlite_engine) as session:
        tally = session.get_one(Tally, (1, OTHER))
        tally.first_email_at = looked_at - timedelta(days=4) + timedelta(minutes=10)
        session.add(tally)
    clock.set(looked_at + timedelta(minutes=40))
    page = browser.get("/staff").text
    assert 'id="part-new"' in page
    assert page.index('id="mp-2"') < page.index('id="since"') < page.index(ROW)
    assert "since you last looked, " in page
    clock.set(looked_at + timedelta(minutes=45))
    assert 'id="part-new"' in browser.get("/staff").text
    clock.set(looked_at + timedelta(minutes=90))
    page = browser.get("/staff").text
    assert 'id="part-new"' not in page
    assert "nothing new since you last looked, " in page


def test_looks_close_together_are_written_down_once(browser, sqlite_engine, clock):
    user_id = browser.add(Role.STAFF)
    sign_in(browser)

    def looked_at() -> datetime | None:
        with store.read(sqlite_engine) as session:
            return session.get_one(StaffUser, user_id).looked_at

    began = clock()
    browser.get("/staff")
    clock.set(began + timedelta(seconds=59))
    browser.get("/staff")
    assert looked_at() == began
    clock.set(began + timedelta(seconds=60))
    browser.get("/staff")
    assert looked_at() == clock()


def test_filters_are_links_that_keep_each_other(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    page = browser.get("/staff?q=odd&party=Labour&order=likely").text
    assert 'href="/staff?q=odd&amp;party=Labour&amp;show=rest&amp;order=likely"' in page
    assert 'href="/staff?q=odd&amp;order=likely"' in page
    assert '<input type="hidden" name="party" value="Labour">' in page


def test_before_anything_was_read_nothing_is_said_of_it(settings, sqlite_engine, clock):
    made = settings(motions=[{"number": 718, "session": "2026-27"}])
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(app, base_url=made.web.base_url, headers=HTML) as browser:
        add_staff(sqlite_engine, clock, role=Role.STAFF)
        sign_in(browser)
        page = browser.get("/staff").text
    assert 'class="board-tally">No number yet</p>' in page
    assert "signed of" not in page
    assert "The House" not in page
    assert '<p class="minor">Not checked yet</p>' in page
    assert "Nobody needs a call" not in page
    assert "The list of MPs has not been read from Parliament yet." in page
    assert "Every party has signed" not in page


def test_a_motion_not_read_has_no_silent_party_and_no_number(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    page = browser.get("/staff").text
    assert 'class="board-tally">No number yet</p>' in page
    assert "The parties appear here once the motion has been read" in page


def test_the_hour_of_the_sitting_is_said_once_the_calendar_was_read(
    browser, sqlite_engine, clock
):
    clock.set(datetime(2026, 11, 24, 9, tzinfo=UTC))
    browser.add(Role.STAFF)
    sign_in(browser)
    assert "The House" not in browser.get("/staff").text
    with store.write(sqlite_engine) as session:
        store.record_session_dates(
            session, [("2026-27", date(2026, 5, 12), None)], checked_at=clock()
        )
    assert "The House sits from 11:30 today · " in browser.get("/staff").text


def test_a_recess_of_the_configuration_is_enough_to_say_when_the_house_sits(
    settings, sqlite_engine, clock
):
    clock.set(datetime(2026, 11, 24, 9, tzinfo=UTC))
    christmas = {"from": date(2026, 12, 17), "to": date(2027, 1, 4)}
    made = settings(motions=[{"number": 718, "session": "2026-27"}], recess=[christmas])
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(app, base_url=made.web.base_url, headers=HTML) as browser:
        add_staff(sqlite_engine, clock, role=Role.STAFF)
        sign_in(browser)
        page = browser.get("/staff").text
    assert "The House sits from 11:30 today · next recess from 17 December" in page


def test_parties_without_a_signature_are_named_with_who_can_sign(
    browser, sqlite_engine, clock
):
    record_rows(sqlite_engine, [], clock())
    record_mp(sqlite_engine, 7, party="Plaid Cymru")
    record_mp(sqlite_engine, 8, party="Independent")
    browser.add(Role.VIEWER)
    sign_in(browser)
    panel = browser.get("/staff").text.partition('id="silent-title"')[2]
    assert "Plaid Cymru" in panel
    assert "1 who can sign" in panel
    assert "none on the list" in panel
    assert "Independent" not in panel


def test_labour_and_labour_co_op_are_one_party_to_filter_by(
    browser, sqlite_engine, clock
):
    browser.add(Role.VIEWER)
    record_mp(sqlite_engine, OTHER, party="Labour (Co-op)")
    ask(sqlite_engine, clock, OTHER, days_ago=10)
    sign_in(browser)
    page = browser.get("/staff?party=Labour").text
    assert 'id="mp-2"' in page
    assert ROW in page
    assert "Co-op%29" not in page


def test_another_motion_has_its_own_board(browser):
    browser.add(Role.STAFF)
    sign_in(browser)
    assert browser.get("/staff?motion=2026-27/718").status_code == 200
    assert browser.get("/staff?motion=2026-27/719").status_code == 404
