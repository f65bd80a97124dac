"""`tracker emails import` and `review`: what is said, written, and with which code."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.program import Program
from tests.supporters_house import code_of, seat_a_house
from tracker import store
from tracker.store.schema import open_database

AWKWARD = Path(__file__).parent / "data" / "awkward-emails.csv"


@pytest.fixture
def program(tmp_path):
    made = Program(tmp_path)
    made.configure(
        session="2026-27",
        number=240,
        more='[[motions]]\nnumber = 9\nsession = "2026-27"',
    )
    made.database.parent.mkdir()
    engine = open_database(f"sqlite:///{made.database}", is_upgraded=True)
    seat_a_house(engine)
    engine.dispose()
    return made


def emails_file(folder: Path, *lines: str) -> str:
    path = folder / "emails.csv"
    path.write_text("\n".join(["email,MP,date", *lines, ""]))
    return str(path)


def test_json_is_the_result_object_and_nothing_else(program, capsys):
    file = emails_file(
        program.folder,
        "ann@example.org,Toby Ash,2026-06-01",
        "ann@example.org,Toby Ash,2026-06-01",
        "bob@example.org,Alex Morgan,2026-06-01",
        "bad,Toby Ash,2026-06-01",
    )
    ended = program.here(capsys, "emails", "import", file, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert ended.document == {
        "read": 4,
        "counted": 1,
        "duplicates": 1,
        "review": 1,
        "rejected": [{"line": 5, "reason": "supporter_email is not an email address"}],
    }


def test_words_for_people_hold_no_person(program, capsys):
    ended = program.here(capsys, "emails", "import", str(AWKWARD), "--source", "a test")
    assert ended.code == 0
    assert "40 rows read" in ended.out
    assert "line " in ended.out
    assert "@" not in ended.out


def test_the_source_is_kept_and_without_one_the_files_name(program, capsys):
    file = emails_file(program.folder, "ann@example.org,Toby Ash,2026-06-01")
    program.here(capsys, "emails", "import", file, "--source", "Action Network, May")
    program.here(capsys, "emails", "import", file)
    engine = open_database(f"sqlite:///{program.database}", is_upgraded=False)
    with store.read(engine) as session:
        runs = session.connection().exec_driver_sql("SELECT source FROM import_run")
        assert [row[0] for row in runs] == [
            "Action Network, May",
            "not told; from the file emails.csv",
        ]
    engine.dispose()


def test_a_saved_emails_name_is_not_kept_as_the_source(program, capsys):
    """It is often who wrote it, and would stay when they are erased."""
    file = program.folder / "Ann Canary to her MP.eml"
    file.write_bytes(b"From: ann@example.org\n\n")
    program.here(capsys, "emails", "import", str(file))
    engine = open_database(f"sqlite:///{program.database}", is_upgraded=False)
    with store.read(engine) as session:
        runs = session.connection().exec_driver_sql("SELECT source FROM import_run")
        assert [row[0] for row in runs] == ["not told; from a file of emails (.eml)"]
    engine.dispose()


def test_a_dry_run_writes_nothing(program, capsys):
    file = emails_file(program.folder, "ann@example.org,Toby Ash,2026-06-01")
    dry = program.here(capsys, "emails", "import", file, "--dry-run", "--json")
    wet = program.here(capsys, "emails", "import", file, "--json")
    assert dry.document == wet.document
    assert wet.document["counted"] == 1


def test_the_motion_can_be_named(program, capsys):
    file = emails_file(program.folder, "ann@example.org,Toby Ash,2026-06-01")
    for motion in ("2026-27/9", "2026-27/240"):
        ended = program.here(
            capsys, "emails", "import", file, "--motion", motion, "--json"
        )
        assert ended.document["counted"] == 1
    for wrong in ("2026-27/1", "240", "2026-27/x"):
        ended = program.here(capsys, "emails", "import", file, "--motion", wrong)
        assert ended.code == 2
        assert "none of the motions" in ended.err


@pytest.mark.parametrize(
    ("name", "data", "code", "says"),
    [
        ("missing.csv", None, 2, "does not exist"),
        ("empty.csv", b"", 1, "the file is empty"),
        ("x.csv", b"name\nAnn\n", 1, "no column supporter_email"),
        ("x.xlsx", b"PK\x03\x04", 1, "save it as CSV"),
        ("x.mbox", b"hello", 1, "no .mbox"),
    ],
)
def test_a_file_that_cannot_be_imported_is_one_sentence(
    program, capsys, name, data, code, says
):
    path = program.folder / name
    if data is not None:
        path.write_bytes(data)
    ended = program.here(capsys, "emails", "import", str(path))
    assert (ended.code, ended.out) == (code, "")
    assert says in ended.err
    assert ended.err.count("\n") == 1


def test_reviews_are_shown_decided_and_undone(program, capsys):
    file = emails_file(program.folder, "ann@example.org,Alex Morgan,2026-06-01")
    program.here(capsys, "emails", "import", file)
    shown = program.here(capsys, "emails", "review")
    assert "perhaps 103: Alex Morgan (St Ives)" in shown.out
    listed = program.here(capsys, "emails", "review", "--json").document
    assert listed["waiting_count"] == 1
    [waiting] = listed["emails"]
    assert [one["member_id"] for one in waiting["suggestions"]] == [103, 104]

    number = str(waiting["id"])
    done = program.here(capsys, "emails", "review", "--assign", number, "104")
    assert done.out.startswith(f"email {number}: counts for ")
    assert "no email waits" in done.out
    again = program.here(capsys, "emails", "review", "--dismiss", number)
    assert (again.code, again.out) == (1, "")
    assert "waits for a decision" in again.err
    undone = program.here(capsys, "emails", "review", "--undo", number, "--json")
    assert undone.document["waiting_count"] == 1
    both = program.here(
        capsys, "emails", "review", "--undo", number, "--dismiss", number
    )
    assert both.code == 2


def test_a_pipe_has_no_progress_and_a_real_process_ends_well(program):
    shutil.copy(AWKWARD, program.folder / "awkward.csv")
    ended = program.run("emails", "import", "awkward.csv", "--json")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["read"] == 40


@pytest.mark.parametrize("fmt", ["csv", "json", "xlsx"])
def test_an_export_runs_no_formula_and_is_in_the_audit_log(program, capsys, fmt):
    program.here(capsys, "emails", "import", str(AWKWARD))
    out = program.folder / f"emails.{fmt}"
    ended = program.here(
        capsys, "export", "emails", "--format", fmt, "--output", str(out)
    )
    assert (ended.code, ended.err) == (0, "")
    assert "`tracker erase` does not reach this file" in ended.out
    assert out.stat().st_mode & 0o077 == 0, "others can read people's names"
    rows = list(rows_of(out, fmt))
    quote = "" if fmt == "json" else "'"
    [una] = [row for row in rows if row["supporter_email"] == "una@example.org"]
    assert una["supporter_name"] == f"{quote}=cmd|' /C calc'!A0"
    assert una["subject"] == f"{quote}+1+1"
    assert una["member"] == "Jane Carver"
    engine = open_database(f"sqlite:///{program.database}", is_upgraded=False)
    with store.read(engine) as session:
        [entry] = store.audit_entries(session)
    engine.dispose()
    assert entry.action == "export"
    assert entry.detail == f"{len(rows)} emails about EDM 240 of 2026-27, {fmt}"


def rows_of(path: Path, fmt: str) -> Iterator[dict[str, Any]]:
    if fmt == "json":
        yield from json.loads(path.read_bytes())
        return
    if fmt == "csv":
        yield from csv.DictReader(path.read_text("utf-8-sig").splitlines())
        return
    heading, *lines = openpyxl.load_workbook(path)["emails"].values
    for line in lines:
        yield dict(zip(map(str, heading), line, strict=True))


@pytest.mark.parametrize("to_file", [True, False])
def test_nobody_is_exported_unless_the_audit_log_says_so(
    program, capsys, monkeypatch, to_file
):
    """P8: written down first, so that what fails then has let nobody out."""
    program.here(capsys, "emails", "import", str(AWKWARD))
    out = program.folder / "emails.csv"

    def full(*_args: object, **_options: object) -> None:
        raise store.DatabaseError("the disk is full")

    monkeypatch.setattr(store, "record_audit", full)
    target = ["--output", str(out)] if to_file else []
    ended = program.here(capsys, "export", "emails", "--format", "csv", *target)
    assert (ended.code, ended.out) == (1, "")
    assert not out.exists()


def test_an_export_without_any_email_is_an_empty_table(program):
    ended = program.run("export", "emails", "--format", "json")
    assert (ended.code, ended.document) == (0, [])


def test_a_new_table_of_postcodes_says_how_waiting_emails_are_matched(program, capsys):
    table = program.folder / "postcodes.csv"
    table.write_text(f"pcds,pcon,doterm\nZZ9 9ZZ,{code_of('Aberdeen North')},\n")
    loaded = program.here(capsys, "postcodes", "load", str(table)).out
    assert "for review" not in loaded
    file = program.folder / "emails.csv"
    rows = "\n".join(
        f"{name}@example.org,ZZ1 1AA,2026-06-01" for name in ("ann", "bob")
    )
    file.write_text(f"email,Postcode,date\n{rows}\n")
    program.here(capsys, "emails", "import", str(file), "--source", "a list")
    program.here(capsys, "emails", "review", "--dismiss", "2")
    table.write_text(f"pcds,pcon,doterm\nZZ1 1AA,{code_of('Ynys Môn')},\n")
    loaded = program.here(capsys, "postcodes", "load", str(table)).out
    assert "1 email waits for review: import the same files again" in loaded
    again = program.here(
        capsys, "emails", "import", str(file), "--source", "a list", "--json"
    ).document
    assert (again["counted"], again["duplicates"], again["review"]) == (1, 1, 0)
