"""People who sign in: the command, their passwords, and what ends a session."""

import io
import sys
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlmodel import select

from tests.conftest import FakeClock
from tests.program import Ended, Program, program_in
from tests.staff import PASSWORD, add_staff, stored_hash
from tracker import store
from tracker.passwords import hash_password, is_password
from tracker.rules.access import TokenScope
from tracker.rules.passwords import (
    PasswordError,
    UserNameError,
    checked_name,
    checked_password,
)
from tracker.rules.roles import Role, scopes_of_role
from tracker.rules.visits import IDLE, LONGEST, VISIT_GAP, new_since
from tracker.store import Engine, staff_sessions, users
from tracker.store.schema import open_database
from tracker.store.tables import StaffSession, StaffUser


@pytest.fixture
def program(tmp_path, monkeypatch):
    return program_in(tmp_path, monkeypatch)


@pytest.fixture
def typed(monkeypatch):
    """A factory: typed("…") is what comes on standard input."""

    def make(text: str) -> None:
        monkeypatch.setattr(
            sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode()))
        )

    return make


def user_of(program: Program, name: str) -> StaffUser | None:
    engine = open_database(f"sqlite:///{program.database}", is_upgraded=False)
    with store.read(engine) as session:
        found = users.user_named(session, name)
    engine.dispose()
    return found


def test_without_a_terminal_the_way_to_give_a_password_is_said(
    program, capsys, monkeypatch
):
    monkeypatch.setattr(sys, "stdin", io.StringIO("fifteen letters\n"))
    ended = program.here(capsys, "user", "add", "Ann", "--role", "staff")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1
    assert "--password-stdin" in ended.err
    assert user_of(program, "Ann") is None


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_a_user_is_added_with_a_role_and_only_a_hash_of_the_password(
    program, capsys, typed, role
):
    typed("fifteen letters\n")
    ended = program.here(
        capsys, "user", "add", "Ann", "--role", role, "--password-stdin"
    )
    assert ended.code == 0, ended.err
    assert ended.out == f"Ann can sign in as {role} at http://127.0.0.1:8000/login\n"
    found = user_of(program, "ann")
    assert found is not None
    assert (found.name, found.role) == ("Ann", role)
    assert found.password_hash.startswith("$argon2id$")
    assert b"fifteen letters" not in program.database.read_bytes()


def test_a_password_of_14_characters_is_wrong_use_and_adds_nobody(
    program, capsys, typed
):
    typed("fourteen chars\n")
    ended = program.here(
        capsys, "user", "add", "Ann", "--role", "staff", "--password-stdin"
    )
    assert ended.code == 2
    assert "take 15 characters or more" in ended.err
    assert user_of(program, "Ann") is None


def test_a_name_that_is_taken_is_refused_whatever_its_case(
    program: Program, capsys: Any, typed: Any
) -> None:
    def add(name: str) -> Ended:
        typed(PASSWORD)
        return program.here(
            capsys, "user", "add", name, "--role", "staff", "--password-stdin"
        )

    assert add("Ann").code == 0
    ended = add("ANN")
    assert ended.code == 1
    assert ended.err.count("\n") == 1
    assert "already" in ended.err


def test_an_unknown_role_is_wrong_use(program, capsys):
    assert program.here(capsys, "user", "add", "Ann", "--role", "king").code == 2


def test_a_disabled_user_and_a_new_password_by_command(program, capsys, typed):
    for name in ("Ann", "Bob"):
        typed(PASSWORD)
        program.here(capsys, "user", "add", name, "--role", "admin", "--password-stdin")
    typed("another good password")
    assert program.here(capsys, "user", "password", "ann", "--password-stdin").code == 0
    changed = user_of(program, "Ann")
    assert changed is not None
    assert is_password("another good password", changed.password_hash)
    assert program.here(capsys, "user", "disable", "Ann").code == 0
    last = program.here(capsys, "user", "disable", "Bob")
    assert last.code == 1
    assert "only admin" in last.err
    assert program.here(capsys, "user", "disable", "Nobody").code == 1


@pytest.mark.parametrize(("length", "is_taken"), [(14, False), (15, True), (64, True)])
def test_length_is_all_that_is_asked_of_a_password(length, is_taken):
    if is_taken:
        assert checked_password("x" * length) == "x" * length
    else:
        with pytest.raises(PasswordError):
            checked_password("x" * length)


def test_a_password_counts_every_character_and_has_one_unicode_form():
    assert checked_password(" " * 15) == " " * 15
    hashed = hash_password(checked_password("Cafe\u0301 in the morning"))
    assert is_password("Café in the morning", hashed)
    assert not is_password("Café in the morning ", hashed)
    assert not is_password("whatever it may be", None)
    assert not is_password("whatever it may be", "no hash")


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "\x1b[31m", "x" * 101])
def test_a_name_is_one_line_that_can_be_read(name):
    with pytest.raises(UserNameError):
        checked_name(name)
    assert checked_name(" Ann O'Neill ") == "Ann O'Neill"


def test_a_viewer_reads_nothing_that_names_a_supporter():
    assert scopes_of_role(Role.VIEWER) == {
        TokenScope.NUDGES_READ,
        TokenScope.EVENTS_READ,
    }
    assert scopes_of_role(Role.STAFF) == scopes_of_role(Role.ADMIN) == set(TokenScope)
    assert Role.ADMIN.includes(Role.STAFF)
    assert not Role.VIEWER.includes(Role.STAFF)


def opened(engine: Engine, clock: FakeClock, user_id: int) -> str:
    with store.write(engine) as session:
        found = staff_sessions.open_session(
            session, user_id, verified_hash=stored_hash(), at=clock()
        )
    assert found is not None
    return found.token


def holds(engine: Engine, clock: FakeClock, token: str) -> bool:
    with store.read(engine) as session:
        return staff_sessions.find_session(session, token, now=clock()) is not None


def test_a_session_holds_while_it_is_used_and_no_longer_than_the_limits(engine, clock):
    user_id = add_staff(engine, clock)
    token = opened(engine, clock, user_id)
    began = clock()
    second = timedelta(seconds=1)
    assert holds(engine, clock, token)
    clock.set(began + IDLE - second)
    assert holds(engine, clock, token)
    clock.set(began + IDLE)
    assert not holds(engine, clock, token)
    with store.write(engine) as session:
        [row] = session.exec(select(StaffSession)).all()
        assert row.token_hash != token
        staff_sessions.record_seen(
            session, row.token_hash, now=began + LONGEST - 2 * second
        )
    clock.set(began + LONGEST - second)
    assert holds(engine, clock, token)
    clock.set(began + LONGEST)
    assert not holds(engine, clock, token)


def test_whatever_changes_a_users_rights_ends_their_sessions_and_nobody_elses(
    engine, clock
):
    add_staff(engine, clock, "Boss", Role.ADMIN)
    other = opened(engine, clock, add_staff(engine, clock, "Bob"))
    user_id = add_staff(engine, clock, "Ann")

    def change(what: Any, *args: Any) -> None:
        with store.write(engine) as session:
            what(session, user_id, *args, by="a test", at=clock())

    for what, *args in (
        (users.set_role, Role.VIEWER),
        (users.set_disabled, True),
        (users.set_disabled, False),
        (users.set_password, stored_hash()),
    ):
        token = None
        if what is not users.set_disabled or args == [True]:
            token = opened(engine, clock, user_id)
            assert holds(engine, clock, token)
        change(what, *args)
        if token:
            assert not holds(engine, clock, token)
    assert holds(engine, clock, other)


def test_a_password_that_was_changed_while_it_was_checked_opens_nothing(engine, clock):
    user_id = add_staff(engine, clock)
    with store.write(engine) as session:
        users.set_password(session, user_id, "changed", by="a test", at=clock())
    with store.write(engine) as session:
        assert (
            staff_sessions.open_session(
                session, user_id, verified_hash=stored_hash(), at=clock()
            )
            is None
        )


def test_a_disabled_user_opens_nothing(engine, clock):
    user_id = add_staff(engine, clock)
    with store.write(engine) as session:
        users.set_disabled(session, user_id, True, by="a test", at=clock())
    with store.write(engine) as session:
        assert (
            staff_sessions.open_session(
                session, user_id, verified_hash=stored_hash(), at=clock()
            )
            is None
        )


def test_what_was_done_about_users_is_in_the_audit_log_without_a_password(
    engine, clock
):
    user_id = add_staff(engine, clock)
    with store.write(engine) as session:
        users.set_password(session, user_id, "changed", by="the boss", at=clock())
    with store.read(engine) as session:
        entries = store.audit_entries(session)
    assert [entry.action for entry in entries] == ["password changed", "user added"]
    assert entries[0].actor == "the boss"
    assert "changed" not in (entries[0].detail or "")


def test_a_visit_ends_after_half_an_hour_and_what_was_new_stays_new_until_then(clock):
    at = clock()
    second = timedelta(seconds=1)
    assert new_since(None, None, now=at) is None
    assert new_since(at, None, now=at + VISIT_GAP - second) is None
    assert new_since(at, None, now=at + VISIT_GAP) == at
    earlier = at - timedelta(days=1)
    assert new_since(at, earlier, now=at + VISIT_GAP - second) == earlier
    assert new_since(at, earlier, now=at + VISIT_GAP) == at


def test_looks_are_kept_for_the_next_visit(engine, clock):
    user_id = add_staff(engine, clock)
    first = clock()
    for seconds in (0, 60, 3600, 60):
        clock.advance(seconds)
        with store.write(engine) as session:
            users.record_look(session, user_id, now=clock())
    with store.read(engine) as session:
        user = session.get_one(StaffUser, user_id)
    assert user.looked_before_at == first + timedelta(seconds=60)
    assert user.looked_at == clock()
