"""Being told when an MP signs, in a real Chromium: asked, confirmed, stopped; and the
replies that staff decide about."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from tests.action_scene import (
    JANE,
    JOSE,
    MAIL,
    NUMBER,
    PATH,
    PRIVACY,
    SESSION,
    ActionScene,
)
from tests.browser.serving import served
from tests.browser.watched import IN_CHROMIUM
from tests.conftest import FakeClock, MakeSettings
from tests.own_scene import counted
from tests.staff import PASSWORD, add_staff
from tracker import store
from tracker.rules.reports import ReportKind
from tracker.store import Engine
from tracker.store.tables import Contact, SignAlert

pytestmark = IN_CHROMIUM

MP = f"{PATH}/mps/{JANE}"
WRONG_FORM = "422 (Unprocessable Entity)"
"""What Chromium itself notes of an answer that says a form is not right."""
SIZES = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.fixture
def scene(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> ActionScene:
    return ActionScene(sqlite_engine, clock, settings)


Open = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, scene: ActionScene) -> Iterator[Open]:
    """A factory: visit(path, width=390, java_script_enabled=False)."""
    contexts, said = [], []
    made = scene.make_settings(
        motions=[{"session": SESSION, "number": NUMBER}],
        mail=MAIL,
        privacy=PRIVACY,
        web={"port": 0},
        database={"url": scene.engine.url.render_as_string(hide_password=False)},
    )
    server = served(made, scene.engine, clock=scene.clock)
    base = server.__enter__()

    def asked(url: str) -> None:
        if urlsplit(url).netloc != urlsplit(base).netloc:
            said.append(url)

    def make(path: str, *, width: int = 390, **options: Any) -> Page:
        size: Any = {"width": width, "height": 844 if width < 1_000 else 800}
        contexts.append(browser.new_context(viewport=size, **options))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked(request.url))
        page.goto(base + path)
        return page

    yield make
    for context in contexts:
        context.close()
    server.__exit__(None, None, None)
    wrong = [line for line in said if WRONG_FORM not in line]
    assert wrong == [], "an error, or a request to another host"


def check(page: Page, width: int) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def link(scene: ActionScene) -> str:
    return scene.links.alert(1).removeprefix(scene.links.base_url)


def the_alert(scene: ActionScene) -> SignAlert:
    with store.read(scene.engine) as session:
        return session.exec(select(SignAlert)).one()


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_pages_of_an_alert_are_accessible(
    visit: Open, scene: ActionScene, width: int, scheme: str
) -> None:
    page = visit(MP, width=width, color_scheme=scheme)
    page.locator("summary", has_text="Tell me when").click()
    check(page, width)
    page.get_by_label("Your email address").fill("listener@example.org")
    page.get_by_role("button", name="Tell me when Jane Carver signs").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    check(page, width)
    for path in (f"{MP}/alert", link(scene)):
        check(visit(path, width=width, color_scheme=scheme), width)


@pytest.mark.parametrize("script", [True, False])
def test_an_alert_is_asked_for_confirmed_and_stopped_by_touch(
    visit: Open, scene: ActionScene, script: bool
) -> None:
    options = {"has_touch": True, "java_script_enabled": script}
    page = visit(f"{MP}/alert", **options)
    page.get_by_label("Your email address").fill("listener@example.org")
    page.get_by_role("button", name="Tell me when Jane Carver signs").tap()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    page = visit(link(scene), **options)
    page.get_by_role("button", name="Yes, tell me").tap()
    expect(page.get_by_role("heading", name="You will be told")).to_be_visible()
    assert the_alert(scene).confirmed_at is not None
    page.get_by_role("button", name="Stop").tap()
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
    assert the_alert(scene).stopped_at is not None


def test_a_wrong_address_is_told_and_kept_by_keyboard(visit: Open) -> None:
    page = visit(f"{MP}/alert")
    page.get_by_label("Your email address").focus()
    page.keyboard.type("listener@localhost")
    page.keyboard.press("Enter")
    expect(page.get_by_text("must be a full one")).to_be_visible()
    field = page.get_by_label("Your email address")
    expect(field).to_have_value("listener@localhost")
    expect(field).to_have_attribute("aria-invalid", "true")


# ---- what staff decide


def reported(scene: ActionScene) -> None:
    """Have three kinds be reported about two MPs, and Ann be able to sign in."""
    counted(scene)
    add_staff(scene.engine, scene.clock)
    with store.write(scene.engine) as session:
        motion = store.motion_by_number(session, SESSION, NUMBER)
        assert motion is not None
        assert motion.id is not None
        for member_id, kind in (
            (JANE, ReportKind.DISAGREES),
            (JOSE, ReportKind.THANKS_ONLY),
        ):
            store.record_report(
                session,
                kind,
                supporter_id=1,
                motion_id=motion.id,
                member_id=member_id,
                now=scene.clock(),
            )


def sign_in(page: Page) -> Page:
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/staff/reports")
    return page


@pytest.mark.parametrize(("width", "scheme"), SIZES)
def test_the_staffs_page_of_replies_is_accessible(
    visit: Open, scene: ActionScene, width: int, scheme: str
) -> None:
    reported(scene)
    page = sign_in(
        visit("/login?next=/staff/reports", width=width, color_scheme=scheme)
    )
    page.get_by_role("button", name=re.compile("Put aside.*José")).click()
    expect(page.get_by_role("heading", name="Decided lately")).to_be_visible()
    check(page, width)


def test_a_reply_is_accepted_and_undone_by_keyboard(
    visit: Open, scene: ActionScene
) -> None:
    reported(scene)
    page = sign_in(visit("/login?next=/staff/reports"))
    page.get_by_role("button", name="Accept: Will not sign this one").focus()
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo: Jane Carver: accepted")
    expect(undo).to_be_visible()
    with store.read(scene.engine) as session:
        assert len(session.exec(select(Contact)).all()) == 1
    undo.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Accept: Will not sign")).to_be_visible()
    with store.read(scene.engine) as session:
        assert session.exec(select(Contact)).all() == []
