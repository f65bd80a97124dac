"""tracker.contacts and `tracker contacts add`: what an office said, checked and kept."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.program import Program, program_in
from tests.supporters_house import NOW, WATCHED, seat_a_house
from tracker import store
from tracker.contacts import (
    LONGEST_NOTE,
    ContactError,
    NewContact,
    NotOneMemberError,
    log_contact,
    member_meant,
)
from tracker.rules.nudge import Stance
from tracker.rules.stances import Channel, ContactOutcome
from tracker.store import Engine
from tracker.store.schema import open_database
from tracker.store.tables import AuditEntry, Contact

RANG = {"channel": Channel.PHONE, "outcome": ContactOutcome.CONTACT}
ADD = ("contacts", "add", "--channel", "phone", "--outcome", "contact")


@pytest.fixture
def seated(engine: Engine) -> Engine:
    seat_a_house(engine)
    return engine


def log(engine: Engine, **changes: Any) -> Contact:
    given: dict[str, Any] = {"member_id": 101, **RANG} | changes
    new = NewContact(**given)
    with store.write(engine) as session:
        return log_contact(session, WATCHED, new, by="Ann", at=NOW)


def logged(engine: Engine) -> tuple[list[Contact], list[AuditEntry]]:
    with store.read(engine) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        motion_id = motion.id if motion and motion.id else 0
        found = store.contacts_about(session, motion_id)
        return [*found], [*store.audit_entries(session)]


def test_a_contact_is_kept_with_who_logged_it_and_the_log_has_no_word_of_it(seated):
    log(
        seated,
        stance=Stance.WILL_NOT_SIGN,
        may_be_shown=True,
        call_back_on=date(2026, 6, 20),
        note="  Will ask\r\nagain\x00 ",
    )
    [contact], [entry] = logged(seated)
    assert (contact.member_id, contact.logged_by, contact.contacted_at) == (
        101,
        "Ann",
        NOW,
    )
    assert (contact.stance, contact.may_be_shown) == (Stance.WILL_NOT_SIGN, True)
    assert contact.note == "Will ask\nagain"
    assert (entry.actor, entry.action, entry.detail) == (
        "Ann",
        "contact logged",
        "Member 101",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"member_id": 999}, "member_id"),
        ({"call_back_on": date(2026, 6, 14)}, "call_back_on"),
        ({"call_back_on": date(2027, 6, 17)}, "call_back_on"),
        ({"note": "x" * (LONGEST_NOTE + 1)}, "note"),
    ],
)
def test_what_cannot_be_kept_names_the_field_and_keeps_nothing(seated, changes, field):
    with pytest.raises(ContactError, match=f"{field} takes ") as caught:
        log(seated, **changes)
    assert caught.value.field == field
    assert logged(seated) == ([], [])


@pytest.mark.parametrize("day", [date(2026, 6, 15), date(2027, 6, 16)])
def test_a_call_back_is_from_today_to_a_year_ahead(seated, day):
    log(seated, call_back_on=day, note="x" * LONGEST_NOTE)
    assert logged(seated)[0][0].call_back_on == day


@pytest.mark.parametrize(
    ("name", "constituency", "member_id"),
    [
        ("Jane Carver", None, 101),
        ("jose nunez hill", None, 102),
        (None, "ynys mon", 101),
        ("Alex Morgan", "Saint Ives", 103),
        (None, "Runcorn and Helsby", 106),
    ],
)
def test_an_mp_is_found_by_name_or_seat_as_emails_are_matched(
    seated, name, constituency, member_id
):
    with store.read(seated) as session:
        found = member_meant(session, NOW.date(), name=name, constituency=constituency)
    assert found.member_id == member_id


@pytest.mark.parametrize(
    ("name", "constituency", "says"),
    [
        ("Nobody Here", None, "no sitting MP is known as Nobody Here"),
        ("Petra Old", None, "no sitting MP is known as Petra Old"),
        ("Jane Carver", "Tooting", "Jane Carver for Tooting"),
        (
            "Alex Morgan",
            None,
            "2 MPs are known as Alex Morgan: 103 Alex Morgan (St Ives",
        ),
    ],
)
def test_nobody_or_two_are_told_in_a_sentence(seated, name, constituency, says):
    with store.read(seated) as session, pytest.raises(NotOneMemberError) as caught:
        member_meant(session, NOW.date(), name=name, constituency=constituency)
    assert says in str(caught.value)


def test_before_the_mps_are_read_nobodys_name_is_blamed(engine):
    with store.read(engine) as session, pytest.raises(NotOneMemberError) as caught:
        member_meant(session, NOW.date(), name="Jane Carver", constituency=None)
    assert "has not been read yet: run `tracker members sync`" in str(caught.value)


# The command


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    made = program_in(tmp_path, monkeypatch)
    made.configure(session=WATCHED.session, number=WATCHED.number)
    engine = open_database(made.settings.database.url, is_upgraded=True)
    seat_a_house(engine)
    engine.dispose()
    return made


def test_the_command_logs_and_says_so(program, capsys):
    soon = (date.today() + timedelta(days=3)).isoformat()  # noqa: DTZ011 - the program's
    done = program.here(
        capsys,
        *(*ADD, "--constituency", "ynys mon", "--stance", "will_sign"),
        *("--call-back", soon, "--note", "rang"),
    )
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("a contact with the office of Jane Carver is logged; ")
    engine = open_database(program.settings.database.url, is_upgraded=False)
    [contact], [entry] = logged(engine)
    engine.dispose()
    assert (contact.member_id, contact.stance) == (101, Stance.WILL_SIGN)
    assert contact.call_back_on == date.fromisoformat(soon)
    assert entry.actor.startswith("command line, ")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (
            ("--member-id", "999"),
            1,
            "--member-id takes the id of a Member who is known",
        ),
        (("--name", "Nobody"), 1, "no sitting MP is known as Nobody"),
        (("--name", "Alex Morgan"), 1, "2 MPs are known as Alex Morgan"),
        (
            ("--member-id", "101", "--call-back", "2020-01-01"),
            1,
            "--call-back takes a day from today on",
        ),
        (
            ("--member-id", "101", "--call-back", "soon"),
            2,
            "'soon' does not match the format '%Y-%m-%d'",
        ),
        ((), 2, "which MP: give --member-id"),
        (("--member-id", "101", "--name", "Jane Carver"), 2, "which MP: give"),
        (("--member-id", "0"), 2, "invalid value for '--member-id'"),
        (("--member-id", "101", "--stance", "maybe"), 2, "'maybe' is not one of"),
        (("--member-id", "101", "--channel", "fax"), 2, "'fax' is not one of"),
        (("--member-id", "101", "--outcome", "won"), 2, "'won' is not one of"),
        (
            ("--member-id", "101", "--motion", "1999-00/1"),
            2,
            "none of the motions of the configuration",
        ),
        (("--member-id", "101", "--note", "x" * 2001), 1, "--note takes at most 2000"),
    ],
)
def test_each_mistake_is_one_clear_line(program, capsys, arguments, code, says):
    done = program.here(capsys, *ADD, *arguments)
    assert (done.code, done.out) == (code, "")
    assert done.err.count("\n") == 1
    assert says in done.err
