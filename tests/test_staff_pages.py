"""The staff board out of memory: what was just made, never old, never another's."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from sqlalchemy import event
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from dashboard.app import create_app
from dashboard.desk import Desk
from dashboard.staff_pages import (
    LIFE_SECONDS,
    MOST_PAGES,
    Page,
    StaffPagesLayer,
    Version,
    Versions,
)
from tests.conftest import FakeClock, MakeSettings
from tests.house_data import record_mp
from tests.processes import run_python
from tests.staff import add_staff, csrf_of, sign_in
from tracker import store
from tracker.rules.roles import Role
from tracker.store import DatabaseBusyError, Engine, users
from tracker.store.engine import open_engine
from tracker.store.tables import Tally
from tracker.store.version import DatabaseVersion

MEMBER, OTHER = 1, 2
ROW, OTHER_ROW = 'id="mp-1"', 'id="mp-2"'
HTML = {"accept": "text/html"}
TRIES = 20
ASK = """
import sys
from datetime import datetime
from tracker import store
from tracker.store.engine import open_engine
from tracker.store.tables import Tally

with store.write(open_engine(sys.argv[1])) as session:
    motion = store.record_motion(session, "2026-27", 718)
    at = datetime.fromisoformat(sys.argv[2])
    session.add(Tally(motion_id=motion.id, member_id=2, supporter_count=6,
                      email_count=6, first_email_at=at, last_email_at=at))
"""


@dataclass
class Office:
    """The app over a database with two MPs, the first of them asked five days ago."""

    engine: Engine
    clock: FakeClock
    open: Callable[[], TestClient]

    def sign_in(self, name: str, role: Role) -> TestClient:
        """Return a browser of somebody who has signed in, and looked once."""
        add_staff(self.engine, self.clock, name, role)
        client = self.open()
        sign_in(client, name)
        assert client.get("/staff").status_code == 200  # writes down that they looked
        return client

    def ask(self, member_id: int, *, at: datetime) -> None:
        """Have people have written to an MP at a moment."""
        with store.write(self.engine) as session:
            motion = store.record_motion(session, "2026-27", 718)
            assert motion.id is not None
            session.add(
                Tally(
                    motion_id=motion.id,
                    member_id=member_id,
                    supporter_count=6,
                    email_count=6,
                    first_email_at=at,
                    last_email_at=at,
                )
            )


@pytest.fixture
def office(
    settings: MakeSettings, engine: Engine, clock: FakeClock
) -> Iterator[Office]:
    made = settings(motions=[{"number": 718, "session": "2026-27"}])
    record_mp(engine, MEMBER, name="Odd O'Name", seat="Lower Testing")
    record_mp(engine, OTHER, name="Another Name", seat="Upper Testing")
    app = create_app(made, engine, clock=clock)

    def open_browser() -> TestClient:
        return TestClient(app, base_url=made.web.base_url, headers=HTML)

    found = Office(engine, clock, open_browser)
    found.ask(MEMBER, at=clock() - timedelta(days=5))
    with open_browser():  # the app's start and end
        yield found


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Give the list of what the database is asked meanwhile."""
    told: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
        told.append(text)

    event.listen(engine, "before_cursor_execute", note)
    yield told
    event.remove(engine, "before_cursor_execute", note)


def test_asked_for_again_the_same_page_is_sent_without_reading_it_anew(office):
    ann = office.sign_in("Ann", Role.STAFF)
    first = second = ann.get("/staff")
    with statements(office.engine) as told:
        # PostgreSQL's own housekeeping may commit in between, and another test's.
        for _ in range(TRIES):
            first = ann.get("/staff")
            told.clear()
            second = ann.get("/staff")
            if told == []:
                break
        assert told == []
        ann.get("/staff?q=odd")
        assert told
    assert first.text == second.text
    assert ROW in second.text
    assert first.headers == second.headers
    assert second.headers["cache-control"] == "no-store"
    assert "content-security-policy" in second.headers


def test_a_change_by_another_process_shows_at_once(office):
    ann = office.sign_in("Ann", Role.STAFF)
    assert OTHER_ROW not in ann.get("/staff").text
    url = office.engine.url.render_as_string(hide_password=False)
    at = office.clock() - timedelta(days=5)
    assert run_python(ASK, url, at.isoformat())[0] == 0
    assert OTHER_ROW in ann.get("/staff").text


def test_each_is_sent_the_page_of_their_own_session_and_role(office):
    ann = office.sign_in("Ann", Role.STAFF)
    vic = office.sign_in("Vic", Role.VIEWER)
    tokens = csrf_of(ann), csrf_of(vic)
    for _ in range(2):
        for client, own, others in ((ann, *tokens), (vic, *reversed(tokens))):
            page = client.get("/staff").text
            assert ("Log call" in page) is (client is ann)
            assert own in page
            assert others not in page
    assert office.open().get("/staff", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("how", ["signed out", "disabled"])
def test_a_session_that_was_ended_is_sent_nothing(office, how):
    ann = office.sign_in("Ann", Role.STAFF)
    assert ann.get("/staff").status_code == 200
    with store.write(office.engine) as session:
        user = users.user_named(session, "Ann")
        assert user is not None
        assert user.id is not None
        if how == "disabled":
            users.set_disabled(session, user.id, True, by="a test", at=office.clock())
        else:
            users.end_sessions(session, user.id)
    answer = ann.get("/staff", follow_redirects=False)
    assert answer.status_code == 303
    assert "Odd" not in answer.text


def test_whoever_lost_a_role_loses_its_buttons_at_once(office):
    ann = office.sign_in("Ann", Role.STAFF)
    assert "Log call" in ann.get("/staff").text
    with store.write(office.engine) as session:
        user = users.user_named(session, "Ann")
        assert user is not None
        user.role = Role.VIEWER
        session.add(user)
    assert "Log call" not in ann.get("/staff").text


def test_whoever_is_due_by_now_is_on_the_list(office):
    # A patience of four days, that ends two seconds from now.
    office.ask(OTHER, at=office.clock() - timedelta(days=4) + timedelta(seconds=2))
    ann = office.sign_in("Ann", Role.STAFF)
    office.clock.advance(1.5)
    assert OTHER_ROW not in ann.get("/staff").text
    office.clock.advance(1)
    assert OTHER_ROW in ann.get("/staff").text


@dataclass
class Scene:
    """The layer over an app that counts how often it was asked."""

    layer: StaffPagesLayer
    versions: Versions
    clock: FakeClock
    asked: list[str] = field(default_factory=list)
    status: int = 200
    seconds: float = 1_000.0
    gate: asyncio.Event | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str = "/staff", method: str = "GET", **options: Any) -> str:
        """Ask the layer as a browser would, between the app's start and its end."""

        async def run() -> str:
            async with self.opened():
                return await self.asking(path, method, **options)

        return asyncio.run(run())

    def opened(self) -> "Opened":
        """Ask versions while this is open."""
        return Opened(self.versions)

    async def asking(
        self, path: str = "/staff", method: str = "GET", **options: Any
    ) -> str:
        """Ask from inside a loop."""
        options.setdefault("headers", {"cookie": "session=one"})
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.layer), base_url="http://test"
        ) as client:
            answer = await client.request(method, path, **options)
            return answer.text


class Opened:
    """An app's start and end, as far as versions go."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions

    async def __aenter__(self) -> None:
        self._versions.start()

    async def __aexit__(self, *_: object) -> None:
        self._versions.stop()


@pytest.fixture
def scene(sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock) -> Scene:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.asked.append(scope["path"])
        number = len(found.asked)
        if found.gate is not None:
            await found.gate.wait()
        answer = Response(f"page {number}", found.status, headers=found.headers)
        await answer(scope, receive, send)

    desk = Desk(settings(), sqlite_engine, clock, False)
    versions = Versions(desk)
    layer = StaffPagesLayer(app, desk, versions, ticks=lambda: found.seconds)
    found = Scene(layer, versions, clock)
    return found


def test_many_who_ask_at_once_wait_for_one_page(scene):
    async def run() -> list[str]:
        async with scene.opened():
            scene.gate = asyncio.Event()
            waiting = [asyncio.create_task(scene.asking()) for _ in range(20)]
            while not scene.asked:
                await asyncio.sleep(0)
            scene.gate.set()
            return [*await asyncio.gather(*waiting)]

    assert asyncio.run(run()) == ["page 1"] * 20


def test_whoever_asks_after_a_commit_does_not_get_what_was_begun_before(
    scene, sqlite_engine
):
    async def run() -> tuple[str, str]:
        async with scene.opened():
            scene.gate = asyncio.Event()
            before = asyncio.create_task(scene.asking())
            while not scene.asked:
                await asyncio.sleep(0)
            with store.write(sqlite_engine) as session:
                store.record_motion(session, "2026-27", 1)
            after = asyncio.create_task(scene.asking())
            while len(scene.asked) < 2 and not after.done():
                await asyncio.sleep(0)
                assert not before.done()
            scene.gate.set()
            return await before, await after

    assert asyncio.run(run()) == ("page 1", "page 2")


@pytest.mark.parametrize(
    "options",
    [
        {"headers": {}},
        {"method": "HEAD"},
        {"method": "POST"},
        {"path": "/staff/charts"},
        {"headers": {"cookie": "session=one", "content-length": "0"}},
        {"headers": [("cookie", "session=one"), ("cookie", "session=two")]},
    ],
)
def test_what_is_no_plain_look_of_one_session_is_passed_on_each_time(scene, options):
    scene.get(**options)
    scene.get(**options)
    assert len(scene.asked) == 2


@pytest.mark.parametrize(
    ("status", "headers"), [(303, {}), (500, {}), (200, {"set-cookie": "a=b"})]
)
def test_only_a_plain_page_is_kept(scene, status, headers):
    scene.status, scene.headers = status, headers

    async def run() -> tuple[str, str]:
        async with scene.opened():
            return await scene.asking(), await scene.asking()

    first, second = asyncio.run(run())
    assert first != second


def test_what_was_kept_is_bounded_and_what_is_old_is_let_go(scene):
    kept = cast(Any, scene.layer)

    async def run() -> None:
        async with scene.opened():
            for number in range(MOST_PAGES + 5):
                await scene.asking(f"/staff?page={number}")
            assert len(kept._pages) == MOST_PAGES
            scene.seconds += LIFE_SECONDS
            await scene.asking("/staff?page=1")
            assert len(kept._pages) == 1
            assert kept._making == {}

    asyncio.run(run())


def test_while_nobody_asks_the_database_nothing_is_kept(scene):
    assert asyncio.run(scene.asking()) == "page 1"
    assert asyncio.run(scene.asking()) == "page 2"


@pytest.mark.parametrize(
    ("version", "seconds", "wall_seconds", "holds"),
    [
        ((1, "5"), 0, 0, True),
        ((1, "5"), LIFE_SECONDS - 0.01, LIFE_SECONDS - 0.01, True),
        ((1, "5"), LIFE_SECONDS, 0, False),
        ((1, "5"), 0, LIFE_SECONDS, False),
        ((1, "5"), 0, -LIFE_SECONDS, False),
        ((1, "6"), 0, 0, False),
        ((2, "5"), 0, 0, False),
    ],
)
def test_a_page_holds_for_a_second_of_both_clocks_and_one_version(
    version: Version, seconds: float, wall_seconds: float, holds: bool
) -> None:
    at = datetime(2026, 6, 15, 12, tzinfo=UTC)
    page = Page((1, "5"), 100.0, at, [], b"")
    later = at + timedelta(seconds=wall_seconds)
    assert page.holds(version, 100.0 + seconds, later) is holds


def test_the_version_is_the_same_until_somebody_commits(engine: Engine) -> None:
    source = DatabaseVersion(engine)
    try:
        assert any(source.read() == source.read() for _ in range(TRIES))
        first = source.read()
        other = open_engine(engine.url.render_as_string(hide_password=False))
        with store.write(other) as session:
            store.record_motion(session, "2026-27", 1)
        other.dispose()
        assert source.read() != first
    finally:
        source.close()


def test_after_its_connection_was_cut_the_version_is_another(engine: Engine) -> None:
    source = DatabaseVersion(engine)
    first = source.read()
    connection = cast(Any, source)._connection
    connection.close()
    with pytest.raises(DatabaseBusyError):
        source.read()
    again = source.read()
    source.close()
    assert again[0] == first[0] + 1
