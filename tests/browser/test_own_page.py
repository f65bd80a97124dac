"""A supporter's own page in a real Chromium: by keyboard, by touch, without script."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from tests.action_scene import (
    JANE,
    MAIL,
    NUMBER,
    PRIVACY,
    SESSION,
    ActionScene,
)
from tests.browser.serving import served
from tests.browser.watched import IN_CHROMIUM
from tests.conftest import FakeClock, MakeSettings
from tests.own_scene import counted
from tracker import store
from tracker.rules.reports import ReportKind
from tracker.store import Engine
from tracker.store.tables import MemberContact, SupporterReport

pytestmark = IN_CHROMIUM


@pytest.fixture
def scene(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> ActionScene:
    made = ActionScene(sqlite_engine, clock, settings)
    with store.write(made.engine) as session:
        session.add(
            MemberContact(
                member_id=JANE,
                kind="phone",
                label="Constituency office",
                value="01632 960 101",
                checked_on=clock().date(),
            )
        )
    counted(made)
    return made


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, scene: ActionScene) -> Iterator[Open]:
    """A factory: visit(width=390, java_script_enabled=False) on the person's page."""
    contexts, servers, said = [], [], []

    def make(*, width: int = 390, **options: Any) -> Page:
        made = scene.make_settings(
            motions=[{"session": SESSION, "number": NUMBER}],
            mail=MAIL,
            privacy=PRIVACY,
            web={"port": 0},
            database={"url": scene.engine.url.render_as_string(hide_password=False)},
        )
        server = served(made, scene.engine, clock=scene.clock)
        base = server.__enter__()
        servers.append(server)
        size: Any = {"width": width, "height": 844 if width < 1_000 else 800}
        contexts.append(browser.new_context(viewport=size, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "request",
            lambda request: (
                said.append(request.url)
                if urlsplit(request.url).netloc != urlsplit(base).netloc
                else None
            ),
        )
        page.goto(base + scene.own_path())
        return page

    yield make
    for context in contexts:
        context.close()
    for server in servers:
        server.__exit__(None, None, None)
    assert said == [], "an error, or a request to another host"


def kinds(scene: ActionScene) -> list[ReportKind]:
    with store.read(scene.engine) as session:
        return [
            row.kind
            for row in session.exec(select(SupporterReport)).all()
            if row.is_standing
        ]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(visit: Open, width: int, scheme: str) -> None:
    page = visit(width=width, color_scheme=scheme)
    page.get_by_role("button", name="Nothing yet").click()
    expect(page.get_by_role("status")).to_contain_text("that is kept")
    for opened in ("What to say when you ring", "Delete everything about me"):
        page.locator("summary", has_text=opened).click()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width


def test_an_answer_is_given_and_changed_by_keyboard_alone(
    visit: Open, scene: ActionScene
) -> None:
    page = visit()
    button = page.get_by_role("button", name="Nothing yet")
    for _ in range(40):
        if button.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("that is kept")
    assert kinds(scene) == [ReportKind.NOTHING_YET]
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Taken back")
    assert kinds(scene) == []


@pytest.mark.parametrize("script", [True, False])
def test_a_call_is_told_by_touch_with_and_without_script(
    visit: Open, scene: ActionScene, script: bool
) -> None:
    page = visit(has_touch=True, java_script_enabled=script)
    phone = page.get_by_role("link", name="01632 960 101")
    assert phone.get_attribute("href") == "tel:01632960101"
    page.get_by_role("button", name="I rang the office").tap()
    expect(page.get_by_role("status")).to_contain_text("that is kept")
    expect(page.get_by_text("You rang the office.").first).to_be_visible()
    assert kinds(scene) == [ReportKind.RANG]


def test_every_button_is_large_enough_to_touch(visit: Open) -> None:
    page = visit()
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is None or box["height"] >= 44
