"""C10: PostgreSQL is restarted, ends connections, or is not there for a while."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

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
