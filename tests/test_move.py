"""A campaign carried to another database: counts, checksums and sequences (B4)."""

import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from tests.factories import SEEN_AT, motion_answer, recorded, signature_row
from tests.program import program_in
from tracker import store
from tracker.board import motion_view
from tracker.config import MotionSettings
from tracker.operations.moving import MoveError, move
from tracker.replay import replay
from tracker.store.copies import row_counts
from tracker.store.engine import open_engine
from tracker.store.locks import try_lock
from tracker.store.schema import open_database
from tracker.store.tables import Member, metadata

WATCHED = MotionSettings(number=718, session="2014-15")


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return program_in(tmp_path, monkeypatch)


def fill(url: str) -> None:
    """Put something into tables of every kind: texts, bytes, times, dates, truths."""
    engine = open_database(url, is_upgraded=True)
    rows = [signature_row(1, name="Siân “Lee”"), signature_row(2), signature_row(3)]
    recorded(engine, WATCHED, motion_answer(rows))
    gone = [rows[0], rows[1], signature_row(3, withdrawn="2015-01-23T11:00:00.25")]
    recorded(engine, WATCHED, motion_answer(gone), SEEN_AT + timedelta(minutes=1))
    with store.write(engine) as session:
        at = datetime(2026, 6, 15, 12, 0, 0, 123456, tzinfo=UTC)
        session.add(Member(member_id=1001, name="Siân Lee", synced_at=at))
        store.record_brake(session, at, "asked to wait")
        store.record_closed_days(
            session,
            [(date(2026, 7, 21), date(2026, 9, 1), "Summer")],
            from_on=date(2026, 1, 1),
        )
        store.record_session_dates(
            session,
            [("2014-15", date(2014, 6, 4), None), ("2013-14", date(2013, 5, 8), None)],
            checked_at=at,
        )
    engine.dispose()


def moved(source: str, target: str) -> list[str]:
    told: list[str] = []
    move(source, target, tell=lambda copy: told.append(f"{copy.name} {copy.is_same}"))
    return told


def counts(url: str) -> dict[str, int]:
    engine = open_engine(url)
    try:
        return row_counts(engine)
    finally:
        engine.dispose()


@pytest.mark.postgres
def test_there_and_back_again_everything_is_the_same(
    sqlite_url, empty_postgres_url, tmp_path
):
    fill(sqlite_url)
    told = moved(sqlite_url, empty_postgres_url)
    assert told == [f"{table.name} True" for table in metadata.sorted_tables]
    assert counts(empty_postgres_url) == counts(sqlite_url)
    assert counts(sqlite_url)["signature_event"] == 4
    back = f"sqlite:///{tmp_path / 'back.db'}"
    moved(empty_postgres_url, back)
    with (
        closing(sqlite3.connect(tmp_path / "tracker.db")) as first,
        closing(sqlite3.connect(tmp_path / "back.db")) as last,
    ):
        assert list(first.iterdump()) == list(last.iterdump())


@pytest.mark.postgres
def test_on_postgresql_ids_go_on_after_those_that_were_copied(
    sqlite_url, empty_postgres_url
):
    fill(sqlite_url)
    moved(sqlite_url, empty_postgres_url)
    engine = open_database(empty_postgres_url, is_upgraded=False)
    rows = [signature_row(key) for key in (1, 2, 3, 4)]
    later = SEEN_AT + timedelta(minutes=2)
    report = recorded(engine, WATCHED, motion_answer(rows), later)
    assert report.signed == (1004,)
    assert replay(engine).differences == ()
    with store.read(engine) as session:
        assert store.last_event_id(session) == 5
    engine.dispose()


@pytest.mark.postgres
def test_the_moved_motion_is_shown_as_before(sqlite_url, empty_postgres_url, settings):
    fill(sqlite_url)
    moved(sqlite_url, empty_postgres_url)
    views = []
    for url in (sqlite_url, empty_postgres_url):
        engine = open_database(url, is_upgraded=False)
        with store.read(engine) as session:
            views.append(motion_view(session, settings(), WATCHED, now=SEEN_AT))
        engine.dispose()
    assert views[0] == views[1]


@pytest.mark.postgres
def test_what_postgresql_cannot_hold_leaves_it_empty(sqlite_url, empty_postgres_url):
    fill(sqlite_url)
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE poll SET event_count = 3000000000"))
    engine.dispose()
    with pytest.raises(store.DatabaseError, match="the database refused"):
        moved(sqlite_url, empty_postgres_url)
    assert not any(counts(empty_postgres_url).values())


def test_a_row_that_changes_on_the_way_undoes_it_all(sqlite_url, tmp_path):
    fill(sqlite_url)
    target = f"sqlite:///{tmp_path / 'target.db'}"
    engine = open_database(target, is_upgraded=True)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER spoil AFTER INSERT ON signature BEGIN"
                " UPDATE signature SET name = 'x' WHERE id = new.id; END"
            )
        )
    engine.dispose()
    with pytest.raises(
        MoveError, match="the copy differs, nothing was kept: table sig"
    ):
        moved(sqlite_url, target)
    assert not any(counts(target).values())


def test_a_row_that_gets_lost_on_the_way_undoes_it_all(sqlite_url, tmp_path):
    fill(sqlite_url)
    target = f"sqlite:///{tmp_path / 'target.db'}"
    engine = open_database(target, is_upgraded=True)
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE TRIGGER spoil AFTER INSERT ON closed_day BEGIN"
                " DELETE FROM closed_day; END"
            )
        )
    engine.dispose()
    with pytest.raises(MoveError, match=r"closed_day has 0 rows .* where 1"):
        moved(sqlite_url, target)
    assert not any(counts(target).values())


def test_many_rows_come_over_in_batches(sqlite_url, tmp_path):
    fill(sqlite_url)
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
                " WHERE i < 2500) INSERT INTO closed_day (from_on, to_on, name)"
                " SELECT date('2030-01-01', i || ' days'), '2050-01-01', i FROM n"
            )
        )
    engine.dispose()
    target = f"sqlite:///{tmp_path / 'target.db'}"
    moved(sqlite_url, target)
    assert counts(target)["closed_day"] == 2501


class TestRefusals:
    @pytest.fixture
    def target(self, tmp_path):
        return f"sqlite:///{tmp_path / 'target.db'}"

    def test_a_target_with_anything_in_it(self, sqlite_url, target):
        fill(sqlite_url)
        moved(sqlite_url, target)
        with pytest.raises(MoveError, match="TO is not empty"):
            moved(sqlite_url, target)

    def test_another_programs_target(self, sqlite_url, target, tmp_path):
        fill(sqlite_url)
        with closing(sqlite3.connect(tmp_path / "target.db")) as connection:
            connection.execute("CREATE TABLE recipes (id)")
        with pytest.raises(MoveError, match="TO is not empty"):
            moved(sqlite_url, target)

    def test_a_source_that_is_not_there_is_not_made(self, sqlite_url, target, tmp_path):
        with pytest.raises(MoveError, match="there is no database"):
            moved(sqlite_url, target)
        assert not list(tmp_path.iterdir())

    def test_an_empty_source(self, sqlite_url, target, tmp_path):
        (tmp_path / "tracker.db").touch()
        with pytest.raises(MoveError, match="FROM is empty"):
            moved(sqlite_url, target)

    @pytest.mark.parametrize(
        ("revision", "says"), [("0001", "older than this"), ("9999", "newer version")]
    )
    def test_a_source_of_another_age(self, sqlite_url, target, revision, says):
        fill(sqlite_url)
        engine = open_engine(sqlite_url)
        with engine.begin() as connection:
            connection.execute(
                text("UPDATE alembic_version SET version_num = :it"), {"it": revision}
            )
        engine.dispose()
        with pytest.raises(MoveError, match=says):
            moved(sqlite_url, target)

    def test_the_same_database(self, sqlite_url):
        with pytest.raises(MoveError, match="the same database"):
            moved(sqlite_url, sqlite_url)

    def test_a_source_under_a_worker(self, sqlite_url, target):
        fill(sqlite_url)
        engine = open_engine(sqlite_url)
        with try_lock(engine, "scheduler"), pytest.raises(MoveError, match="a worker"):
            moved(sqlite_url, target)
        engine.dispose()


def test_the_command_tells_each_table_and_the_last_step(program, capsys, sqlite_url):
    fill(sqlite_url)
    done = program.here(capsys, "db", "move", sqlite_url, "sqlite:///new.db")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert len(lines) == len(metadata.sorted_tables) + 3
    assert "still in FROM: everybody. Delete it" in done.out
    [line] = [line for line in lines if line.startswith("signature_event:")]
    assert "4 rows, checksum " in line
    assert line.endswith("the same")
    assert (program.folder / "new.db").is_file()


@pytest.mark.parametrize(
    ("source", "target", "name"),
    [("tracker.db", "sqlite:///b.db", "FROM"), ("sqlite:///a.db", "mysql://x/y", "TO")],
)
def test_what_is_no_url_of_a_database_is_wrong_use(
    program, capsys, source, target, name
):
    done = program.here(capsys, "db", "move", source, target)
    assert (done.code, done.out) == (2, "")
    assert f"{name} must be sqlite:///FILE or postgresql+psycopg://" in done.err


def test_a_password_in_a_url_is_not_repeated(program, capsys, sqlite_url):
    fill(sqlite_url)
    url = "postgresql+psycopg://u:s3cret@127.0.0.1:9/none"
    done = program.here(capsys, "db", "move", sqlite_url, url)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "s3cret" not in done.out + done.err
