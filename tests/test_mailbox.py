"""The drop mailbox over a real IMAP server: what counts, what does not, killed and alone."""

import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from tests.conftest import FakeClock
from tests.imap_server import (
    DROP,
    ImapServer,
    bounce_of,
    copy,
    imap_server,
    mailbox_settings,
)
from tests.supporters_house import KEY, MEMBERS, code_of, seat_a_house
from tracker import store
from tracker.config import Settings
from tracker.keys import email_key
from tracker.rules.matching import UNPROVEN_SENDER
from tracker.store import Engine
from tracker.store.engine import open_engine
from tracker.store.locks import try_lock
from tracker.store.tables import (
    Consent,
    EmailState,
    Import,
    MatchMethod,
    Message,
    MessageKind,
    MessageState,
    Supporter,
    SupporterEmail,
    Suppressed,
    Way,
)
from tracker.supporters.drop_address import drop_address_for
from tracker.supporters.imap_box import MailboxError
from tracker.supporters.mail_head import MailHead, read_head
from tracker.supporters.mailbox import MailboxReport, read_mailbox
from tracker.supporters.mailbox_desk import MailboxDesk

CARVER, NUNEZ, ASH = 101, 102, 107


@pytest.fixture(scope="module")
def running() -> Iterator[ImapServer]:
    """One server for all tests of this file."""
    with imap_server() as server:
        yield server


@pytest.fixture
def server(running: ImapServer) -> ImapServer:
    running.empty()
    return running


@pytest.fixture
def configured(tmp_path: Path, server: ImapServer) -> Settings:
    return mailbox_settings(tmp_path, server.url)


@pytest.fixture
def desk(engine: Engine, configured: Settings, clock: FakeClock) -> MailboxDesk:
    """A House in a database of each kind, and the mailbox."""
    seat_a_house(engine)
    return MailboxDesk(configured, engine, KEY, clock)


@pytest.fixture
def sqlite_desk(
    sqlite_engine: Engine, configured: Settings, clock: FakeClock
) -> MailboxDesk:
    seat_a_house(sqlite_engine)
    return MailboxDesk(configured, sqlite_engine, KEY, clock)


def emails(desk: MailboxDesk) -> list[SupporterEmail]:
    with store.read(desk.engine) as session:
        return list(
            session.exec(select(SupporterEmail).order_by(col(SupporterEmail.id))).all()
        )


def tallies(desk: MailboxDesk, number: int = 240) -> dict[int, int]:
    with store.read(desk.engine) as session:
        motion = store.motion_by_number(session, "2026-27", number)
        assert motion is not None
        assert motion.id is not None
        assert not store.tally_differences(session)
        return dict(store.supporter_counts(session, motion.id))


def add_supporter(
    desk: MailboxDesk, address: str = "ann@example.org", seat: str | None = None
) -> int:
    with store.write(desk.engine) as session:
        person = store.record_supporter(
            session,
            email_key=email_key(KEY, address),
            email=address,
            at=desk.clock(),
            name="Ann Known",
            ons_code=code_of(seat) if seat else None,
        )
        assert person.id is not None
        return person.id


def test_a_copy_counts_for_the_member_it_was_to(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(copy())
    assert read_mailbox(desk) == MailboxReport(read=1, counted=1)
    [email] = emails(desk)
    assert (email.member_id, email.method) == (CARVER, MatchMethod.RECIPIENT)
    assert (email.way, email.state) == (Way.BCC, EmailState.COUNTED)
    assert email.sent_at == datetime(2026, 6, 15, 9, tzinfo=UTC)
    assert email.message_id == "ann@mail.example.org"
    assert tallies(desk) == {CARVER: 1}
    assert server.uids("SEEN") == server.uids()


def test_a_bcc_sender_is_known_but_agreed_to_nothing(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(copy())
    read_mailbox(desk)
    with store.read(desk.engine) as session:
        [person] = session.exec(select(Supporter)).all()
        assert (person.email, person.name) == ("ann@example.org", "Ann Example")
        assert person.confirmed_at is None
        assert not session.exec(select(Consent)).all()
        assert not session.exec(select(Message)).all()
        [run] = session.exec(select(Import)).all()
        assert (run.read_count, run.counted_count) == (1, 1)


def test_it_is_read_by_uid_and_never_by_the_seen_flag(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(copy())
    with server.inbox() as box:
        box.flag(box.uids(), "\\Seen", True)
    assert read_mailbox(desk).counted == 1
    with server.inbox() as box:
        box.flag(box.uids(), "\\Seen", False)
    assert read_mailbox(desk) == MailboxReport()
    assert len(emails(desk)) == 1
    assert server.uids("UNSEEN") == []


def test_an_email_to_two_members_counts_for_both(
    desk: MailboxDesk, server: ImapServer
) -> None:
    both = "Jose <jose@parliament.example>, jane.carver.mp@parliament.example"
    server.deliver(copy(to=both, headers=(("Cc", DROP),)))
    assert read_mailbox(desk).counted == 2
    assert tallies(desk) == {CARVER: 1, NUNEZ: 1}


def test_an_email_to_nobody_known_waits_for_staff(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(copy(to="somebody@elsewhere.example"))
    assert read_mailbox(desk).review == 1
    [email] = emails(desk)
    assert (email.state, email.member_id) == (EmailState.REVIEW, None)
    assert email.told_recipient == "somebody@elsewhere.example"


def test_the_motion_is_the_one_that_the_subject_names_else_the_first(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(
        copy("ann", subject="EDM 311: from your constituent"),
        copy("bob", subject="Please sign"),
        copy("cat", subject="about edm 3110"),
    )
    read_mailbox(desk)
    assert tallies(desk, 311) == {CARVER: 1}
    assert tallies(desk, 240) == {CARVER: 2}


@pytest.mark.parametrize(
    ("results", "authserv_id", "more"),
    [
        (None, "", ()),
        ("dkim=fail header.d=example.org; spf=softfail", "mx.campaign.example.org", ()),
        ("none", "mx.campaign.example.org", ()),
        ("dkim=pass header.d=other.example", "mx.campaign.example.org", ()),
        ("spf=pass smtp.helo=example.org", "mx.campaign.example.org", ()),
        ("dkim=pass header.d=example.org", "mx.elsewhere.example", ()),
        ("dkim=pass (oops header.d=example.org", "mx.campaign.example.org", ()),
        (
            "dkim=none",
            "mx.campaign.example.org",
            (
                (
                    "Authentication-Results",
                    "mx.campaign.example.org; dkim=pass header.d=example.org",
                ),
            ),
        ),
    ],
)
def test_a_sender_who_is_not_proven_waits_for_staff(
    desk: MailboxDesk,
    server: ImapServer,
    results: str | None,
    authserv_id: str,
    more: tuple[tuple[str, str], ...],
) -> None:
    """Also where a forged header that says yes stands below the server's own."""
    server.deliver(copy(results=results, authserv_id=authserv_id, headers=more))
    assert read_mailbox(desk).review == 1
    [email] = emails(desk)
    assert (email.state, email.reason) == (EmailState.REVIEW, UNPROVEN_SENDER)
    assert store.suggested_ids(email) == (CARVER,)
    assert tallies(desk) == {}
    with store.read(desk.engine) as session:
        assert not store.undecided_reviews(session), "no rematch may count it"


@pytest.mark.parametrize(
    "results",
    [
        "spf=pass smtp.mailfrom=ann@example.org",
        "spf=fail smtp.mailfrom=x@y.example; dkim=pass header.d=example.org",
        "dkim=pass (1024-bit key; ok) header.i=@example.org",
    ],
)
def test_dkim_or_spf_for_the_from_is_enough(
    desk: MailboxDesk, server: ImapServer, results: str
) -> None:
    server.deliver(copy(results=results))
    assert read_mailbox(desk).counted == 1


def test_answers_and_automatic_notes_are_not_counted(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(
        copy("x", headers=(("In-Reply-To", "<first@mail.example.org>"),)),
        copy("x", headers=(("Auto-Submitted", "auto-replied"),)),
        copy("x", headers=(("X-Autoreply", "yes"),)),
        copy().replace(b"ann@example.org", b"caseworker@parliament.uk"),
        copy(to="ann@example.org").replace(
            b"<ann@example.org>\r\nTo", b"<jose@parliament.example>\r\nTo"
        ),
        copy().replace(b"ann@example.org", b"campaign@example.org"),
    )
    assert read_mailbox(desk) == MailboxReport(read=6, not_counted=6)
    assert emails(desk) == []
    assert server.uids("UNSEEN") == []


def test_a_bounce_of_our_own_email_takes_its_count_back(
    desk: MailboxDesk, server: ImapServer
) -> None:
    sent = add_sent_email(desk)
    assert tallies(desk) == {CARVER: 1}
    server.deliver(
        bounce_of(
            "<of-somebody-else@example.org>", "jane.carver.mp@parliament.example"
        ),
        bounce_of(sent, "somebody.else@parliament.example"),
    )
    assert read_mailbox(desk) == MailboxReport(read=2, not_counted=2)
    assert tallies(desk) == {CARVER: 1}
    server.deliver(bounce_of(sent, "jane.carver.mp@parliament.example"))
    assert read_mailbox(desk) == MailboxReport(read=1, bounces=1)
    assert tallies(desk) == {}
    assert emails(desk)[0].state is EmailState.BOUNCED


def add_sent_email(desk: MailboxDesk, state: MessageState = MessageState.SENT) -> str:
    """Return the Message-ID of an email of ours that was sent and counts, or is held."""
    is_held = state is MessageState.HELD
    supporter_id = add_supporter(desk)
    with store.write(desk.engine) as session:
        motion = store.record_motion(session, "2026-27", 240)
        assert motion.id is not None
        email, _ = store.record_email(
            session,
            store.NewEmail(
                motion_id=motion.id,
                member_id=CARVER,
                supporter_id=supporter_id,
                way=Way.FORM,
                state=EmailState.OUTGOING if is_held else EmailState.COUNTED,
                method=MatchMethod.FORM,
                sent_at=desk.clock(),
            ),
        )
        message = store.queue_message(
            session,
            store.NewMessage(
                kind=MessageKind.TO_MEMBER,
                dedupe_key="form:1",
                to_address="jane.carver.mp@parliament.example",
                subject="EDM 240",
                body="Please sign.",
                motion_id=motion.id,
                member_id=CARVER,
                supporter_id=supporter_id,
                supporter_email_id=email.id,
                confirmed_at=desk.clock(),
            ),
            is_held=is_held,
            domain="example.org",
            now=desk.clock(),
        )
        message.state = state
        session.add(message)
        return message.message_id


@pytest.mark.parametrize(
    ("name", "results", "becomes"),
    [
        ("ann", "dkim=pass header.d=example.org", MessageState.CANCELLED),
        ("ann", "dkim=fail", MessageState.HELD),
        ("bob", "dkim=pass header.d=example.org", MessageState.HELD),
    ],
)
def test_a_held_email_is_given_up_once_its_supporter_has_sent_their_own(
    desk: MailboxDesk,
    server: ImapServer,
    name: str,
    results: str,
    becomes: MessageState,
) -> None:
    message_id = add_sent_email(desk, state=MessageState.HELD)
    server.deliver(copy(name, results=results))
    read_mailbox(desk)
    with store.read(desk.engine) as session:
        message = session.exec(
            select(Message).where(Message.message_id == message_id)
        ).one()
        assert message.state is becomes
        assert len(session.exec(select(Message)).all()) == 1, "nobody is told"


def test_what_cannot_be_read_is_told_and_stands_in_nobodys_way(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(
        b"\r\n\r\n\x00\xff\xfe",
        copy("x", sent="Mon, 15 Jun 2099 10:00:00 +0100"),
        copy().replace(b"From: Ann Example <ann@example.org>", b"From: nobody"),
        copy("bob"),
    )
    report = read_mailbox(desk)
    assert (report.unreadable, report.counted) == (3, 1)
    with store.read(desk.engine) as session:
        notes = store.mailbox_notes(session, desk.account)
    assert [note.reason for note in notes] == [
        "the email has no From",
        "the email's date is more than a day ahead",
        "the email has no From",
    ]
    assert read_mailbox(desk) == MailboxReport()


def test_a_fault_of_the_reader_itself_does_not_block_what_comes_after(
    desk: MailboxDesk, server: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(data: bytes, *, envelope_at: datetime | None) -> MailHead:
        if b"poison" in data:
            raise IndexError("list index out of range")
        return read_head(data, envelope_at=envelope_at)

    monkeypatch.setattr("tracker.supporters.mailbox_reading.read_head", broken)
    server.deliver(copy("poison"), copy("bob"))
    report = read_mailbox(desk)
    assert (report.unreadable, report.counted) == (1, 1)


def test_a_drop_address_of_ones_own_ties_the_copy_to_its_record(
    desk: MailboxDesk, server: ImapServer
) -> None:
    supporter_id = add_supporter(desk, seat=MEMBERS[CARVER][1])
    own = drop_address_for(desk.settings, KEY, supporter_id)
    assert own is not None
    server.deliver(
        copy("ann.elsewhere", to="somebody@elsewhere.example").replace(
            DROP.encode(), own.encode()
        )
    )
    assert read_mailbox(desk).counted == 1
    [email] = emails(desk)
    assert (email.supporter_id, email.member_id) == (supporter_id, CARVER)
    assert email.method is MatchMethod.POSTCODE


def test_a_drop_address_that_was_made_up_ties_nothing(
    desk: MailboxDesk, server: ImapServer
) -> None:
    supporter_id = add_supporter(desk)
    own = drop_address_for(desk.settings, KEY, supporter_id) or ""
    forged = own.replace(f"+{supporter_id}-", f"+{supporter_id}-0")
    server.deliver(copy("bob").replace(DROP.encode(), forged.encode()))
    read_mailbox(desk)
    assert emails(desk)[0].supporter_id != supporter_id


def test_a_tied_copy_still_needs_a_proven_sender(
    desk: MailboxDesk, server: ImapServer
) -> None:
    own = drop_address_for(desk.settings, KEY, add_supporter(desk)) or ""
    server.deliver(copy(results=None).replace(DROP.encode(), own.encode()))
    assert read_mailbox(desk).review == 1


def test_the_same_messages_under_new_uids_are_counted_once(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(
        copy("ann"), copy("bob", to="nobody@x.example"), copy("cat", results=None)
    )
    read_mailbox(desk)
    before = [(e.id, e.state) for e in emails(desk)]
    with store.write(desk.engine) as session:
        state = store.mailbox_state(session, desk.account)
        assert state is not None
        state.uid_validity += 1
        session.add(state)
    assert read_mailbox(desk) == MailboxReport(read=3, duplicates=3)
    assert [(e.id, e.state) for e in emails(desk)] == before
    assert tallies(desk) == {CARVER: 1}


def test_two_readers_at_once_count_nothing_twice(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(*(copy(f"w{number}") for number in range(40)))
    reports: list[MailboxReport] = []
    readers = [
        threading.Thread(target=lambda: reports.append(read_mailbox(desk)))
        for _ in range(2)
    ]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert sum(report.counted for report in reports) == 40
    assert any(report.is_busy for report in reports) or len(emails(desk)) == 40
    assert tallies(desk) == {CARVER: 40}


def test_a_reader_leaves_the_mailbox_to_the_one_that_has_it(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(copy())
    with try_lock(desk.engine, "mailbox"):
        assert read_mailbox(desk).is_busy
    assert read_mailbox(desk).counted == 1


def test_a_uid_that_another_reader_settled_is_not_recorded_again(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(copy())
    read_mailbox(desk)
    [uid] = server.uids()
    with store.write(desk.engine) as session:
        state = store.mailbox_state(session, desk.account)
        assert state is not None
        validity = state.uid_validity
        assert not store.settle_uid(session, desk.account, validity, uid)
        assert not store.settle_uid(session, desk.account, validity + 1, uid + 1)
        assert store.settle_uid(session, desk.account, validity, uid + 1)


def test_read_messages_are_deleted_after_their_days_and_not_before(
    desk: MailboxDesk, server: ImapServer, clock: FakeClock
) -> None:
    arrived = datetime(2026, 6, 15, 10, tzinfo=UTC)
    server.deliver(copy(), at=arrived)
    read_mailbox(desk)
    clock.set(arrived + timedelta(days=28, seconds=-1))
    assert read_mailbox(desk).deleted == 0
    assert len(server.uids()) == 1
    clock.set(arrived + timedelta(days=28))
    assert read_mailbox(desk).deleted == 1
    assert server.uids() == []
    assert tallies(desk) == {CARVER: 1}


def test_what_arrived_long_ago_is_read_before_it_is_deleted(
    desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(copy(), at=datetime(2026, 1, 1, tzinfo=UTC))
    report = read_mailbox(desk)
    assert (report.counted, report.deleted) == (1, 1)


def test_an_erased_persons_message_is_not_counted_and_goes_at_once(
    desk: MailboxDesk, server: ImapServer
) -> None:
    with store.write(desk.engine) as session:
        key = email_key(KEY, "ann@example.org")
        session.add(Suppressed(email_key=key, erased_at=desk.clock()))
    server.deliver(copy("ann"), copy("bob"))
    report = read_mailbox(desk)
    assert (report.counted, report.duplicates, report.deleted) == (1, 1, 1)
    with server.inbox() as box:
        assert [message.from_ for message in box.fetch()] == ["bob@example.org"]


def test_a_mailbox_that_cannot_be_read_is_told_with_its_reason(
    desk: MailboxDesk, tmp_path: Path, clock: FakeClock
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"imap://drop@127.0.0.1:{taken.getsockname()[1]}"
        lost = MailboxDesk(
            mailbox_settings(tmp_path, url), desk.engine, KEY, desk.clock
        )
        for _ in range(2):
            with pytest.raises(MailboxError, match="connection failed"):
                read_mailbox(lost)
            clock.advance(60)
    with store.read(desk.engine) as session:
        state = store.mailbox_state(session, url)
    assert state is not None
    assert state.error == "the connection failed: Connection refused"
    assert state.failing_since_at == clock() - timedelta(seconds=120)


def test_a_wrong_password_says_where_it_is_given(
    desk: MailboxDesk, tmp_path: Path, server: ImapServer
) -> None:
    wrong = mailbox_settings(tmp_path, server.url, password="no")
    with pytest.raises(MailboxError, match="TRACKER__MAIL__IMAP_PASSWORD"):
        read_mailbox(MailboxDesk(wrong, desk.engine, KEY, desk.clock))


def test_a_server_that_says_nothing_is_given_up(
    sqlite_desk: MailboxDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tracker.supporters.imap_box.STEP_SECONDS", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"imap://drop@127.0.0.1:{silent.getsockname()[1]}"
        mute = mailbox_settings(tmp_path, url)
        with pytest.raises(MailboxError, match="did not answer in time"):
            read_mailbox(MailboxDesk(mute, sqlite_desk.engine, KEY, sqlite_desk.clock))


def test_a_server_that_drips_for_ever_is_given_up(
    sqlite_desk: MailboxDesk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tracker.supporters.imap_box.WHOLE_SECONDS", 0.5)
    stop = threading.Event()
    with socket.socket() as dripping:
        dripping.bind(("127.0.0.1", 0))
        dripping.listen()

        def drip() -> None:
            connection, _ = dripping.accept()
            with connection:
                connection.sendall(b"* OK ready\r\n")
                while not stop.wait(0.05):
                    try:
                        connection.sendall(b"* OK still here\r\n")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"imap://drop@127.0.0.1:{dripping.getsockname()[1]}"
        slow = mailbox_settings(tmp_path, url)
        try:
            with pytest.raises(MailboxError):
                read_mailbox(
                    MailboxDesk(slow, sqlite_desk.engine, KEY, sqlite_desk.clock)
                )
        finally:
            stop.set()
            thread.join()


def test_a_stop_ends_between_two_messages_and_nothing_is_lost(
    sqlite_desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(*(copy(f"w{number}") for number in range(6)))
    calls = iter(range(100))
    first = read_mailbox(sqlite_desk, is_stopped=lambda: next(calls) >= 4)
    assert 0 < first.counted < 6
    assert first.counted + read_mailbox(sqlite_desk).counted == 6


Run = Callable[[Path, str, int], str]


@pytest.fixture
def run_reader() -> Iterator[Run]:
    """A function that runs a reader until its nth step, and returns how it ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.mailbox_process"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        asked, answers = process.stdin, process.stdout
        assert asked is not None
        assert answers is not None

        def ask(database: Path, url: str, kill_at: int) -> str:
            asked.write(f"{database} {url} {kill_at}\n")
            asked.flush()
            return answers.readline().strip()

        yield ask
        asked.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_any_step_nothing_is_lost_or_counted_twice(
    sqlite_desk: MailboxDesk,
    server: ImapServer,
    sqlite_url: str,
    tmp_path: Path,
    run_reader: Run,
) -> None:
    """kill -9 before and after each commit and each word to the server (checks.md C2)."""
    server.deliver(*(copy(f"w{number}") for number in range(2)))
    sqlite_desk.engine.dispose()
    pattern = Path(sqlite_url.removeprefix("sqlite:///"))
    total = int(run_reader(copied(pattern, tmp_path / "whole"), server.url, 0))
    assert total > 20
    for kill_at in range(1, total + 1):
        with server.inbox() as box:
            box.flag(box.uids(), "\\Seen", False)
        database = copied(pattern, tmp_path / str(kill_at))
        assert run_reader(database, server.url, kill_at) == "killed"
        assert int(run_reader(database, server.url, 0)) > 0
        engine = open_engine(f"sqlite:///{database}")
        survived = replace(sqlite_desk, engine=engine)
        assert tallies(survived) == {CARVER: 2}
        assert len(emails(survived)) == 2
        assert server.uids("UNSEEN") == []
        engine.dispose()


def copied(pattern: Path, folder: Path) -> Path:
    folder.mkdir()
    shutil.copy(pattern, folder / "tracker.db")
    return folder / "tracker.db"


@pytest.mark.slow
def test_a_thousand_messages_are_each_counted_once(
    sqlite_desk: MailboxDesk, server: ImapServer
) -> None:
    server.deliver(*(copy(f"w{number}") for number in range(1000)))
    assert read_mailbox(sqlite_desk).counted == 1000
    assert tallies(sqlite_desk) == {CARVER: 1000}
    assert read_mailbox(sqlite_desk) == MailboxReport()
