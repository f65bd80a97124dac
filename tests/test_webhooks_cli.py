"""`tracker webhooks test` and `on`, as they are typed; a worker that is killed."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.hook_scene import SECRET
from tests.hook_server import Reply, receiver
from tests.program import Program, environment, program_in
from tracker import store
from tracker.clock import utc_now
from tracker.outbox.audience import audience_of
from tracker.rules.event_types import EventType
from tracker.store import NewOutgoing
from tracker.store.schema import open_database
from tracker.store.tables import MessageState, WebhookState

HOOK = """
[[webhooks]]
name = "{name}"
url = "{url}"
events = ["ping"]
"""
SENDING = """
[mail]
mode = "send"
smtp_url = "smtp://127.0.0.1:9"
sender = "campaign@example.org"
[privacy]
controller = "The Campaign"
controller_address = "1 Example Street"
contact = "privacy@example.org"
complaints_contact = "complaints@example.org"
"""
OWN_NETWORK = "[network]\nallow_private_webhooks = true\n"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    made = program_in(tmp_path, monkeypatch)
    monkeypatch.setenv("TRACKER_WEBHOOK_CRM_SECRET", SECRET)
    monkeypatch.setenv("TRACKER_WEBHOOK_LIST_SECRET", SECRET)
    return made


def configure(program: Program, **urls: str) -> None:
    hooks = "".join(HOOK.format(name=name, url=url) for name, url in urls.items())
    program.configure(more=hooks + OWN_NETWORK)


@contextmanager
def worker(program: Program) -> Iterator[subprocess.Popen[bytes]]:
    """Give a `tracker worker` of its own; it is killed in the end."""
    running = subprocess.Popen(
        [sys.executable, "-m", "tracker", "worker"],
        cwd=program.folder,
        env=environment({"TRACKER_WEBHOOK_CRM_SECRET": SECRET}),
        stderr=subprocess.DEVNULL,
    )
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def test_a_worker_killed_while_it_delivers_loses_nothing(program):
    with receiver(Reply(wait_seconds=120), Reply(200)) as at:
        hook = HOOK.format(name="crm", url=at.url)
        program.configure(more=hook + SENDING + OWN_NETWORK)
        engine = open_database(program.settings.database.url, is_upgraded=True)
        with store.write(engine) as session:
            new = NewOutgoing(EventType.PING, "one")
            told = audience_of(program.settings)
            store.record_outgoing(session, new, told, utc_now())
        with worker(program):
            at.wait_for(1, seconds=60)
        with worker(program):
            first, second = at.wait_for(2, seconds=60)
            with store.read(engine) as session:
                [message] = store.messages_in(session, list(MessageState), limit=9)
        engine.dispose()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert message.death_count == 1


def test_a_ping_is_sent_signed_and_its_answer_printed(program, capsys):
    with receiver(Reply(200, b"thank you")) as at:
        configure(program, crm=at.url)
        done = program.here(capsys, "webhooks", "test")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("crm: taken, 200 in ")
    assert done.out.endswith("s: thank you\n")
    [request] = at.requests
    told = Webhook(SECRET).verify(request.body, request.headers)
    assert told["type"] == "ping"
    engine = open_database(program.settings.database.url, is_upgraded=False)
    with store.read(engine) as session:
        assert store.last_outgoing_id(session) == told["data"]["event_id"]
    engine.dispose()


def test_one_that_is_refused_is_said_with_its_answer_and_exit_code_1(program, capsys):
    with receiver(Reply(200)) as good, receiver(Reply(500, b"no")) as bad:
        configure(program, crm=good.url, list=bad.url)
        done = program.here(capsys, "webhooks", "test")
        assert done.code == 1
        assert "crm: taken" in done.out
        assert "list: the receiver answered 500: no" in done.out
        assert "refused by 1 of 2" in done.err
        assert program.here(capsys, "webhooks", "test", "crm").code == 0
        assert program.here(capsys, "webhooks", "test", "list").code == 1
    assert (len(good.requests), len(bad.requests)) == (2, 2)


def test_no_webhook_and_an_unknown_one_are_one_line(program, capsys):
    done = program.here(capsys, "webhooks", "test")
    assert done.code == 1
    assert "no webhook is configured" in done.err
    configure(program, crm="http://127.0.0.1:9/")
    done = program.here(capsys, "webhooks", "test", "nobody")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert "there is no webhook 'nobody'; there is crm" in done.err


def test_a_missing_secret_is_one_line_and_exit_code_2(program, capsys, monkeypatch):
    monkeypatch.delenv("TRACKER_WEBHOOK_CRM_SECRET")
    configure(program, crm="http://127.0.0.1:9/")
    done = program.here(capsys, "webhooks", "test")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "set TRACKER_WEBHOOK_CRM_SECRET" in done.err


def test_one_that_is_off_is_switched_on(program, capsys):
    configure(program, crm="http://127.0.0.1:9/")
    done = program.here(capsys, "webhooks", "on", "crm")
    assert (done.code, "is not switched off" in done.err) == (1, True)
    engine = open_database(program.settings.database.url, is_upgraded=False)
    with store.write(engine) as session:
        session.add(WebhookState(name="crm", off_at=utc_now()))
    engine.dispose()
    done = program.here(capsys, "webhooks", "on", "crm")
    assert (done.code, done.out) == (0, "crm is on; deliveries that waited: 0\n")
