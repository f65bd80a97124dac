"""Erasing a person: nothing of them is left, numbers stay, and nothing brings them back."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, select

from tests.conftest import FakeClock
from tests.imap_server import ImapServer, copy, imap_server, mailbox_settings
from tests.person_scene import ADDRESS, CANARY, MEMBER, NOW, add_campaign, add_person
from tests.program import program_in
from tests.supporters_house import KEY, WATCHED
from tracker import store
from tracker.config import Settings
from tracker.keys import email_key, secret_key
from tracker.operations.erasure_log import (
    erasure_log,
    log_erasure,
    logged_erasures,
)
from tracker.store import Engine
from tracker.store.schema import open_database
from tracker.store.tables import (
    AuditEntry,
    EmailState,
    Message,
    MessageKind,
    MessageState,
    Supporter,
    SupporterEmail,
    metadata,
)
from tracker.supporters.csv_file import csv_records
from tracker.supporters.drop_address import drop_address_for
from tracker.supporters.erasure import (
    ErasureReport,
    erase_again,
    erase_person,
    known_erasures,
)
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.mailbox import read_mailbox
from tracker.supporters.mailbox_desk import MailboxDesk


@pytest.fixture
def configured(database_url: str, tmp_path: Path) -> Settings:
    """A configuration without a drop mailbox."""
    return mailbox_settings(tmp_path, "", database_url=database_url)


@pytest.fixture
def motion_id(engine: Engine) -> int:
    return add_campaign(engine)


@pytest.fixture
def person_id(engine: Engine, motion_id: int) -> int:
    with store.write(engine) as session:
        add_person(session, motion_id, "bystander")
        return add_person(session, motion_id)


def erased(engine: Engine, settings: Settings, person: str | int) -> ErasureReport:
    return erase_person(engine, settings, KEY, person, now=NOW, actor="staff")


def everything(engine: Engine) -> str:
    """Return every cell of every table as text."""
    with engine.connect() as connection:
        return "\n".join(
            repr(tuple(row))
            for table in metadata.sorted_tables
            for row in connection.execute(table.select())
        )


def rows(engine: Engine, kind: Any, person_id: int) -> list[Any]:
    with store.read(engine) as session:
        return list(
            session.exec(
                select(kind).where(kind.supporter_id == person_id).order_by(kind.id)
            ).all()
        )


def test_no_table_holds_anything_of_an_erased_person(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    assert CANARY in everything(engine)
    erased(engine, configured, ADDRESS)
    left = everything(engine)
    assert CANARY not in left
    assert "bystander@example.org" in left
    with store.read(engine) as session:
        person = session.get_one(Supporter, person_id)
    told = person.model_dump(exclude={"id", "ref", "created_at", "last_act_at"})
    assert told.pop("erased_at") == NOW
    assert set(told.values()) == {None}


def test_numbers_stay_and_what_waited_is_settled(
    engine: Engine, configured: Settings, person_id: int, motion_id: int
) -> None:
    report = erased(engine, configured, person_id)
    assert (report.email_count, report.message_count) == (3, 3)
    assert report.cancelled_count == 1
    states = [email.state for email in rows(engine, SupporterEmail, person_id)]
    assert states == [
        EmailState.COUNTED,
        EmailState.CANCELLED,
        EmailState.DISMISSED,
    ]
    with store.read(engine) as session:
        assert store.supporter_counts(session, motion_id) == {MEMBER: 2}
        assert not store.tally_differences(session)
        assert store.review_count(session) == 1, "the bystander's"


@pytest.mark.parametrize(
    ("state", "becomes"),
    [
        (MessageState.HELD, MessageState.CANCELLED),
        (MessageState.QUEUED, MessageState.CANCELLED),
        (MessageState.PARKED, MessageState.CANCELLED),
        (MessageState.SENDING, MessageState.CANCELLED),
        (MessageState.UNCERTAIN, MessageState.UNCERTAIN),
        (MessageState.FAILED, MessageState.FAILED),
    ],
)
def test_what_was_not_sent_never_is(
    engine: Engine,
    configured: Settings,
    motion_id: int,
    state: MessageState,
    becomes: MessageState,
) -> None:
    with store.write(engine) as session:
        person_id = add_person(session, motion_id, state=state)
    erased(engine, configured, person_id)
    message = rows(engine, Message, person_id)[1]
    assert (message.state, message.body, message.subject) == (becomes, None, None)
    assert message.reply_to is None


def test_what_is_being_handed_over_is_named_and_may_still_count(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    with store.write(engine) as session:
        person_id = add_person(session, motion_id, state=MessageState.SENDING)
        message = session.exec(
            select(Message)
            .where(Message.supporter_id == person_id)
            .where(Message.state == MessageState.SENDING)
        ).one()
        message.handover_at = NOW + timedelta(minutes=10)
        session.add(message)
        message_id = message.id
    report = erased(engine, configured, person_id)
    assert any("handed over" in place for place in report.not_reached)
    with store.write(engine) as session:
        message = session.get_one(Message, message_id)
        assert message.state is MessageState.SENDING
        store.record_outcome(session, message, _gone(), NOW)
    assert rows(engine, SupporterEmail, person_id)[1].state is EmailState.COUNTED
    kinds = [message.kind for message in rows(engine, Message, person_id)]
    assert kinds.count(MessageKind.RECEIPT) == 1, "nobody is told any more"


def _gone() -> Any:
    from tracker.rules.handover import Fate, Outcome

    return Outcome(Fate.GONE)


def test_a_late_bounce_still_takes_the_count_back(
    engine: Engine, configured: Settings, person_id: int, motion_id: int
) -> None:
    erased(engine, configured, person_id)
    message = rows(engine, Message, person_id)[0]
    with store.write(engine) as session:
        assert store.record_bounce(
            session,
            message.message_id,
            {"jane.carver.mp@parliament.example"},
            "no such user",
            NOW,
        )
    with store.read(engine) as session:
        assert store.supporter_counts(session, motion_id) == {MEMBER: 1}


def test_other_programs_are_told_once_and_only_by_the_reference(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    ref = erased(engine, configured, person_id).supporter_ref
    erased(engine, configured, ADDRESS)
    erased(engine, configured, "nobody.known@example.org")
    with store.read(engine) as session:
        events = store.outgoing_after(session, 0, types=None, since=NOW, limit=9)
        told = [store.outgoing_object(event) for event in events]
    assert [(one["type"], one["data"]["supporter_ref"]) for one in told] == [
        ("supporter.erased", ref)
    ]
    assert ref
    assert CANARY not in repr(told)


def test_it_is_audited_without_the_person(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    erased(engine, configured, ADDRESS)
    with store.read(engine) as session:
        [entry] = session.exec(select(AuditEntry)).all()
    assert (entry.actor, entry.action) == ("staff", "erase")
    with store.read(engine) as session:
        ref = session.get_one(Supporter, person_id).ref
    assert entry.detail == f"supporter {ref}"


def test_what_cannot_be_reached_is_named(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    del person_id
    report = erased(engine, configured, ADDRESS)
    told = "\n".join(report.not_reached)
    assert "erased again, if the log of erasures is in its place" in told
    assert "the copy that Jane Carver's office has" in told
    is_sqlite = engine.dialect.name == "sqlite"
    assert ("VACUUM" in told) is not is_sqlite
    assert "mailbox" not in told
    assert "files that staff keep themselves: exported here" in told
    assert not any(
        word in told for word in ("`", "tracker", str(erasure_log(configured)))
    )
    to_do = "\n".join(report.to_do)
    assert f"keep {erasure_log(configured)}" in to_do
    assert "exported" in to_do
    assert "imported" in to_do


def test_who_received_the_data_too_is_named_and_to_be_told(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    del person_id
    privacy = configured.privacy.model_copy(update={"joint_with": ["Article 19"]})
    shared = configured.model_copy(update={"privacy": privacy})
    report = erased(engine, shared, ADDRESS)
    assert "what Article 19 has received" in report.not_reached
    assert "tell Article 19 to delete them too" in report.to_do


def test_erasing_again_or_nobody_changes_nothing(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    erased(engine, configured, person_id)
    before = everything(engine)
    assert erased(engine, configured, person_id) == ErasureReport(None)
    assert erased(engine, configured, 999_999) == ErasureReport(None)
    assert everything(engine) == before
    assert erased(engine, configured, "nobody@example.org").supporter_ref is None


def test_the_same_file_does_not_bring_anybody_back(
    engine: Engine, configured: Settings, tmp_path: Path
) -> None:
    add_campaign(engine)
    file = tmp_path / "emails.csv"
    file.write_text(
        "supporter_email,supporter_name,mp_name,sent_at\n"
        f"{ADDRESS},{CANARY},Jane Carver,2026-06-01T10:00Z\n"
        f"{ADDRESS},{CANARY},Nobody At All,2026-06-01T10:00Z\n"
        "other@example.org,Other,Jane Carver,2026-06-01T10:00Z\n"
    )

    def imported() -> tuple[int, int, int]:
        desk = ImportDesk(engine, KEY, lambda: NOW)
        with csv_records(file, NOW) as records:
            result = import_emails(desk, WATCHED, records, source="test")
        return result.counted, result.duplicates, result.review

    assert imported() == (2, 0, 1)
    erased(engine, configured, ADDRESS)
    assert imported() == (0, 3, 0)
    assert CANARY not in everything(engine)
    with store.read(engine) as session:
        assert not store.tally_differences(session)


def test_no_file_of_the_database_holds_the_person(
    sqlite_engine: Engine, tmp_path: Path, sqlite_url: str
) -> None:
    """P2: not the file, nor its log, nor free pages, among a thousand others."""
    settings = mailbox_settings(tmp_path, "", database_url=sqlite_url)
    motion_id = add_campaign(sqlite_engine)
    for start in range(0, 300, 50):
        with store.write(sqlite_engine) as session:
            for number in range(start, start + 50):
                word = f"{CANARY}{number}" if number % 7 == 0 else f"other{number}"
                add_person(session, motion_id, word)
    assert held_in(tmp_path) != []
    with store.write(sqlite_engine) as session:
        # Free pages: a table of theirs that is gone.
        session.connection().execute(
            text(f"CREATE TABLE scratch AS SELECT '{CANARY}' AS word, zeroblob(9000)")
        )
    with store.write(sqlite_engine) as session:
        session.connection().execute(text("DROP TABLE scratch"))
    for number in range(0, 300, 7):
        erased(sqlite_engine, settings, f"{CANARY}{number}@example.org")
    assert held_in(tmp_path) == []
    assert (tmp_path / "tracker.db-wal").stat().st_size == 0


def held_in(folder: Path) -> list[str]:
    """Return the files in which the person's word is found."""
    return [
        path.name
        for path in folder.iterdir()
        if path.is_file() and CANARY.encode() in path.read_bytes()
    ]


def test_a_reader_in_the_way_is_named_and_what_is_left_goes_later(
    sqlite_engine: Engine, tmp_path: Path, sqlite_url: str
) -> None:
    settings = mailbox_settings(tmp_path, "", database_url=sqlite_url)
    motion_id = add_campaign(sqlite_engine)
    with store.write(sqlite_engine) as session:
        add_person(session, motion_id)
    with sqlite_engine.connect() as reading:
        reading.execute(text("SELECT count(*) FROM supporter")).all()
        report = erased(sqlite_engine, settings, ADDRESS)
    assert any("nobody reads it any more" in place for place in report.not_reached)
    assert store.overwrite_deleted(sqlite_engine)
    assert held_in(tmp_path) == []


def test_no_writer_waits_for_a_reader_who_is_in_an_erasures_way(
    sqlite_engine: Engine,
) -> None:
    """SQLite's own way to empty its log shuts writers out while it waits for readers."""
    add_campaign(sqlite_engine)
    writes = 0
    with sqlite_engine.connect() as reading:
        reading.execute(text("SELECT count(*) FROM motion")).all()
        with store.write(sqlite_engine) as session:
            store.record_job_done(session, "0", NOW)
        erasing = Thread(target=store.overwrite_deleted, args=(sqlite_engine,))
        erasing.start()
        while erasing.is_alive():
            with store.write(sqlite_engine) as session:
                store.record_job_done(session, "1", NOW)
            writes += 1
    assert writes > 10, "shut out, one or two would have come through"


# The drop mailbox.


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    with imap_server() as server:
        yield server


@pytest.fixture
def server(running: ImapServer) -> ImapServer:
    running.empty()
    return running


@pytest.fixture
def with_mailbox(database_url: str, tmp_path: Path, server: ImapServer) -> Settings:
    return mailbox_settings(tmp_path, server.url, database_url=database_url)


def test_erasing_reaches_the_drop_mailbox(
    engine: Engine, with_mailbox: Settings, person_id: int, server: ImapServer
) -> None:
    """From them, to them, about them, and to a drop address of their own."""
    own = drop_address_for(with_mailbox, KEY, person_id) or ""
    server.deliver(
        copy(CANARY),
        copy("bob", to=f"Zq <{ADDRESS.upper()}>"),
        copy("bob", body=f"I write for {ADDRESS}"),
        copy("bob").replace(b"drop@campaign.example.org", own.encode()),
        copy("bob"),
    )
    report = erased(engine, with_mailbox, ADDRESS)
    assert report.mailbox_deleted_count == 4
    assert len(server.uids()) == 1
    with store.read(engine) as session:
        assert store.pending_erasure_count(session) == 0


def test_a_mailbox_that_is_not_reached_is_named_and_searched_later(
    engine: Engine,
    database_url: str,
    with_mailbox: Settings,
    person_id: int,
    tmp_path: Path,
    server: ImapServer,
) -> None:
    server.deliver(copy(CANARY), copy("bob"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"imap://drop@127.0.0.1:{taken.getsockname()[1]}"
        lost = mailbox_settings(tmp_path, url, database_url=database_url)
        report = erased(engine, lost, person_id)
    assert report.mailbox_deleted_count is None
    assert any("Connection refused" in place for place in report.not_reached)
    desk = MailboxDesk(with_mailbox, engine, KEY, FakeClock(NOW))
    assert read_mailbox(desk).deleted >= 1
    with server.inbox() as box:
        assert [message.from_ for message in box.fetch()] == ["bob@example.org"]
    with store.read(engine) as session:
        assert store.pending_erasure_count(session) == 0
    assert CANARY not in everything(engine)


def test_a_page_does_not_wait_for_the_mailbox(
    engine: Engine, with_mailbox: Settings, person_id: int, server: ImapServer
) -> None:
    server.deliver(copy(CANARY))
    report = erase_person(
        engine,
        with_mailbox,
        KEY,
        person_id,
        now=NOW,
        actor="own page",
        is_mailbox_asked=False,
    )
    assert report.mailbox_deleted_count is None
    assert any(
        "within minutes" in place and "28 days after it came" in place
        for place in report.not_reached
    )
    assert len(server.uids()) == 1
    read_mailbox(MailboxDesk(with_mailbox, engine, KEY, FakeClock(NOW)))
    assert server.uids() == []


# The log of erasures, and restored backups.


def test_the_log_holds_hashes_for_our_eyes_only(
    engine: Engine, configured: Settings, person_id: int
) -> None:
    erased(engine, configured, person_id)
    log = erasure_log(configured)
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.read_text() == f"2026-06-15T12:00:00+00:00 {email_key(KEY, ADDRESS)}\n"
    assert logged_erasures(log) == [(email_key(KEY, ADDRESS), NOW)]


def test_a_line_that_a_power_cut_left_is_passed_over(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert logged_erasures(log) == []
    log_erasure(log, "a" * 32, NOW)
    with log.open("a") as file:
        file.write("2026-06-15T12:0\nyesterday " + "b" * 32 + "\n")
    log_erasure(log, "c" * 32, NOW + timedelta(days=1))
    assert [hashed[0] for hashed, _ in logged_erasures(log)] == ["a", "c"]


def test_an_older_state_is_erased_again(
    engine: Engine, configured: Settings, person_id: int, motion_id: int
) -> None:
    """What `erase --again` does after pg_restore."""
    del person_id
    erased(engine, configured, ADDRESS)
    with store.write(engine) as session:
        person_id = add_person(session, motion_id, at=NOW - timedelta(hours=1))
    erasures = known_erasures(engine, configured)
    assert erase_again(engine, configured, erasures) == 1
    assert CANARY not in everything(engine)
    assert erase_again(engine, configured, erasures) == 0
    assert rows(engine, Message, person_id)[1].state is MessageState.CANCELLED


def test_who_came_back_is_erased_again_only_after_another_erasure(
    engine: Engine, configured: Settings, person_id: int, motion_id: int
) -> None:
    """By an act of their own, after which a backup was made and restored."""
    erased(engine, configured, ADDRESS)
    with store.write(engine) as session:
        back_id = add_person(session, motion_id, at=NOW + timedelta(hours=1))
    assert back_id != person_id
    before = everything(engine)
    assert erase_again(engine, configured, known_erasures(engine, configured)) == 0
    assert everything(engine) == before
    later = NOW + timedelta(hours=2)
    log_erasure(erasure_log(configured), email_key(KEY, ADDRESS), later)
    assert erase_again(engine, configured, known_erasures(engine, configured)) == 1
    assert CANARY not in everything(engine)
    with store.read(engine) as session:
        assert store.suppressed_keys(session) == [(email_key(KEY, ADDRESS), later)]


def test_who_wrote_in_the_second_of_their_erasure_is_erased_again(
    engine: Engine, configured: Settings, motion_id: int
) -> None:
    """The log has the second, and a backup may have been made within it."""
    erased_at = NOW + timedelta(microseconds=900_000)
    log_erasure(erasure_log(configured), email_key(KEY, ADDRESS), erased_at)
    with store.write(engine) as session:
        add_person(session, motion_id, at=NOW + timedelta(microseconds=800_000))
    assert erase_again(engine, configured, known_erasures(engine, configured)) == 1


def test_a_restored_backup_is_erased_again_and_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """P3 and B2: the backup knew the person, and had emails under way."""
    monkeypatch.chdir(tmp_path)
    program = program_in(tmp_path, monkeypatch)
    engine = open_database(program.settings.database.url, is_upgraded=True)
    key = secret_key(program.settings)
    motion_id = add_campaign(engine)
    with store.write(engine) as session:
        add_person(session, motion_id)
        add_person(session, motion_id, "bystander")
        late_id = add_person(session, motion_id, "late", state=MessageState.SENDING)
        store.change_email_keys(session, lambda address: email_key(key, address))
        message = session.exec(
            select(Message)
            .where(Message.supporter_id == late_id)
            .where(Message.state == MessageState.SENDING)
        ).one()
        message.handover_at = NOW + timedelta(minutes=10)
        session.add(message)
    engine.dispose()
    assert program.here(capsys, "backup", "copy.db").code == 0
    done = program.here(capsys, "erase", ADDRESS)
    assert (done.code, done.err) == (0, "")
    assert "erased: 3 emails, 3 messages (1 of them had not been sent)" in done.out
    assert "not reached: files that staff keep themselves" in done.out
    assert "to do: take the person out of files that were exported" in done.out
    for path in program.database.parent.iterdir():
        if not path.name.endswith((".erasures", ".secret")):
            path.unlink()
    done = program.here(capsys, "restore", "copy.db")
    assert (done.code, done.err) == (0, "")
    assert "2 messages may have been sent since: held" in done.out
    assert "1 person who had been erased since: erased again" in done.out
    assert held_in(program.database.parent) == []
    engine = open_database(program.settings.database.url, is_upgraded=False)
    with store.read(engine) as session:
        counts = store.message_counts(session)
        held = session.exec(
            select(Message).where(Message.state == MessageState.HELD)
        ).one()
        assert store.is_suppressed(session, email_key(key, ADDRESS))
        everyone = session.exec(select(Supporter).order_by(col(Supporter.id))).all()
    engine.dispose()
    assert counts[MessageState.QUEUED] == counts[MessageState.SENDING] == 0
    assert counts[MessageState.UNCERTAIN] == 1
    assert held.error == store.HELD_RESTORED
    assert [person.email is None for person in everyone] == [True, False, False]
    assert "there is no" not in done.out


def test_a_restore_without_the_log_of_erasures_says_who_is_back_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    program = program_in(tmp_path, monkeypatch)
    engine = open_database(program.settings.database.url, is_upgraded=True)
    key = secret_key(program.settings)
    motion_id = add_campaign(engine)
    with store.write(engine) as session:
        add_person(session, motion_id)
        store.change_email_keys(session, lambda address: email_key(key, address))
    engine.dispose()
    assert program.here(capsys, "backup", "copy.db").code == 0
    assert program.here(capsys, "erase", ADDRESS).code == 0
    log = erasure_log(program.settings)
    elsewhere = log.rename(tmp_path / "log of the old place")
    for path in program.database.parent.iterdir():
        if path.suffix != ".secret":
            path.unlink()
    done = program.here(capsys, "restore", "copy.db")
    assert (done.code, done.err) == (0, "")
    [line] = [line for line in done.out.splitlines() if "there is no" in line]
    assert str(log) in line
    assert "put it there and run `tracker erase --again`" in line
    elsewhere.rename(log)
    assert program.here(capsys, "erase", "--again").out == "erased again: 1 person\n"


def test_the_command_refuses_what_is_no_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    program = program_in(tmp_path, monkeypatch)
    for words in (["erase"], ["erase", "a@b.org", "--again"]):
        done = program.here(capsys, *words)
        assert done.code == 2
        assert "takes either one EMAIL or --again" in done.err
    done = program.here(capsys, "erase", "a@b.org, c@d.org")
    assert done.code == 2
    assert "EMAIL must be one address" in done.err
    done = program.here(capsys, "erase", "nobody@example.org")
    assert done.code == 0
    assert done.out.startswith("nobody was known under this address, so look whether")
    assert "who has it can still write here" in done.out
