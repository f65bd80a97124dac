"""The dashboard as one ASGI app: what is put together, and in which order.

Owns the order of the layers and which routers there are; no settings and no engine at
module level. From the outside in: the motions' pages as they were last made
(front_page.py), headers and the request log (security.py), the staff board as it was
just made (staff_pages.py), the stream (stream.py), HEAD as GET, other origins and tags
(open_answers.py), looks that a lost database cut short (again.py), then FastAPI.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp

from dashboard.again import AgainLayer
from dashboard.api import (
    badge,
    docs,
    due,
    exports,
    feed,
    lookup,
    motions,
    outgoing,
    staff,
    system,
)
from dashboard.api.parameters import FIELDS, TAKES
from dashboard.desk import Desk
from dashboard.front_page import FrontPageLayer
from dashboard.hashing import Hashing
from dashboard.login_rates import LoginRates
from dashboard.metrics import metrics_registry
from dashboard.open_answers import OpenAnswers
from dashboard.pages import (
    act,
    alerts,
    calendar,
    confirm,
    find,
    login,
    me,
    mp,
    notices,
    public,
)
from dashboard.pages import rehearsal as rehearsal_pages
from dashboard.pages import staff as staff_pages
from dashboard.pages.desks import router as desks_router
from dashboard.pages.sharing import router as sharing_router
from dashboard.pictures import Pictures
from dashboard.problems import add_problem_handlers
from dashboard.rates import Rates
from dashboard.security import MAX_BODY_BYTES, HeadLayer, SecurityLayer
from dashboard.staff_pages import StaffPagesLayer, Versions
from dashboard.stream import StreamLayer
from dashboard.streams import Streams
from tracker.clock import Clock, utc_now
from tracker.config import Settings
from tracker.store import Engine
from tracker.supporters.lookup import Lookup, open_lookup

ROUTERS = (
    public.router,
    mp.router,
    sharing_router,
    find.router,
    act.router,
    alerts.router,
    confirm.router,
    me.router,
    notices.router,
    rehearsal_pages.router,
    login.router,
    calendar.router,
    staff_pages.router,
    desks_router,
    motions.router,
    lookup.router,
    staff.router,
    outgoing.router,
    due.router,
    exports.router,
    feed.router,
    badge.router,
    docs.router,
    system.router,
)

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI would look at each request for somebody to tell of it, at a tenth of a kept
page's cost; what it tells of errors may hold people's words."""


class Dashboard(FastAPI):
    """FastAPI inside layers of ours, which also see what FastAPI answers to a bug."""

    def build_middleware_stack(self) -> ASGIApp:
        """Return FastAPI's own layers inside ours, the outermost last."""
        desk: Desk = self.state.desk
        stack: ASGIApp = OpenAnswers(AgainLayer(super().build_middleware_stack()))
        stack = HeadLayer(stack)
        stack = StreamLayer(stack, desk, self.state.streams)
        staffed = StaffPagesLayer(stack, desk, self.state.versions)
        secured = SecurityLayer(staffed, desk.settings.web)
        return FrontPageLayer(secured, stack, desk, self.state.streams)


def create_app(
    settings: Settings,
    engine: Engine,
    *,
    clock: Clock = utc_now,
    rehearsal: bool = False,
) -> FastAPI:
    """Return the dashboard over a database that is at the newest revision."""
    app = Dashboard(
        title="EDM signature tracker",
        version=version("edm-signature-tracker"),
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,  # a redirect would repeat the request's Host
        max_body_size=MAX_BODY_BYTES,
        telemetry=NO_TELEMETRY,
        lifespan=_lifespan,
    )
    app.state.desk = Desk(settings, engine, clock, rehearsal)
    app.state.streams = Streams(engine)
    app.state.versions = Versions(app.state.desk)
    app.state.metrics = metrics_registry(app.state.desk, app.state.streams.hub)
    app.state.parameters = {**TAKES, **FIELDS}
    app.state.rates = Rates()
    app.state.login_rates = LoginRates()
    app.state.hashing = Hashing()
    app.state.pictures = Pictures()
    app.state.lookup = Lookup(engine, None, clock)
    add_problem_handlers(app)
    app.state.error_page = public.error_page
    for router in ROUTERS:
        app.include_router(router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    desk: Desk = app.state.desk
    async with open_lookup(desk.settings, desk.engine, desk.clock) as opened:
        app.state.lookup = opened
        await app.state.streams.start()
        app.state.hashing.start()
        app.state.versions.start()
        yield
        app.state.versions.stop()
        app.state.hashing.stop()
        app.state.pictures.stop()
        await app.state.streams.stop()
