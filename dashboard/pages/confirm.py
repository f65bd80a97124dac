"""The page with the button that confirms an address: looking at it changes nothing."""

from fastapi import APIRouter, Request, Response

from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.forms import personal_page
from dashboard.frames import bare_frame
from tracker.outbox.links import links_of
from tracker.supporters.confirming import Confirmed, Waiting, confirm, waiting_letter

LIMIT = "60/minute"

router = APIRouter(include_in_schema=False)


@router.get("/confirm/{token}")
def look(request: Request, desk: DeskDep, session: SessionDep, token: str) -> Response:
    """What the button would send, word for word; nothing of it happens yet."""
    request.app.state.rates.count(request, "confirm", LIMIT)
    links = links_of(desk.settings)
    waiting = waiting_letter(session, links, token, now=desk.clock())
    return _page(desk, waiting, None)


@router.post("/confirm/{token}")
def press(request: Request, desk: DeskDep, token: str) -> Response:
    """Confirm the address, once."""
    request.app.state.rates.count(request, "confirm", LIMIT)
    links = links_of(desk.settings)
    done = confirm(desk.engine, desk.settings, links, token, now=desk.clock())
    return _page(desk, None, done)


def _page(desk: Desk, waiting: Waiting | None, done: Confirmed | None) -> Response:
    return personal_page(
        "confirm.html",
        status_code=200 if waiting or done else 404,
        frame=bare_frame(desk),
        waiting=waiting,
        done=done,
    )
