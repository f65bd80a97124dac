"""The staff JSON: who may use it, what it takes, and that a POST is done once."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from sqlmodel import select
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.supporters_house import NOW, WATCHED, seat_a_house
from tracker import store
from tracker.rules.access import TokenScope
from tracker.store import Engine
from tracker.store.tables import (
    ConsentKind,
    Contact,
    IdempotencyKey,
    SupporterEmail,
    Way,
)

MOTION = "/api/v1/motions/2026-27/240"
NUDGES, CONTACTS, EMAILS = f"{MOTION}/nudges", f"{MOTION}/contacts", "/api/v1/emails"
PROBLEM = "application/problem+json"
MOTIONS = [{"number": WATCHED.number, "session": WATCHED.session}]
PATHS = {
    "session": "2026-27",
    "number": "240",
    "member_id": "101",
    "ref": "0" * 32,
    "version": "1",
    "name": "x",
}
CONTACT = {"member_id": 101, "channel": "phone", "outcome": "contact"}
SCOPES = {
    ("GET", "/api/v1/motions/{session}/{number}/nudges"): TokenScope.NUDGES_READ,
    ("GET", "/api/v1/motions/{session}/{number}/due.ics"): TokenScope.NUDGES_READ,
    ("POST", "/api/v1/motions/{session}/{number}/contacts"): TokenScope.CONTACTS_WRITE,
    ("POST", "/api/v1/emails"): TokenScope.EMAILS_WRITE,
    ("GET", "/api/v1/supporters/{ref}"): TokenScope.SUPPORTERS_READ,
    ("GET", "/api/v1/outgoing"): TokenScope.EVENTS_READ,
}
"""What needs a scope; nothing else under /api/ needs one, and takes only GET."""


@pytest.fixture
def app(engine: Engine, settings: MakeSettings, clock: FakeClock) -> FastAPI:
    return app_over(engine, settings, clock)


def app_over(engine: Engine, settings: MakeSettings, clock: FakeClock) -> FastAPI:
    clock.set(NOW)
    seat_a_house(engine)
    with store.write(engine) as session:
        for scope in TokenScope:
            store.record_token(session, scope.value, scope.value, [scope], at=NOW)
        every = [*TokenScope]
        store.record_token(session, "all", "all", every, at=NOW)
        store.record_token(session, "other", "other", every, at=NOW)
        gone = store.record_token(session, "gone", "revoked", every, at=NOW)
        gone.revoked_at = NOW
        session.add(gone)
    return create_app(settings(motions=MOTIONS), engine, clock=clock)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def light(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[TestClient]:
    """A client for what is refused before any database is asked."""
    app = app_over(sqlite_engine, settings, clock)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


def post(
    client: TestClient, path: str, body: Any, token: str = "all", **headers: str
) -> httpx.Response:
    return client.post(path, json=body, headers=bearer(token, **headers))


def problem(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail"}
    assert told["status"] == status
    assert "Traceback" not in answer.text
    return str(told["detail"])


# Who may


def api_routes(app: FastAPI) -> list[tuple[str, str]]:
    """Every method of every address under /api/, as the router knows them."""
    found = [
        (method, route.path)
        for route in routes_under(app.routes)
        for method in sorted(route.methods or ())
    ]
    return [(method, path) for method, path in found if path.startswith("/api/")]


def routes_under(routes: Any) -> Iterator[APIRoute]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_under(inner.routes)
        elif isinstance(route, APIRoute):
            yield route


def test_every_route_gives_nobody_only_what_is_public(app, client):
    walked = api_routes(app)
    assert len(walked) > len(SCOPES) + 10
    assert {key for key in SCOPES if key[1] != "/api/v1/outgoing"} <= set(walked)
    for method, template in walked:
        path = template.format(**PATHS)
        needs_scope = (method, template) in SCOPES
        assert method == "GET" or needs_scope, "a POST that needs no scope"
        for headers in (
            {},
            bearer(""),
            bearer("unknown"),
            bearer("revoked"),
            bearer("ALL"),
            {"Authorization": "Basic YWxsOmFsbA=="},
            {"Authorization": "all"},
            {"Cookie": "session=all; __Host-session=all"},
        ):
            answer = client.request(method, path, headers=headers)
            if needs_scope:
                problem(answer, 401)
                assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            else:
                assert answer.status_code not in (401, 403), path


def test_each_scope_opens_its_own_addresses_and_no_other(app, client):
    for method, template in api_routes(app):
        needed = SCOPES.get((method, template))
        if needed is None:
            continue
        for scope in TokenScope:
            answer = client.request(
                method, template.format(**PATHS), headers=bearer(scope.value)
            )
            if scope is needed:
                assert answer.status_code not in (401, 403)
            else:
                assert needed.value in problem(answer, 403)
                assert "101" not in answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(light, method):
    for path in (CONTACTS, EMAILS):
        problem(light.request(method, path, headers=bearer("all")), 405)
    if method != "GET":
        problem(light.request(method, NUDGES, headers=bearer("all")), 405)


def test_a_motion_of_others_is_not_there_whatever_the_token(client):
    for number in ("241", "0240", "x", "9" * 50):
        path = f"/api/v1/motions/2026-27/{number}"
        problem(client.get(f"{path}/nudges", headers=bearer("all")), 404)
        problem(post(client, f"{path}/contacts", CONTACT), 404)
    problem(
        post(client, EMAILS, {"session": "2026-27", "number": 1, "emails": []}), 404
    )


def test_no_cache_keeps_what_is_for_staff(client):
    for answer in (
        client.get(NUDGES, headers=bearer("all")),
        client.get(NUDGES),
        post(client, CONTACTS, CONTACT),
        post(client, EMAILS, {"session": "2026-27", "number": 240, "emails": []}),
        client.get(f"/api/v1/supporters/{'0' * 32}", headers=bearer("all")),
    ):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in answer.headers


# Contacts


def logged(engine: Engine) -> list[Contact]:
    with store.read(engine) as session:
        return [*session.exec(select(Contact)).all()]


def test_a_contact_is_logged_with_these_fields(client, engine):
    body = CONTACT | {
        "stance": "will_sign",
        "may_be_shown": False,
        "call_back_on": "2026-06-20",
        "note": "Rang.",
    }
    answer = post(client, CONTACTS, body)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": 1,
        "contacted_at": "2026-06-15T12:00:00Z",
        **body,
    }
    [contact] = logged(engine)
    assert contact.logged_by == "token all"
    with store.read(engine) as session:
        [entry] = store.audit_entries(session)
    assert (entry.actor, entry.detail) == ("token all", "Member 101")


def test_fewer_fields_will_do(client):
    shown = post(client, CONTACTS, CONTACT).json()
    assert (shown["stance"], shown["may_be_shown"]) == ("unknown", False)
    assert (shown["call_back_on"], shown["note"]) == (None, None)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"member_id": 999}, "member_id takes the id of a Member who is known here."),
        ({"member_id": "101x"}, "member_id takes Parliament's id of a Member"),
        ({"member_id": 0}, "member_id takes"),
        ({"member_id": 2**31}, "member_id takes"),
        ({"member_id": 10**400}, "member_id takes"),
        ({"member_id": None}, "member_id takes"),
        ({"channel": "fax"}, "channel takes one of phone, email, letter, in_person."),
        ({"channel": None}, "channel takes one of"),
        ({"outcome": "won"}, "outcome takes one of contact, message_left, unavailable"),
        ({"stance": "maybe"}, "stance takes one of will_sign, considering"),
        ({"may_be_shown": "yes"}, "may_be_shown takes true or false."),
        ({"may_be_shown": 1}, "may_be_shown takes true or false."),
        ({"call_back_on": "tomorrow"}, "call_back_on takes a day as YYYY-MM-DD"),
        ({"call_back_on": "2026-02-30"}, "call_back_on takes a day as YYYY-MM-DD"),
        ({"call_back_on": "2026-06-14"}, "call_back_on takes a day from today on"),
        ({"call_back_on": "9999-12-31"}, "call_back_on takes a day from today on"),
        ({"note": "x" * 2001}, "note takes at most 2000 characters"),
        ({"note": ["x"]}, "note takes at most 2000 characters"),
        ({"note": "\ud800"}, "note takes"),
        ({"wish": 1}, "wish is no field that is taken here."),
        ({"\x1b[31m" + "w" * 900: 1}, "is no field that is taken here."),
    ],
)
def test_what_is_wrong_with_a_contact_names_the_field(
    light, sqlite_engine, changes, says
):
    body = json.dumps(CONTACT | changes).encode()
    headers = bearer("all", **{"Content-Type": "application/json"})
    detail = problem(light.post(CONTACTS, content=body, headers=headers), 422)
    assert says in detail
    assert detail.isprintable()
    assert len(detail) < 200
    assert logged(sqlite_engine) == []


def test_a_nul_in_a_note_is_left_out(client, engine):
    assert post(client, CONTACTS, CONTACT | {"note": "a\0b"}).status_code == 200
    assert logged(engine)[0].note == "a b"


@pytest.mark.parametrize("path", [CONTACTS, EMAILS])
@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        (b"", (422,)),
        (b"{", (422,)),
        (b"[]", (422,)),
        (b"null", (422,)),
        (b'"text"', (422,)),
        (b"\xff\xfe", (400, 422)),
        (b'{"number": NaN, "member_id": Infinity}', (422,)),
        (b'{"member_id": ' + b"9" * 6000 + b"}", (400, 422)),
        (b"[" * 100_000, (400, 422)),
        (b'{"a":' * 900 + b"1" + b"}" * 900, (422,)),
        (b'{"emails": ' + b"[" * 900 + b"]" * 900 + b"}", (422,)),
        (json.dumps({f"f{i}": i for i in range(5000)}).encode(), (422,)),
        (b"x" * 1_000_001, (413,)),
        (b'{"note": "' + b"x" * 10_000_000 + b'"}', (413,)),
    ],
)
def test_no_body_breaks_it(light, sqlite_engine, path, body, statuses):
    headers = bearer(
        "all", **{"Content-Type": "application/json", "Idempotency-Key": "k"}
    )
    answer = light.post(path, content=body, headers=headers)
    assert answer.status_code in statuses
    problem(answer, answer.status_code)
    assert logged(sqlite_engine) == []


# Once


def test_the_same_key_logs_once_and_gives_the_first_answer(client, engine, clock):
    key = {"Idempotency-Key": "one"}
    first = post(client, CONTACTS, CONTACT, **key)
    clock.advance(3600)
    again = post(client, CONTACTS, CONTACT, **key)
    assert first.json() == again.json()
    assert len(logged(engine)) == 1
    assert post(client, CONTACTS, CONTACT).json()["id"] == 2
    other_key = post(client, CONTACTS, CONTACT, **{"Idempotency-Key": "two"})
    other_caller = post(client, CONTACTS, CONTACT, "other", **key)
    assert (other_key.json()["id"], other_caller.json()["id"]) == (3, 4)


def test_a_key_for_another_request_is_refused(client, engine):
    key = {"Idempotency-Key": "one"}
    post(client, CONTACTS, CONTACT, **key)
    answer = post(client, CONTACTS, CONTACT | {"outcome": "busy"}, **key)
    assert "used for another request" in problem(answer, 422)
    assert len(logged(engine)) == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_told(light, sqlite_engine, key):
    answer = post(light, CONTACTS, CONTACT, **{"Idempotency-Key": key})
    assert "Idempotency-Key takes 1 to 255 characters" in problem(answer, 422)
    assert logged(sqlite_engine) == []


def test_a_request_that_failed_may_be_sent_again_with_its_key(client, engine):
    key = {"Idempotency-Key": "one"}
    problem(post(client, CONTACTS, CONTACT | {"member_id": 999}, **key), 422)
    assert post(client, CONTACTS, CONTACT, **key).status_code == 200
    assert len(logged(engine)) == 1


def test_a_key_sent_ten_times_at_once_logs_once(client, engine):
    answers: list[httpx.Response] = []

    def send() -> None:
        answers.append(post(client, CONTACTS, CONTACT, **{"Idempotency-Key": "one"}))

    senders = [threading.Thread(target=send) for _ in range(10)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["id"] for answer in answers} == {logged(engine)[0].id}
    assert len(logged(engine)) == 1


def test_keys_are_forgotten_after_a_week(client, engine, clock):
    post(client, CONTACTS, CONTACT, **{"Idempotency-Key": "one"})
    clock.advance(timedelta(days=7, seconds=1).total_seconds())
    post(client, CONTACTS, CONTACT, **{"Idempotency-Key": "two"})
    with store.read(engine) as session:
        assert len(session.exec(select(IdempotencyKey)).all()) == 1


# Emails


EMAIL = {
    "supporter_email": "ada@example.com",
    "supporter_name": "Ada Writer",
    "postcode": "ZZ1 1AA",
    "mp_email": "jane.carver.mp@parliament.example",
    "sent_at": "2026-06-10T09:00:00Z",
    "message_id": "<1@example.com>",
    "subject": "EDM 240",
}


def sent(*emails: Any) -> dict[str, Any]:
    return {"session": "2026-27", "number": 240, "emails": list(emails)}


def test_emails_from_another_program_are_counted_once(client, engine):
    bad = EMAIL | {"supporter_email": "nobody", "message_id": "2"}
    nobodys = EMAIL | {"mp_email": None, "postcode": None, "message_id": "3"}
    body = sent(EMAIL, bad, nobodys | {"sent_at": "2026-06-10T10:00:00Z"})
    answer = post(client, EMAILS, body)
    assert answer.status_code == 200
    assert answer.json() == {
        "read": 3,
        "counted": 1,
        "duplicates": 0,
        "review": 1,
        "rejected": [{"line": 2, "reason": "supporter_email is not an email address"}],
    }
    again = post(client, EMAILS, body).json()
    assert (again["counted"], again["duplicates"]) == (0, 2)
    with store.read(engine) as session:
        rows = session.exec(select(SupporterEmail)).all()
        assert {row.way for row in rows} == {Way.API}
        assert store.tallies_of(session, 1)[101].supporter_count == 1


def test_the_same_key_gives_the_first_result_again(client):
    key = {"Idempotency-Key": "one"}
    first = post(client, EMAILS, sent(EMAIL), **key)
    assert first.json()["counted"] == 1
    assert post(client, EMAILS, sent(EMAIL), **key).json() == first.json()
    other = post(client, EMAILS, sent(EMAIL, EMAIL), **key)
    assert "used for another request" in problem(other, 422)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"session": None}, "session takes a session such as 2014-15"),
        ({"number": "x"}, "number takes the printed number"),
        ({"emails": {}}, "emails takes a list of at most 10000 objects"),
        ({"emails": [1]}, "emails takes a list"),
        ({"emails": [{}] * 10_001}, "emails takes a list of at most 10000"),
        ({"source": "x"}, "source is no field"),
    ],
)
def test_what_is_wrong_with_a_list_names_the_field(light, changes, says):
    assert says in problem(post(light, EMAILS, sent() | changes), 422)


@pytest.mark.parametrize(
    "value", [1, True, [], {}, {"a": {"b": []}}, "\ud800", "\0", "x" * 100_000]
)
@pytest.mark.parametrize("field", ["supporter_name", "subject", "postcode", "mp_email"])
def test_no_value_of_an_email_breaks_it(client, field, value):
    body = json.dumps(sent(EMAIL | {field: value})).encode()
    headers = bearer(
        "all", **{"Content-Type": "application/json", "Idempotency-Key": "k"}
    )
    answer = client.post(EMAILS, content=body, headers=headers)
    assert answer.status_code in (200, 422), answer.text


# Supporters


def agreed(engine: Engine, *kinds: ConsentKind) -> str:
    with store.write(engine) as session:
        person = store.record_supporter(
            session,
            email_key="k",
            email="ada@example.com",
            name="Ada Writer",
            postcode="ZZ1 1AA",
            address="1 High Street",
            at=NOW,
        )
        for kind in kinds:
            store.record_consent(
                session,
                person.id or 0,
                kind,
                wording="w",
                version="1",
                way=Way.FORM,
                given_at=NOW,
            )
        return person.ref


def test_who_agreed_is_told_of_with_no_more_than_is_needed(client, engine):
    ref = agreed(engine, ConsentKind.REMINDERS)
    answer = client.get(f"/api/v1/supporters/{ref}", headers=bearer("all"))
    assert answer.json() == {
        "ref": ref,
        "email": "ada@example.com",
        "name": "Ada Writer",
        "agreed_reminders": True,
        "agreed_campaigns": False,
    }
    with store.read(engine) as session:
        [entry] = store.audit_entries(session)
    assert (entry.actor, entry.action) == ("token all", "supporter read")
    assert entry.detail == f"supporter {ref}", "whom to tell if the token leaks"


@pytest.mark.parametrize("kinds", [(), (ConsentKind.SEND,)])
def test_who_did_not_agree_is_as_unknown_as_anybody(client, engine, kinds):
    ref = agreed(engine, *kinds)
    told = {
        problem(client.get(f"/api/v1/supporters/{one}", headers=bearer("all")), 404)
        for one in (ref, "0" * 32, "%00", "x" * 5000, "a'b", "%", "é")
    }
    assert told == {"No supporter who agreed has that reference."}
    with store.read(engine) as session:
        assert [*store.audit_entries(session)] == []


# The nudge list


def test_the_nudge_list_is_given_in_either_order_and_no_other(client):
    for query in ("", "?order=rank", "?order=likely"):
        answer = client.get(NUDGES + query, headers=bearer("all"))
        assert answer.json() == {"nudges": []}
    for query in ("?order=name", "?order=rank'--", "?order="):
        answer = client.get(NUDGES + query, headers=bearer("all"))
        assert "order takes rank or likely." in problem(answer, 422)
