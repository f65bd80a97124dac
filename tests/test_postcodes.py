"""Postcodes: what people type, files that are loaded, and the table that is in use."""

import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.program import program_in
from tests.supporters_house import code_of
from tracker import store
from tracker.rules.postcodes import (
    LookupKind,
    PostcodeError,
    compact_postcode,
    other_house,
    place_in_table,
    place_without_mp,
    written_postcode,
)
from tracker.store import Engine
from tracker.store.locks import try_lock
from tracker.store.schema import open_database
from tracker.supporters import postcode_file, postcodes
from tracker.supporters.postcode_file import PostcodeFileError, open_postcodes
from tracker.supporters.postcodes import load_postcodes

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
YNYS_MON = code_of("Ynys Môn")
TOOTING = code_of("Tooting")
HEAD = "pcd,pcds,doterm,pcon\n"


def file_of(folder: Path, *lines: str, head: str = HEAD) -> Path:
    path = folder / "postcodes.csv"
    path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def known(engine: Engine, compact: str) -> store.KnownPostcode | None:
    with store.read(engine) as session:
        return store.known_postcode(session, compact)


def load(engine: Engine, path: Path) -> int:
    return load_postcodes(engine, path, now=NOW).table.row_count


# What people type


@pytest.mark.parametrize(
    ("typed", "compact"),
    [
        ("SW1A 1AA", "SW1A1AA"),
        (" sw1a1aa\u00a0", "SW1A1AA"),
        ("s w 1 a 1 a a", "SW1A1AA"),
        ("M1-1AE.", "M11AE"),
        ("bt71nn", "BT71NN"),
        ("B33 8TH", "B338TH"),
        ("CR2 6XH", "CR26XH"),
        ("EC1A 1BB", "EC1A1BB"),
    ],
)
def test_spaces_and_case_do_not_matter(typed, compact):
    assert compact_postcode(typed) == compact


@pytest.mark.parametrize(
    "typed",
    [
        *("", "   ", "SW1A", "SW1A 1A", "SW1A 1AAA", "1AA SW1", "SWIA 1AA", "SW1A OAA"),
        *("SW1A1AA\0", "SW1A 1AA'--", "%", "ZZ", "A" * 100_000, "SW1A 1AÀ"),
        "SW\u0661A 1AA",  # a digit, but none of a postcode's
    ],
)
def test_what_is_no_postcode_is_told_in_a_sentence(typed):
    with pytest.raises(PostcodeError) as caught:
        compact_postcode(typed)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("typed", ["BFPO 140", "bfpo1", "BFPO"])
def test_a_bfpo_number_is_told_to_take_the_home_address(typed):
    with pytest.raises(PostcodeError, match="home address"):
        compact_postcode(typed)


@pytest.mark.parametrize(
    ("compact", "says"),
    [
        ("JE23AB", "Jersey"),
        ("GY11AA", "Guernsey"),
        ("IM11AA", "the Isle of Man"),
        ("GX111AA", "Gibraltar"),
        ("BF11AA", "home address"),
    ],
)
def test_where_no_mp_sits_for_there_is_an_answer_of_its_own(compact, says):
    found = place_without_mp(compact)
    assert found is not None
    assert found.kind is LookupKind.NO_MP
    assert not found.has_seat
    assert says in (found.reason or "")
    assert written_postcode(compact) in (found.reason or "")


@pytest.mark.parametrize("compact", ["G11AA", "BT71NN", "ZE10AA", "B11AA", "L11AA"])
def test_other_areas_have_mps(compact):
    assert place_without_mp(compact) is None


def test_a_terminated_postcode_says_so_and_keeps_its_seat():
    found = place_in_table("ZZ11AA", YNYS_MON, "Ynys Môn", is_terminated=True)
    assert (found.kind, found.ons_code) == (LookupKind.TERMINATED, YNYS_MON)
    assert found.reason == "ZZ1 1AA is no longer in use; it was in Ynys Môn."
    live = place_in_table("ZZ11AA", YNYS_MON, "Ynys Môn", is_terminated=False)
    assert (live.kind, live.reason) == (LookupKind.FOUND, None)


def test_another_house_says_which_and_when_it_ended():
    closed = other_house("ZZ11AA", "2010", date(2015, 3, 26)).reason or ""
    assert "the constituencies of 2010" in closed
    assert "a postcode of today does not name its MP" in closed
    assert closed.endswith("It closed on 26 March 2015.")
    loaded = other_house("ZZ11AA", "2024", None, table="2010").reason or ""
    assert loaded.endswith("the postcodes known here are of those of 2010.")


# Files


def test_a_directory_is_loaded_with_its_terminated_ones(engine, tmp_path):
    path = file_of(
        tmp_path,
        f"ZZ1 1AA,ZZ1 1AA,,{YNYS_MON}",
        f"ZZ1 1AB,ZZ1 1AB,199606,{TOOTING}",
        "JE2 3AB,JE2 3AB,,L99999999",
        "ZZ1 1AC,ZZ1 1AC,,",
        f"no postcode,no postcode,,{TOOTING}",
        "short",
    )
    assert known(engine, "ZZ11AA") is None
    assert load(engine, path) == 2
    assert known(engine, "ZZ11AA") == ("2024", YNYS_MON, False)
    assert known(engine, "ZZ11AB") == ("2024", TOOTING, True)
    assert known(engine, "ZZ11AC") == ("2024", None, False)
    with store.read(engine) as session:
        table = store.postcode_table(session)
        seats = store.seats_of_postcodes(session, ["ZZ11AA", "ZZ11AB", "ZZ11AC"])
    assert table is not None
    assert (table.row_count, table.loaded_at) == (2, NOW)
    assert seats == {"ZZ11AA": YNYS_MON, "ZZ11AB": TOOTING}


def test_another_table_replaces_the_one_in_use_whole(engine, tmp_path):
    load(engine, file_of(tmp_path, f"ZZ1 1AA,ZZ1 1AA,,{YNYS_MON}"))
    for _ in range(2):
        load(engine, file_of(tmp_path, f"ZZ1 1AB,ZZ1 1AB,,{TOOTING}"))
    assert known(engine, "ZZ11AA") == ("2024", None, False)
    assert known(engine, "ZZ11AB") == ("2024", TOOTING, False)


def test_two_seats_of_one_postcode_are_not_guessed_between(engine, tmp_path):
    twice = ("ZZ1 1A{0},,{1},{2}",)[0]
    path = file_of(
        tmp_path,
        *(twice.format("A", "", code) for code in (YNYS_MON, TOOTING, YNYS_MON)),
        *(twice.format("B", "", TOOTING) for _ in range(3)),
        twice.format("C", "199606", YNYS_MON),
        twice.format("C", "", TOOTING),
        twice.format("D", "", TOOTING),
        twice.format("D", "199606", YNYS_MON),
        twice.format("E", "199606", YNYS_MON),
        twice.format("E", "199606", TOOTING),
        head="pcds,x,doterm,pcon\n",
    )
    assert load(engine, path) == 5
    assert known(engine, "ZZ11AA") == ("2024", "", False)
    assert known(engine, "ZZ11AB") == ("2024", TOOTING, False)
    assert known(engine, "ZZ11AC") == ("2024", TOOTING, False)
    assert known(engine, "ZZ11AD") == ("2024", TOOTING, False)
    assert known(engine, "ZZ11AE") == ("2024", "", True)
    with store.read(engine) as session:
        seats = store.seats_of_postcodes(session, ["ZZ11AA", "ZZ11AB"])
    assert seats == {"ZZ11AB": TOOTING}


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("Postcode;Constituency\r\n", "zz1 1aa;Ynys Môn\r\n"),
        ("postcode\tconstituency\n", "ZZ11AA\tYNYS MON\n"),
        ("pcds,pcon24cd,pcon24nm\n", f"ZZ1 1AA,{YNYS_MON},something else\n"),
        ("PCDS,PCON24NM\n", "ZZ1 1AA,Ynys Môn\n"),
        ("postcode,constituency_name,terminated\n", '"ZZ1 1AA","Ynys Môn",no\n'),
        ("postcode,constituency,pcon\n", f"ZZ1 1AA,Tooting,{YNYS_MON}\n"),
    ],
)
def test_any_csv_with_a_postcode_and_a_code_or_name_will_do(
    sqlite_engine, tmp_path, head, line
):
    path = tmp_path / "own.csv"
    path.write_text(head + line, encoding="utf-8-sig", newline="")
    assert load(sqlite_engine, path) == 1
    assert known(sqlite_engine, "ZZ11AA") == ("2024", YNYS_MON, False)


def test_names_in_windows_1252_are_read_too(sqlite_engine, tmp_path):
    path = tmp_path / "own.csv"
    path.write_bytes("postcode,constituency\nZZ1 1AA,Ynys Môn\n".encode("cp1252"))
    assert load(sqlite_engine, path) == 1


def test_the_boundaries_are_told_by_the_codes(sqlite_engine, tmp_path):
    load(sqlite_engine, file_of(tmp_path, "ZZ1 1AA,ZZ1 1AA,,W07000041"))
    assert known(sqlite_engine, "ZZ11AA") == ("2010", "W07000041", False)


def test_seats_that_are_in_both_tables_do_not_decide(tmp_path, monkeypatch):
    monkeypatch.setattr(postcode_file, "_SAMPLE_ROWS", 2)
    both = [f"ZZ1 1A{letter},Orkney and Shetland" for letter in "ABCD"]
    head = "postcode,constituency\n"
    path = file_of(tmp_path, *both, "ZZ1 1AX,Gordon", head=head)
    assert open_postcodes(path).boundaries == "2010"
    path = file_of(tmp_path, *both, head=head)
    assert open_postcodes(path).boundaries == "2024"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "needs a column of postcodes"),
        (b"a,b\n1,2\n", "needs a column of postcodes"),
        (b"pcds,place\nZZ1 1AA,x\n", "one of constituencies"),
        (
            b"supporter_email,postcode,constituency\na@b.example,ZZ1 1AA,Tooting\n",
            "not of postcodes: use `tracker emails import`",
        ),
        (b"Email;zip_code;area\n", "not of postcodes: use `tracker emails import`"),
        (b"pcds,pcon\n", "has a head and no row under it"),
        (b"pcds,pcon\nZZ1 1AA,X01\n", "has a postcode with a constituency of 2010 or"),
        (b"pcds,pcon\n" + b"x" * 140_000, "cannot be read: field larger than"),
    ],
)
def test_a_file_that_cannot_be_loaded_says_why_in_a_sentence(tmp_path, content, says):
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PostcodeFileError, match=says):
        open_postcodes(path)


# Loading, disturbed


def directory(folder: Path, code: str, count: int, *, tail: str = "") -> Path:
    lines = (f"x,{outward} {i % 10}AA,,{code}" for i, outward in _outwards(count))
    path = file_of(folder, *lines)
    with path.open("a", encoding="utf-8") as file:
        file.write(tail)
    return path


def _outwards(count: int) -> list[tuple[int, str]]:
    names = [f"{a}{b}{n}" for a in "ABCDEFGH" for b in "ABCDEFGH" for n in range(1, 30)]
    return [(i, names[i // 10]) for i in range(count)]


def test_a_file_that_breaks_off_leaves_the_table_in_use(engine, tmp_path, monkeypatch):
    monkeypatch.setattr(postcodes, "BATCH", 1000)
    load(engine, directory(tmp_path, YNYS_MON, 20))
    with pytest.raises(PostcodeFileError, match="field larger than"):
        load(engine, directory(tmp_path, TOOTING, 5000, tail="x" * 140_000))
    assert known(engine, "AA10AA") == ("2024", YNYS_MON, False)
    with store.read(engine) as session:
        leftovers = _tables(session)
    assert "postcode_loading" not in leftovers


def test_a_second_load_at_once_is_refused(engine, tmp_path):
    path = directory(tmp_path, YNYS_MON, 20)
    with try_lock(engine, "postcodes") as is_ours:
        assert is_ours
        with pytest.raises(PostcodeFileError, match="another load"):
            load(engine, path)
    assert load(engine, path) == 20


def test_a_look_up_during_a_load_sees_the_old_or_the_new_never_half(
    engine, tmp_path, monkeypatch
):
    monkeypatch.setattr(postcodes, "BATCH", 200)
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    # Only the new one has the last postcode, only the old one is of 2010.
    files = [directory(old, "W07000041", 600), directory(new, YNYS_MON, 601)]
    load(engine, files[0])
    stopped = threading.Event()
    seen: set[tuple[store.KnownPostcode | None, ...]] = set()

    def look() -> None:
        while not stopped.is_set():
            seen.add((known(engine, "AA10AA"),))
            seen.add((known(engine, "AC30AA"),))

    looking = [threading.Thread(target=look) for _ in range(2)]
    for thread in looking:
        thread.start()
    for turn in range(6):
        load(engine, files[1 - turn % 2])
    stopped.set()
    for thread in looking:
        thread.join()
    assert seen <= {
        (store.KnownPostcode("2010", "W07000041", False),),
        (store.KnownPostcode("2024", YNYS_MON, False),),
        (store.KnownPostcode("2010", None, False),),
    }
    assert len(seen) == 3


KILLED = """
import os, signal, sys
from datetime import datetime, UTC
from pathlib import Path
from tracker.store.schema import open_database
from tracker.supporters import postcode_file, postcodes
postcodes.BATCH = 1000
engine = open_database(sys.argv[1], is_upgraded=False)
def tell(done, total):
    if done >= 3000:
        os.kill(os.getpid(), signal.SIGKILL)
postcodes.load_postcodes(
    engine, Path(sys.argv[2]), now=datetime(2026, 6, 15, tzinfo=UTC), progress=tell
)
"""


def test_a_load_that_is_killed_leaves_the_old_table_and_the_next_one_works(
    database_url, tmp_path
):
    engine = open_database(database_url, is_upgraded=False)
    load(engine, directory(tmp_path, YNYS_MON, 20))
    path = directory(tmp_path, TOOTING, 5000)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, database_url, str(path)],
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": "."},
    )
    assert done.returncode == -signal.SIGKILL
    with store.read(engine) as session:
        assert "postcode_loading" in _tables(session)
    assert known(engine, "AA10AA") == ("2024", YNYS_MON, False)
    assert known(engine, "AA20AA") == ("2024", YNYS_MON, False)
    assert known(engine, "AB10AA") == ("2024", None, False)
    assert load(engine, path) == 5000
    assert known(engine, "AB10AA") == ("2024", TOOTING, False)
    engine.dispose()


def _tables(session: store.Session) -> set[str]:
    connection = session.connection()
    query = "SELECT tablename FROM pg_tables"
    if connection.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    return set(connection.scalars(text(query)))


# The command


def test_the_command_says_what_is_in_use_and_draws_nothing_in_a_pipe(
    tmp_path, monkeypatch, capsys
):
    program = program_in(tmp_path, monkeypatch)
    path = file_of(tmp_path, f"ZZ1 1AA,ZZ1 1AA,,{YNYS_MON}")
    done = program.here(capsys, "postcodes", "load", str(path))
    assert (done.code, done.err) == (0, "")
    assert done.out == "1 postcode of the constituencies of 2024 are in use\n"
    failed = program.here(capsys, "postcodes", "load", str(tmp_path / "none.csv"))
    assert (failed.code, failed.out) == (1, "")
    assert failed.err.count("\n") == 1
    assert "none.csv cannot be read: No such file" in failed.err


def test_the_command_tells_how_many_rows_it_left_out_and_why(
    tmp_path, monkeypatch, capsys
):
    program = program_in(tmp_path, monkeypatch)
    path = file_of(
        tmp_path,
        "ZZ1 1AA,Tooting",
        "ZZ1 1AB,Narnia North",
        "ZZ1 1AC,",
        "",
        "nowhere,Tooting",
        head="postcode,constituency\n",
    )
    done = program.here(capsys, "postcodes", "load", str(path))
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "1 postcode of the constituencies of 2024 are in use",
        "left out: 2 rows without a constituency of 2024",
        "left out: 1 row without a postcode that can be read",
    ]
