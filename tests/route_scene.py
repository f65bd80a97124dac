"""The whole dashboard with somebody in every table, and every route there is, for a walk.

Owns who may ask what: a route that is not in one of these tables is open to nobody's
guess, and the walk says so.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2 as httpx
from fastapi import FastAPI
from starlette.routing import BaseRoute, compile_path
from starlette.testclient import TestClient

from dashboard.assets import assets
from dashboard.stream import TEMPLATE
from tests.conftest import FakeClock
from tests.person_scene import CANARY, MEMBER, add_campaign, add_person
from tests.staff import add_staff, stored_hash
from tracker import store
from tracker.config import Settings
from tracker.outbox.links import links_of
from tracker.rules.nudge import Stance
from tracker.rules.roles import Role
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Engine, staff_sessions, users
from tracker.store.tables import Contact, Import, Message, MessageState

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
STREAM = TEMPLATE
NOTE = "zqnote of an office"
SPARE = 4
"""A user whom the walk may change and disable."""

API = "/api/v1/motions/{session}/{number}"
PAGE = "/motions/{session}/{number}"

OPEN = {
    *("/", PAGE, f"{PAGE}/mps/{{member_id}}", f"{PAGE}/find", f"{PAGE}/act"),
    f"{PAGE}/mps/{{member_id}}/alert",
    *(f"{PAGE}/act/sent", f"{PAGE}/charts/{{name}}.json", f"{PAGE}/freshness.json"),
    *(f"{PAGE}/card.png", f"{PAGE}/mps/{{member_id}}/card.png", f"{PAGE}/share"),
    *(f"{PAGE}/embed", f"{PAGE}/embed.js", "/api/oembed"),
    "/photos/{member_id}/{tag}.jpg",
    *("/static/{version}/{name}", "/privacy", "/accessibility", "/rehearsal/mail"),
    "/rehearsal/webhooks",
    *("/api/docs", "/api/openapi.json", "/healthz", "/readyz", "/metrics"),
    *(API, f"{API}/members", f"{API}/members/{{member_id}}", f"{API}/events"),
    *(f"{API}/history", f"{API}/lookup", STREAM, f"{API}/feed.atom"),
    *(f"{API}/signatures.csv", f"{API}/signatures.json", f"{API}/signatures.xlsx"),
    *(f"{API}/badge.svg", "/login", "/login/oidc", "/login/oidc/callback"),
}
"""What may answer without signing in."""

KEYED = {
    *("/confirm/{token}", "/me/{token}", "/me/{token}/unsubscribe"),
    *("/unsubscribe/{token}", "/alerts/{token}", "/alerts/{token}/unsubscribe"),
}
"""What the link in somebody's email opens, for whoever holds it: kept by no cache."""

ROLES = {
    "/staff": Role.VIEWER,
    "/staff/account": Role.VIEWER,
    "/staff/account/password": Role.VIEWER,
    "/staff/account/calendar": Role.VIEWER,
    "/staff/account/calendar/revoke": Role.VIEWER,
    "/logout": Role.VIEWER,
    "/logout/everywhere": Role.VIEWER,
    "/staff/contacts": Role.STAFF,
    "/staff/contacts/many": Role.STAFF,
    "/staff/contacts/undo": Role.STAFF,
    "/staff/charts": Role.VIEWER,
    "/staff/charts/{name}.json": Role.VIEWER,
    "/staff/mps/{member_id}": Role.VIEWER,
    "/staff/mps/{member_id}/corrections": Role.STAFF,
    "/staff/mps/{member_id}/corrections/undo": Role.STAFF,
    "/staff/review": Role.STAFF,
    "/staff/review/assign": Role.STAFF,
    "/staff/review/dismiss": Role.STAFF,
    "/staff/review/undo": Role.STAFF,
    "/staff/reports": Role.STAFF,
    "/staff/reports/accept": Role.STAFF,
    "/staff/reports/dismiss": Role.STAFF,
    "/staff/reports/undo": Role.STAFF,
    "/staff/follow-ups": Role.VIEWER,
    "/staff/follow-ups/preview": Role.STAFF,
    "/staff/follow-ups/pause": Role.STAFF,
    "/staff/follow-ups/resume": Role.STAFF,
    "/staff/follow-ups/settle": Role.STAFF,
    "/staff/outbox": Role.STAFF,
    "/staff/outbox/likeness": Role.STAFF,
    "/staff/outbox/release-all": Role.STAFF,
    "/staff/outbox/resume": Role.STAFF,
    "/staff/outbox/{message_id}": Role.STAFF,
    "/staff/outbox/{message_id}/release": Role.STAFF,
    "/staff/outbox/{message_id}/cancel": Role.STAFF,
    "/staff/outbox/{message_id}/unpark": Role.STAFF,
    "/staff/outbox/{message_id}/decide": Role.STAFF,
    "/staff/webhooks": Role.STAFF,
    "/staff/webhooks/deliveries/{message_id}/retry": Role.STAFF,
    "/staff/webhooks/{name}/on": Role.ADMIN,
    "/staff/polls": Role.VIEWER,
    "/staff/polls/accept": Role.STAFF,
    "/staff/users": Role.ADMIN,
    "/staff/users/{user_id}/role": Role.ADMIN,
    "/staff/users/{user_id}/disable": Role.ADMIN,
    "/staff/users/{user_id}/enable": Role.ADMIN,
    "/staff/users/{user_id}/password": Role.ADMIN,
    "/staff/tokens": Role.ADMIN,
    "/staff/tokens/{token_id}/revoke": Role.ADMIN,
    "/staff/audit": Role.ADMIN,
    "/staff/exports": Role.ADMIN,
    "/staff/exports/{what}": Role.ADMIN,
    f"{API}/nudges": Role.VIEWER,
    f"{API}/due.ics": Role.VIEWER,
    f"{API}/contacts": Role.STAFF,
    "/api/v1/emails": Role.STAFF,
    "/api/v1/supporters/{ref}": Role.STAFF,
    "/api/v1/outgoing": Role.VIEWER,
}
"""The least role of somebody who is signed in that a route answers."""

COOKIES = {
    "/login",
    "/login/oidc",
    "/login/oidc/callback",
    "/logout",
    "/logout/everywhere",
    "/staff/account/password",
}
"""What may give a browser a cookie, or take it away."""

NAMES = {
    "/static/{version}/{name}": "desks.css",
    "/staff/charts/{name}.json": "pace",
}
"""What `{name}` is in an address; else a public chart."""

FRAMED = {f"{PAGE}/embed"}
"""What may stand in a frame of another site."""


@dataclass(frozen=True, slots=True)
class Route:
    """One address of the app with the methods that it takes."""

    path: str
    methods: frozenset[str]

    @property
    def is_open(self) -> bool:
        """Whether it answers without signing in."""
        return self.path in OPEN or self.path in KEYED

    @property
    def role(self) -> Role | None:
        """The least role that it answers, None where no sign-in is needed."""
        return ROLES.get(self.path)

    def takes(self, method: str) -> bool:
        """Return whether a method is one of its own; HEAD is GET without a body."""
        return method in self.methods or (method == "HEAD" and "GET" in self.methods)


def routes_of(app: FastAPI) -> list[Route]:
    """Return every route of the app, the methods of one path together, and the stream's."""
    methods: dict[str, set[str]] = {STREAM: {"GET"}}
    for path, taken in _flat(app.router.routes):
        methods.setdefault(path, set()).update(taken)
    return [Route(path, frozenset(taken)) for path, taken in methods.items()]


def _flat(routes: list[BaseRoute]) -> Iterator[tuple[str, set[str]]]:
    for route in routes:
        inside = getattr(route, "original_router", None)
        if inside is not None:
            context: Any = route
            assert not context.include_context.prefix, "a prefix is the router's own"
            yield from _flat(inside.routes)
        else:
            known: Any = route
            yield known.path, set(known.methods or ())


def unclassified(routes: list[Route]) -> list[str]:
    """Return a sentence for each route that no table above has."""
    return [
        f"{route.path} is in none of OPEN, KEYED and ROLES of tests/route_scene.py: say"
        " there who may ask for it."
        for route in routes
        if not route.is_open and route.role is None
    ]


def answering(routes: list[Route], path: str, method: str) -> Route | None:
    """Return the route that answers a path, the first that fits as the router has it."""
    fitting = [route for route in routes if compile_path(route.path)[0].fullmatch(path)]
    return next((route for route in fitting if route.takes(method)), None)


@dataclass(frozen=True, slots=True)
class Cookie:
    """A session, and the token that its forms carry."""

    token: str
    csrf: str


@dataclass
class RouteScene:
    """An app over a database with people in it, and sessions opened at will."""

    engine: Engine
    settings: Settings
    clock: FakeClock
    client: TestClient
    fills: dict[str, str]

    def session(self, name: str) -> Cookie:
        """Open a session of a user, as signing in does."""
        with store.write(self.engine) as session:
            user = users.user_named(session, name)
            assert user is not None
            assert user.id is not None
            opened = staff_sessions.open_session(
                session, user.id, verified_hash=stored_hash(), at=self.clock()
            )
            assert opened is not None, f"{name} may not sign in"
            found = staff_sessions.find_session(session, opened.token, now=self.clock())
        assert found is not None
        return Cookie(opened.token, found.row.csrf_token)

    def path(self, route: Route) -> str:
        """Return an address of a route, its parameters filled in."""
        return re.sub(r"{(\w+)}", lambda found: self.fill(route, found[1]), route.path)

    def fill(self, route: Route, name: str) -> str:
        if name == "name":
            return NAMES.get(route.path, "signatures")
        if name == "token" and "confirm" in route.path:
            return self.fills["confirmation"]
        return self.fills[name]

    def ask(
        self,
        method: str,
        path: str,
        cookie: Cookie | None = None,
        *,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send one request, with a session if there is one; follow no redirect."""
        self.client.cookies.clear()
        told = {"accept": "text/html", **(headers or {})}
        if cookie is not None:
            told["cookie"] = f"session={cookie.token}"
        return self.client.request(
            method, path, headers=told, data=form, follow_redirects=False
        )


def seeded(
    client: TestClient, engine: Engine, made: Settings, clock: FakeClock
) -> RouteScene:
    """Return a scene with a canary person everywhere, and a user of each role."""
    motion_id = add_campaign(engine)
    for name, role in (
        ("Viewer", Role.VIEWER),
        ("Staff", Role.STAFF),
        ("Admin", Role.ADMIN),
        ("Spare", Role.VIEWER),
    ):
        add_staff(engine, clock, name, role)
    with store.write(engine) as session:
        person_id = add_person(session, motion_id, at=clock())
        session.add(Import(source=f"{CANARY} list", started_at=clock()))
        session.add(
            Contact(
                motion_id=motion_id,
                member_id=MEMBER,
                channel=Channel.PHONE,
                outcome=ContactOutcome.CONTACT,
                stance=Stance.WILL_SIGN,
                note=NOTE,
                contacted_at=clock(),
                logged_by="Staff",
            )
        )
        held = session.get_one(Message, 2)
        held.state = MessageState.HELD
        person = store.supporters_by_id(session, [person_id])[person_id]
    links = links_of(made)
    version = assets().url("desks.css").split("/")[2]
    return RouteScene(
        engine,
        made,
        clock,
        client,
        {
            "session": "2026-27",
            "number": "240",
            "member_id": str(MEMBER),
            "message_id": "2",
            "user_id": str(SPARE),
            "token_id": "1",
            "what": "emails",
            "version": version,
            "tag": "0123456789abcdef",
            "ref": person.ref,
            "token": links.own_page(person.ref).rpartition("/")[2],
            "confirmation": links.confirmation(2).rpartition("/")[2],
        },
    )
