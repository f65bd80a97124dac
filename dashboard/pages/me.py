"""A supporter's own page, and the address where mail programs stop all emails.

Whoever has the link is that person: there is no cookie and no other authority, and no
token against other sites. Each POST can be repeated.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from dashboard import act_views
from dashboard.desk import Desk, DeskDep, SessionDep
from dashboard.forms import personal_page, read_form
from dashboard.frames import bare_frame
from dashboard.me_views import Office, Schedule, me_view
from dashboard.phones import phone_of
from dashboard.views import motion_path
from tracker import board, store
from tracker.board import MembersView, MemberView, MotionView
from tracker.board.standing import known_spells
from tracker.board.ways import Way
from tracker.config import Settings
from tracker.keys import secret_key
from tracker.outbox.links import links_of
from tracker.rules.calendar import MotionState
from tracker.rules.reports import ReportKind
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
from tracker.supporters.reporting import report, take_back_report, topic_named

LIMIT = "60/minute"
UNSUBSCRIBE_LIMIT = "1000/minute"
"""Higher: a mail provider presses the button for all its customers from few addresses."""
_STOPPED_SAID = "Stopped. You get no more reminders and nothing about other campaigns."
_TAKEN_SAID = "Taken back."
_KEPT_SAID = "Thank you, that is kept."
_NOT_KEPT_SAID = (
    "That was not kept: it can be told about an MP whom you wrote to, while the motion is"
    " open."
)

router = APIRouter(include_in_schema=False)


@router.get("/me/{token}")
def me(request: Request, desk: DeskDep, token: str) -> Response:
    """What is known of a person, and what they can change."""
    request.app.state.rates.count(request, "me", LIMIT)
    return _page(desk, token, None)


@router.post("/me/{token}")
async def change(request: Request, desk: DeskDep, token: str) -> Response:
    """Report, undo, take back one box, stop all reminders, or delete everything."""
    request.app.state.rates.count(request, "me", LIMIT)
    return await run_in_threadpool(_change, desk, token, await read_form(request))


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


def _change(desk: Desk, token: str, given: Mapping[str, str]) -> Response:
    do = given.get("do", "")
    if do == "erase":
        return _erase(desk, token)
    return _page(desk, token, _done(desk, token, do, given))


def _done(desk: Desk, token: str, do: str, given: Mapping[str, str]) -> str | None:
    """Do what a form asks for; return what is said of it, None if nothing was done."""
    links, now = links_of(desk.settings), desk.clock()
    if do == "stop":
        take_back(desk.engine, links, token, STOPPED, now=now)
        return _STOPPED_SAID
    if do == "take_back" and given.get("kind") in [*ConsentKind]:
        take_back(desk.engine, links, token, (ConsentKind(given["kind"]),), now=now)
        return _TAKEN_SAID
    if do == "report":
        return _report(desk, token, given)
    if do == "undo" and (report_id := _number(given.get("report", ""))) is not None:
        take_back_report(desk.engine, links, token, report_id, now=now)
        return _TAKEN_SAID
    return None


def _report(desk: Desk, token: str, given: Mapping[str, str]) -> str | None:
    topic, kind = topic_named(given.get("about", "")), given.get("kind", "")
    if topic is None or kind not in [*ReportKind]:
        return None
    is_kept = report(
        desk.engine,
        desk.settings,
        links_of(desk.settings),
        token,
        topic,
        ReportKind(kind),
        now=desk.clock(),
    )
    return _KEPT_SAID if is_kept else _NOT_KEPT_SAID


def _page(desk: Desk, token: str, said: str | None) -> Response:
    settings, now = desk.settings, desk.clock()
    links = links_of(settings)
    with store.read(desk.engine) as session:
        page = own_page(session, links, token)
        if page is None:
            return _unknown(desk)
        shown = me_view(
            page,
            _Offices(desk, session).office_of,
            Schedule(settings.follow_ups, known_spells(session, settings), now),
            alerts=[
                (one, _path(settings, links.stop_alert(one.alert.id or 0)))
                for one in page.alerts
            ],
            drop_address=drop_address_for(
                settings, secret_key(settings), page.supporter.id or 0
            ),
        )
    return personal_page(
        "me.html",
        frame=bare_frame(desk),
        me=shown,
        said=said,
        is_held=settings.mail.mode == "hold",
        controller=controller_name(settings),
    )


class _Offices:
    """What is known of the MPs of letters, each motion's Members read once."""

    def __init__(self, desk: Desk, session: Session) -> None:
        self._desk = desk
        self._session = session
        self._known: dict[tuple[str, int], tuple[MotionView, MembersView]] = {}

    def office_of(self, sent: SentLetter) -> Office | None:
        """Return what is known of a letter's MP, None if the motion is not watched."""
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
                return self._office(motion, member, motion_path(*name))
        return None

    def _office(self, motion: MotionView, member: MemberView, path: str) -> Office:
        contacts = store.contacts_of(self._session, member.member_id)
        phones = [
            phone_of(Way(contact.label, contact.value, contact.checked_on))
            for contact in contacts
            if contact.kind == "phone"
        ]
        return Office(
            card=act_views.card_of_writer(member, motion, path=path),
            status=member.status,
            is_open=motion.state is MotionState.OPEN,
            is_sitting=member.is_sitting,
            # The constituency's first: that is where a constituent rings.
            phones=tuple(sorted(phones, key=lambda one: "onstituen" not in one.label)),
            write_url=act_views.act_url(path, member.member_id),
        )


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


def _path(settings: Settings, url: str) -> str:
    """Return the path of a page of ours, for a form: it may be seen by another name."""
    return url.removeprefix(settings.web.base_url)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
