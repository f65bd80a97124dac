"""The staff board in a real Chromium: rows that leave, calls by keyboard, touch and no script."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import served
from tests.browser.watched import IN_CHROMIUM, SOON_MS, Open, Watched, overflow
from tests.conftest import FakeClock, MakeSettings
from tests.page_data import record_house
from tests.staff import PASSWORD, add_staff
from tests.upstream import (
    FIRST_MEMBER,
    MOTION_ID,
    Watch,
    house,
    small_world,
    watching,
)
from tracker import store
from tracker.rules.outcomes import Outcome
from tracker.rules.roles import Role
from tracker.store import Engine
from tracker.store.tables import Member, MemberContact, Tally

pytestmark = IN_CHROMIUM

SIGNED = 3
LISTED = [FIRST_MEMBER + place for place in range(10, 18)]
WITHIN_SECONDS = 2.0
TRIES = 3
"""Held of the best of so many: what else runs on the machine is no fault of the board."""


@pytest.fixture
def watch(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[Watch]:
    """A motion with three names at the stand-in, and eight MPs asked long ago."""
    world = small_world(clock, rows=SIGNED)
    record_house(sqlite_engine, house(), clock().date())
    with watching(sqlite_engine, settings, clock, world=world, web={"port": 0}) as made:
        poll(made)
        ask(made, LISTED)
        yield made


def ring(watch: Watch, member_id: int, label: str, number: str) -> None:
    """Give an MP a number of an office."""
    with store.write(watch.engine) as session:
        session.add(
            MemberContact(
                member_id=member_id,
                kind="phone",
                label=label,
                value=number,
                checked_on=watch.clock().date(),
            )
        )


def ask(watch: Watch, member_ids: list[int]) -> None:
    asked_at = watch.clock() - timedelta(days=6)
    motion_id = watch.stored().id or 0
    with store.write(watch.engine) as session:
        for place, member_id in enumerate(member_ids):
            session.add(
                Tally(
                    motion_id=motion_id,
                    member_id=member_id,
                    supporter_count=40 - place,
                    email_count=40 - place,
                    first_email_at=asked_at,
                    last_email_at=asked_at,
                )
            )


@pytest.fixture
def open_page(browser: Browser, watch: Watch, clock: FakeClock) -> Iterator[Open]:
    """A factory: open_page("/staff", width=390, role=Role.VIEWER), signed in."""
    contexts = []
    add_staff(watch.engine, clock)
    add_staff(watch.engine, clock, "Vera", Role.VIEWER)
    with served(watch.settings, watch.engine, clock=clock) as base:

        def make(
            path: str = "/staff",
            *,
            width: int = 390,
            name: str = "Ann",
            **options: Any,
        ) -> Watched:
            size: Any = {"width": width, "height": 844 if width < 1_000 else 800}
            contexts.append(browser.new_context(viewport=size, **options))
            watched = Watched(contexts[-1].new_page(), base)
            page = watched.page
            page.goto(f"{base}/login?next={path}")
            page.get_by_label("Name").fill(name)
            page.get_by_label("Password").fill(PASSWORD)
            page.locator("main button").click()
            is_live = options.get("java_script_enabled", True)
            ready = "#board[data-ready]" if is_live else "#board"
            expect(page.locator(ready)).to_be_visible(timeout=SOON_MS)
            return watched

        yield make
        for context in contexts:
            context.close()


def row(page: Page, member_id: int) -> Any:
    return page.locator(f"#mp-{member_id}")


def poll(watch: Watch) -> float:
    """Poll as the worker does, beside the browser; return when that was done."""
    ended: list[float] = []

    def work() -> None:
        # A thread of its own: Playwright has this one's event loop.
        assert watch.poll().outcome == Outcome.CHANGED
        ended.append(time.monotonic())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    watch.clock.advance(60)
    [ended_at] = ended
    return ended_at


def test_a_signature_at_parliament_takes_the_row_off_within_two_seconds(
    open_page, watch
):
    watched = open_page(width=1_280)
    page = watched.page
    expect(page.locator("#board-count")).to_have_text(str(SIGNED))
    page.evaluate("window.isThisPage = true")
    page.wait_for_timeout(300)
    took = []
    for place, member_id in enumerate(LISTED[:TRIES], start=1):
        name = row(page, member_id).locator(".call-who a").inner_text()
        watch.world.sign(MOTION_ID, member_id)
        polled_at = poll(watch)
        expect(row(page, member_id)).to_have_count(0, timeout=SOON_MS)
        expect(page.locator("#board-count")).to_have_text(
            str(SIGNED + place), timeout=SOON_MS
        )
        took.append(time.monotonic() - polled_at)
        expect(page.locator("#said")).to_have_text(
            f"{name} has signed.", timeout=SOON_MS
        )
    assert min(took) < WITHIN_SECONDS, took
    assert page.locator("#said").get_attribute("aria-live") == "polite"
    # The parts' numbers follow, and all of it without a reload.
    rest = page.locator("#part-rest h2")
    expect(rest).to_contain_text(str(len(LISTED) - TRIES), timeout=SOON_MS)
    assert page.evaluate("window.isThisPage")
    watched.check_quiet()


def test_an_open_form_and_its_focus_outlast_what_happens_around_it(open_page, watch):
    page = open_page(width=1_280).page
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("c")
    form = page.locator(f"#form-{LISTED[1]}")
    form.locator("summary").click()
    note = form.get_by_label("Note")
    note.fill("Half a sen")
    watch.world.sign(MOTION_ID, LISTED[0])
    poll(watch)
    expect(row(page, LISTED[0])).to_have_count(0, timeout=SOON_MS)
    expect(page.locator("#part-rest h2")).to_contain_text(
        str(len(LISTED) - 1), timeout=SOON_MS
    )
    page.keyboard.type("tence")
    expect(note).to_have_value("Half a sentence")
    # Their own MP signs: the row says so, and what was typed is not thrown away.
    watch.world.sign(MOTION_ID, LISTED[1])
    poll(watch)
    expect(row(page, LISTED[1])).to_contain_text("has signed.", timeout=SOON_MS)
    expect(note).to_be_focused()
    page.keyboard.press("Escape")
    expect(row(page, LISTED[1])).to_have_count(0, timeout=SOON_MS)


def test_a_call_is_logged_and_undone_by_keyboard_alone(open_page):
    watched = open_page(width=1_280)
    page = watched.page
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(row(page, LISTED[1])).to_be_focused()
    page.keyboard.press("c")
    form = page.locator(f"#form-{LISTED[1]}")
    expect(form.get_by_label("Spoke to them")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")  # a note, which is left out
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(form.get_by_role("button", name="Will sign")).to_be_focused()
    page.keyboard.press("Enter")
    expect(row(page, LISTED[1])).to_have_count(0, timeout=SOON_MS)
    expect(row(page, LISTED[2])).to_be_focused()
    expect(page.locator("#said")).to_contain_text("is kept.", timeout=SOON_MS)
    page.keyboard.press("u")
    expect(row(page, LISTED[1])).to_be_visible(timeout=SOON_MS)
    assert page.url.endswith("/staff")
    watched.check_quiet()


def test_a_call_is_logged_in_two_taps(open_page):
    watched = open_page(width=390, has_touch=True)
    page = watched.page
    row(page, LISTED[0]).locator(".log-open").tap()
    form = page.locator(f"#form-{LISTED[0]}")
    form.get_by_label("Left a message").tap()
    form.get_by_role("button", name="Said nothing of it").tap()
    expect(row(page, LISTED[0])).to_have_count(0, timeout=SOON_MS)
    page.get_by_role("button", name="Undo").tap()
    expect(row(page, LISTED[0])).to_be_visible(timeout=SOON_MS)
    watched.check_quiet()


def test_a_press_without_an_outcome_keeps_nothing(open_page):
    page = open_page(width=390).page
    row(page, LISTED[0]).locator(".log-open").click()
    form = page.locator(f"#form-{LISTED[0]}")
    form.get_by_role("button", name="Will sign").click()
    expect(form).to_be_visible()
    expect(page.get_by_text("is kept.")).to_have_count(0)


def test_without_script_a_call_is_logged_and_undone(open_page):
    page = open_page(java_script_enabled=False).page
    expect(page.locator("#keys-open")).to_be_hidden()
    row(page, LISTED[0]).locator(".log-open").click()
    form = page.locator(f"#form-{LISTED[0]}")
    form.get_by_label("Spoke to them").check()
    form.get_by_role("button", name="Considering it").click()
    expect(row(page, LISTED[0])).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(row(page, LISTED[0])).to_be_visible()


def test_several_are_ticked_and_logged_at_once(open_page):
    watched = open_page(width=1_280)
    page = watched.page
    for member_id in LISTED[:3]:
        row(page, member_id).locator(".pick input").check()
    expect(page.locator("#picked")).to_have_text("3 ticked")
    page.locator(".many summary").click()
    many = page.locator("#many")
    many.get_by_label("Email").check()
    many.get_by_label("Left a message").check()
    many.get_by_role("button", name="Keep it for those ticked").click()
    expect(page.locator(".call")).to_have_count(len(LISTED) - 3, timeout=SOON_MS)
    expect(page.locator("#said")).to_have_text("3 contacts are kept.", timeout=SOON_MS)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".call")).to_have_count(len(LISTED), timeout=SOON_MS)
    watched.check_quiet()


def test_a_viewer_sees_the_list_and_no_way_to_act(open_page):
    watched = open_page(width=1_280, name="Vera")
    page = watched.page
    page.keyboard.press("j")
    expect(row(page, LISTED[0])).to_be_focused()
    page.keyboard.press("c")
    expect(page.locator("form.log-form, .log-open, .pick")).to_have_count(0)
    watched.check_quiet()


def test_keys_are_explained_and_can_be_switched_off(open_page):
    page = open_page(width=1_280).page
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("jc?")
    expect(page.locator("#q")).to_have_value("jc?")
    page.locator("h1").click()
    page.keyboard.press("?")
    dialog = page.locator("#keys")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Use these keys").uncheck()
    dialog.get_by_role("button", name="Close").click()
    page.keyboard.press("j")
    expect(page.locator(".call:focus")).to_have_count(0)
    page.reload()
    page.keyboard.press("j")
    expect(page.locator(".call:focus")).to_have_count(0)


@pytest.mark.parametrize("has_touch", [False, True], ids=["mouse", "touch"])
def test_a_number_and_whose_it_is_stay_on_one_line(open_page, watch, has_touch):
    ring(watch, LISTED[0], "Parliamentary office", "020 7946 0361")
    page = open_page(width=1_280, has_touch=has_touch).page
    way = row(page, LISTED[0]).locator(".call-how .way")
    expect(way).to_contain_text("Parliamentary")
    assert way.evaluate("node => node.scrollWidth <= node.clientWidth")
    label = way.locator(".minor")
    assert label.evaluate("node => node.getClientRects().length") == 1
    number, said = way.locator(".phone").bounding_box(), label.bounding_box()
    assert number is not None
    assert said is not None
    assert number["y"] <= said["y"] <= number["y"] + number["height"]


def test_filters_that_go_on_past_the_edge_fade_there(open_page):
    page = open_page(width=390).page
    row_of_them = page.locator(".choice-row ul").last
    assert row_of_them.evaluate("node => node.scrollWidth > node.clientWidth")
    fade = row_of_them.evaluate("node => getComputedStyle(node).maskImage")
    assert "linear-gradient" in fade
    # At the very end the last of them is clear of it.
    row_of_them.evaluate("node => { node.scrollLeft = node.scrollWidth; }")
    ends = "node => node.getBoundingClientRect().right"
    last_ends = row_of_them.locator("a").last.evaluate(ends)
    assert last_ends <= row_of_them.evaluate(ends) - 31


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1_280])
def test_no_rule_of_accessibility_is_broken(open_page, watch, width, scheme):
    with store.write(watch.engine) as session:
        session.get_one(Member, LISTED[0]).name = "Wolverhampton" * 7
    watched = open_page(width=width, color_scheme=scheme)
    page = watched.page
    row(page, LISTED[0]).locator(".log-open").click()
    page.locator(f"#form-{LISTED[0]} summary").click()
    page.locator(".many summary").click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert overflow(page) == 0
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": width // 2, "height": 422})  # 200% zoom
    assert overflow(page) == 0
    watched.check_quiet()
