"""The action page in a real Chromium: by keyboard, by touch, without script, quietly."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.action_scene import (
    ACT,
    CANARY,
    JANE,
    JOSE,
    MAIL,
    NOW,
    NUMBER,
    PATH,
    PRIVACY,
    SESSION,
    ActionScene,
)
from tests.browser.serving import served
from tests.browser.watched import IN_CHROMIUM
from tests.conftest import FakeClock, MakeSettings
from tracker import store
from tracker.store import Engine
from tracker.store.tables import MemberContact, MessageKind, MessageState

pytestmark = IN_CHROMIUM

WHOLE_FORM = "422 (Unprocessable Entity)"
"""What Chromium itself notes of an answer that says a form is not right."""


class Visit:
    """A page with everything it said, and the hosts it asked."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.said: list[str] = []
        self.bodies: list[str] = []
        self.hosts: set[str] = set()
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._asked)

    def _asked(self, request: Any) -> None:
        self.hosts |= {urlsplit(request.url).netloc} - {""}
        self.bodies.append(f"{request.url} {request.post_data or ''}")

    def go(self, path: str) -> Page:
        """Open a path, and return the page."""
        self.page.goto(self.base + path)
        return self.page

    def check_quiet(self) -> None:
        """Nothing was said (a CSP violation is), and no other host was asked."""
        assert [line for line in self.said if WHOLE_FORM not in line] == []
        assert self.hosts == {urlsplit(self.base).netloc}


Open = Callable[..., Visit]


@pytest.fixture
def scene(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> ActionScene:
    return ActionScene(sqlite_engine, clock, settings)


@pytest.fixture
def visit(browser: Browser, scene: ActionScene) -> Iterator[Open]:
    """A factory: visit(width=390, mode="hold", java_script_enabled=False)."""
    contexts, servers = [], []

    def make(*, width: int = 390, mode: str = "send", **options: Any) -> Visit:
        made = scene.make_settings(
            motions=[{"session": SESSION, "number": NUMBER}],
            mail={**MAIL, "mode": mode, "drop_address": "drop@example.org"},
            privacy=PRIVACY,
            web={"port": 0},
            database={"url": scene.engine.url.render_as_string(hide_password=False)},
        )
        server = served(made, scene.engine, clock=scene.clock)
        base = server.__enter__()
        servers.append(server)
        size: Any = {"width": width, "height": 844 if width < 1_000 else 800}
        contexts.append(browser.new_context(viewport=size, **options))
        return Visit(contexts[-1].new_page(), base)

    yield make
    for context in contexts:
        context.close()
    for server in servers:
        server.__exit__(None, None, None)


def overflow(page: Page) -> int:
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


def violations(page: Page) -> list[str]:
    return [found["id"] for found in Axe().run(page).response["violations"]]


def mail_to(page: Page) -> tuple[str, dict[str, str]]:
    """Return the address of the mailto link, and its fields."""
    href = page.locator("#mailto").get_attribute("href") or ""
    address, _, query = href.removeprefix("mailto:").partition("?")
    return unquote(address), {name: v[0] for name, v in parse_qs(query).items()}


def without_email(scene: ActionScene) -> None:
    with store.write(scene.engine) as session:
        for contact in store.contacts_of(session, JANE):
            contact.is_current = False
        session.add(
            MemberContact(
                member_id=JANE,
                kind="phone",
                label="Constituency office",
                value="01632 960123",
                checked_on=NOW.date(),
            )
        )


def test_the_whole_way_from_the_front_page_by_keyboard_alone(scene, visit):
    seen = visit(width=1280)
    page = seen.go(PATH)
    page.locator("#q").focus()
    page.keyboard.type("zz1 1aa")
    page.keyboard.press("Enter")
    expect(page.locator("#found .mp-card")).to_be_focused()
    expect(page).to_have_url(re.compile(re.escape(PATH) + "$"))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Write to Jane Carver")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/act?**")
    page.locator("#name").focus()
    for text in (CANARY["name"], CANARY["email"], "7 Canary Perch"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    expect(page.locator("#postcode")).to_have_value("ZZ1 1AA")
    page.keyboard.press("Tab")
    page.keyboard.type("It matters.")
    page.keyboard.press("Tab")
    for box in ("send", "reminders", "campaigns", "is_13"):
        page.keyboard.press("Tab")
        expect(page.locator(f"#{box}")).to_be_focused()
        if box in ("send", "is_13"):
            page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#go")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("One more step")
    seen.check_quiet()
    page = seen.go(scene.confirm_path())
    page.get_by_role("button", name="Send it to Jane Carver").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("on its way")
    [letter] = scene.messages(MessageKind.TO_MEMBER)
    assert letter.state is MessageState.QUEUED
    seen.check_quiet()


def test_without_script_everything_works_and_nothing_typed_is_lost(scene, visit):
    seen = visit(java_script_enabled=False)
    page = seen.go(PATH)
    page.locator("#q").fill("zz1 1aa")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Write to Jane Carver").click()
    page.locator("#name").fill(CANARY["name"])
    page.locator("#own_words").fill("It matters.\n\nVery much.")
    page.locator("#go").click()
    expect(page.locator("#own_words")).to_have_value("It matters.\n\nVery much.")
    expect(page.locator("#address-wrong")).to_have_text("The address is missing.")
    page.locator("#email").fill(CANARY["email"])
    page.locator("#address").fill("7 Canary Perch")
    page.locator("#send").check()
    page.locator("#is_13").check()
    page.locator("#go").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("One more step")
    assert len(scene.messages(MessageKind.TO_MEMBER)) == 1
    seen.check_quiet()


def test_pressed_twice_and_loaded_again_it_is_one_email(scene, visit):
    page = visit().go(f"{ACT}?member={JANE}")
    for name in ("name", "email", "address", "postcode", "own_words"):
        page.locator(f"#{name}").fill(CANARY[name])
    page.locator("#send").check()
    page.locator("#is_13").check()
    page.locator("#go").dblclick()
    expect(page.get_by_role("heading", level=1)).to_contain_text("One more step")
    expect(page.locator("#address")).to_have_text(CANARY["email"])
    page.reload()
    page.go_back()
    expect(page.locator("#own_words")).to_have_value(CANARY["own_words"])
    page.locator("#go").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("One more step")
    page.go_back()
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_contain_text("One more step")
    assert len(scene.messages(MessageKind.TO_MEMBER)) == 1
    assert len(scene.messages(MessageKind.CONFIRMATION)) == 1


def test_ones_own_mail_program_gets_what_was_typed_and_nobody_else_does(visit):
    seen = visit(mode="hold")
    page = seen.go(f"{ACT}?member={JANE}")
    page.locator("#name").fill("{text} & Co")
    page.locator("#address").fill("7 Canary Perch,\nHolyhead")
    page.locator("#postcode").fill("ZZ1 1AA")
    page.locator("#own_words").fill("Straße = 100% & #1?")
    address, fields = mail_to(page)
    assert address == "jane.carver.mp@parliament.example"
    assert fields["bcc"] == "drop@example.org"
    assert fields["subject"] == "EDM 718: from your constituent {text} & Co, ZZ1 1AA"
    body = fields["body"]
    assert body.startswith("I am your constituent at 7 Canary Perch, Holyhead, ZZ1 1AA")
    assert "\r\n\r\nStraße = 100% & #1?\r\n\r\nThe number of names" in body
    assert body.endswith("Yours sincerely,\r\n{text} & Co")
    page.wait_for_load_state("networkidle")
    assert not any("Perch" in sent or "Stra" in sent for sent in seen.bodies)
    seen.check_quiet()


def test_the_email_can_be_copied_with_its_addresses(visit):
    seen = visit(mode="hold", permissions=["clipboard-read", "clipboard-write"])
    page = seen.go(f"{ACT}?member={JANE}")
    page.locator("#name").fill("Ann Example")
    page.get_by_role("button", name="Copy the email").click()
    expect(page.locator("#copied")).to_have_text("Copied, with its addresses.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(
        "To: jane.carver.mp@parliament.example\nBcc: drop@example.org\nSubject: EDM 718"
    )
    assert "Ann Example" in copied
    seen.check_quiet()


def test_without_script_the_mail_link_has_placeholders_and_the_text_is_there(visit):
    page = visit(mode="hold", java_script_enabled=False).go(f"{ACT}?member={JANE}")
    _, fields = mail_to(page)
    assert "I am your constituent at [your address], [your postcode]" in fields["body"]
    assert "[your name]" in fields["body"]
    expect(page.get_by_role("button", name="Copy the email")).to_be_hidden()


def test_for_an_office_without_email_a_letter_is_printed_alone(scene, visit):
    without_email(scene)
    seen = visit()
    page = seen.go(f"{ACT}?member={JANE}")
    expect(page.get_by_role("link", name="01632 960123")).to_have_attribute(
        "href", "tel:01632960123"
    )
    page.locator("#name").fill("Ann Example")
    page.locator("#address").fill("7 Canary Perch")
    expect(page.locator("#paper")).to_contain_text("constituent at 7 Canary Perch")
    expect(page.get_by_role("button", name="Print the letter")).to_be_visible()
    assert not any("Ann" in body for body in seen.bodies)
    page.emulate_media(media="print")
    expect(page.locator("#paper")).to_be_visible()
    for hidden in ("#letter", ".mp-card", "h1", "footer"):
        expect(page.locator(hidden).first).to_be_hidden()
    seen.check_quiet()


def test_what_is_wrong_is_told_first_and_each_sentence_leads_to_its_field(visit):
    seen = visit()
    page = seen.go(f"{ACT}?member={JANE}")
    page.locator("#email").fill("a@b")
    page.locator("#go").click()
    expect(page.locator("#summary")).to_be_focused()
    expect(page).to_have_title(re.compile("^Error: "))
    page.get_by_role("link", name="The address is missing.").click()
    expect(page.locator("#address")).to_be_focused()
    expect(page.locator("#email")).to_have_accessible_description(
        re.compile("must be a full one")
    )
    seen.check_quiet()


PAGES = {
    "start": ACT,
    "form": f"{ACT}?member={JANE}",
    "thanks": f"{ACT}?member={JOSE}",
    "found": f"{PATH}/find?q=zz11aa",
    "privacy": "/privacy",
    "accessibility": "/accessibility",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_sticks_out(scene, visit, scheme, width):
    scene.post(reminders="yes")
    seen = visit(width=width, color_scheme=scheme)
    own = {"confirm": scene.confirm_path(), "me": scene.own_path()}
    for name, path in (PAGES | own).items():
        page = seen.go(path)
        for closed in page.locator("details").all():
            closed.evaluate("box => { box.open = true; }")
        assert violations(page) == [], name
        assert overflow(page) <= 0, name
    page = seen.go(PAGES["form"])
    page.locator("#go").click()
    expect(page.locator("#summary")).to_be_visible()
    assert violations(page) == []
    seen.check_quiet()


@pytest.mark.parametrize("mode", ["send", "hold"])
def test_by_touch_every_target_is_44_pixels_high(visit, mode):
    page = visit(mode=mode, has_touch=True).go(f"{ACT}?member={JANE}")
    targets = page.locator(
        "main button:visible, main input:not([type=checkbox], [type=hidden]):visible,"
        " main textarea:visible, main summary:visible, main label.tick:visible,"
        " main a.button:visible"
    )
    assert targets.count() > 8
    for target in targets.all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44, target.evaluate("node => node.outerHTML")
    page.locator("label.tick").first.tap()
    expect(page.locator("#send")).to_be_checked()


def test_at_200_percent_nothing_is_lost(visit):
    page = visit(width=195).go(f"{ACT}?member={JANE}")
    assert overflow(page) <= 0


def test_a_stranger_in_the_motions_title_is_text_everywhere(scene, visit):
    with store.write(scene.engine) as session:
        motion = store.motion_by_number(session, SESSION, NUMBER)
        assert motion is not None
        motion.title = '"><img src=x onerror=alert(1)></script>{{7*7}}{name}'
    seen = visit(mode="hold")
    for path in (PAGES["form"], PAGES["thanks"], PAGES["found"]):
        page = seen.go(path)
        assert page.locator("img").count() == 0
    page = seen.go(PAGES["form"])
    page.locator("#name").fill("Ann")
    _, fields = mail_to(page)
    assert "<img src=x" in fields["body"]
    seen.check_quiet()
