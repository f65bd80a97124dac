"""The polls' page, and a person's word that an answer in doubt is right: once, in time."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.polls_views import PAGE_ROWS, job_rows, next_words
from tests.conftest import FakeClock, MakeSettings
from tests.factories import SEEN_AT, motion_answer, recorded, signature_row
from tests.page_data import record_failure
from tests.staff import add_staff, csrf_of, sign_in
from tracker import store
from tracker.accepting import AcceptError, accept_answer, doubted_answer
from tracker.chores import chores_of
from tracker.config import MotionSettings, Settings
from tracker.recording import PollReport
from tracker.replay import replay
from tracker.rules.changes import ChangeKind
from tracker.rules.event_types import EventType
from tracker.rules.outcomes import Outcome
from tracker.rules.roles import Role
from tracker.store import Engine, outgoing
from tracker.store.locks import try_lock

WATCHED = MotionSettings(number=718, session="2014-15")
FULL = [signature_row(number) for number in range(1, 11)]
HALF = FULL[:5]


@pytest.fixture
def made(settings: MakeSettings) -> Settings:
    return settings()


@pytest.fixture
def browser(
    made: Settings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    clock.set(SEEN_AT)
    add_staff(sqlite_engine, clock)
    with TestClient(
        create_app(made, sqlite_engine, clock=clock), headers={"accept": "text/html"}
    ) as client:
        sign_in(client)
        yield client


def poll(engine: Engine, rows: list[dict[str, Any]], minutes: float) -> PollReport:
    at = SEEN_AT + timedelta(minutes=minutes)
    return recorded(engine, WATCHED, motion_answer(rows), at)


def doubted(engine: Engine) -> int:
    """Record an answer that lacks half, and return its poll's id."""
    poll(engine, FULL, -10)
    assert poll(engine, HALF, -1).outcome is Outcome.SUSPECT
    with store.read(engine) as session:
        newest = store.last_good_poll(session, 1)
    assert newest is not None
    assert newest.id is not None
    return newest.id


def accept(engine: Engine, made: Settings, poll_id: int) -> PollReport | None:
    return accept_answer(
        engine, made, WATCHED, poll_id, by="Ann", clock=FakeClock(SEEN_AT)
    )


def said(engine: Engine) -> list[tuple[str, str | None]]:
    with store.read(engine) as session:
        rows = store.audit_entries(session)
        return [(r.actor, r.detail) for r in rows if r.action == "answer accepted"]


def post(browser: TestClient, poll_id: int, **more: str) -> httpx.Response:
    form = {"csrf": csrf_of(browser), "poll_id": str(poll_id), **more}
    return browser.post("/staff/polls/accept", data=form, follow_redirects=False)


def test_what_believing_it_would_change_is_known_before(engine, made):
    poll_id = doubted(engine)
    with store.read(engine) as session:
        found = doubted_answer(session, made, WATCHED, now=SEEN_AT)
    assert found is not None
    assert found.poll_id == poll_id
    assert [change.kind for change in found.changes] == [ChangeKind.REMOVED] * 5
    with store.read(engine) as session:
        assert store.signature_count(session, 1) == 10


def test_an_accepted_answer_is_recorded_and_replays(engine, made):
    poll_id = doubted(engine)
    report = accept(engine, made, poll_id)
    assert report is not None
    assert (report.outcome, report.signature_count) == (Outcome.CHANGED, 5)
    assert len(report.removed) == 5
    assert said(engine) == [("Ann", f"poll {poll_id} of EDM 718 of 2014-15")]
    assert replay(engine).differences == ()
    with store.read(engine) as session:
        assert doubted_answer(session, made, WATCHED, now=SEEN_AT) is None


def test_who_is_told_of_signatures_is_told_of_what_was_accepted(engine, made):
    poll_id = doubted(engine)
    with store.read(engine) as session:
        last_id = outgoing.last_outgoing_id(session)
    accept(engine, made, poll_id)
    with store.read(engine) as session:
        told = outgoing.outgoing_after(
            session, last_id, types=None, since=SEEN_AT - timedelta(days=1), limit=99
        )
    assert [event.type for event in told] == [EventType.SIGNATURE_REMOVED] * 5


def test_accepted_twice_it_is_recorded_once(engine, made):
    poll_id = doubted(engine)
    accept(engine, made, poll_id)
    assert accept(engine, made, poll_id) is None
    assert len(said(engine)) == 1


@pytest.mark.parametrize("newer", [FULL, FULL[:4]], ids=["whole", "other half"])
def test_a_newer_answer_in_between_is_not_overruled(engine, made, newer):
    poll_id = doubted(engine)
    poll(engine, newer, 0)
    with pytest.raises(AcceptError, match="read again since"):
        accept(engine, made, poll_id)
    with store.read(engine) as session:
        assert store.signature_count(session, 1) == 10
    assert said(engine) == []


def test_a_failure_in_between_changes_nothing_of_it(engine, made):
    poll_id = doubted(engine)
    record_failure(engine, SEEN_AT, WATCHED)
    assert accept(engine, made, poll_id) is not None


def test_what_is_not_in_doubt_can_not_be_accepted(engine, made):
    with pytest.raises(AcceptError, match="never polled"):
        accept(engine, made, 1)
    poll(engine, FULL, -10)
    with pytest.raises(AcceptError, match="not in doubt"):
        accept(engine, made, 1)
    with pytest.raises(AcceptError, match="no such poll"):
        accept(engine, made, 99)


def test_a_poll_under_way_is_waited_for_and_its_answer_counts(sqlite_engine, made):
    poll_id = doubted(sqlite_engine)
    problems: list[str] = []

    def press() -> None:
        try:
            accept(sqlite_engine, made, poll_id)
        except AcceptError as error:
            problems.append(str(error))

    with try_lock(sqlite_engine, "poll-1") as is_ours:
        assert is_ours
        pressing = threading.Thread(target=press)
        pressing.start()
        poll(sqlite_engine, FULL, 0)
    pressing.join(20)
    assert not pressing.is_alive()
    assert problems == ["Parliament has been read again since: look at what it said"]


def test_the_page_tells_what_is_in_doubt_and_records_it(browser, sqlite_engine):
    poll_id = doubted(sqlite_engine)
    page = browser.get("/staff/polls").text
    assert "The answer lacks 5 of the 10 signatures known." in page
    assert "5 names would be removed: Member Number 6, Member Number 7" in page
    assert "This is right: record it" in page
    answer = post(browser, poll_id)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/staff/polls?done=recorded#done"
    page = browser.get("/staff/polls?done=recorded").text
    assert "the answer is believed" in page
    assert "This is right" not in page
    assert "A person vouched for this answer." in page
    assert post(browser, poll_id).status_code == 303
    assert len(said(sqlite_engine)) == 1


def test_pressed_too_late_the_page_says_why(browser, sqlite_engine):
    poll_id = doubted(sqlite_engine)
    poll(sqlite_engine, FULL, 0)
    answer = post(browser, poll_id)
    assert answer.status_code == 409
    assert "Parliament has been read again since" in answer.text
    assert "This is right" not in answer.text


def test_a_viewer_reads_it_and_can_not_vouch(browser, sqlite_engine, clock):
    poll_id = doubted(sqlite_engine)
    add_staff(sqlite_engine, clock, "Vi", Role.VIEWER)
    sign_in(browser, "Vi")
    page = browser.get("/staff/polls").text
    assert "in doubt" in page
    assert "This is right" not in page
    assert post(browser, poll_id).status_code == 403
    assert said(sqlite_engine) == []


@pytest.mark.parametrize(
    ("form", "status"),
    [({"poll_id": "x"}, 422), ({"motion": "2014-15/1"}, 404), ({"csrf": "no"}, 403)],
)
def test_a_mistake_records_nothing(browser, sqlite_engine, form, status):
    poll_id = doubted(sqlite_engine)
    sent = {"csrf": csrf_of(browser), "poll_id": str(poll_id)} | form
    answer = browser.post("/staff/polls/accept", data=sent)
    assert answer.status_code == status
    assert said(sqlite_engine) == []


def test_before_the_first_poll_the_page_says_so(browser):
    page = browser.get("/staff/polls").text
    assert "This motion was not polled yet." in page
    assert "<dt>Health</dt><dd>Parliament has not been read yet." in page
    assert "as soon as a worker runs" in page
    assert "Off: Parliament has not asked us to wait" in page


def test_failures_and_the_brake_are_told_with_their_reason(browser, sqlite_engine):
    poll(sqlite_engine, FULL, -10)
    record_failure(sqlite_engine, SEEN_AT - timedelta(minutes=1), WATCHED)
    until_at = SEEN_AT + timedelta(minutes=30)
    with store.write(sqlite_engine) as session:
        store.record_brake(session, until_at, "429 with Retry-After: 1800")
    page = browser.get("/staff/polls").text
    assert "Answered 503, 200 is right." in page
    assert "On until 12:30 today: 429 with Retry-After: 1800" in page


def test_ordinary_polls_are_shown_when_asked_for_and_in_pages(browser, sqlite_engine):
    for minute in range(PAGE_ROWS + 5):
        poll(sqlite_engine, FULL, minute - 100)
    page = browser.get("/staff/polls").text
    assert page.count('class="outcome') == 1
    page = browser.get("/staff/polls?show=all").text
    assert page.count('class="outcome') == PAGE_ROWS
    assert "before=6" in page
    assert browser.get("/staff/polls?show=all&before=6").text.count("outcome is") == 5


def test_what_else_is_done_is_told_with_its_age(browser, sqlite_engine):
    with store.write(sqlite_engine) as session:
        store.record_job_done(session, "backup", SEEN_AT - timedelta(hours=30))
    page = browser.get("/staff/polls").text
    assert "Backup made" in page
    assert "1 day ago" in page
    assert "Parliament&#39;s calendar read</dt><dd>never yet" in page


def test_every_job_is_told_of_in_words(settings):
    chores = {chore.name for chore in chores_of(settings())}
    names = chores | {"members", "calendar", "photos"}
    rows = job_rows(dict.fromkeys(names, SEEN_AT), now=SEEN_AT)
    told = {row.name for row in rows}
    assert not told & names
    assert all(name[0].isupper() for name in told)


def test_another_motion_is_reached_by_its_link(settings, sqlite_engine, clock):
    made = settings(
        motions=[
            {"number": 718, "session": "2014-15"},
            {"number": 1, "session": "2015-16"},
        ]
    )
    add_staff(sqlite_engine, clock)
    with TestClient(create_app(made, sqlite_engine, clock=clock)) as client:
        sign_in(client)
        assert "/staff/polls?motion=2015-16%2F1" in client.get("/staff/polls").text
        page = client.get("/staff/polls?motion=2015-16/1").text
        assert "Early Day Motion (EDM) 1</h1>" in page
        assert client.get("/staff/polls?motion=2015-16/2").status_code == 404


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "as soon as a worker runs"),
        (-4, "any moment"),
        (0, "any moment"),
        (4.9, "any moment"),
        (5, "in 5 seconds"),
        (119, "in 119 seconds"),
    ],
)
def test_the_next_poll_is_said_in_words_that_are_right_when_it_is_due(seconds, said):
    assert next_words(SEEN_AT + timedelta(seconds=seconds), now=SEEN_AT) == said
