"""What is handed on: heads for networks, share links, the widget, oEmbed. Over HTTP."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.embed_views import fitted, motion_of_address
from dashboard.mp_views import member_line
from dashboard.share_views import motion_social, mp_social, share
from tests.conftest import FakeClock, MakeSettings
from tests.page_data import MOTIONS, PATH, house, record_house, record_rows, rows_of
from tests.test_views import MOTION, member
from tracker.rehearsal.house import House
from tracker.rules.status import NudgeStatus
from tracker.store import Engine

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIRST_AT = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
BASE = "https://edm.example.org"
HOSTILE = "\"><img src=x onerror='alert(1)'></script><script>{{7*7}}"

MakeClient = Callable[..., TestClient]


@pytest.fixture(scope="module")
def parliament() -> House:
    return house()


@pytest.fixture
def client(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[MakeClient]:
    clock.set(NOW)
    opened: list[TestClient] = []

    def make(*, rehearsal: bool = False, **tables: Any) -> TestClient:
        made = settings(**({"motions": MOTIONS, "web": {"base_url": BASE}} | tables))
        app = create_app(made, sqlite_engine, clock=clock, rehearsal=rehearsal)
        opened.append(TestClient(app, base_url="http://evil.example"))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def nine(sqlite_engine: Engine, parliament: House) -> list[dict[str, Any]]:
    record_house(sqlite_engine, parliament, NOW.date())
    rows = rows_of(parliament, 9, first_at=FIRST_AT)
    record_rows(sqlite_engine, rows, NOW)
    return rows


def head(page: str) -> dict[str, str]:
    """Return what stands in a page's head by name, the first of each."""
    found = re.findall(
        r'<(?:meta|link) (?:property|name|rel)="([^"]+)"'
        r'(?: type="[^"]*")?(?: title="[^"]*")? (?:content|href)="([^"]*)"',
        page,
    )
    return {name: html.unescape(value) for name, value in reversed(found)}


# The head


def test_every_address_in_a_head_is_absolute_and_never_made_from_the_host(client, nine):
    made = client()
    mp = f"{PATH}/mps/{nine[0]['MemberId']}"
    for path, canonical in (
        (PATH, PATH),
        ("/", PATH),
        (mp, mp),
        (f"{PATH}/share", PATH),
    ):
        page = made.get(path, headers={"X-Forwarded-Host": "evil.example"}).text
        told = head(page)
        assert told["canonical"] == told["og:url"] == BASE + canonical
        assert told["og:image"].startswith(f"{BASE}{canonical}/card.png?v=")
        assert told["twitter:card"] == "summary_large_image"
        assert told["og:site_name"]
        assert told["og:description"] == told["description"]
        assert "evil.example" not in page
        oembed = parse_qs(urlsplit(told["alternate"]).query)
        assert oembed == {"url": [BASE + canonical]}


def test_the_action_page_names_itself_too(client, nine):
    told = head(client().get(f"{PATH}/act").text)
    assert told["canonical"] == told["og:url"] == f"{BASE}{PATH}/act"
    assert told["og:image"].startswith(f"{BASE}{PATH}/card.png?v=")
    mine = client().get(f"{PATH}/act", params={"member": nine[0]["MemberId"]}).text
    assert head(mine)["canonical"] == f"{BASE}{PATH}/act"


def test_a_new_count_has_a_new_picture_and_the_same_count_the_same(settings):
    made = settings(web={"base_url": BASE})
    first = motion_social(MOTION, made)
    assert motion_social(MOTION, made) == first
    line = member_line(member(1), path=PATH, is_open=True)
    signed = member_line(member(1, status=NudgeStatus.SIGNED), path=PATH, is_open=True)
    one, other = (mp_social(MOTION, each, made) for each in (line, signed))
    assert one.picture_url != other.picture_url
    assert one.url == other.url


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (NudgeStatus.SIGNED, "Member 1 has signed Early Day Motion 718, “Political"),
        (NudgeStatus.WITHDREW, "Parliament shows Member 1's signature of"),
        (NudgeStatus.NOT_ASKED, "Member 1 has not signed Early Day Motion 718"),
        (NudgeStatus.NEEDS_NUDGE, "yet. Is this your MP?"),
        (NudgeStatus.CANNOT_SIGN, "where they stand."),
    ],
)
def test_what_is_said_of_an_mp_fits_their_status_and_gives_no_motive(
    settings, status, said
):
    line = member_line(member(1, status=status), path=PATH, is_open=True)
    told = mp_social(MOTION, line, settings()).description
    assert said in told
    assert "answered" not in told
    assert "refus" not in told


def test_the_links_carry_the_text_and_the_address_and_run_nothing(settings):
    social = motion_social(MOTION, settings(web={"base_url": BASE}))
    links = {link.name: urlsplit(link.href) for link in share(social).links}
    assert set(links) == {"Email", "WhatsApp", "Bluesky", "X", "Facebook"}
    assert links.pop("Email").scheme == "mailto"
    for name, link in links.items():
        assert link.scheme == "https", name
        carried = " ".join(value for _, value in parse_qsl(link.query))
        assert social.url in carried
        if name != "Facebook":
            assert social.description in carried


# The widget


@pytest.mark.usefixtures("nine")
def test_only_the_widget_may_stand_in_a_frame_and_it_knows_nobody(client):
    made = client()
    answer = made.get(f"{PATH}/embed")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "public, max-age=60"
    for path in (
        "/",
        PATH,
        f"{PATH}/share",
        f"{PATH}/act",
        f"{PATH}/embed/x",
        "/login",
    ):
        policy = made.get(path).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy, path


@pytest.mark.usefixtures("nine")
def test_the_widget_has_the_tally_the_parties_the_box_and_the_way_to_privacy(client):
    page = client().get(f"{PATH}/embed").text
    assert '<span class="count-number">9</span>' in page
    assert f'action="{PATH}/find" method="get" target="_blank"' in page
    assert 'href="/privacy"' in page
    said = [int(n) for n in re.findall(r'class="said">(\d+) of', page)]
    assert said == sorted(said, reverse=True)
    assert 1 <= len(said) <= 5
    assert " style=" not in page
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert "REHEARSAL" not in page
    assert "REHEARSAL" in client(rehearsal=True).get(f"{PATH}/embed").text


@pytest.mark.usefixtures("nine")
def test_the_widget_comes_out_of_memory_as_it_was_made(client, monkeypatch):
    with client() as made:
        first = made.get(f"{PATH}/embed")
        monkeypatch.setattr("dashboard.pages.embed.widget", None)  # would fail
        again = made.get(f"{PATH}/embed")
        assert again.status_code == 200
        assert again.content == first.content
        assert "frame-ancestors *" in again.headers["content-security-policy"]
        assert again.headers["cache-control"] == "public, max-age=60"
        tag = {"If-None-Match": again.headers["etag"]}
        known = made.get(f"{PATH}/embed", headers=tag)
        assert known.status_code == 304
        assert "frame-ancestors *" in known.headers["content-security-policy"]


def test_before_the_first_look_and_after_the_end_the_widget_says_so(
    client, sqlite_engine, parliament
):
    page = client().get(f"{PATH}/embed").text
    assert "appears here once the motion has been read" in page
    record_rows(sqlite_engine, rows_of(parliament, 3, first_at=FIRST_AT), NOW)
    ended = client(motions=[MOTIONS[0] | {"closes_on": date(2026, 11, 20)}])
    page = ended.get(f"{PATH}/embed").text
    assert "MPs signed" in page
    assert "this is the record" in page
    assert "<form" not in page


def test_the_script_is_the_same_for_each_motion_and_may_be_loaded_anywhere(client):
    made = client()
    answer = made.get(f"{PATH}/embed.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert made.get("/motions/2000-01/1/embed.js").status_code == 404


@pytest.mark.usefixtures("nine")
def test_what_is_pasted_is_escaped_and_leads_to_us(client, sqlite_engine, parliament):
    rows = rows_of(parliament, 9, first_at=FIRST_AT)
    record_rows(sqlite_engine, rows, NOW, Title=HOSTILE)
    page = client().get(f"{PATH}/share").text
    script, frame, badge = (
        html.unescape(text)
        for text in re.findall(r'class="snippet"[^>]*>([^<]*)</textarea>', page)
    )
    assert f'<a href="{BASE}{PATH}">' in script
    assert f'<script async src="{BASE}{PATH}/embed.js"></script>' in script
    assert "has your MP signed?" in script
    assert "9" not in script.replace(BASE + PATH, ""), "a count would grow old"
    assert f'<iframe src="{BASE}{PATH}/embed"' in frame
    assert f'<img src="{BASE}/api/v1{PATH}/badge.svg"' in badge
    for pasted in (script, frame, badge):
        assert "<img src=x" not in pasted
    assert "<img src=x" not in page


# oEmbed


@pytest.mark.usefixtures("nine")
def test_a_link_to_our_page_becomes_the_widget(client):
    made = client()
    for path in ("", "/", PATH, f"{PATH}/", f"{PATH}/mps/4?x=1#y", f"{PATH}/embed"):
        answer = made.get("/api/oembed", params={"url": BASE + path, "format": "json"})
        assert answer.status_code == 200, path
        told = answer.json()
        assert (told["version"], told["type"]) == ("1.0", "rich")
        assert (told["width"], told["height"]) == (480, 560)
        assert f'src="{BASE}{PATH}/embed"' in told["html"]
        assert 'width="480" height="560"' in told["html"]
        assert told["thumbnail_url"].startswith(f"{BASE}{PATH}/card.png?v=")
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.usefixtures("nine")
def test_the_widget_is_no_larger_than_was_asked_for(client):
    made = client()
    asked = {"url": BASE + PATH, "maxwidth": "300", "maxheight": "9000"}
    told = made.get("/api/oembed", params=asked).json()
    assert (told["width"], told["height"]) == (300, 560)
    assert 'width="300" height="560"' in told["html"]
    for wrong in ("0", "-1", "x", "1e3"):
        answer = made.get("/api/oembed", params=asked | {"maxwidth": wrong})
        assert answer.status_code == 422
        assert "maxwidth takes" in answer.json()["detail"]


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "https://evil.example" + PATH, f"{BASE}.evil.example{PATH}"),
        *(
            f"https://edm.example.org@evil.example{PATH}",
            f"http://edm.example.org{PATH}",
        ),
        *(f"{BASE}/staff", f"{BASE}/me/token", f"{BASE}{PATH}x", f"{BASE}{PATH}/mps/"),
        *(
            f"{BASE}{PATH}/mps/1/card.png",
            f"{BASE}/motions/2000-01/1",
            "https://[",
            "//",
        ),
        *(f"{BASE}:8443{PATH}", f"javascript:{BASE}{PATH}", f"{BASE}{PATH}/mps/٣"),
    ],
)
def test_what_is_not_a_page_of_ours_is_not_found(client, url):
    answer = client().get("/api/oembed", params={"url": url})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_another_format_is_not_implemented(client):
    asked = {"url": BASE + PATH, "format": "xml"}
    assert client().get("/api/oembed", params=asked).status_code == 501


def test_a_site_under_a_path_knows_its_own_pages(settings):
    made = settings(motions=MOTIONS, web={"base_url": f"{BASE}/edm"})
    assert motion_of_address(f"{BASE}/edm{PATH}", made) is made.motions[0]
    assert motion_of_address(f"{BASE}/edm", made) is made.motions[0]
    assert motion_of_address(f"{BASE}{PATH}", made) is None


@pytest.mark.parametrize(
    ("most", "size"),
    [
        ((None, None), (480, 560)),
        ((480, 560), (480, 560)),
        ((479, None), (479, 560)),
        ((None, 559), (480, 559)),
        ((9_999, 9_999), (480, 560)),
    ],
)
def test_a_size_fits_into_the_most_that_is_asked_for(most, size):
    assert fitted((480, 560), most) == size
