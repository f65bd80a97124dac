"""The calendar of what is due for staff: what is in it, who may read it, how it is kept."""

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from icalendar import Calendar
from sqlmodel import select, update
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock
from tests.factories import signature_row
from tests.follow_up_scene import (
    MONDAY,
    NUMBER,
    SESSION,
    FollowUpScene,
    follow_up_settings,
)
from tests.staff import add_staff, csrf_of, sign_in
from tracker import store
from tracker.rules.access import TokenScope
from tracker.rules.nudge import Stance
from tracker.rules.roles import Role
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Engine, users
from tracker.store.tables import CalendarKey, Contact, Membership

PATH = f"/api/v1/motions/{SESSION}/{NUMBER}/due.ics"
NUDGES = f"/api/v1/motions/{SESSION}/{NUMBER}/nudges"
NOTE = "zqnote: her daughter is ill"
# On the Sunday before it the clocks go forward.
CALL_BACK_ON = date(2027, 3, 29)
RULES = [
    {"name": "look-in", "after_days": 4, "send": "staff", "while_status": []},
    {"name": "ask-and-ring", "after_days": 4},
]
SEAT = (
    "Ynys Môn, Arfon; Dwyfor & Meirionnydd, with a name that no calendar's line holds"
)


@pytest.fixture
def scene(
    sqlite_engine: Engine, clock: FakeClock, tmp_path: Path, migrated_sqlite_url: str
) -> FollowUpScene:
    """Members 10 and 11 were written to; the office of 10 promised to call back."""
    made = FollowUpScene(
        sqlite_engine,
        follow_up_settings(tmp_path, migrated_sqlite_url, follow_ups=RULES),
        clock,
    )
    made.add_members(10, 11)
    for member_id in (10, 10, 11):
        made.add_supporter(member_id)
    made.run()
    with store.write(sqlite_engine) as session:
        session.add(contact(made, call_back_on=CALL_BACK_ON))
    return made


def contact(scene: FollowUpScene, **changes: Any) -> Contact:
    told = {
        "motion_id": scene.motion_id,
        "member_id": 10,
        "channel": Channel.PHONE,
        "outcome": ContactOutcome.CONTACT,
        "stance": Stance.CONSIDERING,
        "note": NOTE,
        "contacted_at": scene.clock(),
        "logged_by": "Ann",
    }
    return Contact(**{**told, **changes})


@pytest.fixture
def client(scene: FollowUpScene) -> Iterator[TestClient]:
    with store.write(scene.engine) as session:
        for scope in TokenScope:
            store.record_token(
                session, scope.value, scope.value, [scope], at=scene.clock()
            )
    app = create_app(scene.settings, scene.engine, clock=scene.clock)
    base_url = scene.settings.web.base_url
    headers = {"accept": "text/html"}
    with TestClient(app, base_url=base_url, headers=headers) as made:
        yield made


def asked(client: TestClient, **headers: str) -> httpx.Response:
    return client.get(PATH, headers={"authorization": "Bearer nudges:read", **headers})


def events(answer: httpx.Response) -> dict[str, Any]:
    """Return the events of a calendar as another program reads them, by their UIDs."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    return {str(one["uid"]): one for one in Calendar.from_ical(answer.content).events}


def one(answer: httpx.Response, kind: str) -> Any:
    [found] = [event for uid, event in events(answer).items() if uid.startswith(kind)]
    return found


def make_address(client: TestClient, scene: FollowUpScene, role: Role) -> str:
    """Sign in and make an address; return it as a calendar program is given it."""
    add_staff(scene.engine, scene.clock, "Ann", role)
    sign_in(client, "Ann")
    return press_make(client)


def press_make(client: TestClient) -> str:
    page = client.post("/staff/account/calendar", data={"csrf": csrf_of(client)})
    assert page.headers["cache-control"] == "no-store"
    return page.text.partition(f"https://campaign.example.org{PATH}")[2].partition("<")[
        0
    ]


def from_afar(client: TestClient, query: str) -> httpx.Response:
    """Ask as a calendar program does: with the address, and nothing else."""
    return TestClient(client.app).get(f"{PATH}{query}")


# What is in it


def test_a_call_back_is_a_day_of_its_own_with_the_number_and_what_was_said(client):
    event = one(asked(client), "call-back-10")
    assert event.decoded("dtstart") == CALL_BACK_ON
    assert event.decoded("last-modified") == event.decoded("dtstamp") == MONDAY
    assert event.decoded("dtend") == CALL_BACK_ON + timedelta(days=1)
    assert event["summary"] == "Ring back: Member 10 · Seat 10"
    assert event["description"] == (
        "EDM 718: a call-back was agreed for this day.\n"
        "2 people have written to this MP.\n"
        "Last call, 15 June 2026: spoke to them; considering it.\n"
        "Constituency office: 01407 000000"
    )
    assert event["url"] == (
        "https://campaign.example.org/staff/mps/10?motion=2026-27/718"
    )


def test_follow_ups_for_staff_are_on_their_day_and_those_for_others_are_not(
    client, scene
):
    # They were written to on Monday the 15th; four days later is the Friday.
    assert one(asked(client), "follow-up-look-in-11").decoded("dtstart") == date(
        2026, 6, 19
    )
    assert not [uid for uid in events(asked(client)) if "ask-and-ring" in uid]
    scene.set(19, 8)
    scene.run()
    scene.set(22, 8)
    told = one(asked(client), "follow-up-look-in-10")
    assert told.decoded("dtstart") == date(2026, 6, 19), "it is late, and keeps its day"
    assert "about 2 supporters" in told["description"]


def test_the_last_day_is_in_it(client):
    closing = one(asked(client), "closes")
    assert closing.decoded("dtstamp") < MONDAY, "not when it is asked, but when known"
    assert closing.decoded("dtstart") == date(2027, 5, 1)
    assert closing["summary"] == "EDM 718 closes: the last day to sign it"


def test_no_supporter_and_no_note_is_in_it(client):
    text = asked(client).text.replace("\r\n ", "")
    assert "Writer" not in text
    assert "example.org" in text
    assert "@example.org" not in text
    assert "zqnote" not in text


def test_who_has_signed_is_rung_no_more(client, scene):
    scene.set(16)
    scene.rows.append(signature_row(2, member_id=10))
    scene.poll()
    assert not [uid for uid in events(asked(client)) if "-10-" in uid]


def test_a_motion_that_is_over_has_its_last_day_and_nothing_to_do(client, scene):
    scene.clock.set(scene.clock() + timedelta(days=400))
    kinds = {uid.partition("-")[0] for uid in events(asked(client))}
    assert kinds <= {"closes", "tabled"}


def test_long_lines_are_folded_and_signs_escaped(client, scene):
    with store.write(scene.engine) as session:
        session.connection().execute(update(Membership).values(constituency=SEAT))
    answer = asked(client)
    assert one(answer, "call-back-10")["summary"] == f"Ring back: Member 10 · {SEAT}"
    lines = answer.content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert b"\n" not in answer.content.replace(b"\r\n", b"")


def test_the_same_day_gives_the_same_bytes_and_a_304(client, scene):
    first = asked(client)
    scene.clock.set(scene.clock() + timedelta(hours=3))
    again = asked(client, **{"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "private, no-store"
    with store.write(scene.engine) as session:
        session.add(contact(scene, call_back_on=CALL_BACK_ON + timedelta(days=1)))
    moved = asked(client, **{"if-none-match": first.headers["etag"]})
    assert one(moved, "call-back-10").decoded("dtstart") == CALL_BACK_ON + timedelta(1)
    assert not set(events(moved)) >= {str(one(first, "call-back-10")["uid"])}


# Who may read it


def test_only_the_scope_of_the_nudge_list_opens_it_and_no_token_does_as_a_query(client):
    for scope in TokenScope:
        wanted = 200 if scope is TokenScope.NUDGES_READ else 403
        headers = {"authorization": f"Bearer {scope.value}"}
        assert client.get(PATH, headers=headers).status_code == wanted
    for query in ("", "?token=", "?token=nudges:read", "?token=cal_x"):
        assert from_afar(client, query).status_code == 401, query


@pytest.mark.parametrize("role", [*Role])
def test_an_address_opens_the_calendar_and_nothing_else(client, scene, role):
    query = make_address(client, scene, role)
    answer = from_afar(client, query)
    assert one(answer, "call-back-10")
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "access-control-allow-origin" not in answer.headers
    key = query.removeprefix("?token=")
    other = TestClient(client.app)
    assert other.get(f"{NUDGES}{query}").status_code == 401
    headers = {"authorization": f"Bearer {key}"}
    assert other.get(PATH, headers=headers).status_code == 401
    assert other.get(NUDGES, headers=headers).status_code == 401


def test_an_address_is_shown_once_and_only_its_hash_is_kept(client, scene):
    query = make_address(client, scene, Role.VIEWER)
    assert query.removeprefix("?token=cal_")
    page = client.get("/staff/account").text
    assert "cal_" not in page
    assert "You made an address on 15 June 2026" in page
    with store.read(scene.engine) as session:
        [row] = session.exec(select(CalendarKey)).all()
    assert row.key_hash == store.access.token_hash(query.removeprefix("?token="))


def test_another_address_ends_the_one_before_and_revoking_ends_both(client, scene):
    first = make_address(client, scene, Role.STAFF)
    second = press_make(client)
    assert from_afar(client, first).status_code == 401
    assert from_afar(client, second).status_code == 200
    data = {"csrf": csrf_of(client)}
    said = client.post("/staff/account/calendar/revoke", data=data)
    assert "opens nothing any more" in said.text
    assert from_afar(client, second).status_code == 401


def test_whoever_is_disabled_reads_no_calendar(client, scene):
    query = make_address(client, scene, Role.STAFF)
    with store.write(scene.engine) as session:
        user = users.user_named(session, "Ann")
        assert user is not None
        users.set_disabled(session, user.id or 0, True, by="test", at=scene.clock())
    assert from_afar(client, query).status_code == 401


def test_the_log_has_the_template_and_never_the_address(client, scene, caplog):
    query = make_address(client, scene, Role.VIEWER)
    with caplog.at_level(logging.INFO, "dashboard.requests"):
        from_afar(client, query)
    assert "/api/v1/motions/{session}/{number}/due.ics" in caplog.text
    assert query.removeprefix("?token=") not in caplog.text
