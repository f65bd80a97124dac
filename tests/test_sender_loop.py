"""The sender's loop beside the scheduler: it starts, takes up the dead, and stops."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.hook_server import receiver
from tests.outbox_scene import QUICK, Scene, scene_settings
from tests.smtp_server import Behaviour, smtp_server
from tracker import store
from tracker.outbox import loop
from tracker.outbox.loop import run_sender, sender_slot, take_up_the_dead
from tracker.outbox.mail_server import Patience
from tracker.store.tables import MessageState


@pytest.fixture
def server():
    with smtp_server() as server:
        yield server


@pytest.fixture
def scene(sqlite_engine, clock, tmp_path, server):
    settings = scene_settings(
        tmp_path,
        smtp_url=server.url,
        database_url=f"sqlite:///{tmp_path / 'tracker.db'}",
    )
    scene = Scene(sqlite_engine, settings, clock, is_simulated=True)
    scene.add_member()
    return scene


async def run_until(
    scene: Scene,
    is_done: Callable[[], bool],
    *,
    patience: Patience = QUICK,
    most_tries: int = 1000,
) -> float:
    """Run the loop until something is so; return how long it then took to stop."""
    stop = asyncio.Event()
    running = asyncio.create_task(
        run_sender(
            scene.settings,
            scene.engine,
            clock=scene.clock,
            stop=stop,
            patience=patience,
        )
    )
    for _ in range(most_tries):
        if is_done() or running.done():
            break
        await asyncio.sleep(0.01)
    stop.set()
    told_at = time.monotonic()
    await running
    return time.monotonic() - told_at


def test_what_is_due_is_sent_while_it_runs(scene, server):
    number = scene.add_letter()
    asyncio.run(run_until(scene, lambda: len(server.received) == 1))
    assert scene.state(number) is MessageState.SENT


def test_in_hold_it_runs_sends_nothing_and_still_cancels_what_ended(
    scene, server, tmp_path, clock
):
    scene.settings = scene_settings(tmp_path, smtp_url=server.url, mode="hold")
    queued, held = scene.add_letter(), scene.add_letter(is_held=True)
    clock.advance(60 * 86_400)
    asyncio.run(run_until(scene, lambda: scene.state(held) is MessageState.CANCELLED))
    assert server.connections == 0
    assert scene.state(queued) is MessageState.CANCELLED


@pytest.mark.parametrize("mode", ["send", "hold"])
def test_a_round_of_the_sender_is_told_to_the_watch_outside(
    scene, server, tmp_path, mode
):
    with receiver() as watch:
        scene.settings = scene_settings(
            tmp_path, smtp_url=server.url, mode=mode, ping_url=watch.url
        )
        asyncio.run(run_until(scene, lambda: len(watch.requests) == 1))
    assert len(watch.requests) == 1


def test_while_mail_stands_still_the_watch_outside_hears_nothing(
    scene, server, tmp_path
):
    now = scene.clock()
    with store.write(scene.engine) as session:
        store.record_pause(
            session,
            "refused",
            is_alert=True,
            until_at=now + timedelta(hours=1),
            now=now,
        )
    with receiver() as watch:
        scene.settings = scene_settings(
            tmp_path, smtp_url=server.url, ping_url=watch.url
        )
        asyncio.run(run_until(scene, lambda: False, most_tries=50))
        assert watch.requests == []
        scene.clock.advance(3600)
        asyncio.run(run_until(scene, lambda: len(watch.requests) == 1))


def test_told_to_stop_it_ends_within_ten_seconds_though_the_server_hangs(
    scene, server, monkeypatch
):
    """C5."""
    monkeypatch.setattr(loop, "GRACE_SECONDS", 0.3)
    server.behaviour = Behaviour(hang_at="after dot")
    number = scene.add_letter()
    took = asyncio.run(
        run_until(
            scene, lambda: len(server.received) == 1, patience=Patience(60, 60, 60)
        )
    )
    assert took < 5
    assert scene.state(number) is MessageState.UNCERTAIN


def test_what_a_dead_sender_left_is_taken_up_and_a_living_ones_is_not(scene, clock):
    number = scene.add_letter()
    with sender_slot(scene.engine) as slot:
        assert slot is not None
        assert slot.name == "sender-0"
        assert scene.sender(slot=slot.name)._claim() is not None
        assert take_up_the_dead(scene.engine, clock, own_slot="sender-1") == 0
        assert scene.state(number) is MessageState.SENDING
        with sender_slot(scene.engine) as other:
            assert other is not None
            assert other.name == "sender-1"
    assert take_up_the_dead(scene.engine, clock, own_slot="sender-1") == 1
    assert scene.state(number) is MessageState.QUEUED


def test_who_starts_takes_up_what_its_own_slot_had(scene, server, clock):
    number = scene.add_letter()
    claim = scene.sender()._claim()
    assert claim is not None
    assert scene.sender()._hand_over(claim)
    asyncio.run(run_until(scene, lambda: scene.state(number) is MessageState.UNCERTAIN))
    assert server.received == []
    assert clock() is not None


@pytest.mark.postgres
def test_two_senders_share_a_queue_and_send_nothing_twice(
    postgres_url, clock, tmp_path, server
):
    from tracker.store.schema import open_database

    engine = open_database(postgres_url, is_upgraded=False)
    settings = scene_settings(tmp_path, smtp_url=server.url, per_member_per_hour=7)
    scene = Scene(engine, settings, clock, is_simulated=True)
    scene.add_member(1)
    scene.add_member(2)
    for number in range(20):
        scene.add_letter(1 + number % 2)

    async def both() -> None:
        senders = [scene.sender(slot=f"sender-{n}") for n in range(2)]

        def work(index: int) -> None:
            while senders[index].send_batch():
                pass

        await asyncio.gather(*(asyncio.to_thread(work, n) for n in range(2)))

    asyncio.run(both())
    assert len(server.received) == len(set(server.ids())) == 14, "seven for each MP"
    with store.read(engine) as session:
        assert store.message_counts(session)[MessageState.QUEUED] == 6
    engine.dispose()
