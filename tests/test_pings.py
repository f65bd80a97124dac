"""Pings of a watch outside, over a real socket: they never disturb, and show no address."""

import asyncio
import logging

import pytest
from pydantic import SecretStr

from tests.hook_server import Reply, receiver
from tests.program import program_in
from tracker.config import HealthSettings
from tracker.outbox.pings import Pings
from tracker.store.schema import open_database

KEY = "canary-of-the-watch"


def pings_to(url: str, *, deadline_seconds: float = 5, least: float = 60) -> Pings:
    """Return pings of polls that go to an address with a key in it."""
    return Pings(
        HealthSettings(poll_ping_url=SecretStr(f"{url}/{KEY}")),
        contact="test@example.org",
        deadline_seconds=deadline_seconds,
        least_seconds=least,
    )


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def test_the_address_is_asked_as_it_is_written():
    with receiver() as watch:
        asyncio.run(pings_to(watch.url).ping("poll"))
        [request] = watch.requests
    assert request.path == f"/hook/{KEY}"
    assert request.headers["user-agent"] == "edm-signature-tracker (+test@example.org)"
    assert request.body == b""


def test_without_an_address_nobody_is_asked():
    pings = Pings(HealthSettings(), contact="test@example.org")
    assert not pings.is_due("backup")
    asyncio.run(pings.ping("backup"))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=500), "answered 500"),
        (Reply(status=302, headers=(("Location", "/elsewhere"),)), "answered 302"),
        (Reply(wait_seconds=60), "did not answer within 0.3 seconds"),
    ],
)
def test_a_failure_is_one_warning_without_the_address(caplog, reply, said):
    with receiver(reply) as watch, caplog.at_level("INFO", "tracker"):
        pings = pings_to(watch.url, deadline_seconds=0.3)
        for _ in range(3):
            asyncio.run(pings.ping("poll"))
        assert len(watch.requests) == 3, "a redirect was followed"
    assert warnings(caplog) == [f"the address of health.poll_ping_url {said}"]
    assert KEY not in "".join(warnings(caplog))


def test_nobody_there_is_a_warning_and_the_next_failure_after_a_good_one_too(caplog):
    good, bad = Reply(), Reply(status=503)
    with receiver(bad, bad, good, bad) as watch:
        pings = pings_to(watch.url)
        for _ in range(4):
            asyncio.run(pings.ping("poll"))
    assert [line.rpartition(" ")[2] for line in warnings(caplog)] == ["503", "503"]
    asyncio.run(pings_to(watch.url).ping("poll"))
    assert "can't be reached (ConnectError)" in warnings(caplog)[2]


def test_many_good_turns_are_one_ping_a_minute():
    async def told(pings: Pings, times: int) -> None:
        for _ in range(times):
            pings.tell("poll")
            await asyncio.sleep(0)
        for task in list(pings._under_way.values()):
            await task
        pings.tell("poll")
        await pings.aclose()

    with receiver() as watch:
        asyncio.run(told(pings_to(watch.url), 50))
        assert len(watch.requests) == 1
    with receiver(Reply(wait_seconds=0.3)) as watch:
        asyncio.run(told(pings_to(watch.url, least=0), 50))
        assert len(watch.requests) <= 2, "one is under way: no other is begun"


def test_a_backup_that_was_made_is_told_and_one_that_failed_is_not(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    with receiver() as watch:
        program = program_in(tmp_path, monkeypatch)
        monkeypatch.setenv("TRACKER__HEALTH__BACKUP_PING_URL", f"{watch.url}/{KEY}")
        open_database(program.settings.database.url, is_upgraded=True).dispose()
        assert program.here(capsys, "backup", "no/copy.db").code == 1
        assert watch.requests == []
        assert program.here(capsys, "backup", "copy.db").code == 0
        assert len(watch.requests) == 1


def test_a_backup_is_good_though_the_watch_is_down(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    program = program_in(tmp_path, monkeypatch)
    monkeypatch.setenv("TRACKER__HEALTH__BACKUP_PING_URL", f"http://127.0.0.1:9/{KEY}")
    open_database(program.settings.database.url, is_upgraded=True).dispose()
    done = program.here(capsys, "backup", "copy.db")
    assert done.code == 0
    assert "backed up to copy.db" in done.out
    assert "health.backup_ping_url can't be reached" in done.err
    assert KEY not in done.out + done.err
