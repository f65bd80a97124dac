"""Which pages are shown, and the addresses among invented people that they need.

Owns the wait until the rehearsal has something to show: the House is read, supporters
have written, and one of them has a page of their own.
"""

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tracker.rehearsal.staff import NAME, PASSWORD

PATIENCE_SECONDS = 120
_OWN_PAGE = re.compile(r'href="(/me/[^"]+)"')


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: its name, the page, on what, and signed in as whom (`storage`)."""

    name: str
    path: str
    is_phone: bool = False
    is_dark: bool = False
    storage: Any = None


class Rehearsal:
    """A rehearsal that is looked at; it is waited for until it has what is asked."""

    def __init__(self, browser: Browser, base: str) -> None:
        self._page = browser.new_page()
        self.base = base

    @property
    def motion(self) -> str:
        """The path of the motion's page."""
        self._page.goto(self.base)
        path = self._page.locator("[data-path]").get_attribute("data-path")
        assert path is not None
        return path

    def member(self, status: str) -> int:
        """Return the id of somebody who has this status, as soon as there is one."""
        return int(
            self._until(
                lambda page: _first_id(page, f"{self.base}/api/v1{self.motion}", status)
            )
        )

    def own_page(self) -> str:
        """Return the path of a supporter's own page, out of an email to them."""
        return str(self._until(lambda page: _own_page(page, self.base)))

    def staff(self) -> Any:
        """Return what a browser keeps that signed in as the rehearsal's staff."""
        page = self._page
        page.goto(f"{self.base}/login")
        page.fill("#username", NAME)
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url("**/staff")
        return page.context.storage_state()

    def _until(self, found: Any) -> Any:
        for _ in range(PATIENCE_SECONDS):
            known = found(self._page)
            if known:
                return known
            self._page.wait_for_timeout(1_000)
        raise TimeoutError("the rehearsal has not come so far")


def shots(rehearsal: Rehearsal) -> list[Shot]:
    """Return the pictures of the README, each with an address that is there."""
    nudged = rehearsal.member("needs_nudge")
    own, motion, staff = rehearsal.own_page(), rehearsal.motion, rehearsal.staff()
    return [
        Shot("front-page", "/"),
        Shot("front-page-phone", "/", is_phone=True),
        Shot("mp", f"{motion}/mps/{nudged}"),
        Shot("mp-phone-dark", f"{motion}/mps/{nudged}", is_phone=True, is_dark=True),
        Shot("write-phone", f"{motion}/act?member={nudged}", is_phone=True),
        Shot("own-page-phone", own, is_phone=True),
        Shot("staff-board", "/staff", storage=staff),
        Shot("share", f"{motion}/share"),
    ]


def _first_id(page: Page, api: str, status: str) -> int | None:
    answer = page.request.get(f"{api}/members?status={status}").json()
    members = sorted(answer["members"], key=lambda m: -(m["supporters"] or 0))
    return members[0]["member_id"] if members else None


def _own_page(page: Page, base: str) -> str | None:
    found = _OWN_PAGE.search(page.request.get(f"{base}/rehearsal/mail").text())
    return found[1] if found else None
