"""The public pages over HTTP: every state of a motion, escaping, files, caches."""

import gzip
import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import brotli
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.assets import PLOTLY_NAME, assets
from dashboard.encoding import accepted
from tests.conftest import FakeClock, MakeSettings
from tests.page_data import (
    MOTIONS,
    PATH,
    WATCHED,
    house,
    record_failure,
    record_house,
    record_rows,
    rows_of,
)
from tracker.config import MotionSettings
from tracker.rehearsal.house import House
from tracker.store import Engine

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIRST_AT = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
HOSTILE = "\"><img src=x onerror='alert(1)'></script><script>{{7*7}}"
RTL = "‮Ann‏ Example"

MakeClient = Callable[..., TestClient]


@pytest.fixture(scope="module")
def parliament() -> House:
    return house()


@pytest.fixture
def client(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[MakeClient]:
    """A factory: client(rehearsal=True, recess=[…]) at NOW."""
    clock.set(NOW)
    opened: list[TestClient] = []

    def make(*, rehearsal: bool = False, **tables: Any) -> TestClient:
        made = settings(**({"motions": MOTIONS} | tables))
        app = create_app(made, sqlite_engine, clock=clock, rehearsal=rehearsal)
        opened.append(TestClient(app, headers={"accept": "text/html"}))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def text_of(page: str) -> str:
    """Return what a reader reads: no tags, single blanks."""
    without = re.sub(r"<template.*?</template>", " ", page, flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", without)).split())


def test_a_motion_never_read_says_what_will_appear_and_how(client):
    text = text_of(client().get("/").text)
    assert "MPs are asked to sign Early Day Motion (EDM) 718 of session 2026-27" in text
    assert "No number yet" in text
    assert "0 MPs" not in text
    assert "Not checked yet Parliament has not been read yet." in text
    assert "A line from the first signature to the latest appears here" in text
    assert "Each signature, and each one taken off, appears here" in text
    assert "once the list of MPs has been read" in text
    assert "No signature" not in text
    assert "signed yet" not in text
    rest = text.partition("The text appears here")[2]
    assert "session 2026-27" not in rest.partition("Signatures over time")[0]
    assert "The names appear here when MPs have signed." in text
    assert "The text appears here once the motion has been read" in text


def test_a_motion_never_read_has_no_party_s_share_though_the_mps_are_known(
    client, sqlite_engine, parliament
):
    record_house(sqlite_engine, parliament, NOW.date())
    text = text_of(client().get("/").text)
    assert "A bar for each party appears here once the motion has been read" in text
    assert "signed yet" not in text
    chart = client().get(f"{PATH}/charts/by-party.json").json()
    assert chart["layout"]["title"]["text"] == "Signatures by party"
    record_rows(sqlite_engine, [], NOW)
    assert "No party's MPs have signed yet" in text_of(client().get("/").text)


def test_the_page_has_the_number_the_names_and_the_numbers_of_both_charts(
    client, sqlite_engine, parliament
):
    record_house(sqlite_engine, parliament, NOW.date())
    rows = rows_of(parliament, 42, first_at=FIRST_AT, withdrawn=[7, 20])
    record_rows(sqlite_engine, rows, NOW - timedelta(seconds=44))
    page = client().get("/").text
    text = text_of(page)
    assert "40 MPs have signed of 644 MPs who can sign" in text
    assert '<progress id="progress" value="40" max="100"' in page
    assert "2 signatures are shown by Parliament as withdrawn." in text
    assert "Checked 40 seconds ago" in text
    assert "42 MPs signed in the first week" in text
    assert "10 November 2026 5 0 5" in text
    assert re.search(r"Labour 27 \d+ 7%", text)
    signers = page[page.index('id="signers"') :]
    assert signers.count("<li>") == 40
    for index, row in enumerate(rows):
        is_there = f"{PATH}/mps/{row['MemberId']}" in signers
        assert is_there is (index not in (7, 20))
    assert page.count('<li class="change"') == 10 + 4, "four are templates"


def test_one_mp_is_one_mp(client, sqlite_engine, parliament):
    record_rows(sqlite_engine, rows_of(parliament, 1, first_at=FIRST_AT), NOW)
    text = text_of(client().get("/").text)
    assert "1 MP has signed" in text
    assert "The one MP, by name" in text


@pytest.mark.parametrize("hostile", [HOSTILE, RTL, "N" * 400])
def test_names_are_text_wherever_they_appear(
    client, sqlite_engine, parliament, hostile
):
    [row] = rows_of(parliament, 1, first_at=FIRST_AT)
    row["Member"] |= {"Name": hostile, "Party": hostile, "Constituency": hostile}
    record_rows(sqlite_engine, [row], NOW, Title=hostile, MotionText=hostile)
    made = client(campaign={"name": hostile} if hostile != RTL else {})
    pages = [
        made.get("/").text,
        made.get("/", params={"q": hostile}).text,
        made.get(f"{PATH}/mps/{row['MemberId']}").text,
    ]
    for page in pages:
        assert str(html.escape(hostile)) in page.replace("&#39;", "&#x27;").replace(
            "&#34;", "&quot;"
        )
        assert "<img" not in page
        assert not re.search(r"<script>", page)
        assert "{49}" not in page


def test_no_page_has_a_style_or_a_script_in_it(client, sqlite_engine, parliament):
    record_house(sqlite_engine, parliament, NOW.date())
    record_rows(sqlite_engine, rows_of(parliament, 30, first_at=FIRST_AT), NOW)
    for path in ("/", f"{PATH}?q=a", f"{PATH}/mps/{parliament.people[0].member_id}"):
        page = client().get(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)
        assert not re.search(r"\son\w+=", page)
        assert not re.search(
            r'(src|href)="(?!/|#|https://|mailto:|http://127.0.0.1:8000)', page
        )


def test_a_search_works_by_name_and_by_seat_without_script(
    client, sqlite_engine, parliament
):
    record_house(sqlite_engine, parliament, NOW.date())
    somebody = parliament.people[5]
    seat = somebody.latest_membership.seat.name
    for query in (somebody.name.display, seat.upper()):
        page = client().get("/", params={"q": query}).text
        found = page[page.index('class="found"') :]
        assert f'href="{PATH}/mps/{somebody.member_id}"' in found
        assert "Not asked yet" in found
    nobody = client().get("/", params={"q": "zzz%_'\x00"})
    assert nobody.status_code == 200
    assert "No MP and no constituency fits" in text_of(nobody.text)


def test_a_closed_motion_is_shown_as_the_record_of_its_last_day(client, sqlite_engine):
    watched = MotionSettings(session="2014-15", number=718)
    old = house("2010")
    record_house(sqlite_engine, old, date(2015, 3, 1))
    rows = rows_of(old, 12, first_at=datetime(2015, 1, 21, 11, tzinfo=UTC))
    tabled = {"DateTabled": "2015-01-21T00:00:00"}
    record_rows(sqlite_engine, rows, NOW, watched, **tabled)
    made = client(motions=[{"session": "2014-15", "number": 718}])
    text = text_of(made.get("/").text)
    assert (
        "Closed on 26 March 2015, when the session ended; this is the record." in text
    )
    assert "12 MPs signed of" in text
    drawn = made.get("/").text
    assert "<title>Aberavon: " in drawn, "a seat that there was in 2010 only"
    assert "Aberafan Maesteg" not in drawn
    assert drawn.count('tabindex="-1"') == 650
    assert "MPs who could sign" in text
    unsigned = next(
        person
        for person in old.people
        if person.member_id not in {row["MemberId"] for row in rows}
    )
    mp = text_of(made.get(f"/motions/2014-15/718/mps/{unsigned.member_id}").text)
    assert "Did not sign" in mp
    assert "Be the first to write" not in mp


def test_when_parliament_fails_the_page_says_since_when_and_why_and_keeps_all(
    client, sqlite_engine, parliament, clock
):
    record_rows(sqlite_engine, rows_of(parliament, 5, first_at=FIRST_AT), NOW)
    record_failure(sqlite_engine, NOW + timedelta(minutes=2))
    clock.set(NOW + timedelta(minutes=3))
    page = client().get("/").text
    assert "tone-failing" in page
    text = text_of(page)
    assert "not given a readable answer since 15:02 on 24 November 2026." in text
    assert "Parliament's service is out of order at the moment." in text
    assert "503" not in text
    assert "5 MPs have signed" in text
    assert "Checked 3 minutes ago" in text


def test_an_answer_in_doubt_changes_nothing_and_is_said(
    client, sqlite_engine, parliament, clock
):
    record_rows(sqlite_engine, rows_of(parliament, 30, first_at=FIRST_AT), NOW)
    record_rows(sqlite_engine, [], NOW + timedelta(minutes=2))
    clock.set(NOW + timedelta(minutes=3))
    page = client().get("/").text
    assert "tone-doubt" in page
    assert "Parliament's last answer is in doubt" in text_of(page)
    assert "30 MPs have signed" in text_of(page)


def test_in_a_recess_the_page_says_until_when(client, sqlite_engine, parliament):
    record_rows(sqlite_engine, rows_of(parliament, 3, first_at=FIRST_AT), NOW)
    made = client(recess=[{"from": date(2026, 11, 20), "to": date(2027, 1, 4)}])
    assert (
        "The House is in recess until 4 January 2027: no new name can appear until then."
        in text_of(made.get("/").text)
    )


def test_every_page_of_a_rehearsal_says_so_and_no_other(client, parliament):
    somebody = parliament.people[0].member_id
    for path in ("/", PATH, f"{PATH}?q=a", f"{PATH}/mps/{somebody}", "/nothing"):
        assert "REHEARSAL" in client(rehearsal=True).get(path).text, path
        assert "REHEARSAL" not in client().get(path).text, path


def test_every_page_has_the_licence_and_says_who_does_not_run_it(client):
    for path in ("/", "/nothing"):
        text = text_of(client().get(path).text)
        assert (
            "Contains Parliamentary information licensed under the Open Parliament"
            in text
        )
        assert "Parliament does not run or endorse it" in text
        assert "Early Day Motion (EDM)" in text


def test_the_footer_leads_to_the_data(client):
    page = client().get("/").text
    for tail in ("/signatures.csv", "/feed.atom", ""):
        assert f'href="/api/v1{PATH}{tail}"' in page


@pytest.mark.parametrize(
    "path",
    [
        "/motions/2026-27/719",
        "/motions/2026-27/abc",
        f"{PATH}/mps/1",
        f"{PATH}/mps/abc",
        f"{PATH}/charts/other.json",
        "/static/x/../app.py",
        "/static/x/none.css",
    ],
)
def test_an_unknown_address_is_a_page_of_its_own(client, path):
    answer = client().get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "<h1>" in answer.text


def test_the_table_behind_the_map_is_narrowed_by_the_address(
    client, sqlite_engine, parliament
):
    record_house(sqlite_engine, parliament, NOW.date())
    record_rows(sqlite_engine, rows_of(parliament, 9, first_at=FIRST_AT), NOW)
    made = client()
    page = made.get(PATH, params={"status": "signed", "party": "Labour"}).text
    table = page[page.index('class="seat-table"') :]
    table = table[: table.index("</table>")]
    assert 0 < table.count('<th scope="row">') < 9
    assert '<details class="seats" id="seats" open>' in page
    assert f'href="{PATH}?status=withdrew#seats"' in page
    for odd in ("?status=nothing", "?seat=%00%27", "?party=%3Cscript%3E"):
        assert made.get(PATH + odd).status_code == 200
    assert '<details class="seats" id="seats" >' in made.get("/").text


def test_before_the_house_is_read_the_map_is_blank_and_says_why(client):
    page = client().get("/").text
    assert page.count('<use href="#m-not_asked"') == 650
    assert "once the list of MPs has been read from Parliament" in text_of(page)
    assert "<a class=" not in page[page.index('class="hexes') : page.index("</svg>")]


def test_other_motions_are_linked(client):
    made = client(motions=[*MOTIONS, {"session": "2014-15", "number": 9}])
    assert 'href="/motions/2014-15/9">EDM 9 of 2014-15' in made.get("/").text
    assert f'href="{PATH}">EDM 718' in made.get("/motions/2014-15/9").text


def test_no_page_sets_a_cookie_and_each_is_asked_for_again(client):
    answer = client().get("/")
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-cache"
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]
    assert "sha256-47DEQpj8" in answer.headers["content-security-policy"]


def test_a_page_with_650_names_stays_small(client, sqlite_engine, parliament):
    record_house(sqlite_engine, parliament, NOW.date())
    record_rows(sqlite_engine, rows_of(parliament, 650, first_at=FIRST_AT), NOW)
    made = client()
    sent = made.get("/", headers={"accept-encoding": "gzip"})
    own = [
        made.get(assets().url(name)) for name in ("page.css", "live.js", "charts.js")
    ]
    total = sum(int(a.headers["content-length"]) for a in [sent, *own])
    assert total < 100_000
    assert sent.text.count(f"{PATH}/mps/") >= 650


# The charts and the freshness


def test_a_chart_comes_as_a_figure(client, sqlite_engine, parliament):
    record_house(sqlite_engine, parliament, NOW.date())
    record_rows(sqlite_engine, rows_of(parliament, 9, first_at=FIRST_AT), NOW)
    made = client()
    over_time = made.get(f"{PATH}/charts/over-time.json").json()
    assert over_time["data"][0]["y"][-1] == 9
    by_party = made.get(f"{PATH}/charts/by-party.json").json()
    assert by_party["data"][0]["orientation"] == "h"
    assert len(by_party["data"][0]["x"]) == len(by_party["data"][1]["text"])


def test_freshness_is_told_in_the_pages_own_words(client, sqlite_engine, parliament):
    record_rows(
        sqlite_engine,
        rows_of(parliament, 5, first_at=FIRST_AT),
        NOW - timedelta(seconds=20),
    )
    told = client().get(f"{PATH}/freshness.json").json()
    assert told["tone"] == "ok"
    assert told["note"] is None
    assert told["checked_words"] == "Checked 20 seconds ago"
    assert told["signature_count"] == 5
    assert told["last_event_id"] == 5
    assert len(told["seats"]) == 650
    checked_at = datetime.fromisoformat(told["checked_at"])
    assert datetime.fromisoformat(told["now"]) - checked_at == timedelta(seconds=20)


# Files


def test_every_file_a_page_loads_is_kept_for_ever_under_a_name_of_its_content(client):
    made = client()
    page = made.get("/").text
    urls = set(re.findall(r'(?:src|href|data-plotly)="(/static/[^"]+)"', page))
    assert {url.rsplit("/", 1)[1] for url in urls} == {
        *("page.css", "act.css", "map.css", "icon.svg"),
        *("live.js", "map.js", "charts.js", "find.js"),
        PLOTLY_NAME,
    }
    for url in urls:
        answer = made.get(url)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"] == "Accept-Encoding"


def test_a_page_from_before_an_update_still_gets_its_files(client):
    answer = client().get("/static/0123456789abcdef/page.css")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"


def test_plotly_is_small_on_the_wire_and_whole():
    asset = assets().by_name[PLOTLY_NAME]
    body, coding = asset.form_for("gzip, deflate, br")
    assert coding == "br"
    assert len(body) < 1_300_000
    assert brotli.decompress(body) == asset.body
    zipped, coding = asset.form_for("gzip")
    assert coding == "gzip"
    assert gzip.decompress(zipped) == asset.body
    assert asset.form_for(None) == (asset.body, None)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("br, gzip", "br"),
        ("gzip;q=1.0, br;q=0.5", "br"),
        ("br;q=0, gzip", "gzip"),
        ("br;q=0.0, gzip;q=0", None),
        ("*", "br"),
        ("*;q=0", None),
        ("identity", None),
        ("", None),
        (None, None),
    ],
)
def test_the_coding_is_one_that_the_client_takes(header, coding):
    assert accepted(header, {"br": 1, "gzip": 1}) == coding


def test_the_watched_motion_of_these_tests_is_open():
    assert (WATCHED.session, WATCHED.number) == ("2026-27", 718)
