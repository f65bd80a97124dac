"""The worker's loops for webhooks and for notices to staff: who hangs delays nobody."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from tests.conftest import FakeClock
from tests.hook_scene import SECRET, HookScene, hook_settings
from tests.hook_server import Receiver, Reply, receiver
from tests.upstream import FIRST_MEMBER, MOTION_ID, small_world
from tracker import store
from tracker.clock import utc_now
from tracker.config import ConfigError, Settings
from tracker.outbox.audience import audience_of
from tracker.outbox.hooks.loop import run_webhooks
from tracker.outbox.staff_digest import (
    NOT_TAKEN,
    DigestSender,
    notify,
    run_digests,
)
from tracker.rehearsal.server import StandIn
from tracker.rules.audience import Audience
from tracker.rules.staff_notices import MOST_LINES, RETRY_WAITS, digest, due_at
from tracker.store import Engine
from tracker.store.tables import Message, MessageKind, MessageState
from tracker.worker import run_worker

# Apprise imports it where it is still there; it does without where it is not.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")

PATIENCE_SECONDS = 60
STAFF = Audience(has_staff=True, is_held=False)


def live(
    run: Callable[[asyncio.Event], Awaitable[None]], until: Callable[[], bool]
) -> float:
    """Run until something holds, then stop it; return how long stopping took."""

    async def lived() -> float:
        stop = asyncio.Event()
        running = asyncio.ensure_future(run(stop))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await asyncio.to_thread(until):
                await asyncio.sleep(0.02)
        began = time.monotonic()
        stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await running
        return time.monotonic() - began

    return asyncio.run(lived())


def states(scene: HookScene) -> dict[str | None, MessageState]:
    return {message.to_address: message.state for message in scene.messages()}


def test_a_receiver_that_hangs_delays_no_other_and_no_stop(sqlite_engine, tmp_path):
    with receiver(Reply(wait_seconds=60)) as hangs, receiver() as quick:
        urls = {"hangs": hangs.url, "quick": quick.url}
        made = hook_settings(tmp_path, urls)
        scene = HookScene(sqlite_engine, made, FakeClock(utc_now()))
        for number in range(5):
            scene.tell(str(number))
        took = live(
            lambda stop: run_webhooks(made, sqlite_engine, clock=utc_now, stop=stop),
            lambda: len(quick.requests) == 5 and len(hangs.requests) == 1,
        )
        assert took < 8
    found = [(one.to_address, one.state) for one in scene.messages()]
    assert ("hangs", MessageState.SENDING) not in found, "it was put back"
    assert found.count(("quick", MessageState.SENT)) == 5
    assert {one.death_count for one in scene.messages()} == {0}


def test_in_hold_nothing_leaves_even_if_it_is_queued(sqlite_engine, tmp_path):
    with receiver() as at:
        urls = {"crm": at.url}
        scene = HookScene(
            sqlite_engine, hook_settings(tmp_path, urls), FakeClock(utc_now())
        )
        scene.tell()
        held = hook_settings(tmp_path, urls, mode="hold", notify=(at.url,))
        ended_at = time.monotonic() + 1.5

        async def both(stop: asyncio.Event) -> None:
            await asyncio.gather(
                run_webhooks(held, sqlite_engine, clock=utc_now, stop=stop),
                run_digests(held, sqlite_engine, clock=utc_now, stop=stop),
            )

        live(both, lambda: time.monotonic() > ended_at)
        assert at.requests == []
    assert states(scene) == {"crm": MessageState.QUEUED}


def test_two_processes_deliver_each_message_once(sqlite_engine, tmp_path):
    with receiver() as at:
        made = hook_settings(tmp_path, {"crm": at.url})
        scene = HookScene(sqlite_engine, made, FakeClock(utc_now()))
        for number in range(20):
            scene.tell(str(number))

        async def both(stop: asyncio.Event) -> None:
            await asyncio.gather(
                run_webhooks(made, sqlite_engine, clock=utc_now, stop=stop),
                run_webhooks(made, sqlite_engine, clock=utc_now, stop=stop),
            )

        live(both, lambda: len(scene.tries()) == 20)
        ids = [request.headers["webhook-id"] for request in at.requests]
    assert len(ids) == len(set(ids)) == 20


def test_a_worker_does_not_start_with_a_secret_that_is_missing(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    made = hook_settings(tmp_path, {"crm": "http://127.0.0.1:9/"}, secret="")
    with pytest.raises(ConfigError, match="TRACKER_WEBHOOK_CRM_SECRET"):
        asyncio.run(
            run_worker(made, sqlite_engine, clock=utc_now, stop=asyncio.Event())
        )


def test_a_worker_tells_of_a_signature_at_parliament_and_of_who_stands_elsewhere(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    """Parliament, the scheduler, the ledger, the outbox, a receiver: all of it real."""
    world = small_world(FakeClock(utc_now()), rows=3)
    with receiver() as at, StandIn(world, clock=utc_now, fresh_seconds=0) as parliament:
        made = hook_settings(
            tmp_path,
            {"crm": at.url},
            motions=[
                {"number": 718, "session": "2026-27", "id": MOTION_ID},
            ],
            parliament={
                "contact": "test@example.org",
                "motions_url": parliament.url,
                "members_url": parliament.url,
                "calendar_url": "",
                "requests_per_second": 1000,
                "poll_seconds": 1,
                "quiet_poll_seconds": 1,
            },
        )

        def is_looked_at() -> bool:
            with store.read(sqlite_engine) as session:
                return len(store.told_standings(session, 1)) == 650

        def is_told() -> bool:
            if is_looked_at() and len(world.rows(MOTION_ID)) == 3:
                world.sign(MOTION_ID, FIRST_MEMBER + 3)
            return len(at.requests) >= 2

        live(
            lambda stop: run_worker(made, sqlite_engine, clock=utc_now, stop=stop),
            is_told,
        )
        told = [Webhook(SECRET).verify(r.body, r.headers) for r in at.requests]
    assert [one["type"] for one in told] == [
        "signature.signed",
        "member.status_changed",
    ]
    assert {one["data"]["member_id"] for one in told} == {FIRST_MEMBER + 3}
    assert (told[1]["data"]["from"], told[1]["data"]["to"]) == ("not_asked", "signed")
    assert {one["data"]["session"] for one in told} == {"2026-27"}


# Notices to staff


def told(
    engine: Engine, lines: list[str], now: datetime, *, is_urgent: bool = False
) -> None:
    with store.write(engine) as session:
        for line in lines:
            store.tell_staff(
                session, line, cause=line, audience=STAFF, now=now, is_urgent=is_urgent
            )


def notices(engine: Engine) -> list[Message]:
    with store.read(engine) as session:
        found = store.messages_in(session, list(MessageState), limit=1000)
    return [one for one in found if one.kind is MessageKind.STAFF_NOTICE]


def staff_settings(folder: Path, *urls: str) -> Settings:
    return hook_settings(folder, {}, notify=urls)


def sent(engine: Engine, made: Settings, clock: FakeClock, **options: float) -> bool:
    sender = DigestSender(made, engine, clock, slot="digest-0", **options)
    return asyncio.run(sender.send_due())


def json_url(at: Receiver) -> str:
    return f"json://127.0.0.1:{at.port}/"


def test_a_burst_is_one_message_after_two_minutes(engine, tmp_path, clock):
    with receiver() as at:
        made = staff_settings(tmp_path, json_url(at))
        told(engine, ["A signed.", "B signed."], clock())
        clock.advance(60)
        told(engine, ["C signed."], clock())
        clock.advance(59)
        assert not sent(engine, made, clock)
        clock.advance(1)
        assert sent(engine, made, clock)
        assert not sent(engine, made, clock)
    [request] = at.requests
    message = json.loads(request.body)
    assert message["title"].endswith(": 3 things happened")
    assert message["message"] == (
        "A signed.\nB signed.\nC signed.\n\nhttps://campaign.example.org/staff"
    )
    assert {one.state for one in notices(engine)} == {MessageState.SENT}


@pytest.mark.parametrize(
    ("at", "is_urgent", "due"),
    [
        ("2026-06-15T20:57:59", False, "2026-06-15T20:59:59"),
        ("2026-06-15T20:58:00", False, "2026-06-16T06:00:00"),
        ("2026-06-15T20:58:00", True, "2026-06-15T21:00:00"),
        ("2026-06-16T02:00:00", False, "2026-06-16T06:00:00"),
        ("2026-06-16T05:58:00", False, "2026-06-16T06:00:00"),
        ("2026-01-15T21:57:59", False, "2026-01-15T21:59:59"),
        ("2026-01-15T23:30:00", False, "2026-01-16T07:00:00"),
        ("2026-01-16T00:30:00", True, "2026-01-16T00:32:00"),
        ("2026-03-28T23:00:00", False, "2026-03-29T06:00:00"),
    ],
)
def test_nights_are_quiet_in_london_unless_it_can_not_wait(at, is_urgent, due):
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert due_at(moment, is_urgent=is_urgent) == datetime.fromisoformat(due).replace(
        tzinfo=UTC
    )


def test_what_can_not_wait_leaves_at_night_alone(engine, tmp_path, clock):
    clock.set(datetime(2026, 6, 15, 22, 0, tzinfo=UTC))
    with receiver() as at:
        made = staff_settings(tmp_path, json_url(at))
        told(engine, ["A signed."], clock())
        told(engine, ["Mail is failing."], clock(), is_urgent=True)
        clock.advance(120)
        assert sent(engine, made, clock)
        assert "A signed" not in at.requests[0].body.decode()
        clock.set(datetime(2026, 6, 16, 6, 0, tzinfo=UTC))
        assert sent(engine, made, clock)
        assert "A signed" in at.requests[1].body.decode()


def test_one_address_that_takes_it_is_enough(engine, tmp_path, clock):
    with receiver() as at:
        made = staff_settings(tmp_path, "json://127.0.0.1:9/", json_url(at))
        told(engine, ["A signed."], clock())
        clock.advance(120)
        sent(engine, made, clock)
        assert len(at.requests) == 1
    assert notices(engine)[0].state is MessageState.SENT


def test_none_that_takes_it_is_tried_again_for_a_day(engine, tmp_path, clock):
    made = staff_settings(tmp_path, "json://127.0.0.1:9/", "nonsense://here")
    told(engine, ["A signed."], clock())
    clock.advance(120)
    for wait in RETRY_WAITS:
        assert sent(engine, made, clock)
        assert not sent(engine, made, clock)
        [notice] = notices(engine)
        assert (notice.state, notice.error) == (MessageState.QUEUED, NOT_TAKEN)
        assert notice.next_try_at == clock() + wait
        clock.advance(wait.total_seconds())
    sent(engine, made, clock)
    assert notices(engine)[0].state is MessageState.FAILED


def test_an_address_that_hangs_is_given_up(sqlite_engine, tmp_path, clock):
    with receiver(Reply(wait_seconds=60)) as at:
        made = staff_settings(tmp_path, json_url(at))
        told(sqlite_engine, ["A signed."], clock())
        clock.advance(120)
        began = time.monotonic()
        sent(sqlite_engine, made, clock, deadline_seconds=1.5)
        assert time.monotonic() - began < 10
    assert notices(sqlite_engine)[0].state is MessageState.QUEUED


@pytest.mark.parametrize("scheme", ["json", "nonsense"])
def test_no_secret_of_an_address_is_logged(
    caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    with caplog.at_level("DEBUG"):
        assert not notify(f"{scheme}://ann:canary-1@127.0.0.1:9/canary-2", "t", "b")
    assert "canary" not in caplog.text
    assert f"a {scheme}:// address of notify.urls" in caplog.text


def test_a_digest_is_cut_where_nobody_reads_on():
    title, text = digest(
        [f"{n}" for n in range(MOST_LINES + 5)], campaign="C", url="http://x"
    )
    assert title == "C: 35 things happened"
    assert text.splitlines()[MOST_LINES] == "… and 5 more."
    assert digest(["one"], campaign="C", url="http://x")[0] == "C"


def test_in_hold_a_notice_is_held(engine, tmp_path, clock):
    held = hook_settings(tmp_path, {}, mode="hold", notify=("json://127.0.0.1:9/",))
    with store.write(engine) as session:
        store.tell_staff(
            session, "A.", cause="a", audience=audience_of(held), now=clock()
        )
    assert notices(engine)[0].state is MessageState.HELD
