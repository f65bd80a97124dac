"""`tracker access`: all of one person, none of another's, and noted in the audit log."""

import pytest

from tests.program import Program
from tests.supporters_house import seat_a_house
from tracker import store
from tracker.store.schema import open_database


@pytest.fixture
def program(tmp_path):
    made = Program(tmp_path)
    made.configure(session="2026-27", number=240)
    made.database.parent.mkdir()
    engine = open_database(f"sqlite:///{made.database}", is_upgraded=True)
    seat_a_house(engine)
    engine.dispose()
    (tmp_path / "emails.csv").write_text(
        "email,name,MP,date\n"
        "ann@example.org,Ann Canary,Toby Ash,2026-06-01\n"
        "bob@example.org,Bob Bystander,Toby Ash,2026-06-01\n"
    )
    return made


def noted(program: Program) -> list[tuple[str, str | None]]:
    engine = open_database(f"sqlite:///{program.database}", is_upgraded=False)
    with store.read(engine) as session:
        entries = store.audit_entries(session)
    engine.dispose()
    return [(entry.action, entry.detail) for entry in entries]


def test_all_of_a_person_is_written_and_none_of_another(program, capsys):
    program.here(capsys, "emails", "import", str(program.folder / "emails.csv"))
    ended = program.here(capsys, "access", "Ann@Example.org")
    assert (ended.code, ended.err) == (0, "")
    told = ended.document
    assert told["supporter"]["name"] == "Ann Canary"
    assert [email["member"] for email in told["emails"]] == ["Sir Toby Ash"]
    assert "Bystander" not in ended.out
    [(action, detail), *_] = noted(program)
    assert (action, detail) == ("access", f"supporter {told['supporter']['ref']}")


def test_it_goes_into_a_file_that_only_we_can_read(program, capsys):
    file = program.folder / "ann.json"
    ended = program.here(capsys, "access", "ann@example.org", "--output", str(file))
    assert (ended.code, ended.out) == (0, "")
    assert '"is_known": false' in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    assert noted(program)[0] == ("access", "nobody who is known")


def test_what_is_no_address_is_refused(program, capsys):
    ended = program.here(capsys, "access", "ann")
    assert ended.code == 2
    assert ended.err == "tracker: EMAIL is not an email address\n"
    assert noted(program) == []
