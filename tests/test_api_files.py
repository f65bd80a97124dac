"""The files of the public API (exports, feed, badge) and what tells of the program itself."""

import csv
import dataclasses
import io
import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from starlette.testclient import TestClient

from dashboard.api.badge import badge_svg
from dashboard.api.feed import ENTRIES
from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.factories import SEEN_AT, motion_answer, recorded, signature_row
from tests.live import MOTION
from tracker import store
from tracker.config import Settings
from tracker.store import Engine
from tracker.store.engine import open_engine
from tracker.store.schema import open_database

ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture
def configured(settings: MakeSettings) -> Settings:
    return settings(campaign={"goal": 40})


@pytest.fixture
def client(
    configured: Settings, sqlite_engine: Engine, clock: FakeClock
) -> Iterator[TestClient]:
    clock.set(SEEN_AT + timedelta(seconds=90))
    app = create_app(configured, sqlite_engine, clock=clock)
    with TestClient(app, raise_server_exceptions=False) as made:
        yield made


def record(
    configured: Settings, engine: Engine, *rows: dict[str, Any], minute: int = 0
) -> None:
    seen_at = SEEN_AT + timedelta(minutes=minute)
    recorded(
        engine,
        configured.motions[0],
        motion_answer(rows),
        seen_at,
        missing_polls=1,
        missing_seconds=0,
    )


def test_the_exports_hold_every_row_and_run_nothing(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    withdrawn = "2015-01-22T11:00:00"
    record(
        configured,
        sqlite_engine,
        signature_row(1, name="Siân Môr"),
        signature_row(2, name="=cmd|' /C calc'!A0", withdrawn=withdrawn),
    )
    as_csv = client.get(f"{MOTION}/signatures.csv")
    assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert (
        'filename="edm-718-2014-15-signatures.csv"'
        in (as_csv.headers["content-disposition"])
    )
    text = as_csv.content.decode("utf-8-sig")
    names = [row["name"] for row in csv.DictReader(io.StringIO(text, newline=""))]
    assert names == ["Siân Môr", "'=cmd|' /C calc'!A0"]
    as_json = client.get(f"{MOTION}/signatures.json").json()
    assert [row["member_id"] for row in as_json] == [1001, 1002]
    assert as_json[1]["withdrawn_at"] == "2015-01-22T11:00:00Z"
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"{MOTION}/signatures.xlsx").content)
    )
    assert [cell.value for cell in book["signatures"]["C"]] == ["name", *names]


def test_the_feed_tells_what_parliament_shows_newest_first(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    withdrawn = "2015-01-22T11:00:00"
    first, second = signature_row(1, name="Anna <A>"), signature_row(2, name="Bryn")
    third = signature_row(3, name="Cato")
    record(configured, sqlite_engine, first, second, third)
    second = signature_row(2, name="Bryn", withdrawn=withdrawn)
    record(configured, sqlite_engine, first, second, minute=1)
    answer = client.get(f"{MOTION}/feed.atom")
    assert answer.headers["content-type"] == "application/atom+xml"
    titles = [
        entry.findtext("a:title", None, ATOM)
        for entry in ElementTree.fromstring(answer.content).findall("a:entry", ATOM)
    ]
    assert titles[:2] == [
        "Cato: the signature is no longer on Parliament's list",
        "Bryn: Parliament shows the signature as withdrawn",
    ]
    assert titles[-1] == "Anna <A> signed"


def test_the_entries_keep_their_ids_when_the_address_changes(
    client: TestClient,
    settings: MakeSettings,
    configured: Settings,
    sqlite_engine: Engine,
) -> None:
    record(configured, sqlite_engine, signature_row(1), signature_row(2))

    def ids(of: TestClient) -> list[str | None]:
        root = ElementTree.fromstring(of.get(f"{MOTION}/feed.atom").content)
        return [found.text for found in root.iter("{http://www.w3.org/2005/Atom}id")]

    moved = settings(web={"base_url": "https://moved.example"})
    with TestClient(create_app(moved, sqlite_engine)) as other:
        assert ids(client) == ids(other)
    assert len(set(ids(client))) == 3


def test_the_feed_has_the_newest_hundred(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    rows = [signature_row(place) for place in range(1, ENTRIES + 3)]
    record(configured, sqlite_engine, *rows)
    root = ElementTree.fromstring(client.get(f"{MOTION}/feed.atom").content)
    entries = root.findall("a:entry", ATOM)
    assert len(entries) == ENTRIES
    newest = entries[0].findtext("a:title", None, ATOM)
    assert newest == f"Member Number {ENTRIES + 2} signed"


def test_a_partys_feed_has_its_own_changes_and_an_id_of_its_own(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    rows = [
        signature_row(1, party="Labour (Co-op)"),
        signature_row(2, party="Plaid Cymru"),
        signature_row(3, party="Labour", withdrawn="2015-01-22T11:00:00"),
    ]
    record(configured, sqlite_engine, *rows)

    def entries(query: str) -> tuple[ElementTree.Element, list[str]]:
        root = ElementTree.fromstring(client.get(f"{MOTION}/feed.atom{query}").content)
        titles = [
            e.findtext("a:title", "", ATOM) for e in root.findall("a:entry", ATOM)
        ]
        return root, titles

    everybody, titles = entries("")
    assert len(titles) == 4
    labour, titles = entries("?party=labour")
    assert titles == [
        "Member Number 3: Parliament shows the signature as withdrawn",
        "Member Number 3 signed",
        "Member Number 1 signed",
    ]
    assert labour.findtext("a:id", "", ATOM) != everybody.findtext("a:id", "", ATOM)
    assert entries("?party=Labour%20(Co-op)")[1] == titles
    assert entries("?party=Plaid+Cymru")[1] == ["Member Number 2 signed"]
    assert entries("?party=%20")[1] == entries("")[1]
    nobody, titles = entries("?party=%22%3E%3Cscript%3E%00")
    assert titles == []
    assert "script" in nobody.findtext("a:title", "", ATOM)


def test_what_xml_cannot_hold_does_not_break_the_feed(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    record(configured, sqlite_engine, signature_row(1, name="A\x00B\x1b[31m\ufffe"))
    answer = client.get(f"{MOTION}/feed.atom")
    assert answer.status_code == 200
    ElementTree.fromstring(answer.content)


def test_the_badge_counts_against_the_goal(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    record(configured, sqlite_engine, signature_row(1), signature_row(2))
    answer = client.get(f"{MOTION}/badge.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "EDM 718 · 2 of 40 signatures" in answer.text
    ElementTree.fromstring(answer.content)


def test_the_badge_names_no_number_before_an_answer_was_good(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    def said() -> str:
        return client.get(f"{MOTION}/badge.svg").text

    assert "EDM 718 · not read yet" in said()
    with store.write(sqlite_engine) as session:
        store.record_motion(session, "2014-15", 718)
    assert "EDM 718 · not read yet" in said()
    record(configured, sqlite_engine)
    assert "EDM 718 · 0 of 40 signatures" in said()


def test_the_badges_texts_are_escaped() -> None:
    badge = ElementTree.fromstring(badge_svg('a"<&', "b'>]]>"))
    assert {'a"<&', "b'>]]>"} <= {*badge.itertext()}


def test_the_program_says_that_it_is_up_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_an_outdated_database_is_not_ready(client: TestClient, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "tracker.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from-the-future'")
    connection.close()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["detail"] == "The database is newer than this program."
    assert client.get("/healthz").status_code == 200


@pytest.mark.postgres
def test_a_database_that_is_gone_is_503_and_no_more_is_said(
    settings: MakeSettings, postgres_url: str
) -> None:
    engine = open_database(postgres_url, is_upgraded=False)
    app = create_app(settings(), engine)
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/readyz").status_code == 200
        lost = engine.url.set(query={"host": "/nowhere/at/all"})
        gone = open_engine(lost.render_as_string(hide_password=False))
        app.state.desk = dataclasses.replace(app.state.desk, engine=gone)
        for path in (MOTION, f"{MOTION}/events", "/readyz"):
            answer = client.get(path)
            assert answer.status_code == 503, path
            assert answer.headers["retry-after"] == "5"
            assert "nowhere" not in answer.text
    engine.dispose()


def test_a_fault_of_ours_shows_nothing_of_the_inside(
    client: TestClient, configured: Settings, sqlite_engine: Engine, tmp_path: Path
) -> None:
    record(configured, sqlite_engine, signature_row(1))
    with sqlite3.connect(tmp_path / "tracker.db") as connection:
        connection.execute("ALTER TABLE signature_event RENAME TO elsewhere")
    connection.close()
    answer = client.get(f"{MOTION}/history")
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Something went wrong here; it has been noted.",
    }
    assert "content-security-policy" in answer.headers


def test_the_metrics_tell_ages_counts_and_health(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    record(configured, sqlite_engine, signature_row(1, name="Nobody Named"))
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    motion = 'number="718",session="2014-15"'
    assert f"tracker_last_poll_age_seconds{{{motion}}} 90.0" in lines
    assert f"tracker_last_good_poll_age_seconds{{{motion}}} 90.0" in lines
    assert f"tracker_signature_count{{{motion}}} 1.0" in lines
    assert f"tracker_motion_open{{{motion}}} 1.0" in lines
    assert 'tracker_health{health="ok",number="718",session="2014-15"} 1.0' in lines
    changed = 'tracker_polls_total{number="718",outcome="changed",session="2014-15"}'
    assert f"{changed} 1.0" in lines
    assert "tracker_open_streams 0.0" in lines
    assert "tracker_build_info" in answer.text
    assert "Nobody" not in answer.text


def test_the_metrics_tell_what_goes_out_and_when_jobs_were_done(
    client: TestClient, sqlite_engine: Engine
) -> None:
    now = SEEN_AT + timedelta(seconds=90)
    soon = now + timedelta(hours=1)
    with store.write(sqlite_engine) as session:
        store.record_job_done(session, "backup", now - timedelta(hours=30))
        store.record_pause(session, "535 no", is_alert=True, until_at=soon, now=now)
    lines = client.get("/metrics").text.splitlines()
    assert 'tracker_job_age_seconds{job="backup"} 108000.0' in lines
    assert not [line for line in lines if 'job="retention"' in line]
    assert 'tracker_messages{state="held"} 0.0' in lines
    assert "tracker_sender_paused 1.0" in lines


def test_a_motion_without_a_poll_has_no_age(client: TestClient) -> None:
    text = client.get("/metrics").text
    assert "tracker_last_poll_age_seconds{" not in text
    assert 'tracker_health{health="never",number="718",session="2014-15"} 1.0' in text


def test_two_apps_have_metrics_of_their_own(
    client: TestClient, configured: Settings, sqlite_engine: Engine
) -> None:
    with TestClient(create_app(configured, sqlite_engine)) as other:
        assert other.get("/metrics").status_code == 200
        assert client.get("/metrics").status_code == 200


def test_the_description_and_its_page_name_every_address(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    page = client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    for path in document["paths"]:
        assert path in page.text
    assert "/stream" in page.text
    assert "<script" not in page.text
    events = document["paths"]["/api/v1/motions/{session}/{number}/events"]["get"]
    assert set(events["responses"]) == {"200", "404", "422", "503"}
    limit = next(one for one in events["parameters"] if one["name"] == "limit")
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"]) == (1, 1000)
    json.dumps(document)


def test_every_error_is_described_as_a_problem(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                if status not in ("200", "304"):  # the latter has no body at all
                    assert list(answer["content"]) == ["application/problem+json"]
