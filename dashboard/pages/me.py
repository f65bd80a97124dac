"""A supporter's own page, and the address where mail programs stop all emails.

Whoever has the link is that person: there is no cookie and no other authority, and no
token against other sites. Each POST can be repeated.
"""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from dashboard import act_views
from dashboard.act_views import Card
from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.forms import personal_page, read_form
from dashboard.frames import bare_frame
from dashboard.me_views import me_view
from dashboard.views import motion_path
from tracker import board, store
from tracker.keys import secret_key
from tracker.outbox.links import links_of
from tracker.store import Session
from tracker.store.tables import ConsentKind
from tracker.supporters.boxes import controller_name
from tracker.supporters.drop_address import drop_address_for
from tracker.supporters.erasure import erase_person
from tracker.supporters.own_page import (
    STOPPED,
    SentLetter,
    own_page,
    person_address,
    take_back,
)

LIMIT = "60/minute"
UNSUBSCRIBE_LIMIT = "1000/minute"
"""Higher: a mail provider presses the button for all its customers from few addresses."""
_STOPPED_SAID = "Stopped. You get no more reminders and nothing about other campaigns."
_TAKEN_SAID = "Taken back."

router = APIRouter(include_in_schema=False)


@router.get("/me/{token}")
def me(request: Request, desk: DeskDep, token: str) -> Response:
    """What is known of a person, and what they can change."""
    request.app.state.rates.count(request, "me", LIMIT)
    return _page(desk, token, None)


@router.post("/me/{token}")
async def change(request: Request, desk: DeskDep, token: str) -> Response:
    """Take back one box, stop all reminders, or delete everything."""
    request.app.state.rates.count(request, "me", LIMIT)
    given = await read_form(request)
    return await run_in_threadpool(
        _change, desk, token, given.get("do", ""), given.get("kind", "")
    )


@router.get("/me/{token}/unsubscribe")
@router.get("/unsubscribe/{token}")
def look_unsubscribe(
    request: Request, desk: DeskDep, session: SessionDep, token: str
) -> Response:
    """A page with one button: looking stops nothing."""
    request.app.state.rates.count(request, "me", LIMIT)
    if own_page(session, links_of(desk.settings), token) is None:
        return _unknown(desk)
    return personal_page(
        "gone.html",
        frame=bare_frame(desk),
        heading="Stop all emails?",
        sentences=["Reminders and news of other campaigns stop at once."],
        button="Stop all emails",
    )


@router.post("/me/{token}/unsubscribe")
@router.post("/unsubscribe/{token}")
def unsubscribe(request: Request, desk: DeskDep, token: str) -> Response:
    """Stop all emails with one click from a mail program (RFC 8058), however often."""
    request.app.state.rates.count(request, "unsubscribe", UNSUBSCRIBE_LIMIT)
    links = links_of(desk.settings)
    if not take_back(desk.engine, links, token, STOPPED, now=desk.clock()):
        return _unknown(desk)
    return personal_page(
        "gone.html",
        frame=bare_frame(desk),
        heading="Stopped",
        sentences=[_STOPPED_SAID],
        button=None,
    )


def _change(desk: Desk, token: str, do: str, kind: str) -> Response:
    if do == "erase":
        return _erase(desk, token)
    kinds: tuple[ConsentKind, ...] = ()
    if do == "stop":
        kinds = STOPPED
    elif do == "take_back" and kind in [*ConsentKind]:
        kinds = (ConsentKind(kind),)
    if kinds:
        links = links_of(desk.settings)
        take_back(desk.engine, links, token, kinds, now=desk.clock())
    said = {"stop": _STOPPED_SAID, "take_back": _TAKEN_SAID}.get(do) if kinds else None
    return _page(desk, token, said)


def _page(desk: Desk, token: str, said: str | None) -> Response:
    settings, now = desk.settings, desk.clock()
    with store.read(desk.engine) as session:
        page = own_page(session, links_of(settings), token)
        if page is None:
            return _unknown(desk)
        cards = _Cards(desk, session)
        shown = me_view(
            page,
            cards.card_of,
            drop_address=drop_address_for(
                settings, secret_key(settings), page.supporter.id or 0
            ),
            now=now,
        )
    return personal_page(
        "me.html",
        frame=bare_frame(desk),
        me=shown,
        said=said,
        controller=controller_name(settings),
    )


class _Cards:
    """Cards of MPs, each motion's Members read once."""

    def __init__(self, desk: Desk, session: Session) -> None:
        self._desk = desk
        self._session = session
        self._known: dict[tuple[str, int], tuple[Any, Any]] = {}

    def card_of(self, sent: SentLetter) -> Card | None:
        """Return the card of the MP whom a letter went to, if the motion is watched."""
        name = (sent.motion.session, sent.motion.number)
        watched = self._desk.settings.motion(*name)
        if watched is None or sent.member is None:
            return None
        if name not in self._known:
            settings, now = self._desk.settings, self._desk.clock()
            self._known[name] = (
                board.motion_view(self._session, settings, watched, now=now),
                board.members_view(self._session, settings, watched, now=now),
            )
        motion, members = self._known[name]
        for member in members.members:
            if member.member_id == sent.member.member_id:
                return act_views.card_of_writer(member, motion, path=motion_path(*name))
        return None


def _erase(desk: Desk, token: str) -> Response:
    settings = desk.settings
    with store.read(desk.engine) as session:
        address = person_address(session, links_of(settings), token)
    if address is None:
        return _unknown(desk)
    # The drop mailbox may be slow: the worker empties it.
    report = erase_person(
        desk.engine,
        settings,
        secret_key(settings),
        address,
        now=desk.clock(),
        actor="own page",
        is_mailbox_asked=False,
    )
    return personal_page(
        "gone.html",
        frame=bare_frame(desk),
        heading="Deleted",
        sentences=[
            "Everything about you is deleted here, and nothing more is sent.",
            *(f"Not reached from here: {what}." for what in report.not_reached),
        ],
        button=None,
    )


def _unknown(desk: Desk) -> Response:
    return personal_page(
        "gone.html",
        status_code=404,
        frame=bare_frame(desk),
        heading="There is nothing at this address",
        sentences=[
            "The link is not whole, or everything about its person has been deleted."
        ],
        button=None,
    )
