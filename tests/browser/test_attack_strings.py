"""In a real Chromium no page runs what somebody is called (W4): public and staff pages.

The scene is tests/attack_scene.py's. A page fails by a dialog, by anything in the console
(a violation of the policy is, so a handler that was let through shows though it was not
run), by an element that only a name could have made, by a request to another host.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.attack_scene import (
    ATTACKS,
    IMAGE,
    MARKUP,
    NUMBER,
    PATH,
    WATCHED,
    attacked,
)
from tests.browser.serving import served
from tests.browser.watched import IN_CHROMIUM, Watched
from tests.factories import motion_answer, recorded, signature_row
from tests.route_scene import STREAM, RouteScene, routes_of

pytestmark = IN_CHROMIUM

MADE_BY_A_NAME = (
    "img[src=x], iframe, object, embed, base, svg[onload], [onerror], [onload],"
    " a[href^='javascript:' i], form[action^='javascript:' i], meta[http-equiv=refresh]"
)


MORE = [
    f"{PATH}/mps/2002",
    *("/staff/mps/2001", "/staff/mps/2002", f"{PATH}/act?member=2003"),
    *("/staff/outbox?state=failed", "/staff/outbox?state=sent", "/staff/review?like=2"),
    f"/staff/review?find={'%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E'}",
    f"{PATH}/find?q=%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E",
    "/login?next=javascript:alert(1)",
]
"""Pages that the routes alone do not name."""


@pytest.fixture(scope="module")
def scene(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[RouteScene]:
    with attacked(tmp_path_factory.mktemp("attack"), sqlite_template) as (found, _):
        yield found


@pytest.fixture(scope="module")
def watched(scene: RouteScene, browser: Browser) -> Iterator[Watched]:
    """A wide page of an admin who is signed in."""
    with served(scene.settings, scene.engine, clock=scene.clock) as base:
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        token = scene.session("Admin").token
        context.add_cookies([{"name": "session", "value": token, "url": base}])
        seen = Watched(context.new_page(), base)
        seen.page.on("dialog", lambda dialog: said(seen, dialog))
        yield seen
        context.close()


def said(watched: Watched, dialog: Dialog) -> None:
    watched.said.append(f"a dialog: {dialog.message}")
    dialog.dismiss()


def pages(scene: RouteScene) -> list[str]:
    """Return every address that answers with a page, found by asking each."""
    cookie = scene.session("Admin")
    found = []
    for route in routes_of(scene.client.app):  # type: ignore[arg-type]
        path = scene.path(route)
        if not route.takes("GET") or route.path == STREAM:
            continue
        answer = scene.ask("GET", path, cookie)
        is_page = "text/html" in answer.headers.get("content-type", "")
        if is_page and answer.status_code == 200:
            found.append(path)
    return found


def check_harmless(watched: Watched, path: str) -> None:
    assert watched.said == [], path
    made = watched.page.locator(MADE_BY_A_NAME)
    assert made.count() == 0, f"{path}: {made.first.evaluate('n => n.outerHTML')}"


def test_no_page_runs_what_somebody_is_called(scene, watched):
    found = pages(scene)
    assert len(found) > 25
    found += MORE
    shown = ""
    for path in found:
        answer = watched.page.goto(watched.base + path)
        assert answer is not None
        assert answer.status == 200, path
        watched.page.evaluate(
            "() => { for (const box of document.querySelectorAll('details'))"
            " box.open = true; }"
        )
        check_harmless(watched, path)
        shown += watched.page.locator("body").inner_text()
    watched.check_quiet()
    for text in MARKUP:
        assert text in shown, f"{text} is nowhere to be seen"
    for words in ("550 5.1.1", ATTACKS["template"]):
        assert words in shown


def hover_all(page: Page) -> str:
    """Move over every chart from left to right; return what was shown beside the mouse."""
    told = []
    for plot in page.locator(".nsewdrag").all():
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box is not None
        for row in range(1, 8):
            for step in range(1, 6):
                page.mouse.move(
                    box["x"] + box["width"] * step / 6,
                    box["y"] + box["height"] * row / 8,
                )
                told += page.locator(".hoverlayer").all_text_contents()
    return "\n".join(told)


@pytest.mark.parametrize("path", [PATH, "/staff/charts"])
def test_what_a_chart_says_beside_the_mouse_is_text(watched, path):
    watched.page.goto(watched.base + path)
    watched.draw_charts()
    told = hover_all(watched.page)
    drawn = " ".join(watched.page.locator(".main-svg").all_text_contents())
    for name in ("image", "single", "rich"):
        assert ATTACKS[name] in drawn or path != PATH, "not drawn as it is written"
    assert told.strip(), "no chart said anything: was the mouse over it?"
    assert watched.page.locator(".main-svg image, .main-svg a").count() == 0
    check_harmless(watched, path)
    watched.check_quiet()


def test_a_live_signature_is_text(scene, watched):
    """What the page builds itself, out of the stream."""
    page = watched.page
    page.goto(watched.base + PATH)
    page.wait_for_function("document.readyState === 'complete'")
    name = f"{IMAGE}<b>late</b>"
    rows = [
        signature_row(n, member_id=2000 + n, name=name if n > 40 else f"Member {n}")
        for n in (*range(1, 24), 41)
    ]
    body = motion_answer(rows, number=NUMBER, parliament_id=46_240)
    at = scene.clock() + timedelta(minutes=2)
    recorded(scene.engine, WATCHED, body, at, parliament_id=46_240)
    expect(page.get_by_text(name).first).to_be_visible(timeout=15_000)
    check_harmless(watched, PATH)
    watched.check_quiet()
