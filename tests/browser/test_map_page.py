"""The map of the seats in a real Chromium: keys, touch, live, without script, and small."""

import http.client
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlmodel import select

from tests.browser.watched import FIRST_AT, IN_CHROMIUM, LOOK, NOW, SOON_MS, overflow
from tests.page_data import PATH, record_house, record_rows, record_writers, rows_of
from tests.supporters_house import load_postcodes
from tracker import store
from tracker.store import Engine, Session
from tracker.store.tables import Member, Membership

pytestmark = IN_CHROMIUM

BUDGET_BYTES = 100_000


def seat(page: Page, member_id: int) -> Locator:
    return page.locator(f'#map > a[href="{PATH}/mps/{member_id}"]')


def place_of(one: Locator) -> tuple[str | None, str | None]:
    use = one.locator("use")
    return use.get_attribute("x"), use.get_attribute("y")


def legend(page: Page, status: str) -> int:
    text = page.locator(f'#legend > [data-status="{status}"] b').inner_text()
    return int(text)


def vacate(engine: Engine, member_id: int) -> None:
    with store.write(engine) as session:
        session.delete(membership(session, member_id))


def membership(session: Session, member_id: int) -> Membership:
    own = select(Membership).where(Membership.member_id == member_id)
    return session.exec(own).one()


@pytest.mark.usefixtures("forty")
def test_at_1280_the_number_the_box_and_the_map_are_in_the_first_screen(open_page):
    page = open_page(width=1_280).page
    boxes = [page.locator(one).bounding_box() for one in ("#count", "#q", "#map")]
    count, box, drawn = boxes
    assert all(b["y"] + b["height"] <= 800 for b in boxes)
    assert count["x"] + count["width"] < drawn["x"]
    assert box["x"] + box["width"] < drawn["x"]


@pytest.mark.usefixtures("forty")
def test_on_a_phone_the_order_is_ask_number_box_map_changes_motion(open_page):
    page = open_page(width=390).page
    wanted = ("h1", "#count", "#q", "#map", "#changes", ".text")
    tops = [page.locator(one).bounding_box()["y"] for one in wanted]
    assert tops == sorted(tops)
    assert tops[2] + 44 < 844, "the box is in the first screen"


@pytest.mark.usefixtures("forty")
def test_the_map_is_one_stop_of_the_tab_key_and_arrows_go_from_seat_to_seat(open_page):
    watched = open_page(width=1_280)
    page = watched.page
    expect(page.locator("#map > [tabindex='0']")).to_have_count(1)
    page.locator(".find button").focus()
    page.keyboard.press("Tab")
    expect(page.locator(".map .skip")).to_be_focused()
    page.keyboard.press("Tab")
    focused = page.locator("#map > :focus")
    expect(focused).to_have_attribute(
        "aria-label", re.compile("^Orkney and Shetland: ")
    )
    expect(page.locator("#caption .seat")).to_have_text("Orkney and Shetland")
    expect(page.locator("#here")).to_have_attribute("visibility", "visible")
    seen = set()
    for key in ["ArrowDown"] * 4 + ["ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown"]:
        page.keyboard.press(key)
        seen.add(focused.get_attribute("aria-label"))
    assert len(seen) >= 5
    assert page.locator("#map > [tabindex='0']").count() == 1
    page.keyboard.press("End")
    last = focused.get_attribute("href")
    page.keyboard.press("Tab")
    expect(page.locator("#caption a")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#legend a").first).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert focused.get_attribute("href") == last, "one comes back to where one was"
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{last}")
    watched.check_quiet()


@pytest.mark.usefixtures("forty")
def test_arrows_reach_every_seat(open_page):
    page = open_page(width=1_280).page
    reached = page.evaluate(
        """() => {
          const press = (node, key) => {
            node.focus();
            node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
            return document.activeElement;
          };
          const found = new Set([document.querySelector('#map > [tabindex="0"]')]);
          for (const node of found)
            for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'])
              found.add(press(node, key));
          return found.size;
        }"""
    )
    assert reached == 650


@pytest.mark.usefixtures("forty")
def test_a_finger_is_told_what_it_hit_and_then_goes_on(open_page):
    watched = open_page(width=390, has_touch=True, is_mobile=True)
    page = watched.page
    hit = page.locator("#map > a.signed").nth(20)
    hit.scroll_into_view_if_needed()
    box = hit.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    link = page.locator("#caption a")
    expect(link).to_be_in_viewport()
    assert link.get_attribute("href") == hit.get_attribute("href")
    expect(page.locator("#caption .status")).to_have_text("Signed")
    assert link.bounding_box()["height"] >= 44
    assert urlsplit(page.url).path == "/"
    link.tap()
    page.wait_for_url(f"**{PATH}/mps/*")
    watched.check_quiet()


@pytest.mark.usefixtures("forty")
def test_without_script_seats_are_links_and_the_table_is_narrowed_by_address(open_page):
    page = open_page(java_script_enabled=False, width=1_280).page
    assert page.locator("#map > a").count() == 650
    assert page.locator("#map > a[tabindex='-1'] > title").count() == 650
    page.locator("#seats summary").click()
    page.select_option("#status", "signed")
    page.select_option("#party", "Labour")
    page.locator(".narrow button").click()
    assert "status=signed" in page.url
    rows = page.locator(".seat-table tbody tr")
    expect(rows.first).to_be_visible()
    assert 0 < rows.count() < 38
    for text in rows.all_inner_texts():
        assert "Labour" in text
        assert "Signed" in text
    page.get_by_role("link", name="Show all").click()
    expect(page.locator(".seat-table tbody tr")).to_have_count(650)


@pytest.mark.parametrize("reduced_motion", ["no-preference", "reduce"])
def test_a_live_change_recolours_the_seat_where_it_is_and_nothing_moves(
    open_page, forty, sqlite_engine, parliament, reduced_motion
):
    watched = open_page(width=1_280, reduced_motion=reduced_motion)
    page = watched.page
    page.wait_for_timeout(300)
    page.locator("#seats summary").click()
    page.locator("#changes").scroll_into_view_if_needed()
    rows = rows_of(parliament, 41, first_at=FIRST_AT, withdrawn=[7, 20])
    new = seat(page, rows[-1]["MemberId"])
    expect(new).to_have_class("not_asked")
    before, place = legend(page, "signed"), place_of(new)
    watched.watch_shifts()
    record_rows(sqlite_engine, rows, NOW)
    expect(new).to_have_class("signed", timeout=SOON_MS)
    expect(new.locator("use")).to_have_attribute("href", "#m-signed")
    expect(new).to_have_attribute("aria-label", re.compile(", signed$"))
    expect(page.locator("#news")).to_contain_text("39 MPs have signed", timeout=SOON_MS)
    expect(page.locator("#news")).to_have_attribute("role", "status")
    assert legend(page, "signed") == before + 1
    row = page.locator(f'.seat-table tr:has(a[href$="/{rows[-1]["MemberId"]}"])')
    expect(row.locator("td").last).to_have_text("Signed")
    assert place_of(new) == place

    rows[30] |= {"IsWithdrawn": True, "WithdrawnDate": "2026-11-24T14:00:00"}
    gone = seat(page, rows[30]["MemberId"])
    expect(gone).to_have_class("signed")
    record_rows(sqlite_engine, rows, NOW + timedelta(minutes=1))
    expect(gone).to_have_class("withdrew", timeout=SOON_MS)
    assert watched.shift() < 0.01
    assert legend(page, "signed") == before
    watched.check_quiet()
    del forty


def test_a_status_that_no_event_tells_of_is_seen_at_the_next_look(
    open_page, forty, sqlite_engine, parliament
):
    page = open_page(width=1_280).page
    asked = rows_of(parliament, 60, first_at=FIRST_AT)[50]["MemberId"]
    expect(seat(page, asked)).to_have_class("not_asked")
    record_writers(sqlite_engine, [asked], NOW - timedelta(days=9))
    page.evaluate(LOOK)
    expect(seat(page, asked)).to_have_class("needs_nudge")
    assert legend(page, "needs_nudge") == 1
    del forty


def test_an_event_that_comes_later_than_the_number_is_not_counted_twice(
    open_page, forty, sqlite_engine, parliament
):
    page = open_page(width=1_280).page
    page.wait_for_timeout(500)
    # The stream is silent, as behind a proxy that holds it back.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    rows = rows_of(parliament, 41, first_at=FIRST_AT, withdrawn=[7, 20])
    record_rows(sqlite_engine, rows, NOW)
    page.route("**/stream?*", lambda route: route.abort())
    page.evaluate(LOOK)
    expect(page.locator("#count")).to_have_text("39", timeout=SOON_MS)
    expect(seat(page, rows[-1]["MemberId"])).to_have_class("signed")
    assert page.locator("#changes > li.is-new").count() == 0
    page.unroute("**/stream?*")
    page.evaluate(
        "() => { window.seen = []; const node = document.getElementById('count');"
        " new MutationObserver(() => window.seen.push(node.textContent))"
        ".observe(node, { childList: true, characterData: true, subtree: true }); }"
    )
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    expect(page.locator("#changes > li.is-new")).to_have_count(1, timeout=SOON_MS)
    page.wait_for_timeout(1_000)
    assert set(page.evaluate("window.seen")) <= {"39"}
    del forty


def test_a_vacant_seat_is_shown_and_leads_nowhere(
    open_page, forty, sqlite_engine, parliament
):
    somebody = rows_of(parliament, 60, first_at=FIRST_AT)[55]
    vacate(sqlite_engine, somebody["MemberId"])
    watched = open_page(width=1_280)
    seat_name = somebody["Member"]["Constituency"]
    empty = watched.page.locator(f'#map > g.vacant[aria-label="{seat_name}: vacant"]')
    expect(empty).to_have_count(1)
    empty.hover()
    expect(watched.page.locator("#caption")).to_contain_text("Vacant")
    expect(watched.page.locator("#caption a")).to_have_count(0)
    watched.check_quiet()
    del forty


def test_an_mp_is_found_by_postcode_and_written_to_by_keyboard_alone(
    open_page, forty, sqlite_engine
):
    load_postcodes(sqlite_engine)
    watched = open_page(width=390)
    page = watched.page
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("zz1 1aa")
    page.keyboard.press("Enter")
    card = page.locator(".mp-card")
    expect(card).to_be_focused(timeout=SOON_MS)
    expect(card).to_contain_text("Ynys Môn")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PATH}/act**")
    watched.check_quiet()
    del forty


@pytest.mark.parametrize("width", [390, 1_280])
def test_long_names_and_double_size_move_nothing_out_of_the_window(
    open_page, sqlite_engine, parliament, width
):
    record_house(sqlite_engine, parliament, NOW.date())
    rows = rows_of(parliament, 5, first_at=FIRST_AT)
    with store.write(sqlite_engine) as session:
        member = session.get_one(Member, rows[0]["MemberId"])
        member.name = "Wolverhampton " * 6 + "Smith"
    record_rows(sqlite_engine, rows, NOW)
    watched = open_page(width=width)
    page = watched.page
    page.locator("#seats summary").click()
    drawn = "document.getElementById('legend').offsetTop"
    before = page.evaluate(drawn)
    seat(page, rows[0]["MemberId"]).hover()
    expect(page.locator("#caption")).to_contain_text("Smith")
    assert page.evaluate(drawn) == before
    assert overflow(page) == 0
    page.set_viewport_size({"width": width // 2, "height": 422})
    assert overflow(page) == 0


@pytest.mark.usefixtures("forty")
def test_on_paper_the_map_is_there_and_what_is_pressed_is_not(open_page):
    page = open_page(width=1_280, color_scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("#map")).to_be_visible()
    for hidden in (".find", "#caption", "#seats"):
        expect(page.locator(hidden)).to_be_hidden()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    signed = page.locator("#map > a.signed").first
    ink = signed.evaluate("node => getComputedStyle(node).color")
    assert ink == "rgb(11, 122, 91)", "the colours for paper are the light ones"


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_the_page_is_under_its_budget_as_it_is_sent(
    base, forty, sqlite_engine, parliament, coding
):
    record_rows(sqlite_engine, rows_of(parliament, 300, first_at=FIRST_AT), NOW)
    address = urlsplit(base)

    def sent(path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(address.hostname, address.port)
        connection.request("GET", path, headers={"Accept-Encoding": coding})
        answer = connection.getresponse()
        assert answer.status == 200
        body = answer.read()
        connection.close()
        assert answer.headers["content-encoding"] == coding
        return len(bytes(answer.headers)) + len(body), body

    plain = http.client.HTTPConnection(address.hostname, address.port)
    plain.request("GET", "/")
    text = plain.getresponse().read().decode()
    plain.close()
    assert text.count("<use ") > 1_300, "the map and the table are in it"
    loaded = re.findall(
        r'<(?:link rel="stylesheet"|script)[^>]*"(/static/[^"]+)"', text
    )
    sizes = {path: sent(path)[0] for path in ["/", *loaded]}
    assert len(sizes) == 8
    assert sum(sizes.values()) < BUDGET_BYTES, sizes
    del forty
