"""`/api/v1/outgoing`: what webhooks carried, to catch up with, for 30 days."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tracker import store
from tracker.rules.access import TokenScope
from tracker.rules.audience import NOBODY
from tracker.rules.event_types import EventType
from tracker.store import Engine, NewOutgoing

OUTGOING = "/api/v1/outgoing"
READER = {"Authorization": "Bearer reader"}


@pytest.fixture
def client(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[TestClient]:
    with store.write(engine) as session:
        store.record_token(
            session, "reader", "reader", [TokenScope.EVENTS_READ], at=clock()
        )
        other = [scope for scope in TokenScope if scope is not TokenScope.EVENTS_READ]
        store.record_token(session, "other", "other", other, at=clock())
    app = create_app(settings(), engine, clock=clock)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def tell(engine: Engine, clock: FakeClock, *types: EventType) -> None:
    with store.write(engine) as session:
        for number, type_ in enumerate(types):
            key = f"{clock().isoformat()} {number}"
            new = NewOutgoing(type_, key, member_id=101, data={"from": "waiting"})
            store.record_outgoing(session, new, NOBODY, clock())


def read(client: TestClient, query: str = "") -> Any:
    answer = client.get(f"{OUTGOING}{query}", headers=READER)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def ids(found: Any) -> list[int]:
    return [event["id"] for event in found["events"]]


def test_it_gives_what_a_webhook_carries_with_its_id(client, engine, clock):
    tell(engine, clock, EventType.MEMBER_STATUS_CHANGED)
    assert read(client) == {
        "events": [
            {
                "id": 1,
                "type": "member.status_changed",
                "timestamp": "2026-06-15T12:00:00Z",
                "data": {
                    "event_id": 1,
                    "session": None,
                    "number": None,
                    "member_id": 101,
                    "ons_code": None,
                    "from": "waiting",
                },
            }
        ],
        "last_id": 1,
    }


def test_one_catches_up_from_the_last_id(client, engine, clock):
    tell(engine, clock, *[EventType.PING] * 5)
    first = read(client, "?limit=2")
    assert (ids(first), first["last_id"]) == ([1, 2], 2)
    assert ids(read(client, "?after=2")) == [3, 4, 5]
    rest = read(client, "?after=5")
    assert (rest["events"], rest["last_id"]) == ([], 5)


def test_types_are_chosen(client, engine, clock):
    tell(engine, clock, EventType.PING, EventType.POLL_FAILING, EventType.MEMBER_LEFT)
    assert ids(read(client, "?types=ping,%20member.left")) == [1, 3]
    assert ids(read(client, "?types=poll.failing")) == [2]
    assert ids(read(client, "?types=")) == [1, 2, 3]


def test_what_is_older_than_thirty_days_is_not_given(client, engine, clock):
    tell(engine, clock, EventType.PING)
    clock.advance(timedelta(days=30).total_seconds())
    assert ids(read(client)) == [1]
    clock.advance(1)
    assert ids(read(client)) == []


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?types=no.such", "types takes types with commas between them"),
        ("?types=" + "x" * 501, "types takes"),
        ("?after=-1", "after takes"),
        ("?after=x", "after takes"),
        ("?limit=0", "limit takes"),
        ("?limit=1001", "limit takes"),
    ],
)
def test_a_query_that_can_not_be_taken_is_told_in_words(client, query, words):
    answer = client.get(f"{OUTGOING}{query}", headers=READER)
    assert answer.status_code == 422
    assert words in answer.json()["detail"]


def test_it_takes_the_scope(client):
    assert client.get(OUTGOING).status_code == 401
    other = {"Authorization": "Bearer other"}
    assert client.get(OUTGOING, headers=other).status_code == 403


def test_an_id_beyond_the_database_is_no_fault(client):
    found = read(client, f"?after={10**30}")
    assert found["events"] == []
