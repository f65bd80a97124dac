"""A page in Chromium with everything it said and asked for, and how it moved."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.serving import CHROMIUM

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIRST_AT = datetime(2026, 11, 10, 11, 0, tzinfo=UTC)
LOOK = """() => {
  const look = () => dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}));
  look();
  setTimeout(look, 800);
}"""
"""Makes a page look for itself, as one does that comes back out of the browser's memory.

Twice: what the server keeps of a moment ago may be the first answer.
"""

# Held is that a change comes without a reload; how soon depends on what else runs.
SOON_MS = 12_000

IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not Path(CHROMIUM).exists(),
        reason="needs Chromium: apt-get install --no-install-recommends chromium",
    ),
]


class Watched:
    """A page with everything it said and asked for."""

    def __init__(self, page: Page, base: str) -> None:
        self.page = page
        self.base = base
        self.said: list[str] = []
        self.asked: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._asked_for)

    def _asked_for(self, request: Request) -> None:
        self.asked.append(request.url)

    def hosts(self) -> set[str]:
        """Return the hosts that were asked; data and blob URLs have none."""
        return {urlsplit(url).netloc for url in self.asked} - {""}

    def draw_charts(self) -> None:
        """Bring every chart into view and wait for it."""
        for box in self.page.locator("[data-chart]").all():
            box.scroll_into_view_if_needed()
            expect(box.locator("svg.main-svg").first).to_be_visible(timeout=20_000)

    def check_quiet(self) -> None:
        """Nothing was logged (a CSP violation is), and only our own host was asked."""
        assert self.said == []
        assert self.hosts() == {urlsplit(self.base).netloc}

    def watch_shifts(self) -> None:
        """Add up from now on what moves by itself (Chromium's layout-shift)."""
        self.page.evaluate(
            "() => { window.shift = 0; new PerformanceObserver((list) => {"
            " for (const e of list.getEntries()) window.shift += e.value;"
            " }).observe({ type: 'layout-shift' }); }"
        )

    def shift(self) -> float:
        """Return how much has moved since, the next frame included."""
        self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame("
            "() => requestAnimationFrame(() => setTimeout(done, 50))))"
        )
        moved: float = self.page.evaluate("window.shift")
        return moved


Open = Callable[..., Watched]
"""What the fixture `open_page` is: open_page("/", width=390, java_script_enabled=False)."""


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width
