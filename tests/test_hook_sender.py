"""Webhooks delivered to real receivers: signed, tried again, given up, switched on again."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.conftest import FakeClock
from tests.hook_scene import OLD_SECRET, SECRET, HookScene, hook_settings
from tests.hook_server import Reply, receiver
from tracker import store
from tracker.clock import utc_now
from tracker.config import ConfigError
from tracker.outbox.hooks.health import webhook_health
from tracker.outbox.hooks.signing import refuse_bad_secrets, secret_problem
from tracker.rules.webhooks import (
    ASKED_TO_STOP,
    FAILING,
    GAVE_UP,
    HELD_OFF,
    WAITS,
    next_try_at,
)
from tracker.store import Engine, OutboxError
from tracker.store.tables import MessageKind, MessageState, WebhookState

DAY = 86_400
AT = datetime(2026, 6, 15, 12, tzinfo=UTC)
NOBODY = "http://127.0.0.1:9/"
STAFF = ("json://127.0.0.1:9",)


@pytest.fixture
def now_clock() -> FakeClock:
    """A clock that stands at the real time: the verifier goes by that one."""
    return FakeClock(utc_now())


# The signature


def test_the_published_verifier_accepts_ours(engine, tmp_path, now_clock):
    with receiver() as at:
        scene = HookScene(engine, hook_settings(tmp_path, {"crm": at.url}), now_clock)
        scene.tell(supporter_ref="abc", words="Ynys Môn")
        assert scene.deliver() == 1
    [request] = at.requests
    told = Webhook(SECRET).verify(request.body, request.headers)
    assert (told["type"], told["data"]["words"]) == ("supporter.erased", "Ynys Môn")
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD_SECRET).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(request.body + b" ", request.headers)


def test_while_a_secret_changes_both_verify(engine, tmp_path, now_clock):
    with receiver() as at:
        both = hook_settings(tmp_path, {"crm": at.url}, secret=f"{SECRET} {OLD_SECRET}")
        scene = HookScene(engine, both, now_clock)
        scene.tell()
        scene.deliver()
    [request] = at.requests
    for secret in (SECRET, OLD_SECRET):
        assert Webhook(secret).verify(request.body, request.headers)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "needs a secret: set TRACKER_WEBHOOK_CRM_SECRET"),
        ("changeme", "must be whsec_ and base64 of 24 to 64 bytes"),
        ("whsec_" + "QUJD" * 7, None),
        ("whsec_" + "QUJD" * 8, None),
        ("whsec_QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUI=", "must be whsec_"),
        ("whsec_" + "AAAA" * 10, "must be whsec_"),
        ("whsec_not base64 at all, whatever it is", "one secret, or two"),
        (f"{SECRET} {OLD_SECRET}", None),
        (f"{SECRET} short", "must be whsec_"),
    ],
)
def test_a_secret_that_is_missing_or_weak_is_told_in_a_sentence(
    tmp_path: Path, secret: str, words: str | None
) -> None:
    made = hook_settings(tmp_path, {"crm": NOBODY}, secret=secret)
    [webhook] = made.webhooks
    said = secret_problem(webhook)
    if len(secret.removeprefix("whsec_")) == 28:  # 21 bytes
        words = "must be whsec_"
    if words is None:
        assert said is None
        refuse_bad_secrets(made)
        return
    assert said is not None
    assert words in said
    assert secret == "" or secret not in said
    with pytest.raises(ConfigError):
        refuse_bad_secrets(made)


# How it fares, for the doctor


@pytest.mark.parametrize(
    ("state", "is_well", "words"),
    [
        (None, True, "nothing was sent to it yet"),
        (WebhookState(name="crm", last_ok_at=AT), True, "took something at 15 June"),
        (
            WebhookState(name="crm", failing_since_at=AT),
            False,
            "has taken nothing since 15 June 12:00",
        ),
        (
            WebhookState(name="crm", off_at=AT, off_reason="it said 410"),
            False,
            "it said 410; run `tracker webhooks on crm`",
        ),
    ],
)
def test_the_doctor_says_how_a_webhook_fares(tmp_path, state, is_well, words):
    [webhook] = hook_settings(tmp_path, {"crm": NOBODY}).webhooks
    ok, said = webhook_health(webhook, state)
    assert (ok, words in said) == (is_well, True)
    [bare] = hook_settings(tmp_path, {"crm": NOBODY}, secret="").webhooks
    assert webhook_health(bare, state)[0] is False


# Again, and given up


def test_the_schedule_is_ten_tries_within_75_hours(clock):
    assert len(WAITS) == 9
    assert sum(WAITS, timedelta()) == timedelta(hours=75, minutes=35, seconds=5)
    now = clock()
    assert next_try_at(1, now=now) == now + timedelta(seconds=5)
    assert next_try_at(9, now=now) == now + timedelta(hours=24)
    assert next_try_at(10, now=now) is None


def test_a_receiver_that_is_gone_for_two_days_gets_it_then_under_the_same_id(
    engine, tmp_path, now_clock
):
    with receiver(Reply(503)) as at:
        scene = HookScene(engine, hook_settings(tmp_path, {"crm": at.url}), now_clock)
        scene.tell()
        tries = scene.deliver_for(2 * DAY)
        assert tries == 8
        at.answers = [Reply(200)]
        assert scene.deliver_for(DAY) == 1
    ids = {request.headers["webhook-id"] for request in at.requests}
    bodies = {request.body for request in at.requests}
    times = [int(request.headers["webhook-timestamp"]) for request in at.requests]
    assert (len(ids), len(bodies)) == (1, 1)
    assert times == sorted(set(times))
    [message] = scene.messages()
    assert message.state is MessageState.SENT
    assert scene.state().failing_since_at is None
    assert [one.status_code for one in scene.tries()] == [503] * 8 + [200]


def test_after_ten_tries_it_has_failed_and_the_webhook_is_off_with_a_notice_to_staff(
    engine, tmp_path, clock
):
    with receiver(Reply(500, b"out of order")) as at:
        made = hook_settings(tmp_path, {"crm": at.url}, notify=STAFF)
        scene = HookScene(engine, made, clock)
        scene.tell()
        clock.advance(60)
        scene.tell("two")
        assert scene.deliver_for(4 * DAY) <= 20
        count = len(at.requests)
        first, second = scene.messages()
        assert first.state is MessageState.FAILED
        assert (first.error or "").startswith(GAVE_UP)
        assert (second.state, second.error) == (MessageState.HELD, HELD_OFF)
        assert first.attempt_count == 10
        assert scene.state().off_reason == FAILING
        [notice] = scene.messages(MessageKind.STAFF_NOTICE)
        assert notice.body == f"The webhook crm was switched off: {FAILING}."
        scene.tell("while it is off")
        assert scene.deliver_for(DAY) == 0
        assert len(at.requests) == count
        assert scene.messages()[-1].error == HELD_OFF


def test_switched_on_again_it_is_told_what_it_missed(engine, tmp_path, clock):
    with receiver(Reply(410), Reply(200)) as at:
        scene = HookScene(engine, hook_settings(tmp_path, {"crm": at.url}), clock)
        scene.tell()
        scene.deliver()
        scene.tell("missed")
        with store.write(engine) as session:
            assert store.switch_on(session, "crm", actor="staff", now=clock()) == 1
        assert scene.deliver() == 1
        assert json.loads(at.requests[-1].body)["data"]["event_id"] == 2
        with (
            pytest.raises(OutboxError, match="not switched off"),
            store.write(engine) as session,
        ):
            store.switch_on(session, "crm", actor="staff", now=clock())


def test_410_switches_it_off_at_once(engine, tmp_path, clock):
    with receiver(Reply(410)) as at:
        made = hook_settings(tmp_path, {"crm": at.url}, notify=STAFF)
        scene = HookScene(engine, made, clock)
        scene.tell()
        scene.tell("another")
        assert scene.deliver() == 1
        assert scene.deliver_for(4 * DAY) == 0
    assert scene.state().off_reason == ASKED_TO_STOP
    assert [message.state for message in scene.messages()] == [
        MessageState.FAILED,
        MessageState.HELD,
    ]
    assert len(scene.messages(MessageKind.STAFF_NOTICE)) == 1


def test_one_that_takes_something_in_between_is_not_off_after_three_days(
    engine, tmp_path, clock
):
    with receiver(Reply(500)) as at:
        scene = HookScene(engine, hook_settings(tmp_path, {"crm": at.url}), clock)
        scene.tell()
        scene.deliver_for(2 * DAY)
        at.answers = [Reply(200)]
        scene.tell("taken")
        scene.deliver()
        at.answers = [Reply(500)]
        scene.tell("third")
        scene.deliver_for(2 * DAY)
        assert scene.state().off_at is None
        scene.deliver_for(DAY + 60)
        scene.tell("fourth")
        scene.deliver()
        assert scene.state().off_reason == FAILING


def test_a_failed_delivery_is_tried_again_by_hand(engine, tmp_path, clock):
    with receiver(Reply(302, headers=(("Location", "http://127.0.0.1:9/"),))) as at:
        scene = HookScene(engine, hook_settings(tmp_path, {"crm": at.url}), clock)
        scene.tell()
        scene.deliver()
        [message] = scene.messages()
        assert message.error == (
            "the receiver answered 302: redirects are not followed"
        )
        at.answers = [Reply(200)]
        with store.write(engine) as session:
            store.retry_delivery(session, message.id or 0, actor="staff", now=clock())
        assert scene.deliver() == 1
        with (
            pytest.raises(OutboxError, match=re.escape("is sent")),
            store.write(engine) as session,
        ):
            store.retry_delivery(session, message.id or 0, actor="staff", now=clock())
        with store.read(engine) as session:
            entries = store.audit_entries(session, limit=10)
        assert "webhook.retry" in {entry.action for entry in entries}


# Deaths, holds, answers


def test_what_a_dead_sender_had_is_sent_again_and_three_deaths_park_it(
    engine: Engine, tmp_path: Path, clock: FakeClock
) -> None:
    scene = HookScene(engine, hook_settings(tmp_path, {"crm": NOBODY}), clock)
    scene.tell()
    for deaths in (1, 2, 3):
        with store.write(engine) as session:
            message = store.next_delivery(session, "crm", clock())
            assert message is not None
            store.record_claim(session, message, "hook-crm-0", clock())
        scene.sender().put_back(is_alive=False)
        [message] = scene.messages()
        assert message.death_count == deaths
        wanted = MessageState.PARKED if deaths == 3 else MessageState.QUEUED
        assert message.state is wanted


def test_another_slots_claims_are_left_alone(engine, tmp_path, clock):
    """`_` stands for any character in SQL's LIKE: names may have it."""
    urls = {"a_b": NOBODY, "axb": NOBODY}
    scene = HookScene(engine, hook_settings(tmp_path, urls), clock)
    scene.tell()
    with store.write(engine) as session:
        message = store.next_delivery(session, "axb", clock())
        assert message is not None
        store.record_claim(session, message, "hook-axb-0", clock())
    scene.sender("a_b").put_back(is_alive=False)
    assert sorted(message.state.value for message in scene.messages()) == [
        "queued",
        "sending",
    ]


def test_what_was_held_by_mode_is_not_delivered_whatever_is_configured(
    engine, tmp_path, clock
):
    with receiver() as at:
        held = hook_settings(tmp_path, {"crm": at.url}, mode="hold")
        HookScene(engine, held, clock).tell()
        scene = HookScene(engine, hook_settings(tmp_path, {"crm": at.url}), clock)
        assert scene.deliver() == 0
        assert at.requests == []


def test_an_answer_is_kept_cut_short_with_what_it_was(engine, tmp_path, clock):
    with receiver(Reply(400, b"<script>alert(1)</script>\x1b[31m" * 100)) as at:
        scene = HookScene(engine, hook_settings(tmp_path, {"crm": at.url}), clock)
        scene.tell()
        scene.deliver()
    [one] = scene.tries()
    assert (one.status_code, one.error) == (400, "the receiver answered 400")
    assert one.answer is not None
    assert len(one.answer) <= 301
    assert "\x1b" not in one.answer


def test_what_is_queued_for_a_webhook_that_is_gone_is_cancelled(
    engine, tmp_path, clock
):
    scene = HookScene(engine, hook_settings(tmp_path, {"crm": NOBODY}), clock)
    scene.tell()
    with store.write(engine) as session:
        assert store.cancel_forgotten(session, ["crm"], clock()) == 0
        assert store.cancel_forgotten(session, ["other"], clock()) == 1
    assert scene.messages()[0].state is MessageState.CANCELLED
