"""The review queue's page: what is shown, and deciding alone, alike, twice and undone."""

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.staff import add_staff, csrf_of, sign_in
from tests.supporters_house import KEY, NOW, WATCHED, seat_a_house
from tracker import store
from tracker.rules.matching import UNPROVEN_SENDER, MatchMethod
from tracker.rules.roles import Role
from tracker.store import Engine, ReviewError, alike
from tracker.store.tables import EmailState, SupporterEmail
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.queue import members_like, waiting_groups
from tracker.supporters.rows import COLUMNS, read_cells

SENT = "2026-06-01T10:00:00Z"
ANN, BOB = "ann@example.org", "bob@example.org"


@pytest.fixture
def house(engine: Engine) -> Engine:
    seat_a_house(engine)
    return engine


@pytest.fixture
def browser(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    """A browser that is signed in as staff, and three emails of which two tell the same."""
    clock.set(NOW)
    seat_a_house(sqlite_engine)
    take_in(sqlite_engine, {"mp_name": "Alex Morgan"}, {"mp_name": "Alex Morgan"})
    take_in(sqlite_engine, {"constituency": "Nowhere <b>West</b>"})
    add_staff(sqlite_engine, clock)
    made = settings(motions=[{"number": WATCHED.number, "session": WATCHED.session}])
    app = create_app(made, sqlite_engine, clock=clock)
    with TestClient(app, headers={"accept": "text/html"}) as client:
        sign_in(client)
        yield client


def take_in(engine: Engine, *rows: dict[str, str]) -> None:
    """Import rows, each of another person unless told."""
    with store.read(engine) as session:
        before = store.review_count(session)
    told = [
        {
            "supporter_email": f"person{before + place}@example.org",
            "supporter_name": f"Zqperson {before + place}",
            "sent_at": SENT,
        }
        | row
        for place, row in enumerate(rows)
    ]
    records = [
        read_cells(line, [row.get(column, "") for column in COLUMNS], NOW)
        for line, row in enumerate(told, 1)
    ]
    import_emails(
        ImportDesk(engine, KEY, lambda: NOW), WATCHED, records, source="a test"
    )


def ids(engine: Engine) -> list[int]:
    with store.read(engine) as session:
        return [email.id or 0 for email in store.review_queue(session)]


def counts(engine: Engine) -> dict[int, int]:
    with store.read(engine) as session:
        assert store.tally_differences(session) == []
        return dict(store.supporter_counts(session, 1))


def post(browser: TestClient, act: str, **form: object) -> httpx.Response:
    data = {"csrf": csrf_of(browser), **form}
    return browser.post(f"/staff/review/{act}", data=data, follow_redirects=False)


def audit(engine: Engine) -> list[tuple[str, str | None]]:
    with store.read(engine) as session:
        rows = store.audit_entries(session)
        return [(row.actor, row.detail) for row in rows if row.action == "review"]


def test_emails_that_tell_the_same_are_one_group(house):
    take_in(house, {"mp_name": "Alex Morgan"}, {"mp_name": "Alex Morgan"})
    take_in(house, {"mp_name": "Alex Morgan", "sent_at": "2026-06-03T10:00:00Z"})
    take_in(house, {"constituency": "Nowhere"})
    with store.read(house) as session:
        groups = waiting_groups(session)
        assert [group.email_count for group in groups] == [3, 1]
        first = groups[0]
        assert (first.first.email_id, first.last_id) == (1, 3)
        assert first.last_sent_at - first.first_sent_at == timedelta(days=2)
        rest = waiting_groups(session, after_id=first.first.email_id)
        assert [group.first.email_id for group in rest] == [4]


def test_alike_ones_are_assigned_together_but_none_that_nobody_has_seen(house):
    take_in(house, {"mp_name": "Alex Morgan"}, {"mp_name": "Alex Morgan"})
    take_in(house, {"mp_name": "Alex Morgan"}, {"constituency": "Nowhere"})
    with store.write(house) as session:
        count = alike.assign_alike(session, 1, 104, last_id=2, by="Sam", at=NOW)
    assert count == 2
    assert counts(house) == {104: 2}
    assert ids(house) == [3, 4]
    assert audit(house) == [("Sam", "email 1 and 1 alike: assigned to Member 104")]


def test_a_batch_is_undone_as_a_whole_and_waits_for_its_old_reason(house):
    take_in(house, {"mp_name": "Alex Morgan"}, {"mp_name": "Alex Morgan"})
    with store.read(house) as session:
        before = {email.id: email.reason for email in store.review_queue(session)}
    with store.write(house) as session:
        alike.assign_alike(session, 1, 104, last_id=2, by="Sam", at=NOW)
    with store.write(house) as session:
        assert alike.undo_batch(session, 2, by="Ann", at=NOW) == 2
    with store.read(house) as session:
        after = {email.id: email.reason for email in store.review_queue(session)}
    assert before == after
    assert counts(house) == {}
    with store.write(house) as session, pytest.raises(ReviewError):
        alike.undo_batch(session, 2, by="Ann", at=NOW)


def test_an_unproven_sender_waits_as_such_again_after_an_undo(house):
    take_in(house, {"mp_name": "Alex Morgan"})
    with store.write(house) as session:
        email = session.get_one(SupporterEmail, 1)
        email.reason = UNPROVEN_SENDER
        session.add(email)
    with store.write(house) as session:
        store.assign_review(session, 1, 104, by="Sam", at=NOW)
        store.undo_decision(session, 1, by="Sam", at=NOW)
    with store.read(house) as session:
        assert session.get_one(SupporterEmail, 1).reason == UNPROVEN_SENDER
        assert store.undecided_reviews(session) == []


def test_two_presses_at_two_times_are_two_batches(house):
    take_in(house, {"mp_name": "Alex Morgan"}, {"constituency": "Nowhere"})
    with store.write(house) as session:
        store.assign_review(session, 1, 104, by="Sam", at=NOW)
        later = NOW + timedelta(seconds=1)
        alike.dismiss_alike(session, 2, last_id=2, by="Sam", at=later)
    with store.read(house) as session:
        batches = alike.decided_batches(session)
    assert [(b.first.id, b.email_count) for b in batches] == [(2, 1), (1, 1)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alex morgan", [103, 104]),
        ("ST IVES", [103]),
        ("nunez", [102]),
        ("ynys mon", [101]),
        ("runcorn", [106, 105]),
        ("  ", []),
        ("nobody at all", []),
    ],
)
def test_mps_are_found_by_name_and_seat_those_who_sit_first(house, text, found):
    with store.read(house) as session:
        assert [member.member_id for member in members_like(session, text)] == found


def test_the_page_shows_what_was_told_and_no_supporter(browser):
    page = browser.get("/staff/review").text
    assert "3 waiting." in page
    assert "2 emails about EDM 240 of 2026-27" in page
    assert "Count for <bdi>Alex Morgan (Tooting)</bdi> (all 2)" in page
    assert "More than one Member has that name." in page
    assert "Nowhere &lt;b&gt;West&lt;/b&gt;" in page
    assert "Zqperson" not in page
    assert "person0@example.org" not in page


def test_one_press_assigns_the_group_says_so_and_is_undone(browser, sqlite_engine):
    form = {"email_id": 1, "last_id": 2, "alike": 1, "member_id": 104}
    answer = post(browser, "assign", **form)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff/review?done=1#done"
    assert counts(sqlite_engine) == {104: 2}
    page = browser.get("/staff/review?done=1").text
    assert page.count("2 emails are counted for Alex Morgan (Tooting).") >= 2
    assert "Ann, 13:00 today" in page
    assert post(browser, "undo", email_id=1).status_code == 303
    assert counts(sqlite_engine) == {}
    assert post(browser, "undo", email_id=1).status_code == 409


def test_pressed_twice_it_is_decided_once(browser, sqlite_engine):
    form = {"email_id": 1, "last_id": 2, "alike": 1, "member_id": 104}
    assert post(browser, "assign", **form).status_code == 303
    assert post(browser, "assign", **form).status_code == 303
    assert len(audit(sqlite_engine)) == 1
    other = post(browser, "assign", **(form | {"member_id": 103}))
    assert other.status_code == 409
    assert "Somebody has decided about this meanwhile" in other.text
    assert counts(sqlite_engine) == {104: 2}


def test_one_of_a_group_is_decided_by_itself(browser, sqlite_engine):
    page = browser.get("/staff/review?like=1").text
    assert page.count("1 email about EDM 240") >= 2
    form = {"email_id": 2, "last_id": 2, "back": "/staff/review?like=1"}
    answer = post(browser, "assign", **form, member_id=103)
    assert answer.headers["location"] == "/staff/review?like=1&done=2#done"
    assert counts(sqlite_engine) == {103: 1}
    assert ids(sqlite_engine) == [1, 3]


def test_putting_aside_counts_for_nobody(browser, sqlite_engine):
    assert post(browser, "dismiss", email_id=3, last_id=3).status_code == 303
    assert ids(sqlite_engine) == [1, 2]
    assert counts(sqlite_engine) == {}
    assert "1 email is put aside." in browser.get("/staff/review").text


def test_another_mp_is_searched_under_the_email_and_assigned(browser, sqlite_engine):
    page = browser.get("/staff/review?email=3&find=ynys+mon").text
    assert "Count for <bdi>Jane Carver (Ynys Môn)</bdi>" in page
    assert "No MP has" in browser.get("/staff/review?email=3&find=zzz").text
    post(browser, "assign", email_id=3, last_id=3, member_id=101)
    with store.read(sqlite_engine) as session:
        email = session.get_one(SupporterEmail, 3)
    assert (email.state, email.method) == (EmailState.COUNTED, MatchMethod.STAFF)
    assert (email.decided_by, email.decided_at) == ("Ann", NOW)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"email_id": 1, "last_id": 1, "member_id": 999}, 422),
        ({"email_id": 77, "last_id": 77, "member_id": 104}, 422),
        ({"email_id": "x", "last_id": 1, "member_id": 104}, 422),
        ({"email_id": 1, "last_id": 1}, 422),
        ({"email_id": 1, "last_id": 1, "member_id": 104, "csrf": "no"}, 403),
    ],
)
def test_a_mistake_is_one_sentence_and_decides_nothing(
    browser, sqlite_engine, form, status
):
    assert post(browser, "assign", **form).status_code == status
    assert ids(sqlite_engine) == [1, 2, 3]


def test_long_queues_come_in_pages(browser, sqlite_engine):
    take_in(sqlite_engine, *({"mp_name": f"Nobody {n}"} for n in range(30)))
    page = browser.get("/staff/review").text
    [further] = re.findall(r'href="(/staff/review\?after=\d+)"', page)
    rest = browser.get(further).text
    assert "Nobody 29" in rest
    assert "Further" not in rest
    assert "Nothing more waits here" in browser.get("/staff/review?after=9999").text


def test_who_sent_it_is_shown_only_where_that_is_the_question(browser, sqlite_engine):
    with store.write(sqlite_engine) as session:
        email = session.get_one(SupporterEmail, 3)
        email.reason = UNPROVEN_SENDER
        session.add(email)
    page = browser.get("/staff/review").text
    assert "Said to be from" in page
    assert page.count("Zqperson") == 1


def test_an_empty_queue_says_what_will_appear(browser, sqlite_engine):
    with store.write(sqlite_engine) as session:
        for email_id in (1, 2, 3):
            store.dismiss_review(session, email_id, by="Sam", at=NOW)
    assert "Nothing waits for a decision" in browser.get("/staff/review").text


def test_a_viewer_is_not_let_in(browser, sqlite_engine, clock):
    add_staff(sqlite_engine, clock, "Vi", Role.VIEWER)
    sign_in(browser, "Vi")
    assert browser.get("/staff/review").status_code == 403
    form = {"email_id": 1, "last_id": 1, "member_id": 104}
    assert post(browser, "assign", **form).status_code == 403
    assert "/staff/review" not in browser.get("/staff/account").text
