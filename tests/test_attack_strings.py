"""What is no name stays text on every way out (W4, W11, W26); the browser's part is beside.

The scene is tests/attack_scene.py's: every string of its table by every way in.
"""

import csv
import io
import json
import logging
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from xml.etree import ElementTree

import httpx2 as httpx
import openpyxl
import pytest
from icalendar import Calendar
from PIL import Image

from tests.attack_scene import (
    ATTACKS,
    IMAGE,
    MARKUP,
    NUMBER,
    PATH,
    SESSION,
    WRITABLE,
    attacked,
)
from tests.live import served
from tests.route_scene import STREAM, RouteScene, routes_of
from tests.smtp_server import SmtpServer
from tracker.logs import OneLine

API = f"/api/v1{PATH}"
ATOM = "{http://www.w3.org/2005/Atom}"
STARTERS = tuple("=+-@\t\r")
Made = tuple[RouteScene, SmtpServer]
EXPORTS = ("signatures", "events", "nudges", "emails")


@pytest.fixture(scope="module")
def logged() -> Iterator[list[str]]:
    """Every line that the log had while the scene was made and asked."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith("mail."):  # the mail server's own
                lines.append(self.format(record))

    keep, root = Keep(logging.DEBUG), logging.getLogger()
    keep.setFormatter(OneLine())
    level = root.level
    root.addHandler(keep)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(keep)
    root.setLevel(level)


@pytest.fixture(scope="module")
def made(logged, tmp_path_factory, sqlite_template):  # noqa: ARG001 - logged first
    with attacked(tmp_path_factory.mktemp("attack"), sqlite_template) as found:
        yield found


@pytest.fixture
def scene(made: Made) -> RouteScene:
    return made[0]


@pytest.fixture
def smtp(made: Made) -> SmtpServer:
    return made[1]


@pytest.fixture(scope="module")
def answers(made: Made) -> dict[str, httpx.Response]:
    """Every address there is, as an admin asks for it."""
    scene = made[0]
    cookie = scene.session("Admin")
    told = {"user-agent": ATTACKS["terminal"], "accept": "text/html"}
    found = {}
    for route in routes_of(scene.client.app):  # type: ignore[arg-type]
        if route.takes("GET") and route.path != STREAM:
            path = scene.path(route)
            scene.clock.advance(5)
            found[path] = scene.ask("GET", path, cookie, headers=told)
    for more in ("/staff/review?email=14&find=%22%3E%3Cimg", "/staff/mps/2001"):
        found[more] = scene.ask("GET", more, cookie)
    return found


class Page(HTMLParser):
    """What a browser would find in a page that must not be there."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.words: list[str] = []
        self._is_data = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self._is_data = tag == "script" and "json" in (told.get("type") or "")
        if tag in ("iframe", "object", "base") or told.get("src") == "x":
            self.found.append(f"{tag} {told}")
        if tag == "script" and not told.get("src") and not self._is_data:
            self.found.append(f"a script of its own {told}")
        for name, value in attrs:
            is_script = (value or "").strip().lower().startswith("javascript:")
            if name.startswith("on") or (is_script and name in ("href", "src")):
                self.found.append(f"{tag} {name}={value}")

    def handle_data(self, data: str) -> None:
        if self._is_data:
            json.loads(data)
            self._is_data = False
        self.words.append(data)


def test_on_every_page_it_is_text(answers):
    shown = ""
    for path, answer in answers.items():
        is_gone = path == "/login/oidc"  # whom it names does not answer here
        assert answer.status_code < 500 or is_gone, f"{path}: {answer.text[:300]}"
        if "text/html" in answer.headers.get("content-type", ""):
            page = Page(answer.text)
            is_widget = "/share" in path
            assert page.found == [] or is_widget, f"{path}: {page.found}"
            assert "49" not in re.findall(r"\{\{7\*7\}\}|\b49\b", "".join(page.words))
            shown += "".join(page.words)
    for text in MARKUP:
        assert text in shown, f"{text} is nowhere to be seen: is the scene whole?"


def test_json_is_json_with_the_names_as_they_are(answers):
    names = {one["name"] for one in answers[f"{API}/members"].json()["members"]}
    assert {IMAGE, *MARKUP} <= names
    for path, answer in answers.items():
        if "json" in answer.headers.get("content-type", ""):
            assert answer.json() is not None, path


def test_feeds_and_badges_are_xml_without_a_script(answers):
    feed = ElementTree.fromstring(answers[f"{API}/feed.atom"].content)
    titles = [str(one.findtext(f"{ATOM}title")) for one in feed.iter(f"{ATOM}entry")]
    assert any(IMAGE in title for title in titles)
    assert len(titles) > 15
    badge = ElementTree.fromstring(answers[f"{API}/badge.svg"].content)
    for element in badge.iter():
        assert not element.tag.endswith(("script", "foreignObject"))
        assert not [name for name in element.attrib if name.startswith("on")]


def test_pictures_are_drawn_whatever_the_name_is(answers):
    for path, answer in answers.items():
        if path.endswith("card.png"):
            assert Image.open(io.BytesIO(answer.content)).size == (1200, 630), path


def test_a_calendar_has_events_and_nothing_that_came_in_as_a_line(answers):
    calendar = Calendar.from_ical(answers[f"{API}/due.ics"].text)
    events = calendar.walk("VEVENT")
    assert any(IMAGE in str(event["SUMMARY"]) for event in events), (
        "nobody is to be rung"
    )
    for event in events:
        assert set(event) <= EVENT, set(event)
        assert event.subcomponents == []
        assert str(event["SUMMARY"]).isprintable()
        assert str(event["URL"]).startswith("http")


EVENT = {
    *("UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND"),
    *("SUMMARY", "DESCRIPTION", "URL", "CLASS", "TRANSP"),
}


def files(scene: RouteScene, kind: str) -> Iterator[tuple[str, bytes]]:
    """Give every export of a kind, the public one's as well."""
    admin = scene.session("Admin")
    for what in EXPORTS:
        form = {"csrf": admin.csrf, "format": kind, "motion": f"{SESSION}/{NUMBER}"}
        answer = scene.ask("POST", f"/staff/exports/{what}", admin, form=form)
        assert answer.status_code == 200, f"{what}: {answer.text[:200]}"
        yield what, answer.content
    yield "public", scene.ask("GET", f"{API}/signatures.{kind}").content


def test_no_cell_of_a_csv_is_a_formula(scene):
    seen = 0
    for what, content in files(scene, "csv"):
        text = content.decode("utf-8-sig")
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            for cell in row:
                is_number = re.fullmatch(r"-?\d+", cell)
                assert is_number or not cell.startswith(STARTERS), f"{what}: {cell!r}"
                seen += cell.startswith("'")
    assert seen > 10, "no cell was quoted: are the formulas in it at all?"


def test_no_cell_of_a_workbook_is_a_formula_or_a_link(scene):
    for what, content in files(scene, "xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(content))
        for row in book.active.iter_rows():  # type: ignore[union-attr]
            for cell in row:
                assert cell.data_type in ("s", "n", "b"), f"{what}: {cell.value!r}"
                assert cell.hyperlink is None


def test_an_export_names_its_file_by_nothing_that_came_in(scene):
    admin = scene.session("Admin")
    form = {"csrf": admin.csrf, "format": "csv", "motion": f"{SESSION}/{NUMBER}"}
    answer = scene.ask("POST", "/staff/exports/emails", admin, form=form)
    assert re.fullmatch(
        r"attachment; filename=\"[\w.-]+\"", answer.headers["content-disposition"]
    )


HEADERS = {
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
    *("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Sender"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "X-Auto-Response-Suppress"),
}


def test_no_email_has_a_header_or_a_recipient_that_came_in(smtp):
    assert len(smtp.received) > 10
    for one in smtp.received:
        names = list(one.email.keys())
        assert set(names) <= HEADERS, names
        assert len(names) == len(set(names))
        assert len(one.recipients) == 1
        assert "victim" not in " ".join(one.recipients)
        assert one.email.get_content_type() == "text/plain"
        assert str(one.email["Subject"]).isprintable()


def test_the_stream_has_the_events_and_no_other(scene):
    known = scene.ask("GET", f"{API}/events?limit=1000").json()["events"]
    with (
        served(scene.client.app, scene.settings) as server,
        httpx.Client(base_url=server.url, trust_env=False) as client,
        client.stream("GET", f"{API}/stream?after=0") as response,
    ):
        read = []
        for line in response.iter_raw():
            read.append(line)
            if b"".join(read).count(b"\n\n") > len(known):
                break
    blocks = [b for b in b"".join(read).decode().split("\n\n") if "data: " in b]
    told = [json.loads(re.findall(r"(?m)^data: (.*)$", block)[0]) for block in blocks]
    assert [one["id"] for one in told] == [one["id"] for one in known]
    assert {one["name"] for one in told} >= {ATTACKS["image"], ATTACKS["script"]}
    for block in blocks:
        names = [line.partition(":")[0] for line in block.split("\n") if line]
        assert sorted(names) in (
            ["data", "event", "id"],
            ["data", "event", "id", "retry"],
        )


def test_each_line_of_the_log_is_one_line_that_can_be_seen(answers, logged):
    assert answers
    assert len(logged) > 100
    for line in logged:
        assert line.isprintable(), line
        assert "victim@example.org" not in line


def test_what_webhooks_carry_is_text(scene):
    told = scene.ask("GET", "/api/v1/outgoing", scene.session("Staff")).json()
    names = {one["data"].get("name") for one in told["events"]}
    assert names >= {ATTACKS["script"], ATTACKS["single"]}


def test_every_string_came_in_somewhere(scene):
    """Else nothing above would mean anything."""
    admin = scene.session("Admin")
    form = {"csrf": admin.csrf, "format": "json", "motion": f"{SESSION}/{NUMBER}"}
    text = scene.ask("POST", "/staff/exports/emails", admin, form=form).text
    rows = json.loads(text)
    ways = {row["way"] for row in rows}
    assert ways >= {"form", "api", "import", "bcc"}
    said = json.dumps(rows, ensure_ascii=False)
    for name in ("script", "single", "formula", "link"):
        assert json.dumps(WRITABLE[name], ensure_ascii=False)[1:-1] in said, name
