"""The staff's desks in a real Chromium: by keyboard, by touch, without script, quietly."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.serving import served
from tests.browser.watched import IN_CHROMIUM
from tests.conftest import FakeClock, MakeSettings
from tests.desk_scene import DeskScene, desk_scene
from tracker import store
from tracker.store import Engine
from tracker.store.tables import MessageState

pytestmark = IN_CHROMIUM

PAGES = {
    "review": "/staff/review",
    "review one by one": "/staff/review?like=2",
    "review search": "/staff/review?email=14&find=morgan",
    "review found nobody": "/staff/review?email=14&find=zzz",
    "review end": "/staff/review?after=9999",
    "outbox held": "/staff/outbox?state=held",
    "outbox uncertain": "/staff/outbox",
    "outbox parked": "/staff/outbox?state=parked",
    "outbox none": "/staff/outbox?state=cancelled",
    "message": "/staff/outbox/1",
    "likeness": "/staff/outbox/likeness",
    "polls": "/staff/polls",
    "all polls": "/staff/polls?show=all",
    "users": "/staff/users",
    "tokens": "/staff/tokens",
    "audit": "/staff/audit",
    "exports": "/staff/exports",
    "account": "/staff/account",
}


SMALL_TARGETS = """() => {
  for (const box of document.querySelectorAll("details")) box.open = true;
  const wanted = "main button, main select, main summary, main .tap,"
    + " main input:not([type=checkbox]):not([type=hidden])";
  return [...document.querySelectorAll(wanted)]
    .filter((node) => node.checkVisibility())
    .filter((node) => node.getBoundingClientRect().height < 44)
    .map((node) => node.outerHTML);
}"""
"""What a finger might miss on a page: less than 44 pixels high."""


class Visit:
    """A page of somebody who is signed in, everything it said, and the hosts it asked."""

    def __init__(self, page: Page, base: str, scene: DeskScene) -> None:
        self.page = page
        self.base = base
        self.scene = scene
        self.said: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", lambda asked: self.hosts.add(urlsplit(asked.url).netloc))

    def go(self, path: str) -> Page:
        """Open a path, and return the page."""
        answer = self.page.goto(self.base + path)
        assert answer is not None
        assert answer.status == 200, path
        return self.page

    def check_quiet(self) -> None:
        """Nothing was said (a CSP violation is), and no other host was asked."""
        assert self.said == []
        assert self.hosts == {urlsplit(self.base).netloc}


Open = Callable[..., Visit]


@pytest.fixture
def visit(
    browser: Browser, sqlite_engine: Engine, clock: FakeClock, settings: MakeSettings
) -> Iterator[Open]:
    """A factory: visit("Ada", width=390, java_script_enabled=False)."""
    scene = desk_scene(sqlite_engine, clock, settings)
    contexts = []
    with served(scene.settings, sqlite_engine, clock=clock) as base:

        def make(who: str = "Ann", *, width: int = 390, **options: Any) -> Visit:
            size: Any = {"width": width, "height": 844 if width < 1_000 else 800}
            context = browser.new_context(viewport=size, **options)
            contexts.append(context)
            context.add_cookies(
                [{"name": "session", "value": scene.cookie(who), "url": base}]
            )
            return Visit(context.new_page(), base, scene)

        yield make
        for context in contexts:
            context.close()


def overflow(page: Page) -> int:
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found]


def tab_to(page: Page, target: Locator, most: int = 60) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError("Tab does not lead there")


def counted(scene: DeskScene) -> dict[int, int]:
    with store.read(scene.engine) as session:
        return dict(store.supporter_counts(session, scene.letters.motion_id))


def test_a_group_is_assigned_and_undone_by_keyboard_alone(visit):
    seen = visit(width=1280)
    page = seen.go("/staff/review")
    expect(page.locator("#email-2")).to_contain_text("12 emails about EDM 718")
    pick = page.get_by_role("button", name="Count for Alex Morgan (Tooting) (all 12)")
    tab_to(page, pick)
    page.keyboard.press("Enter")
    done = page.locator("#done")
    expect(done).to_contain_text("12 emails are counted for Alex Morgan (Tooting).")
    assert counted(seen.scene)[104] == 12
    undo = done.get_by_role("button", name="Undo")
    page.keyboard.press("Tab")
    expect(undo).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#email-2")).to_contain_text("12 emails about EDM 718")
    assert 104 not in counted(seen.scene)
    seen.check_quiet()


def test_another_mp_is_searched_for_and_assigned_by_keyboard_alone(visit):
    seen = visit(width=1280)
    page = seen.go("/staff/review")
    card = page.locator("#email-14")
    tab_to(page, card.get_by_label("Name or constituency"))
    page.keyboard.type("ynys mon")
    page.keyboard.press("Enter")
    page.wait_for_url("**find=ynys**")
    pick = card.get_by_role("button", name="Count for Jane Carver (Ynys Môn)")
    page.keyboard.press("Tab")
    expect(pick).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text("1 email is counted for Jane Carver")
    seen.check_quiet()


def test_a_message_is_read_and_released_by_keyboard_alone(visit):
    seen = visit(width=1280)
    number = seen.scene.messages["held"]
    page = seen.go("/staff/outbox?state=held")
    tab_to(page, page.locator(f"#message-{number} a"))
    page.keyboard.press("Enter")
    expect(page.locator(".letter")).to_contain_text("I am your constituent")
    tab_to(page, page.get_by_role("button", name="Release"))
    page.keyboard.press("Enter")
    expect(page.locator("#done")).to_contain_text(f"Message {number} is queued")
    assert seen.scene.letters.state(number) is MessageState.QUEUED
    seen.check_quiet()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_review_and_a_message_by_touch(visit, script):
    seen = visit(has_touch=True, java_script_enabled=script)
    page = seen.go("/staff/review")
    page.get_by_role("button", name=re.compile("Count for Alex Morgan .St Ives")).tap()
    expect(page.locator("#done")).to_contain_text("12 emails are counted")
    page.get_by_role("link", name="Outbox", exact=True).tap()
    page.get_by_role("link", name=re.compile("^Held")).tap()
    number = seen.scene.messages["held"]
    page.locator(f"#message-{number}").get_by_role("button").tap()
    expect(page.locator("#done")).to_contain_text(f"Message {number} is queued")
    assert counted(seen.scene)[103] == 13  # one was counted before
    assert seen.scene.letters.state(number) is MessageState.QUEUED
    seen.check_quiet()


def test_pressed_twice_in_a_hurry_it_is_done_once(visit):
    seen = visit()
    page = seen.go("/staff/review")
    page.get_by_role(
        "button", name="Count for Alex Morgan (Tooting) (all 12)"
    ).dblclick()
    expect(page.locator("#done")).to_contain_text("12 emails are counted")
    with store.read(seen.scene.engine) as session:
        said = [r for r in store.audit_entries(session) if r.action == "review"]
    assert len(said) == 2  # one of them is the scene's own


def test_what_is_uncertain_in_doubt_or_stopped_is_settled_without_script(visit):
    seen = visit(java_script_enabled=False)
    page = seen.go("/staff/outbox")
    page.get_by_role("button", name="Try the mail server again now").click()
    expect(page.get_by_role("heading", name="Sending has stopped")).to_have_count(0)
    number = seen.scene.messages["uncertain"]
    page.get_by_role("button", name=f"It was sent: message {number}").click()
    assert seen.scene.letters.state(number) is MessageState.SENT
    page = seen.go("/staff/polls")
    page.get_by_role("button", name="This is right: record it").click()
    expect(page.locator("#done")).to_contain_text("the answer is believed")
    seen.check_quiet()


def test_an_admin_adds_somebody_and_makes_a_token_without_script(visit):
    seen = visit("Ada", java_script_enabled=False)
    page = seen.go("/staff/users")
    page.get_by_label("Name", exact=True).fill("Bo")
    page.get_by_label("Password, 15 characters or more", exact=True).fill("x" * 15)
    page.get_by_role("button", name="Add them").click()
    expect(page.locator("#done")).to_contain_text("Bo can sign in now.")
    page = seen.go("/staff/tokens")
    page.get_by_label("Name, such as the program").fill("news")
    page.get_by_label("Read what webhooks carried").check()
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".secret")).to_contain_text("edm_")
    page = seen.go("/staff/exports")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Emails as csv").click()
    assert taken.value.suggested_filename == "edm-718-2026-27-emails.csv"
    seen.check_quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(visit, scheme, width):
    seen = visit("Ada", width=width, color_scheme=scheme)
    for name, path in PAGES.items():
        page = seen.go(path)
        for closed in page.locator("details").all():
            closed.evaluate("box => { box.open = true; }")
        assert violations(page) == [], name
        assert overflow(page) <= 0, name
    seen.check_quiet()


def test_a_message_s_moment_stays_on_the_line_of_its_name_where_there_is_room(visit):
    seen = visit("Ada", width=1280)
    seen.go("/staff/outbox?state=held")
    number = seen.scene.messages["held"]
    long = "Email to Dr Venetia Pebbledale-Gorsemere (North East Derbyshire and Beyond)"
    line = seen.page.locator(f"#message-{number} p").first
    line.locator("bdi").evaluate("(node, text) => { node.textContent = text; }", long)
    assert line.evaluate("node => node.offsetHeight") == 44
    seen.page.set_viewport_size({"width": 390, "height": 844})
    for whole in line.locator(".whole").all():
        assert whole.evaluate("node => node.getClientRects().length") == 1
    assert overflow(seen.page) <= 0


def test_by_touch_every_target_is_44_pixels_high(visit):
    seen = visit("Ada", has_touch=True)
    for name, path in PAGES.items():
        page = seen.go(path)
        small = page.evaluate(SMALL_TARGETS)
        assert small == [], name
