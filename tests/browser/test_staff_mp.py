"""An MP's page for staff and the charts in a real Chromium: keys, no script, quiet."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.test_staff_board import LISTED, open_page, poll, watch
from tests.browser.watched import IN_CHROMIUM, SOON_MS, overflow
from tests.upstream import MOTION_ID, Watch
from tracker import store
from tracker.contacts import NewContact, log_contact
from tracker.rules.corrections import CorrectionKind
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store.corrected import record_correction_value
from tracker.store.tables import Tally

__all__ = ["open_page", "watch"]

pytestmark = IN_CHROMIUM

MEMBER = LISTED[0]
PAGE = f"/staff/mps/{MEMBER}"


def has_a_past(watch: Watch) -> None:
    """Two calls, a correction, and a signature a while after the first email."""
    calls = [
        (ContactOutcome.BUSY, Stance.UNKNOWN, None),
        (ContactOutcome.CONTACT, Stance.CONSIDERING, "Wants a briefing. " * 20),
    ]
    at = watch.clock() - timedelta(days=2)
    with store.write(watch.engine) as session:
        for outcome, stance, note in calls:
            new = NewContact(MEMBER, Channel.PHONE, outcome, stance, note=note)
            log_contact(session, watch.motion, new, by="Ben", at=at)
        record_correction_value(
            session,
            MEMBER,
            CorrectionKind.NO_EMAIL,
            "Asked for it",
            by="Ben",
            at=at,
        )
        tally = session.get_one(Tally, (watch.stored().id or 0, LISTED[1]))
        assert tally.first_email_at < at
    watch.world.sign(MOTION_ID, LISTED[1])
    poll(watch)


def test_a_correction_is_kept_and_undone_by_keyboard_alone(open_page):
    watched = open_page(width=1_280)
    page = watched.page
    page.goto(watched.base + PAGE)
    field = page.get_by_label("Does not sign by convention")
    field.focus()
    page.keyboard.type("A PPS at the Treasury")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The correction is kept.")).to_be_visible()
    expect(page.get_by_text("Cannot sign")).to_be_visible()
    undo = page.locator(".done").get_by_role("button", name="Undo")
    undo.focus()
    page.keyboard.press("Enter")
    expect(field).to_have_value("")
    expect(page.get_by_text("Cannot sign")).to_have_count(0)
    watched.check_quiet()


def test_without_script_a_letter_is_logged_and_taken_back(open_page):
    watched = open_page(java_script_enabled=False, has_touch=True)
    page = watched.page
    page.goto(watched.base + PAGE)
    form = page.get_by_role("form", name="Log a contact")
    form.get_by_label("Letter").check()
    form.get_by_label("Left a message").check()
    form.get_by_role("button", name="Said nothing of it").tap()
    expect(page.locator(".history")).to_contain_text("Letter: left a message")
    page.locator(".done").get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("Letter: left a message")).to_have_count(0)


def test_the_board_leads_to_the_page_and_back(open_page):
    watched = open_page(width=390)
    page = watched.page
    page.locator(f"#mp-{MEMBER} .call-who a").click()
    expect(page.locator(".file h1")).to_be_visible()
    page.get_by_role("link", name="Whom to ring about").click()
    expect(page.locator("#board")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1_280])
def test_no_rule_of_accessibility_is_broken(open_page, watch, width, scheme):
    has_a_past(watch)
    watched = open_page(width=width, color_scheme=scheme)
    page = watched.page
    page.goto(watched.base + PAGE)
    page.locator(".more summary").click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert overflow(page) == 0
    page.goto(watched.base + "/staff/charts")
    watched.draw_charts()
    for summary in page.locator(".numbers > summary").all():
        summary.click()
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()
    assert overflow(page) == 0
    page.set_viewport_size({"width": width // 2, "height": 422})  # 200% zoom
    page.wait_for_timeout(300)
    assert overflow(page) == 0
    watched.check_quiet()


def test_charts_are_drawn_when_seen_and_saved_as_pictures(open_page, watch):
    has_a_past(watch)
    watched = open_page(width=1_280)
    page = watched.page
    page.goto(watched.base + "/staff/charts")
    watched.draw_charts()
    drawn = [url for url in watched.asked if "/staff/charts/" in url]
    assert len(drawn) == page.locator("[data-chart]").count() >= 2
    with page.expect_download() as saved:
        page.locator("[data-save]").first.click()
    assert saved.value.suggested_filename.endswith(".png")
    watched.check_quiet()


def test_without_script_the_numbers_are_in_tables(open_page, watch):
    has_a_past(watch)
    watched = open_page(java_script_enabled=False)
    page = watched.page
    page.goto(watched.base + "/staff/charts")
    for table in page.locator(".numbers table").all():
        expect(table).to_be_visible(timeout=SOON_MS)
    expect(page.locator(".chart").first).to_be_hidden()
