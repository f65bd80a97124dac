"""The public JSON: its values, its errors, and what no question may break."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.factories import SEEN_AT, motion_answer, recorded, signature_row
from tests.live import MOTION
from tracker.config import Settings
from tracker.store import Engine

NOW = datetime(2015, 1, 23, 12, 0, 30, tzinfo=UTC)
PROBLEM = "application/problem+json"


@pytest.fixture
def configured(settings: MakeSettings) -> Settings:
    return settings(web={"base_url": "https://edm.example.org"})


@pytest.fixture
def client(
    configured: Settings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    clock.set(NOW)
    rows = [
        signature_row(1, party="Labour", name="Anna Example"),
        signature_row(2, party="Green Party", name="Bryn Sample"),
        signature_row(3, name="Cato Instance", withdrawn="2015-01-22T11:00:00"),
    ]
    recorded(sqlite_engine, configured.motions[0], motion_answer(rows), SEEN_AT)
    app = create_app(configured, sqlite_engine, clock=clock)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def unpolled(
    settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    with TestClient(create_app(settings(), sqlite_engine, clock=clock)) as made:
        yield made


def test_a_motion_is_shown_with_these_fields_and_no_others(client: TestClient) -> None:
    answer = client.get(MOTION)
    assert answer.status_code == 200
    shown = answer.json()
    assert list(shown) == [
        *("session", "number", "parliament_id", "title", "text", "url", "tabled_on"),
        *("state", "signature_count", "withdrawn_count", "member_count"),
        *("eligible_count", "first_poll_at", "last_poll_at", "last_good_poll_at"),
        *("last_changed_at", "health", "health_note"),
    ]
    assert (shown["session"], shown["number"], shown["state"]) == (
        "2014-15",
        718,
        "open",
    )
    assert (shown["signature_count"], shown["withdrawn_count"]) == (2, 1)
    assert shown["url"] == "https://edm.parliament.uk/early-day-motion/46718"
    assert shown["tabled_on"] == "2015-01-21"
    assert shown["last_good_poll_at"] == "2015-01-23T12:00:00Z"
    assert shown["health"] == "ok"


def test_a_motion_that_was_never_polled_is_shown_too(unpolled: TestClient) -> None:
    shown = unpolled.get(MOTION).json()
    assert (shown["health"], shown["signature_count"], shown["title"]) == (
        "never",
        0,
        None,
    )
    assert unpolled.get(f"{MOTION}/events?after=7").json() == {
        "events": [],
        "last_id": 7,
    }
    assert unpolled.get(f"{MOTION}/members").json()["members"] == []
    assert unpolled.get(f"{MOTION}/history").json()["signature_count"] == 0
    for name in ("signatures.csv", "signatures.xlsx", "feed.atom", "badge.svg"):
        assert unpolled.get(f"{MOTION}/{name}").status_code == 200


def test_members_have_their_status_and_our_page(client: TestClient) -> None:
    shown = client.get(f"{MOTION}/members").json()
    assert shown["counts"]["signed"] == 2
    assert shown["counts"]["withdrew"] == 1
    assert shown["counts"]["declined"] == 0
    anna = shown["members"][0]
    assert list(anna) == [
        *("member_id", "name", "party", "constituency", "ons_code", "status", "why"),
        *("signed_on", "withdrawn_on", "supporters", "url"),
    ]
    assert (anna["member_id"], anna["status"]) == (1001, "signed")
    assert (anna["signed_on"], anna["withdrawn_on"]) == ("2015-01-22", None)
    assert anna["url"] == "https://edm.example.org/motions/2014-15/718/mps/1001"
    assert client.get(f"{MOTION}/members/1001").json() == anna


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("status=signed", ["Anna Example", "Bryn Sample"]),
        ("status=withdrew", ["Cato Instance"]),
        ("status=declined", []),
        ("party=green%20party", ["Bryn Sample"]),
        ("q=SAMPLE", ["Bryn Sample"]),
        ("q=seat+3", ["Cato Instance"]),
        ("status=signed&party=Labour&q=anna", ["Anna Example"]),
        ("status=&party=&q=", ["Anna Example", "Bryn Sample", "Cato Instance"]),
        ("q=%25", None),
        ("q=_", None),
        ("q='%20OR%201=1%20--", []),
        ("q=%00", None),
        ("party=%00%27", []),
    ],
)
def test_members_are_filtered_and_the_counts_stay(
    client: TestClient, query: str, names: list[str] | None
) -> None:
    answer = client.get(f"{MOTION}/members?{query}")
    assert answer.status_code == 200
    if names is not None:
        assert [one["name"] for one in answer.json()["members"]] == names
    assert answer.json()["counts"] == client.get(f"{MOTION}/members").json()["counts"]


def test_events_come_in_pages_that_meet(client: TestClient) -> None:
    first = client.get(f"{MOTION}/events?limit=3").json()
    assert [event["id"] for event in first["events"]] == [1, 2, 3]
    rest = client.get(f"{MOTION}/events?after={first['last_id']}").json()
    assert [event["id"] for event in rest["events"]] == [4]
    assert list(rest["events"][0]) == [
        *("id", "kind", "again", "member_id", "name", "party", "constituency"),
        *("happened_at", "time_from", "observed_at", "backfilled"),
    ]
    assert rest["events"][0]["kind"] == "withdrawn"
    assert rest["events"][0]["backfilled"] is True
    last = client.get(f"{MOTION}/events?after={rest['last_id']}").json()
    assert last == {"events": [], "last_id": 4}


@pytest.mark.parametrize(
    ("at", "count"),
    [
        ("2015-01-22T09:59:59Z", 0),
        ("2015-01-22T10:00:00Z", 3),
        ("2015-01-22T10:59:59Z", 3),
        ("2015-01-22T11:00:00Z", 2),
        ("2015-01-22T12:00:00+01:00", 2),  # its + arrives as a blank
        ("2015-01-22T10:00:00", 3),  # London's
        ("2015-01-22", 0),
        ("", 2),
    ],
)
def test_history_is_by_when_it_happened(
    client: TestClient, at: str, count: int
) -> None:
    shown = client.get(f"{MOTION}/history?at={at}").json()
    assert shown["signature_count"] == count
    assert shown["at"].endswith("Z")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("events?limit=0", "limit takes a whole number from 1 to 1000."),
        ("events?limit=1001", "limit takes a whole number from 1 to 1000."),
        ("events?limit=ten", "limit takes a whole number from 1 to 1000."),
        ("events?after=-1", "after takes the id of an event, a whole number from 0."),
        ("events?after=x", "after takes the id of an event, a whole number from 0."),
        ("members?status=keen", "status takes one of signed, declined, cannot_sign"),
        ("members?q=" + "x" * 201, "q takes part of a name or of a constituency"),
        ("history?at=yesterday", "at takes a time such as 2015-03-26T12:00:00Z"),
        ("history?at=0001-01-01T00:00:00Z", "at takes a time such as"),
        ("history?at=9999-12-31T23:59:59-12:00", "at takes a time such as"),
        ("history?at=12", "at takes a time such as"),
    ],
)
def test_a_bad_value_is_named_with_what_it_takes(
    client: TestClient, query: str, sentence: str
) -> None:
    answer = client.get(f"{MOTION}/{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == PROBLEM
    told = answer.json()
    assert told["detail"].startswith(sentence)
    assert (told["status"], told["type"]) == (422, "about:blank")
    assert set(told) == {"type", "title", "status", "detail"}


@pytest.mark.parametrize("limit", [1, 1000])
def test_the_limits_of_a_page_are_taken(client: TestClient, limit: int) -> None:
    assert client.get(f"{MOTION}/events?limit={limit}").status_code == 200


@pytest.mark.parametrize("digits", [10, 19, 20, 400, 5000])
def test_numbers_of_any_length_are_no_fault_of_ours(
    client: TestClient, digits: int
) -> None:
    number = "9" * digits
    assert client.get(f"{MOTION}/events?after={number}").status_code in (200, 422)
    assert client.get(f"{MOTION}/members/{number}").status_code == 404
    path = f"/api/v1/motions/2014-15/{number}"
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/motions/2014-15/719",
        "/api/v1/motions/2013-14/718",
        "/api/v1/motions/2014-15/0718",
        "/api/v1/motions/2014-15/²",
        "/api/v1/motions/2014-15/seven",
        "/api/v1/motions/%00/718/members",
        "/api/v1/motions/2014-15/719/feed.atom",
        "/api/v1/motions/2014-15/719/signatures.csv",
        "/api/v1/motions/2014-15/718/members/1",
        "/api/v1/motions/2014-15/718/members/01001",
        "/api/v1/motions/2014-15/718/signatures.exe",
        "/api/v1/motions/2014-15/718/",
        "/api/v1/nothing",
    ],
)
def test_what_is_not_there_is_a_problem_of_404(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "BREW"])
def test_a_method_that_is_not_taken_is_a_problem_of_405(
    client: TestClient, method: str
) -> None:
    answer = client.request(method, MOTION)
    assert (answer.status_code, answer.headers["content-type"]) == (405, PROBLEM)
    assert "GET" in answer.headers["allow"]


def test_head_is_get_without_the_body(client: TestClient) -> None:
    head, get = client.head(MOTION), client.get(MOTION)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(get.content))
    assert head.headers["etag"] == get.headers["etag"]


def test_an_answer_that_is_known_is_not_sent_again(client: TestClient) -> None:
    tag = client.get(MOTION).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(MOTION, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        assert again.headers["access-control-allow-origin"] == "*"
    changed = client.get(MOTION, headers={"If-None-Match": '"other"'})
    assert changed.status_code == 200


@pytest.mark.parametrize(
    "path",
    ["", "/members", "/members/1001", "/events", "/history", "/feed.atom", "/badge.svg"]
    + [f"/signatures.{fmt}" for fmt in ("csv", "json", "xlsx")]
    + ["/events?limit=0", "/members/1"],
)
def test_any_origin_may_read_without_cookies(client: TestClient, path: str) -> None:
    answer = client.get(f"{MOTION}{path}", headers={"Origin": "https://other.example"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_a_preflight_is_answered(client: TestClient) -> None:
    asked = {
        "Origin": "https://other.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "If-None-Match",
    }
    answer = client.options(f"{MOTION}/events", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "GET" in answer.headers["access-control-allow-methods"]


def test_links_are_of_the_configuration_whatever_the_request_says(
    client: TestClient,
) -> None:
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-For": "1.2.3.4",
        "Forwarded": "host=evil.example",
    }
    for path in (MOTION, f"{MOTION}/members", f"{MOTION}/feed.atom", "/api/docs", "/"):
        answer = client.get(path, headers=forged)
        assert answer.status_code == 200
        assert "evil.example" not in answer.text + str(answer.headers)
