"""An MP's page, the share page and the widget in a real Chromium, as other sites see them."""

import io
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.watched import FIRST_AT, IN_CHROMIUM, NOW, overflow
from tests.page_data import PATH, record_house, record_rows, rows_of
from tracker import store
from tracker.photo_files import small_photo
from tracker.rehearsal.house import House
from tracker.store import Engine
from tracker.store.tables import Member, MemberContact

pytestmark = IN_CHROMIUM


@pytest.fixture
def rows(sqlite_engine: Engine, parliament: House) -> list[dict[str, Any]]:
    """Twelve rows in the ledger, the seventh withdrawn; one photo, one office's phone."""
    record_house(sqlite_engine, parliament, NOW.date())
    made = rows_of(parliament, 12, first_at=FIRST_AT, withdrawn=[6])
    square = io.BytesIO()
    Image.new("RGB", (90, 90), "#8a97a3").save(square, "PNG")
    photo = small_photo(square.getvalue())
    record_rows(sqlite_engine, made, NOW - timedelta(seconds=44))
    with store.write(sqlite_engine) as session:
        session.add(
            MemberContact(
                member_id=made[6]["MemberId"],
                kind="phone",
                label="Constituency office",
                value="01632 960 123",
                checked_on=NOW.date(),
            )
        )
        store.record_photo(
            session,
            made[0]["MemberId"],
            body=photo.body,
            tag=photo.tag,
            checked_at=NOW,
        )
    return made


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """A site of another origin: a factory that gives the address of a page of it."""
    pages: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, b"")
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def page(body: str) -> str:
        path = f"/{len(pages)}"
        icon = '<link rel="icon" href="data:,">'
        html = f"<!doctype html><title>Elsewhere</title>{icon}<h1>Elsewhere</h1>{body}"
        pages[path] = html.encode()
        # Another name is another origin, and another site than ours.
        return f"http://localhost:{server.server_address[1]}{path}"

    yield page
    server.shutdown()
    server.server_close()
    thread.join()


def mp_paths(rows: list[dict[str, Any]], parliament: House) -> dict[str, str]:
    signed = {row["MemberId"] for row in rows}
    other = next(p.member_id for p in parliament.people if p.member_id not in signed)
    ids = {"signed": rows[0]["MemberId"], "withdrew": rows[6]["MemberId"]}
    return {
        name: f"{PATH}/mps/{number}"
        for name, number in (ids | {"not_asked": other}).items()
    }


@pytest.mark.parametrize("width", [390, 1_280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(open_page, rows, parliament, width, scheme):
    paths = mp_paths(rows, parliament)
    for path in (*paths.values(), f"{PATH}/share", f"{PATH}/embed"):
        watched = open_page(path, width=width, color_scheme=scheme)
        results = Axe().run(watched.page)
        assert results.violations_count == 0, results.generate_report()
        assert overflow(watched.page) == 0, path
        watched.check_quiet()


def test_the_one_act_of_an_mps_page_is_done_by_keyboard(open_page, rows, parliament):
    watched = open_page(mp_paths(rows, parliament)["not_asked"])
    page = watched.page
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.className") == "button":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Write to")
    assert urlsplit(page.url).path == f"{PATH}/act"
    watched.check_quiet()


def test_an_office_is_reached_and_what_was_shown_is_told_without_a_motive(
    open_page, rows, parliament
):
    page = open_page(mp_paths(rows, parliament)["withdrew"]).page
    phone = page.get_by_role("link", name="01632 960 123")
    assert phone.get_attribute("href") == "tel:01632960123"
    box = phone.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    expect(page.locator("ol.plain > li")).to_have_count(2)
    expect(page.locator("ol.plain > li").first).to_contain_text(
        "Parliament shows the signature as withdrawn"
    )
    expect(page.locator(".advice")).to_have_text("Ask whether they would sign again.")


def test_the_address_is_copied_and_without_script_there_is_no_dead_button(
    open_page, rows, parliament
):
    path = mp_paths(rows, parliament)["signed"]
    watched = open_page(path, permissions=["clipboard-read", "clipboard-write"])
    watched.page.get_by_role("button", name="Copy").click()
    expect(watched.page.locator(".copied")).to_have_text("Copied.")
    copied = watched.page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(path)
    watched.check_quiet()
    plain = open_page(path, java_script_enabled=False).page
    expect(plain.locator("[data-copy-near]")).to_be_hidden()
    expect(plain.locator(".copy input")).to_have_value(copied)


def test_a_photo_is_ours_and_who_has_none_has_initials(open_page, rows, parliament):
    paths = mp_paths(rows, parliament)
    watched = open_page(paths["signed"])
    face = watched.page.locator("img.face")
    assert face.evaluate("node => node.complete && node.naturalWidth") == 160
    watched.check_quiet()
    other = open_page(paths["withdrew"]).page
    expect(other.locator(".initials")).to_be_visible()


def test_a_name_of_90_letters_breaks_nothing(
    open_page, sqlite_engine, parliament, rows
):
    rows[0]["Member"]["Name"] = "Wolverhampton" * 7
    with store.write(sqlite_engine) as session:
        member = session.get(Member, rows[0]["MemberId"])
        assert member is not None
        member.name = "Wolverhampton" * 7
    for width in (390, 195):
        page = open_page(mp_paths(rows, parliament)["signed"], width=width).page
        assert overflow(page) == 0
    del parliament


# The widget elsewhere


def widget_of(page: Page) -> Any:
    return page.frame_locator("iframe").locator(".widget")


@pytest.mark.usefixtures("rows")
def test_one_script_puts_the_widget_in_the_place_of_the_link(
    open_page, base, elsewhere
):
    pasted = (
        f'<p><a href="{base}{PATH}">EDM 718</a></p>'
        f'<script async src="{base}{PATH}/embed.js"></script><p id="after">After</p>'
    )
    watched = open_page(elsewhere(pasted), width=1_280)
    page = watched.page
    expect(widget_of(page).locator(".count-number")).to_have_text("11")
    expect(page.locator("p a")).to_have_count(0)
    # It is as high as what is in it, so that nothing scrolls inside.
    page.wait_for_function("document.querySelector('iframe').height !== '560'")
    inner = page.frames[1].evaluate("document.documentElement.offsetHeight")
    height = page.locator("iframe").evaluate("node => node.offsetHeight")
    assert inner <= height <= inner + 4
    below = page.locator("#after").bounding_box()
    frame = page.locator("iframe").bounding_box()
    assert below is not None
    assert frame is not None
    assert below["y"] >= frame["y"] + frame["height"]
    assert page.context.cookies() == []
    assert watched.said == []


@pytest.mark.usefixtures("rows")
def test_without_script_the_link_stays_and_the_frame_works(open_page, base, elsewhere):
    pasted = (
        f'<p><a href="{base}{PATH}">EDM 718</a></p>'
        f'<script async src="{base}{PATH}/embed.js"></script>'
    )
    plain = open_page(elsewhere(pasted), java_script_enabled=False).page
    expect(plain.get_by_role("link", name="EDM 718")).to_be_visible()
    framed = open_page(
        elsewhere(
            f'<iframe src="{base}{PATH}/embed" width="360" height="560"></iframe>'
        ),
        java_script_enabled=False,
    ).page
    expect(widget_of(framed).locator(".count-number")).to_have_text("11")


@pytest.mark.usefixtures("rows")
def test_a_postcode_typed_in_the_widget_is_answered_on_our_page(
    open_page, base, elsewhere
):
    framed = f'<iframe src="{base}{PATH}/embed" width="360" height="560"></iframe>'
    watched = open_page(elsewhere(framed))
    box = widget_of(watched.page).get_by_label("Has your MP signed?")
    box.fill("north")
    with watched.page.context.expect_page() as opened:
        box.press("Enter")
    answer = opened.value
    answer.wait_for_load_state()
    assert answer.url.startswith(f"{base}{PATH}?q=north")
    assert answer.evaluate("window.opener") is None
    expect(answer.locator(".found li").first).to_be_visible()


def test_no_other_page_may_be_framed(open_page, base, elsewhere, rows, parliament):
    mp = mp_paths(rows, parliament)["signed"]
    for path in ("/", mp, f"{PATH}/share", f"{PATH}/act", "/login", "/nothing"):
        framed = f'<iframe src="{base}{path}" width="360" height="400"></iframe>'
        watched = open_page(elsewhere(framed))
        watched.page.wait_for_timeout(200)
        assert any("frame-ancestors" in said for said in watched.said), path
        body = watched.page.frames[1].evaluate("document.body.innerText")
        assert "Early Day Motion" not in body


@pytest.mark.usefixtures("rows")
def test_a_site_that_lies_about_the_height_of_another_frame_changes_nothing(
    open_page, base, elsewhere
):
    pasted = (
        f'<p><a href="{base}{PATH}">EDM 718</a></p>'
        f'<script async src="{base}{PATH}/embed.js"></script>'
    )
    page = open_page(elsewhere(pasted)).page
    expect(widget_of(page).locator(".count-number")).to_have_text("11")
    page.wait_for_function("document.querySelector('iframe').height !== '560'")
    before = page.locator("iframe").get_attribute("height")
    page.evaluate("postMessage({ edmWidgetHeight: 77 }, '*')")
    page.wait_for_timeout(100)
    assert page.locator("iframe").get_attribute("height") == before
