"""The public page in a real Chromium: quiet, accessible, live, and whole without script."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.watched import FIRST_AT, IN_CHROMIUM, LOOK, NOW, SOON_MS, overflow
from tests.page_data import PATH, record_failure, record_house, record_rows, rows_of
from tracker.store.schema import open_database

pytestmark = IN_CHROMIUM

HOSTILE = "<img src=x onerror=alert(1)> O'Neill"
PLOTLY = re.compile(r"plotly\.min\.js$")
AXE = {"rules": {"target-size": {"enabled": True}}}  # of WCAG 2.2, off by default


@pytest.mark.parametrize("width", [390, 1_280])
@pytest.mark.usefixtures("forty")
def test_the_page_is_quiet_and_asks_nobody_else(open_page, width):
    watched = open_page(width=width)
    watched.draw_charts()
    assert overflow(watched.page) == 0
    watched.page.locator("[data-chart]").first.hover()
    watched.page.wait_for_timeout(200)
    with watched.page.expect_download() as saved:
        watched.page.locator("[data-save]").first.click()
    assert saved.value.suggested_filename == "signatures-over-time.png"
    watched.check_quiet()


@pytest.mark.parametrize("width", [390, 1_280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.usefixtures("forty")
def test_no_rule_of_accessibility_is_broken(open_page, width, scheme):
    for path in ("/?q=ilford", f"{PATH}/mps/90001", "/nothing"):
        watched = open_page(path, width=width, color_scheme=scheme)
        if path.startswith("/?"):
            watched.draw_charts()
            for summary in watched.page.locator("summary").all():
                summary.click()
        results = Axe().run(watched.page, options=AXE)
        assert results.violations_count == 0, results.generate_report()


def test_the_page_about_the_api_does_not_stick_out_of_a_phone(open_page):
    watched = open_page("/api/docs", width=390)
    assert watched.page.locator("pre").count() == 1
    assert overflow(watched.page) == 0
    assert Axe().run(watched.page).violations_count == 0


def test_an_empty_page_is_accessible_and_does_not_load_the_charts(open_page):
    watched = open_page()
    assert Axe().run(watched.page).violations_count == 0
    assert not any(PLOTLY.search(url) for url in watched.asked)
    watched.check_quiet()


@pytest.mark.usefixtures("forty")
def test_plotly_waits_until_a_chart_comes_into_view(open_page):
    watched = open_page(width=390)
    watched.page.set_viewport_size({"width": 390, "height": 400})
    watched.asked.clear()
    watched.page.reload()
    watched.page.wait_for_timeout(500)
    assert not any(PLOTLY.search(url) for url in watched.asked)
    watched.draw_charts()
    assert sum(bool(PLOTLY.search(url)) for url in watched.asked) == 1


@pytest.mark.usefixtures("forty")
def test_charts_follow_the_system_into_the_dark(open_page):
    watched = open_page(width=1_280, color_scheme="light")
    watched.draw_charts()
    line = watched.page.locator("[data-chart] .scatterlayer path.js-line").first
    before = line.evaluate("node => getComputedStyle(node).stroke")
    watched.page.emulate_media(color_scheme="dark")
    accent = "rgb(52, 195, 143)"
    watched.page.wait_for_function(
        "accent => getComputedStyle(document.querySelector("
        "'[data-chart] .scatterlayer path.js-line')).stroke === accent",
        arg=accent,
    )
    assert before == "rgb(11, 122, 91)"
    watched.check_quiet()


@pytest.mark.parametrize("width", [390, 1_280])
def test_650_rows_and_a_name_of_90_letters_break_nothing(
    open_page, sqlite_engine, parliament, width
):
    record_house(sqlite_engine, parliament, NOW.date())
    rows = rows_of(parliament, 650, first_at=FIRST_AT - timedelta(days=75))
    rows[-1]["Member"]["Name"] = "Wolverhampton" * 7
    record_rows(sqlite_engine, rows, NOW)
    watched = open_page(width=width)
    watched.page.locator(".signers summary").click()
    watched.draw_charts()
    assert overflow(watched.page) == 0
    watched.page.set_viewport_size({"width": width // 2, "height": 422})  # 200% zoom
    watched.page.wait_for_timeout(300)
    assert overflow(watched.page) == 0
    watched.check_quiet()


@pytest.mark.usefixtures("forty")
def test_without_script_everything_is_there(open_page):
    watched = open_page(java_script_enabled=False)
    page = watched.page
    tables = page.locator(".numbers table")
    expect(tables).to_have_count(2)
    for table in tables.all():
        expect(table).to_be_visible()
    expect(page.locator(".chart").first).to_be_hidden()
    expect(page.locator("#count")).to_have_text("38")
    page.locator(".signers summary").click()
    expect(page.locator("#signers li").last).to_be_visible()
    assert page.locator("#signers li").count() == 38
    page.locator("#q").fill("north")
    page.locator(".find button").click()
    expect(page.locator(".found li").first).to_be_visible()
    assert not any(url.endswith(".js") for url in watched.asked)


def test_a_signature_recorded_elsewhere_arrives_is_counted_and_is_told(
    open_page, forty, migrated_sqlite_url, parliament
):
    watched = open_page(width=1_280)
    page = watched.page
    expect(page.locator("#count")).to_have_text("38")
    page.wait_for_timeout(300)
    page.locator("#changes").scroll_into_view_if_needed()
    watched.watch_shifts()
    rows = rows_of(parliament, 41, first_at=FIRST_AT, withdrawn=[7, 20])
    rows[-1]["Member"]["Name"] = HOSTILE
    other = open_database(migrated_sqlite_url, is_upgraded=False)
    record_rows(other, rows, NOW)
    newest = page.locator("#changes > li").first
    expect(newest.locator("a")).to_have_text(HOSTILE, timeout=SOON_MS)
    expect(page.locator("#count")).to_have_text("39", timeout=SOON_MS)
    expect(page.locator("#news")).to_have_text(
        f"{HOSTILE} signed. 39 MPs have signed.", timeout=SOON_MS
    )
    assert newest.locator("a").get_attribute("href") == (
        f"{PATH}/mps/{rows[-1]['MemberId']}"
    )
    assert page.locator("#changes > li").count() in (9, 10), "as many as have room"
    assert page.locator("#progress").evaluate("node => node.value") == 39
    assert page.locator("#changes img").count() == 0
    assert watched.shift() < 0.01

    rows[30] |= {"IsWithdrawn": True, "WithdrawnDate": "2026-11-24T14:00:00"}
    record_rows(other, rows, NOW + timedelta(minutes=1))
    expect(newest).to_contain_text(
        "Parliament shows the signature as withdrawn", timeout=SOON_MS
    )
    expect(page.locator("#count")).to_have_text("38", timeout=SOON_MS)
    other.dispose()
    watched.check_quiet()
    del forty


def test_the_words_of_a_live_change_are_those_of_a_fresh_page(
    open_page, forty, sqlite_engine, parliament
):
    watched = open_page()
    watched.page.wait_for_timeout(300)
    rows = rows_of(parliament, 41, first_at=FIRST_AT, withdrawn=[7, 20])
    rows[-1]["CreatedWhen"] = "2026-11-24T14:20:00"
    rows[3] |= {"IsWithdrawn": True}  # without a time: ours is given
    record_rows(sqlite_engine, rows, NOW)
    changes = watched.page.locator("#changes > li")
    expect(changes.nth(1)).to_have_class(re.compile("is-new"), timeout=SOON_MS)
    live = changes.all_inner_texts()
    assert len(live) >= 9
    watched.page.reload()
    assert changes.all_inner_texts()[: len(live)] == live
    del forty


def test_a_reconnect_repeats_nothing_and_misses_nothing(
    open_page, forty, sqlite_engine, parliament
):
    watched = open_page()
    page = watched.page
    page.wait_for_timeout(300)
    first = rows_of(parliament, 41, first_at=FIRST_AT, withdrawn=[7, 20])
    record_rows(sqlite_engine, first, NOW)
    expect(page.locator("#count")).to_have_text("39", timeout=SOON_MS)
    # Away and back, as a page in the browser's memory is.
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    second = rows_of(parliament, 42, first_at=FIRST_AT, withdrawn=[7, 20])
    record_rows(sqlite_engine, second, NOW + timedelta(minutes=1))
    page.wait_for_timeout(700)
    expect(page.locator("#count")).to_have_text("39")
    page.evaluate(
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    expect(page.locator("#count")).to_have_text("40", timeout=SOON_MS)
    streams = [url for url in watched.asked if "/stream?after=" in url]
    assert [int(url.rsplit("=", 1)[1]) for url in streams] == [42, 43]
    hrefs = page.locator("#changes > li a").evaluate_all("all => all.map(a => a.href)")
    assert len(set(hrefs)) == len(hrefs) >= 9
    expect(page.locator("#news")).to_contain_text("40 MPs have signed.")
    del forty


@pytest.mark.usefixtures("forty")
def test_nothing_moves_for_those_who_asked_for_less_motion(
    open_page, sqlite_engine, parliament
):
    watched = open_page(reduced_motion="reduce")
    watched.page.wait_for_timeout(300)
    rows = rows_of(parliament, 41, first_at=FIRST_AT, withdrawn=[7, 20])
    record_rows(sqlite_engine, rows, NOW)
    newest = watched.page.locator("#changes > li.is-new")
    expect(newest).to_have_count(1, timeout=SOON_MS)
    assert newest.evaluate("node => getComputedStyle(node).animationName") == "none"
    assert newest.evaluate("node => node.getAnimations({subtree: true}).length") == 0


@pytest.mark.usefixtures("forty")
def test_failing_and_recovering_show_without_a_reload(
    open_page, sqlite_engine, parliament, clock
):
    watched = open_page()
    page = watched.page
    expect(page.locator("#note")).to_be_hidden()
    watched.watch_shifts()
    record_failure(sqlite_engine, NOW + timedelta(minutes=2))
    clock.set(NOW + timedelta(minutes=4))
    page.evaluate(LOOK)
    expect(page.locator("#note")).to_be_visible()
    expect(page.locator("#note")).to_contain_text(
        "service is out of order at the moment"
    )
    expect(page.locator("#checked")).to_have_text("Checked 4 minutes ago")
    rows = rows_of(parliament, 40, first_at=FIRST_AT, withdrawn=[7, 20])
    record_rows(sqlite_engine, rows, NOW + timedelta(minutes=5))
    clock.set(NOW + timedelta(minutes=5))
    page.evaluate(LOOK)
    expect(page.locator("#note")).to_be_hidden()
    expect(page.locator("#checked")).to_have_text("Checked just now")
    assert watched.shift() == 0


@pytest.mark.usefixtures("forty")
def test_a_page_that_came_while_it_failed_recovers_without_a_move(
    open_page, sqlite_engine, parliament, clock
):
    record_failure(sqlite_engine, NOW + timedelta(minutes=2))
    clock.set(NOW + timedelta(minutes=4))
    watched = open_page()
    note = watched.page.locator("#note")
    expect(note).to_be_visible()
    expect(note).to_have_attribute("role", "status")
    watched.watch_shifts()
    rows = rows_of(parliament, 40, first_at=FIRST_AT, withdrawn=[7, 20])
    record_rows(sqlite_engine, rows, NOW + timedelta(minutes=5))
    watched.page.evaluate(LOOK)
    expect(note).to_be_hidden()
    assert watched.shift() == 0
