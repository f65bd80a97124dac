"""What is done every so often: which chores there are, by the real scheduler, and health."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.conftest import FakeClock
from tests.imap_server import ImapServer, copy, imap_server, mailbox_settings
from tests.person_scene import MEMBER, NOW, add_campaign, add_person
from tracker import store
from tracker.chores import Hands, check_tallies, chores_of
from tracker.clock import utc_now
from tracker.config import Settings
from tracker.desk import open_desk
from tracker.keys import KeyFileError
from tracker.scheduler import _Jobs, run_scheduler
from tracker.store import Engine
from tracker.supporters.imap_box import MailboxError
from tracker.supporters.mailbox_health import mailbox_health

LONG_AGO = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with imap_server() as running:
        yield running


@pytest.fixture
def configured(tmp_path: Path, sqlite_url: str, server: ImapServer) -> Settings:
    return mailbox_settings(tmp_path, server.url, database_url=sqlite_url)


def test_without_a_mailbox_there_is_none_to_read(tmp_path: Path) -> None:
    bare = mailbox_settings(tmp_path, "")
    assert [chore.name for chore in chores_of(bare)] == [
        "tallies",
        "retention",
        "telling",
        "follow-ups",
    ]
    full = mailbox_settings(tmp_path, "imap://x@127.0.0.1:9")
    assert {chore.name: chore.every for chore in chores_of(full)} == {
        "mailbox": timedelta(minutes=2),
        "telling": timedelta(minutes=1),
        "follow-ups": timedelta(minutes=1),
        "tallies": timedelta(hours=1),
        "retention": timedelta(days=1),
    }


def test_a_wrong_tally_is_mended_and_told(
    engine: Engine, tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    motion_id = add_campaign(engine)
    with store.write(engine) as session:
        add_person(session, motion_id)
    assert check_tallies(engine) == 0
    with store.write(engine) as session:
        session.connection().execute(text("UPDATE tally SET supporter_count = 7"))
    hands = Hands(mailbox_settings(tmp_path, ""), engine, clock, lambda: False)
    tallies = next(iter(chores_of(hands.settings)))
    with caplog.at_level(logging.WARNING):
        tallies.do(hands)
    assert "were mended: 1" in caplog.text
    with store.read(engine) as session:
        assert store.supporter_counts(session, motion_id) == {MEMBER: 1}


def test_a_tally_of_nobody_and_a_missing_one_are_mended(engine: Engine) -> None:
    motion_id = add_campaign(engine)
    with store.write(engine) as session:
        add_person(session, motion_id)
        session.connection().execute(text("UPDATE tally SET member_id = 102"))
    assert check_tallies(engine) == 2
    with store.read(engine) as session:
        assert store.supporter_counts(session, motion_id) == {MEMBER: 1}


def test_the_real_scheduler_does_each_chore(
    sqlite_engine: Engine, configured: Settings, server: ImapServer
) -> None:
    add_campaign(sqlite_engine)
    server.empty()
    now = utc_now()
    server.deliver(copy(sent=f"{now:%a, %d %b %Y %H:%M:%S} +0000"), at=now)
    asyncio.run(_run_until_done(sqlite_engine, configured))
    with store.read(sqlite_engine) as session:
        motion = store.motion_by_number(session, "2026-27", 240)
        assert motion is not None
        assert store.supporter_counts(session, motion.id or 0) == {101: 1}


async def _run_until_done(engine: Engine, settings: Settings) -> None:
    stop = asyncio.Event()
    async with open_desk(settings, engine, utc_now) as desk:
        running = asyncio.create_task(run_scheduler(desk, stop))
        for _ in range(400):
            await asyncio.sleep(0.05)
            with store.read(engine) as session:
                names = ("mailbox", "tallies", "retention")
                if all(store.job_done_at(session, name) for name in names):
                    break
        stop.set()
        await running


@pytest.mark.parametrize(
    "error", [MailboxError("the server is away"), KeyFileError("no key can be kept")]
)
def test_a_chore_that_fails_is_told_and_tried_again_later_and_later(
    sqlite_engine: Engine,
    configured: Settings,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    def fail(hands: Hands) -> None:
        del hands
        raise error

    monkeypatch.setattr("tracker.chores._read_mailbox", fail)

    async def fail_three_times() -> None:
        async with open_desk(configured, sqlite_engine, utc_now) as desk:
            jobs = _Jobs(desk)
            [mailbox, *_] = chores_of(configured)
            for _ in range(3):
                await jobs._do_chore(mailbox)

    with caplog.at_level(logging.WARNING):
        asyncio.run(fail_three_times())
    assert [line for line in caplog.messages if "next try" in line] == [
        f"mailbox: {error}; next try in 0:02:00",
        f"mailbox: {error}; next try in 0:04:00",
        f"mailbox: {error}; next try in 0:08:00",
    ]


# How the mailbox is.


def health(engine: Engine, now: datetime = NOW) -> tuple[bool, str]:
    with store.read(engine) as session:
        return mailbox_health(session, "imap://a", now=now)


def test_a_mailbox_that_was_never_read_is_no_problem_yet(engine: Engine) -> None:
    is_ok, told = health(engine)
    assert is_ok
    assert told.startswith("not read yet")


def test_a_mailbox_is_well_for_an_hour_after_it_was_read(engine: Engine) -> None:
    with store.write(engine) as session:
        store.begin_mailbox(session, "imap://a", 1)
        store.record_mailbox_read(session, "imap://a", NOW)
    assert health(engine, NOW + timedelta(hours=1)) == (
        True,
        "last read at 2026-06-15 13:00",
    )
    is_ok, told = health(engine, NOW + timedelta(hours=1, seconds=1))
    assert not is_ok
    assert "is a worker running?" in told


def test_what_is_wrong_with_it_is_told_since_when(engine: Engine) -> None:
    with store.write(engine) as session:
        store.record_mailbox_failure(session, "imap://a", "no answer", LONG_AGO)
        store.record_mailbox_failure(session, "imap://a", "refused", NOW)
        store.record_mailbox_note(session, "imap://a", 7, "the email has no From", NOW)
        store.record_pending_erasure(session, "k" * 16, None, NOW)
    assert health(engine) == (
        False,
        "can't be read since 2026-06-01 01:00: refused; could not be read: 1"
        " (last: UID 7, the email has no From);"
        " erased people whose messages are still there: 1",
    )
