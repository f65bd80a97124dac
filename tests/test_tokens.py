"""`tracker token add`, and what is kept of a token."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.program import Program, program_in
from tracker import store
from tracker.rules.access import TokenScope
from tracker.store.schema import open_database
from tracker.store.tables import ApiToken, AuditEntry


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    return program_in(tmp_path, monkeypatch)


def kept(program: Program, name: str) -> tuple[ApiToken | None, Sequence[AuditEntry]]:
    engine = open_database(program.settings.database.url, is_upgraded=False)
    with store.read(engine) as session:
        found = store.token_named(session, name)
        entries = store.audit_entries(session)
    engine.dispose()
    return found, entries


def test_a_token_is_printed_once_alone_on_stdout_and_kept_as_a_hash(program, capsys):
    done = program.here(
        capsys,
        *("token", "add", "crm", "--scope", "events:read", "--scope", "nudges:read"),
    )
    assert (done.code, done.err) == (0, "")
    token = done.out.removesuffix("\n")
    assert token.isprintable()
    assert " " not in token
    assert len(token) >= 43
    found, [entry] = kept(program, "crm")
    assert found is not None
    assert store.scopes_of(found) == {TokenScope.EVENTS_READ, TokenScope.NUDGES_READ}
    assert (entry.action, entry.detail) == (
        "token added",
        "crm: events:read nudges:read",
    )
    with sqlite3.connect(program.database) as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert token not in dump
    assert token.removeprefix("edm_") not in dump
    assert found.token_hash in dump


def test_two_tokens_are_never_alike(program, capsys):
    tokens = {
        program.here(capsys, "token", "add", f"n{i}", "--scope", "events:read").out
        for i in range(3)
    }
    assert len(tokens) == 3


def test_a_name_that_is_taken_is_refused_in_a_line(program, capsys):
    first = program.here(capsys, "token", "add", "crm", "--scope", "events:read")
    again = program.here(capsys, "token", "add", " crm ", "--scope", "nudges:read")
    assert (first.code, again.code, again.out) == (0, 1, "")
    assert again.err == ("tracker: there is a token named 'crm': choose another name\n")
    found, entries = kept(program, "crm")
    assert found is not None
    assert store.scopes_of(found) == {TokenScope.EVENTS_READ}
    assert len(entries) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("crm", "--scope", "all"), "'all' is not one of"),
        (("crm", "--scope", "all"), "'supporters:read'"),
        (("crm",), "missing option '--scope'"),
        (("--scope", "events:read"), "missing argument 'NAME'"),
        (("  ", "--scope", "events:read"), "NAME takes 1 to 100 characters"),
        (("a\x1b[31m", "--scope", "events:read"), "NAME takes 1 to 100 characters"),
        (("a" * 101, "--scope", "events:read"), "NAME takes 1 to 100 characters"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(program, capsys, arguments, says):
    done = program.here(capsys, "token", "add", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert says in done.err


def test_only_a_whole_token_that_was_not_revoked_is_valid(engine, clock):
    with store.write(engine) as session:
        made = store.record_token(
            session, "crm", "edm_secret", [TokenScope.EVENTS_READ], at=clock()
        )
        token_id = made.id
    with store.read(engine) as session:
        assert store.valid_token(session, "edm_secret") is not None
        for text in (
            "edm_secre",
            "edm_secret ",
            "EDM_SECRET",
            "%",
            "",
            made.token_hash,
        ):
            assert store.valid_token(session, text) is None
    with store.write(engine) as session:
        session.get_one(ApiToken, token_id).revoked_at = clock()
    with store.read(engine) as session:
        assert store.valid_token(session, "edm_secret") is None


def test_a_scope_of_a_newer_version_allows_nothing_here(clock):
    token = ApiToken(
        name="n", token_hash="0", scopes="future:all events:read", created_at=clock()
    )
    assert store.scopes_of(token) == {TokenScope.EVENTS_READ}
