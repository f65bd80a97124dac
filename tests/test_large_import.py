"""A large file, read by a process of its own: the same as in one, and it never hangs."""

import itertools
import multiprocessing
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.supporters_house import KEY, NOW, WATCHED, seat_a_house
from tests.test_importing import AWKWARD, content, desk, imported, numbers
from tracker import store
from tracker.store import DatabaseError, Engine
from tracker.store.schema import open_database
from tracker.store.tables import Way
from tracker.supporters import importing, reader
from tracker.supporters.batches import Batch, Facts
from tracker.supporters.csv_file import FileRefusedError
from tracker.supporters.importing import import_file
from tracker.supporters.reader import ReaderLostError, batches_beside

FACTS = Facts(key=KEY, now=NOW, boundaries="2024", table="2024", tellings=frozenset())


@pytest.fixture
def house(engine: Engine) -> Engine:
    seat_a_house(engine)
    return engine


def many(folder: Path, count: int) -> Path:
    """Write a file of that many people, each twice, who wrote to four Members."""
    names = ("Toby Ash", "Jane Carver", "Nils Young", "Alex Morgan")
    path = folder / "many.csv"
    with path.open("w") as file:
        file.write("email,MP,date,message_id,constituency\n")
        for number in range(count):
            line = f"p{number}@example.org,{names[number % 4]},2026-06-01,m{number},\n"
            file.write(line * 2)
    return path


@pytest.mark.timeout(300)
def test_a_process_beside_gives_what_one_process_gives(
    house: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importing, "LARGE_FILE", 0)
    told: list[tuple[int, int]] = []
    beside = import_file(
        desk(house),
        WATCHED,
        AWKWARD,
        source="test",
        progress=lambda rows, position: told.append((rows, position)),
    )
    assert told == [(40, AWKWARD.stat().st_size)]
    found = content(house)
    url = f"sqlite:///{tmp_path / 'other.db'}"
    other = open_database(url, is_upgraded=True)
    seat_a_house(other)
    assert numbers(imported(other, AWKWARD)) == numbers(beside)
    assert content(other) == found
    other.dispose()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_windows_and_batches_count_each_email_once(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seat_a_house(sqlite_engine)
    monkeypatch.setattr(importing, "LARGE_FILE", 0)
    path = many(tmp_path, 40_000)
    first = import_file(desk(sqlite_engine), WATCHED, path, source="test")
    assert numbers(first) == (80_000, 30_000, 40_000, 10_000, 0)
    again = import_file(desk(sqlite_engine), WATCHED, path, source="test")
    assert numbers(again) == (80_000, 0, 80_000, 0, 0)
    with store.read(sqlite_engine) as session:
        assert store.tally_differences(session) == []
        assert set(store.supporter_counts(session, 1).values()) == {10_000}
        pragma = session.connection().exec_driver_sql("PRAGMA synchronous")
        assert pragma.scalar() == 2


@pytest.mark.timeout(120)
def test_a_process_that_nobody_listens_to_ends(house: Engine, tmp_path: Path) -> None:
    batches = batches_beside(house, FACTS, many(tmp_path, 100_000))
    assert next(batches).read_count > 0
    before = time.monotonic()
    batches.close()  # type: ignore[attr-defined] # it is a generator
    assert time.monotonic() - before < 20
    assert multiprocessing.active_children() == []


@pytest.mark.timeout(120)
def test_a_process_that_dies_is_one_sentence(house: Engine, tmp_path: Path) -> None:
    batches = batches_beside(house, FACTS, many(tmp_path, 200_000))
    next(batches)
    [child] = multiprocessing.active_children()
    child.kill()
    with pytest.raises(ReaderLostError, match="importing the file again"):
        list(batches)


@pytest.mark.timeout(120)
def test_an_error_of_the_file_comes_over(house: Engine, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("no,columns\n")
    with pytest.raises(FileRefusedError, match="no column supporter_email"):
        list(batches_beside(house, FACTS, path))


def test_a_file_that_is_refused_leaves_no_run(house: Engine, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("no,columns\n")
    with pytest.raises(FileRefusedError):
        import_file(desk(house), WATCHED, path, source="test")
    with store.read(house) as session:
        runs = session.connection().exec_driver_sql("SELECT count(*) FROM import_run")
        assert runs.scalar() == 0


def test_a_window_is_cut_without_losing_an_email(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tracker.supporters.batches.BATCH", 2)
    flat = [
        ("",) * 5 + (member, line) for line, member in enumerate([3, 1, None, 3, 1])
    ]
    window = Batch(7, 99, emails=list(flat))
    parts = list(reader._by_member(window))
    assert [part.read_count for part in parts] == [7, 0, 0]
    placed = [(email[5], email[6]) for part in parts for email in part.emails]
    assert placed == [(None, 2), (1, 1), (1, 4), (3, 0), (3, 3)]


def test_references_ascend_with_the_rows_of_each_batch(
    house: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Else the index of references would be written all over with each batch."""
    monkeypatch.setattr("tracker.supporters.batches.BATCH", 50)
    ticks = (NOW + timedelta(milliseconds=count) for count in itertools.count())
    ticking = replace(desk(house), clock=lambda: next(ticks))
    import_file(ticking, WATCHED, many(tmp_path, 200), source="test")
    with store.read(house) as session:
        rows = session.connection().execute(
            text("SELECT ref FROM supporter ORDER BY id")
        )
        refs = [row.ref for row in rows]
    assert len(refs) == 200
    assert refs == sorted(refs)


def test_a_batch_names_nobody_who_is_not_there(house: Engine) -> None:
    with store.write(house) as session:
        store.record_motion(session, WATCHED.session, WATCHED.number)
        run = store.start_import(session, "test", NOW)
    nobody = ("a@b.example", None, None, "", "key", 999_999, 0, *(None,) * 12)
    given: dict[str, Any] = {"motion_id": 1, "import_id": run, "way": Way.IMPORT}
    with (
        store.bulk_settings(house),
        pytest.raises(DatabaseError, match="taken out"),
        store.write(house) as session,
    ):
        store.record_batch(session, [nobody], now=NOW, refs=["ref"], **given)
    with store.read(house) as session:
        assert session.connection().scalar(text("SELECT count(*) FROM supporter")) == 0


def test_after_a_large_import_foreign_keys_hold_again(sqlite_engine: Engine) -> None:
    with store.bulk_settings(sqlite_engine):
        assert _foreign_keys(sqlite_engine) == 0
    assert _foreign_keys(sqlite_engine) == 1


def _foreign_keys(engine: Engine) -> int:
    with store.read(engine) as session:
        found = session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar()
    return int(found or 0)
