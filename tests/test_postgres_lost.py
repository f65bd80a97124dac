"""C10: PostgreSQL is restarted, ends connections, or is not there for a while."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from fastapi import Request
from sqlalchemy import text

from dashboard.again import AgainLayer, note_lost
from dashboard.app import create_app
from tests.live import MOTION, served
from tests.own_postgres import OwnPostgres, own_postgres
from tracker import store
from tracker.store import DatabaseLostError, Engine
from tracker.store.engine import open_engine
from tracker.store.locks import kept_lock, try_lock

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[OwnPostgres]:
    with own_postgres() as server:
        yield server


@pytest.fixture
def engine(server: OwnPostgres) -> Iterator[Engine]:
    engine = open_engine(server.url)
    yield engine
    engine.dispose()


def motions(engine: Engine) -> int:
    with store.read(engine) as session:
        return len(store.all_motions(session))


def test_a_restart_in_mid_transaction_is_one_sentence_and_nothing_is_half_done(
    server, engine, caplog
):
    def interrupted(*, is_at_the_commit: bool) -> None:
        with store.write(engine) as session:
            store.record_motion(session, "2014-15", 1)
            server.restart()
            if not is_at_the_commit:
                store.record_motion(session, "2014-15", 2)

    before = motions(engine)
    for is_at_the_commit in (False, True):
        with pytest.raises(DatabaseLostError, match="the database server"):
            interrupted(is_at_the_commit=is_at_the_commit)
    assert motions(engine) == before
    assert not [record for record in caplog.records if record.exc_info]


def test_after_a_restart_no_connection_of_the_pool_is_stale(server, engine):
    held = [engine.connect() for _ in range(5)]
    for connection in held:
        connection.close()
    server.restart()
    assert [motions(engine) for _ in range(10)] == [0] * 10


@pytest.mark.usefixtures("server")
def test_a_transaction_that_was_idle_for_too_long_is_told_and_the_next_one_goes_on(
    engine, caplog
):
    def idle() -> None:
        with store.write(engine) as session:
            session.connection().execute(
                text("SET idle_in_transaction_session_timeout = '20ms'")
            )
            session.connection().execute(text("SELECT 1"))
            _until_gone(engine)
            session.connection().execute(text("SELECT 2"))

    with pytest.raises(DatabaseLostError, match=r"went away: .*idle-in-transaction"):
        idle()
    assert motions(engine) == 0
    assert not [record for record in caplog.records if record.exc_info]


def test_while_the_server_is_down_it_is_said_so_at_once(server, engine):
    server.stop()
    try:
        with pytest.raises(DatabaseLostError, match="cannot be reached"):
            motions(engine)
        with (
            pytest.raises(DatabaseLostError, match="went away"),
            try_lock(engine, "scheduler"),
        ):
            pass
    finally:
        server.start()
    assert motions(engine) == 0


def test_a_lock_whose_connection_was_ended_knows_that_it_is_lost(server, engine):
    with kept_lock(engine, "scheduler") as lock:
        assert lock is not None
        assert lock.is_held()
        server.cut()
        assert not lock.is_held()
        with try_lock(engine, "scheduler") as is_ours:
            assert is_ours


@pytest.fixture
def dashboard(engine, settings):
    configured = settings(
        motions=[{"number": 718, "session": "2014-15"}],
        database={"url": engine.url.render_as_string(hide_password=False)},
    )
    with served(create_app(configured, engine), configured) as served_:
        yield served_


def test_a_page_whose_connection_was_cut_is_made_again(server, dashboard, monkeypatch):
    seen: list[store.Session] = []
    real = store.motion_by_number

    def cut_at_first(session, *arguments):
        if not seen:
            session.connection()  # it has its connection, and the server ends it
            server.cut()
        seen.append(session)
        return real(session, *arguments)

    monkeypatch.setattr(store, "motion_by_number", cut_at_first)
    page = httpx.get(f"{dashboard.url}{MOTION}", trust_env=False)
    assert page.status_code == 200
    assert len(seen) >= 2


@pytest.mark.parametrize(("method", "tries"), [("GET", 2), ("HEAD", 2), ("POST", 1)])
def test_only_what_looks_is_done_again(method, tries):
    asked = []

    async def app(scope, receive, send):
        del receive
        asked.append(scope["method"])
        note_lost(Request({**scope, "headers": []}))
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b"not now"})

    sent = []

    async def send(message):
        sent.append(message["type"])

    async def receive():
        return {"type": "http.disconnect"}

    scope = {"type": "http", "method": method, "path": "/"}
    asyncio.run(AgainLayer(app)(scope, receive, send))
    assert len(asked) == tries
    assert sent == ["http.response.start", "http.response.body"]


def test_while_the_server_is_down_pages_say_when_to_try_again_and_then_go_on(
    server, dashboard
):
    url = f"{dashboard.url}{MOTION}/events"
    assert httpx.get(url, trust_env=False).status_code == 200
    server.stop()
    try:
        down = httpx.get(url, trust_env=False)
    finally:
        server.start()
    assert down.status_code == 503
    assert down.headers["retry-after"].isdigit()
    assert down.json()["detail"].startswith("The database does not answer just now")
    assert [httpx.get(url, trust_env=False).status_code for _ in range(20)] == [
        200
    ] * 20


def _until_gone(engine: Engine) -> None:
    """Wait until the server has ended every connection but ours."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    for _ in range(500):
        with engine.connect() as connection:
            if not connection.scalar(others):
                return
    raise AssertionError("the idle transaction was not ended")
