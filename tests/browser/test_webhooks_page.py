"""The webhooks' page in a real Chromium: quiet, axe-clean, and done without script."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.serving import served
from tests.browser.watched import IN_CHROMIUM
from tests.conftest import FakeClock
from tests.hook_scene import HookScene, hook_settings
from tests.hook_server import Reply, receiver
from tests.staff import PASSWORD, add_staff
from tracker.rules.roles import Role
from tracker.store import Engine

pytestmark = IN_CHROMIUM

PATH = "/staff/webhooks"
ANSWER = b"<img src=x onerror=alert(1)> we are out of order, please come back " * 9


@pytest.fixture
def base(sqlite_engine: Engine, tmp_path: Path, clock: FakeClock) -> Iterator[str]:
    """A webhook that is off, one that fails, and one that is well."""
    with (
        receiver(Reply(410, b"gone")) as gone,
        receiver(Reply(503, ANSWER)) as fails,
        receiver() as well,
    ):
        urls = {"crm": gone.url, "mailing-list": fails.url, "map": well.url}
        made = hook_settings(tmp_path, urls, web={"port": 0})
        scene = HookScene(sqlite_engine, made, clock)
        scene.tell()
        with ThreadPoolExecutor(1) as pool:  # Playwright has a loop in this thread
            for name in urls:
                pool.submit(scene.deliver, name).result()
        clock.advance(60)
        scene.tell("while crm is off")
        add_staff(sqlite_engine, clock, role=Role.ADMIN)
        with served(made, sqlite_engine, clock=clock) as url:
            yield url


def signed_in(browser: Browser, base: str, **options: Any) -> Page:
    page = browser.new_context(**options).new_page()
    page.goto(f"{base}/login?next={PATH}")
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "Other programs that are told"
    )
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_quiet_fits_and_has_no_barrier(browser, base, width, scheme):
    page = signed_in(
        browser,
        base,
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.reload()
    assert Axe().run(page).violations_count == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    low = page.locator("main button").evaluate_all(
        "all => all.filter((one) => one.getBoundingClientRect().height < 44).length"
    )
    assert low == 0
    assert said == []
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/webhooks-{width}-{scheme}.png", full_page=True)


def test_without_script_an_admin_switches_one_on(browser, base):
    page = signed_in(browser, base, java_script_enabled=False)
    page.get_by_role("button", name="Switch crm on again").click()
    expect(page.get_by_role("status")).to_have_text(
        "It is on, and is told what it missed."
    )
    expect(page.get_by_role("button", name="Switch crm on again")).to_have_count(0)
