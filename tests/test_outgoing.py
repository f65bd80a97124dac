"""Outgoing events: one for each cause, in the order of commits, held in `hold`."""

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from tracker import store
from tracker.rules.audience import NOBODY, Audience, Hook
from tracker.rules.event_types import EventType
from tracker.rules.sending import HELD_BY_MODE
from tracker.rules.webhooks import HELD_OFF
from tracker.store import Engine, NewOutgoing
from tracker.store.tables import (
    Message,
    MessageKind,
    MessageState,
    OutgoingEvent,
    WebhookState,
    WebhookTry,
)
from tracker.telling.forgetting import KEPT_FOR, forget_told

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
CRM = Hook("crm", frozenset({EventType.PING, EventType.SUPPORTER_ERASED}))
LIST = Hook("list", frozenset({EventType.PING}))
BOTH = Audience(hooks=(CRM, LIST), is_held=False)


def told(
    engine: Engine,
    key: str = "one",
    *,
    type_: EventType = EventType.PING,
    audience: Audience = BOTH,
    now: datetime = NOW,
) -> OutgoingEvent:
    new = NewOutgoing(type_, key, member_id=1001, data={"words": "Ynys Môn"})
    with store.write(engine) as session:
        return store.record_outgoing(session, new, audience, now)


def messages(engine: Engine) -> list[Message]:
    with store.read(engine) as session:
        return list(session.exec(select(Message).order_by(col(Message.id))).all())


def test_each_webhook_that_wants_the_type_gets_one_message(engine):
    told(engine)
    told(engine, type_=EventType.SUPPORTER_ERASED)
    found = [(one.to_address, one.subject) for one in messages(engine)]
    assert found == [("crm", "ping"), ("list", "ping"), ("crm", "supporter.erased")]
    assert {one.kind for one in messages(engine)} == {MessageKind.WEBHOOK}
    assert {one.state for one in messages(engine)} == {MessageState.QUEUED}


def test_a_body_has_type_timestamp_and_data(engine):
    event = told(engine)
    [message, _] = messages(engine)
    assert json.loads(message.body or "") == {
        "type": "ping",
        "timestamp": "2026-06-15T12:00:00Z",
        "data": {
            "event_id": event.id,
            "session": None,
            "number": None,
            "member_id": 1001,
            "ons_code": None,
            "words": "Ynys Môn",
        },
    }


def test_the_same_cause_is_told_once(engine):
    first = told(engine)
    again = told(engine, now=NOW + timedelta(hours=1))
    assert (again.id, again.occurred_at) == (first.id, NOW)
    assert len(messages(engine)) == 2
    assert told(engine, type_=EventType.SUPPORTER_ERASED).id != first.id


def test_without_a_webhook_the_event_is_written_all_the_same(engine):
    event = told(engine, audience=NOBODY)
    assert event.id == 1
    assert messages(engine) == []


def test_in_hold_every_message_is_held(engine):
    told(engine, audience=Audience(hooks=(CRM,), is_held=True))
    [message] = messages(engine)
    assert (message.state, message.error) == (MessageState.HELD, HELD_BY_MODE)


def test_for_a_webhook_that_is_off_the_message_is_held(engine):
    with store.write(engine) as session:
        session.add(WebhookState(name="crm", off_at=NOW, off_reason="410"))
        session.add(WebhookState(name="list", off_at=None))
    told(engine)
    found = {one.to_address: (one.state, one.error) for one in messages(engine)}
    assert found == {
        "crm": (MessageState.HELD, HELD_OFF),
        "list": (MessageState.QUEUED, None),
    }


def test_what_is_rolled_back_was_not_told(engine):
    def fail() -> None:
        with store.write(engine) as session:
            new = NewOutgoing(EventType.PING, "gone")
            store.record_outgoing(session, new, BOTH, NOW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert messages(engine) == []
    assert told(engine, "next").dedupe_key == "ping:next"


def test_events_are_read_by_id_type_and_age(engine):
    old = told(engine, "old", now=NOW - timedelta(days=31))
    first = told(engine, "first")
    second = told(engine, "second", type_=EventType.SUPPORTER_ERASED)

    def after(event_id: int, types: list[EventType] | None = None) -> list[int | None]:
        with store.read(engine) as session:
            found = store.outgoing_after(
                session,
                event_id,
                types=types,
                since=NOW - timedelta(days=30),
                limit=10,
            )
        return [event.id for event in found]

    assert old.id == 1
    assert after(0) == [first.id, second.id]
    assert after(first.id or 0) == [second.id]
    assert after(0, [EventType.PING]) == [first.id]
    assert after(0, []) == []


def test_after_a_month_what_was_told_goes_and_no_id_is_given_twice(engine):
    told(engine, "old")
    told(engine, "newest of old")
    with store.write(engine) as session:
        first, *others = session.exec(select(Message).order_by(col(Message.id))).all()
        first.state = MessageState.SENT
        session.add(WebhookTry(message_id=first.id or 0, tried_at=NOW, took_seconds=1))
        for other in others[1:]:
            other.state = MessageState.HELD
    assert forget_told(engine, now=NOW + KEPT_FOR) == 0
    assert forget_told(engine, now=NOW + KEPT_FOR + timedelta(seconds=1)) == 4
    [left] = messages(engine)
    assert left.state is MessageState.QUEUED, "what is on its way stays"
    with store.read(engine) as session:
        assert session.exec(select(WebhookTry)).all() == []
    assert told(engine, "new").id == 3


class Reader(threading.Thread):
    """Reads "id > last" until it is told to stop and there is nothing more."""

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.engine = engine
        self.seen: list[int] = []
        self.is_last = threading.Event()

    def run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self.is_last.is_set()
            self.seen += self.newer()

    def newer(self) -> list[int]:
        after = self.seen[-1] if self.seen else 0
        with store.read(self.engine) as session:
            found = store.outgoing_after(
                session, after, types=None, since=NOW, limit=1000
            )
        return [event.id or 0 for event in found]


def test_a_reader_of_ids_above_the_last_misses_none(engine):
    """Writers that begin in one order and commit in another: ids follow the commits."""

    def write(name: str) -> None:
        for number in range(15):
            told(engine, f"{name} {number}", audience=NOBODY)

    reader = Reader(engine)
    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in (reader, *writers):
        thread.start()
    for writer in writers:
        writer.join()
    reader.is_last.set()
    reader.join()
    assert len(reader.seen) == 45
    assert reader.seen == sorted(reader.seen)
