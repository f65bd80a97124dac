"""`…/lookup`: from a postcode to the MP and what to do; asked of a table or of Parliament."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.supporters_house import (
    NOW,
    WATCHED,
    code_of,
    load_postcodes,
    seat_a_house,
)
from tests.upstream import house
from tracker import store
from tracker.config import Settings
from tracker.rehearsal import faults, wire_faults
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.rules.postcodes import LookupKind
from tracker.store import Engine
from tracker.store.tables import PostcodeAnswer, PostcodeSeat, Tally
from tracker.supporters import postcodes
from tracker.supporters.lookup import open_lookup

LOOKUP = "/api/v1/motions/2026-27/240/lookup"
SEARCH = "/api/Location/Constituency/Search"
MOTIONS = [{"number": WATCHED.number, "session": WATCHED.session}]
PROBLEM = "application/problem+json"


def configured(make: MakeSettings, url: str = "http://127.0.0.1:9") -> Settings:
    return make(
        motions=MOTIONS,
        web={"base_url": "https://edm.example.org"},
        parliament={
            "members_url": url,
            "motions_url": url,
            "calendar_url": "",
            "requests_per_second": 1000,
        },
        rehearsal=True,
    )


@pytest.fixture
def seated(engine: Engine, clock: FakeClock) -> Engine:
    clock.set(NOW)
    seat_a_house(engine)
    return engine


@pytest.fixture
def client(
    seated: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[TestClient]:
    app = create_app(configured(settings), seated, clock=clock)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def add_postcode(
    engine: Engine, postcode: str, code: str, is_terminated: bool = False
) -> None:
    with store.write(engine) as session:
        session.add(
            PostcodeSeat(postcode=postcode, ons_code=code, is_terminated=is_terminated)
        )


# By a table


def test_a_postcode_is_answered_with_the_mp_and_what_to_do(client: TestClient) -> None:
    answer = client.get(LOOKUP, params={"postcode": "zz1 1aa"})
    assert answer.status_code == 200
    shown = answer.json()
    assert list(shown) == ["postcode", "constituency", "member", "advice"]
    assert (shown["postcode"], shown["constituency"]) == ("ZZ1 1AA", "Ynys Môn")
    assert shown["member"]["member_id"] == 101
    assert shown["member"]["status"] == "not_asked"
    assert shown["advice"].startswith("Jane Carver has not signed yet.")
    member = client.get("/api/v1/motions/2026-27/240/members/101").json()
    assert shown["member"] == member


def test_any_origin_may_ask_and_no_cache_keeps_the_answer(client: TestClient) -> None:
    for postcode in ("ZZ1 1AA", "nonsense"):
        answer = client.get(LOOKUP, params={"postcode": postcode})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("postcode", "status", "says"),
    [
        ("SW1A 1A", 422, "not a full UK postcode"),
        ("", 422, "Type your postcode"),
        ("%00", 422, "not a full UK postcode"),
        ("' OR 1=1 --", 422, "not a full UK postcode"),
        ("A" * 41, 422, "postcode takes a UK postcode"),
        ("BFPO 140", 422, "home address"),
        ("ZZ9 9ZZ", 404, "ZZ9 9ZZ is not known"),
        ("JE2 3AB", 404, "Jersey, which sends no MP"),
        ("BF1 1AA", 404, "home address"),
        ("ZZ2 2ZZ", 404, "more than one constituency: choose your MP"),
    ],
)
def test_each_postcode_without_a_seat_has_an_answer_of_its_own(
    client: TestClient, seated: Engine, postcode: str, status: int, says: str
) -> None:
    add_postcode(seated, "ZZ22ZZ", "")
    answer = client.get(LOOKUP, params={"postcode": postcode})
    assert answer.status_code == status
    assert answer.headers["content-type"] == PROBLEM
    assert says in answer.json()["detail"]


def test_without_a_postcode_it_is_told_what_is_taken(client: TestClient) -> None:
    answer = client.get(LOOKUP)
    assert answer.status_code == 422
    assert "postcode takes a UK postcode" in answer.json()["detail"]


def test_a_terminated_postcode_says_so_and_names_the_mp(
    client: TestClient, seated: Engine
) -> None:
    add_postcode(seated, "ZZ33ZZ", code_of("Tooting"), is_terminated=True)
    shown = client.get(LOOKUP, params={"postcode": "ZZ3 3ZZ"}).json()
    assert shown["member"]["member_id"] == 104
    assert shown["advice"].startswith(
        "ZZ3 3ZZ is no longer in use; it was in Tooting. Alex Morgan has not signed"
    )


def test_a_vacant_seat_has_no_mp_and_says_so(
    client: TestClient, seated: Engine
) -> None:
    add_postcode(seated, "ZZ44ZZ", code_of("Gordon and Buchan"))
    shown = client.get(LOOKUP, params={"postcode": "ZZ4 4ZZ"}).json()
    assert shown["member"] is None
    assert shown["advice"] == (
        "Gordon and Buchan has no MP at the moment: the seat is vacant."
    )


def test_before_the_house_was_read_it_cannot_be_answered(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    clock.set(NOW)
    load_postcodes(engine)
    with TestClient(create_app(configured(settings), engine, clock=clock)) as client:
        answer = client.get(LOOKUP, params={"postcode": "ZZ1 1AA"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "list of MPs has not been read" in answer.json()["detail"]


def test_a_table_of_another_house_gives_no_mp_and_the_reason(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    clock.set(NOW)
    load_postcodes(engine, "2010")
    with TestClient(create_app(configured(settings), engine, clock=clock)) as client:
        answer = client.get(LOOKUP, params={"postcode": "ZZ1 1AA"})
    assert answer.status_code == 404
    assert "the postcodes known here are of those of 2010" in answer.json()["detail"]


def test_a_postcode_of_today_names_no_mp_of_a_house_of_old(
    seated: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    old = settings(motions=[{"number": 718, "session": "2014-15"}])
    with TestClient(create_app(old, seated, clock=clock)) as client:
        answer = client.get(
            "/api/v1/motions/2014-15/718/lookup", params={"postcode": "ZZ1 1AA"}
        )
    assert answer.status_code == 404
    detail = answer.json()["detail"]
    assert "the House of the constituencies of 2010" in detail
    assert detail.endswith("It closed on 26 March 2015.")


def test_the_public_number_of_supporters_starts_at_five(
    client: TestClient, seated: Engine
) -> None:
    for count, shown in ((4, None), (5, 5)):
        with store.write(seated) as session:
            motion = store.record_motion(session, WATCHED.session, WATCHED.number)
            session.merge(
                Tally(
                    motion_id=motion.id or 0,
                    member_id=101,
                    supporter_count=count,
                    email_count=count,
                    first_email_at=NOW,
                    last_email_at=NOW,
                )
            )
        answer = client.get(LOOKUP, params={"postcode": "ZZ1 1AA"}).json()
        assert answer["member"]["supporters"] == shown


def test_the_31st_in_a_minute_is_told_to_wait_and_others_are_not(
    seated: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    app = create_app(configured(settings), seated, clock=clock)
    with TestClient(app, client=("192.0.2.1", 1)) as one:
        statuses = [
            one.get(LOOKUP, params={"postcode": "nonsense"}).status_code
            for _ in range(31)
        ]
        refused = one.get(LOOKUP, params={"postcode": "ZZ1 1AA"})
        other = TestClient(app, client=("192.0.2.2", 1))
        assert other.get(LOOKUP, params={"postcode": "ZZ1 1AA"}).status_code == 200
    assert statuses == [422] * 30 + [429]
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert refused.headers["content-type"] == PROBLEM


# By the Members API


@contextmanager
def parliament(clock: FakeClock) -> Iterator[StandIn]:
    with StandIn(World(house(), clock=clock), clock=clock) as stand_in:
        yield stand_in


def look(
    engine: Engine, made: Settings, clock: FakeClock, text: str, *texts: str
) -> list[tuple[LookupKind, str | None, str | None]]:
    """Look postcodes up one after the other with one client."""

    async def looked() -> list[tuple[LookupKind, str | None, str | None]]:
        found = []
        async with open_lookup(made, engine, clock) as lookup:
            for one in (text, *texts):
                place = await lookup.place(made.motions[0], one)
                found.append((place.kind, place.ons_code, place.reason))
        return found

    return asyncio.run(looked())


def test_without_a_table_parliament_is_asked_once_a_month(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    with parliament(clock) as stand_in:
        made = configured(settings, stand_in.url)
        postcode = stand_in.world.postcodes()[0]
        seat = stand_in.world.seat_of_postcode(postcode)
        assert seat is not None
        [first, second] = look(engine, made, clock, postcode, postcode.lower())
        assert first == second == (LookupKind.FOUND, seat.ons_code, None)
        assert len(stand_in.requests) == 1
        clock.advance(29 * 86_400)
        look(engine, made, clock, postcode)
        assert len(stand_in.requests) == 1
        clock.advance(2 * 86_400)
        look(engine, made, clock, postcode)
        assert len(stand_in.requests) == 2
    with store.read(engine) as session:
        [kept] = session.exec(select(PostcodeAnswer)).all()
    assert set(kept.model_dump()) == {
        "postcode",
        "constituency",
        "ons_code",
        "asked_at",
    }


def test_a_postcode_parliament_does_not_know_is_asked_again_after_a_day(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    with parliament(clock) as stand_in:
        made = configured(settings, stand_in.url)
        [first, again] = look(engine, made, clock, "QQ1 1QQ", "QQ1 1QQ")
        assert first == again
        assert first[0] is LookupKind.UNKNOWN
        assert len(stand_in.requests) == 1
        clock.advance(86_401)
        look(engine, made, clock, "QQ1 1QQ")
        assert len(stand_in.requests) == 2


@pytest.mark.parametrize(
    "fault",
    [faults.HtmlPage(503), faults.CloudflareChallenge(), wire_faults.ResetAtOnce()],
)
def test_while_parliament_is_down_it_cannot_be_looked_up_now(
    engine: Engine, settings: MakeSettings, clock: FakeClock, fault: object
) -> None:
    with parliament(clock) as stand_in:
        made = configured(settings, stand_in.url)
        known = stand_in.world.postcodes()[0]
        look(engine, made, clock, known)
        stand_in.fault(fault, SEARCH, times=None)  # type: ignore[arg-type]
        [cached, other] = look(
            engine, made, clock, known, stand_in.world.postcodes()[1]
        )
        assert cached[0] is LookupKind.FOUND
        assert other[0] is LookupKind.CANNOT_NOW
        stand_in.clear_faults()
        [again] = look(engine, made, clock, stand_in.world.postcodes()[1])
        assert again[0] is LookupKind.FOUND


def test_a_slow_parliament_keeps_nobody_waiting_for_long(
    engine: Engine,
    settings: MakeSettings,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(postcodes, "PATIENCE_SECONDS", 0.3)
    with parliament(clock) as stand_in:
        made = configured(settings, stand_in.url)
        stand_in.fault(wire_faults.Hang(), SEARCH, times=None)
        began = time.monotonic()
        [found] = look(engine, made, clock, "QQ1 1QQ")
        assert time.monotonic() - began < 5
    assert found[0] is LookupKind.CANNOT_NOW


def test_while_the_brake_is_on_nothing_is_asked(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    with store.write(engine) as session:
        store.record_brake(session, clock() + timedelta(minutes=5), "told to wait")
    with parliament(clock) as stand_in:
        [found] = look(engine, configured(settings, stand_in.url), clock, "QQ1 1QQ")
        assert found[0] is LookupKind.CANNOT_NOW
        assert len(stand_in.requests) == 0


def test_a_503_of_ours_says_when_to_come_back(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    clock.set(NOW)
    with TestClient(create_app(configured(settings), engine, clock=clock)) as client:
        answer = client.get(LOOKUP, params={"postcode": "ZZ1 1AA"})
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "can't be looked up at the moment" in answer.json()["detail"]
    assert answer.headers["content-type"] == PROBLEM


def test_two_constituencies_of_parliaments_answer_are_not_guessed_between(
    engine: Engine, settings: MakeSettings, clock: FakeClock
) -> None:
    with store.write(engine) as session:
        store.record_postcode_answer(
            session,
            PostcodeAnswer(
                postcode="QQ11QQ",
                constituency="Tooting; St Ives",
                ons_code=None,
                asked_at=clock(),
            ),
        )
    [found] = look(engine, configured(settings), clock, "QQ1 1QQ")
    assert found[0] is LookupKind.SEVERAL
    assert found[1] is None
    assert "(Tooting; St Ives)" in (found[2] or "")


def test_an_answer_kept_twice_at_once_is_no_error(
    engine: Engine, clock: FakeClock
) -> None:
    answer: dict[str, Any] = {"postcode": "QQ11QQ", "constituency": "Tooting"}
    for _ in range(2):
        with store.write(engine) as session:
            store.record_postcode_answer(
                session, PostcodeAnswer(**answer, asked_at=clock())
            )
    with store.read(engine) as session:
        assert len(session.exec(select(PostcodeAnswer)).all()) == 1


# What stays of it


def test_the_postcode_is_in_no_log_and_nothing_of_who_asked_is_kept(
    engine: Engine,
    settings: MakeSettings,
    clock: FakeClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock.set(NOW)
    seat_a_house(engine)
    caplog.set_level(logging.INFO)
    app = create_app(configured(settings), engine, clock=clock)
    with TestClient(app, client=("192.0.2.77", 1)) as client:
        client.get(LOOKUP, params={"postcode": "ZZ1 1AA"})
        client.get(LOOKUP, params={"postcode": "QQ1 1QQ"})
    ours = [
        record.getMessage()
        for record in caplog.records
        if not record.name.startswith("httpx")  # the tests' own client
    ]
    assert any("/lookup" in line for line in ours)
    for line in ours:
        assert "ZZ1" not in line
        assert "QQ1" not in line
        assert "192.0.2.77" not in line
