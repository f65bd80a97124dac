"""The page of one's own account: password, calendar, signing out everywhere."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Request, Response

from dashboard.desk import Desk
from dashboard.sign_in import Person
from dashboard.staff_rendering import staff_response
from tracker import store
from tracker.store.calendar_keys import calendar_key_of


@dataclass(frozen=True, slots=True)
class CalendarAddress:
    """Where a motion's calendar is, key and all; shown once."""

    motion: str
    url: str

    @property
    def subscribe_url(self) -> str:
        """Return the address as calendar programs take it over from a browser."""
        return f"webcal:{self.url.partition(':')[2]}"


def account_page_of(
    request: Request,
    desk: Desk,
    person: Person,
    *,
    done: str | None = None,
    error: str | None = None,
    key: str | None = None,
    status_code: int = 200,
) -> Response:
    """Return the page; `key` is that of a calendar which was just made."""
    with store.read(desk.engine) as session:
        known = calendar_key_of(session, person.user_id)
        made_at: datetime | None = known.made_at if known else None
    return staff_response(
        request,
        desk,
        person,
        "staff/account.html",
        status_code=status_code,
        done=done,
        error=error,
        calendar_made_at=made_at,
        calendars=calendar_addresses(desk, key) if key else (),
    )


def calendar_addresses(desk: Desk, key: str) -> list[CalendarAddress]:
    """Return where the calendar of each motion is for whoever holds the key."""
    base = f"{desk.settings.web.base_url}/api/v1/motions"
    return [
        CalendarAddress(
            f"EDM {one.number} of {one.session}",
            f"{base}/{one.session}/{one.number}/due.ics?token={key}",
        )
        for one in desk.settings.motions
    ]
