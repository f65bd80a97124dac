"""The secret key belongs to its database: no command goes on quietly without it."""

from pathlib import Path
from typing import Any

import pytest

from tests.program import Ended, Program
from tests.supporters_house import seat_a_house
from tracker import store
from tracker.clock import utc_now
from tracker.keys import email_key, key_path, secret_key
from tracker.operations.key_fit import WrongKeyError, key_problem, rekey
from tracker.store.locks import try_lock
from tracker.store.schema import open_database
from tracker.store.tables import Supporter

ANN = "ann@example.org"


@pytest.fixture
def program(tmp_path, capsys):
    """A campaign with one supporter in it, whose key lies beside the database."""
    made = Program(tmp_path)
    made.configure(session="2026-27", number=240)
    made.database.parent.mkdir()
    engine = open_database(f"sqlite:///{made.database}", is_upgraded=True)
    seat_a_house(engine)
    engine.dispose()
    assert imported(made, capsys).code == 0
    return made


@pytest.fixture
def engine(program):
    made = open_database(f"sqlite:///{program.database}", is_upgraded=False)
    yield made
    made.dispose()


def imported(program: Program, capsys: Any) -> Ended:
    file = program.folder / "emails.csv"
    file.write_text(f"email,MP,date\n{ANN},Toby Ash,2026-06-01\n")
    return program.here(capsys, "emails", "import", str(file), "--source", "a list")


def lose(program: Program) -> None:
    key_path(program.settings).unlink()


def swap(program: Program) -> None:
    key_path(program.settings).write_text("another installation's key")


COMMANDS = [
    *(("run",), ("worker",), ("web",)),
    *(("erase", ANN), ("emails", "import", "emails.csv", "--source", "x")),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("harm", [lose, swap])
def test_what_needs_the_key_stops_with_one_line_and_makes_no_other(
    program, capsys, monkeypatch, command, harm
):
    monkeypatch.chdir(program.folder)
    harm(program)
    left = sorted(path.name for path in program.database.parent.glob("*.secret"))
    ended = program.here(capsys, *command)
    assert ended.code == 1
    assert "the secret key" in ended.err
    assert "put it back" in ended.err or "put that one back" in ended.err
    assert ended.err.count("\n") == 1
    now = sorted(path.name for path in program.database.parent.glob("*.secret"))
    assert now == left


def test_a_key_from_the_environment_must_be_the_databases_too(program, engine):
    told = program.settings
    key = secret_key(told).decode()
    for given, is_right in ((key, True), ("another key", False)):
        web = told.web.model_validate({"secret_key": given})
        problem = key_problem(engine, told.model_copy(update={"web": web}))
        assert (problem is None) is is_right
        assert is_right or "given as TRACKER__WEB__SECRET_KEY" in str(problem)


def test_a_database_that_knows_nobody_takes_any_key(program, engine):
    with store.write(engine) as session:
        person = store.supporter_by_key(
            session, email_key(secret_key(program.settings), ANN)
        )
        assert person is not None
        store.empty_people(session, [person.id or 0], person.created_at)
    lose(program)
    assert key_problem(engine, program.settings) is None


def test_doctor_says_that_the_key_is_lost(program, capsys):
    swap(program)
    assert "problem  secret key: " in program.here(capsys, "doctor").out


def test_a_backup_has_the_key_beside_it_and_names_what_it_lacks(program, capsys):
    copy = program.folder / "copy.db"
    said = program.here(capsys, "backup", str(copy)).out
    kept = program.folder / "copy.db.secret"
    assert f"the secret key is beside it in {kept}" in said
    assert kept.read_text() == key_path(program.settings).read_text()
    assert kept.stat().st_mode & 0o077 == 0
    assert ".erasures" not in said
    program.here(capsys, "erase", "somebody.else@example.org")
    said = program.here(capsys, "backup", str(program.folder / "second.db")).out
    assert "tracker.db.erasures" in said


def test_a_key_of_the_environment_is_not_written_down(program, capsys, monkeypatch):
    key = secret_key(program.settings).decode()
    lose(program)
    monkeypatch.setenv("TRACKER__WEB__SECRET_KEY", key)
    said = program.here(capsys, "backup", str(program.folder / "copy.db")).out
    assert "keep it apart: TRACKER__WEB__SECRET_KEY" in said
    assert not (program.folder / "copy.db.secret").exists()


@pytest.mark.parametrize("has_other", [True, False], ids=["another key", "no key"])
def test_a_backup_comes_back_in_an_empty_place_with_its_key(
    program, capsys, tmp_path, has_other
):
    there = empty_place(tmp_path / "new")
    copy = program.folder / "copy.db"
    program.here(capsys, "backup", str(copy))
    if has_other:
        key_path(there.settings).write_text("of an earlier start")
    ended = there.here(capsys, "restore", str(copy))
    assert (ended.code, ended.err) == (0, "")
    assert "secret key that lay beside the backup is in use again" in ended.out
    assert there.here(capsys, "erase", ANN).out.startswith("erased: 1 email")


def test_a_restore_without_the_key_says_so_and_the_key_may_come_afterwards(
    program, capsys, tmp_path
):
    there = empty_place(tmp_path / "new")
    copy = program.folder / "copy.db"
    program.here(capsys, "backup", str(copy))
    key = (program.folder / "copy.db.secret").rename(tmp_path / "kept apart")
    ended = there.here(capsys, "restore", str(copy))
    assert ended.code == 0
    assert "restored from" in ended.out
    assert "restored, but the secret key's file" in ended.err
    key_path(there.settings).write_text(key.read_text())
    assert there.here(capsys, "erase", ANN).out.startswith("erased: 1 email")


def empty_place(folder: Path) -> Program:
    """Return the same campaign's configuration with no database yet."""
    folder.mkdir()
    made = Program(folder)
    made.configure(session="2026-27", number=240)
    made.database.parent.mkdir()
    return made


def test_with_a_new_key_people_are_found_again_and_what_is_lost_is_named(
    program, engine, capsys
):
    program.here(capsys, "erase", "somebody.else@example.org")
    lose(program)
    ended = program.here(capsys, "db", "rekey")
    assert ended.code == 0
    assert "1 person can be found by their address again" in ended.out
    assert "whom files must not bring back (1 person)" in ended.out
    assert key_problem(engine, program.settings) is None
    assert "0 counted" in imported(program, capsys).out
    with store.read(engine) as session:
        assert len(store.audit_entries(session)) == 2
        assert store.audit_entries(session)[0].action == "rekey"
    again = program.here(capsys, "db", "rekey").out
    assert "is the one that the database was written with" in again


def test_rows_without_a_person_get_no_key(program, engine):
    swap(program)
    with store.write(engine) as session:
        at = session.get_one(Supporter, 1).created_at
        session.add(Supporter(ref="gone", created_at=at, last_act_at=at))
    done = rekey(engine, program.settings, now=at, actor="somebody")
    assert done is not None
    assert (done.found_count, done.lost_count) == (1, 0)


def test_no_key_is_changed_under_a_worker(program, engine):
    swap(program)
    with try_lock(engine, "scheduler") as is_ours:
        assert is_ours
        with pytest.raises(WrongKeyError, match="a worker is at work"):
            rekey(engine, program.settings, now=utc_now(), actor="somebody")


def test_a_move_says_what_does_not_come_along(program, capsys):
    target = program.folder / "moved.db"
    ended = program.here(
        capsys, "db", "move", f"sqlite:///{program.database}", f"sqlite:///{target}"
    )
    assert f"{program.database}.secret, which becomes {target}.secret" in ended.out
