"""The public page served over a database, and a Chromium to look at it with."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.serving import CHROMIUM, CHROMIUM_ARGS, served
from tests.browser.watched import FIRST_AT, NOW, Open, Watched
from tests.conftest import FakeClock, MakeSettings
from tests.page_data import MOTIONS, house, record_house, record_rows, rows_of
from tracker.rehearsal.house import House
from tracker.store import Engine


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGS
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def parliament() -> House:
    return house()


@pytest.fixture
def base(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[str]:
    clock.set(NOW)
    made = settings(motions=MOTIONS, web={"port": 0})
    with served(made, sqlite_engine, clock=clock) as url:
        yield url


@pytest.fixture
def open_page(browser: Browser, base: str) -> Iterator[Open]:
    """A factory: open_page("/", width=390, java_script_enabled=False).

    A whole address is a page of another site.
    """
    contexts = []

    def make(path: str = "/", *, width: int = 390, **options: Any) -> Watched:
        size: Any = {"width": width, "height": 844 if width < 1_000 else 800}
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        watched = Watched(context.new_page(), base)
        watched.page.goto(path if path.startswith("http") else base + path)
        return watched

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def forty(sqlite_engine: Engine, parliament: House) -> list[dict[str, Any]]:
    """Forty rows in the ledger, two of them withdrawn; the rows are returned."""
    record_house(sqlite_engine, parliament, NOW.date())
    rows = rows_of(parliament, 40, first_at=FIRST_AT, withdrawn=[7, 20])
    record_rows(sqlite_engine, rows, NOW - timedelta(seconds=44))
    return rows
