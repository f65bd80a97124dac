"""The outbox's pages: what a list shows, reading one message, and each decision, once."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from dashboard.outbox_views import PAGE_ROWS
from tests.conftest import FakeClock
from tests.outbox_scene import Scene, scene_settings
from tests.staff import add_staff, csrf_of, sign_in
from tracker import store
from tracker.config import Settings
from tracker.rules.roles import Role
from tracker.rules.sending import HELD_SIGNED
from tracker.store import Engine
from tracker.store.tables import Message, MessageKind, MessageState

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


class Desk:
    """Staff's browser over the scene of the outbox's tests."""

    def __init__(self, client: TestClient, scene: Scene) -> None:
        self.client = client
        self.scene = scene

    def get(self, path: str = "") -> str:
        answer = self.client.get(f"/staff/outbox{path}")
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def post(self, path: str, **form: object) -> httpx.Response:
        data = {"csrf": csrf_of(self.client), **form}
        return self.client.post(
            f"/staff/outbox/{path}", data=data, follow_redirects=False
        )

    def put(self, message_id: int, state: MessageState, error: str | None) -> None:
        with store.write(self.scene.engine) as session:
            message = session.get_one(Message, message_id)
            message.state, message.error = state, error

    def audit(self) -> list[tuple[str, str]]:
        with store.read(self.scene.engine) as session:
            rows = store.audit_entries(session)
            return [(r.actor, r.action) for r in rows if r.action.startswith("outbox")]


def opened(engine: Engine, made: Settings, clock: FakeClock) -> Iterator[Desk]:
    scene = Scene(engine, made, clock)
    scene.add_member()
    add_staff(engine, clock)
    app = create_app(made, engine, clock=clock)
    with TestClient(
        app, base_url=made.web.base_url, headers={"accept": "text/html"}
    ) as client:
        sign_in(client)
        yield Desk(client, scene)


@pytest.fixture
def desk(sqlite_engine: Engine, clock: FakeClock, tmp_path: Path) -> Iterator[Desk]:
    clock.set(NOW)
    yield from opened(sqlite_engine, scene_settings(tmp_path), clock)


@pytest.fixture
def holding(sqlite_engine: Engine, clock: FakeClock, tmp_path: Path) -> Iterator[Desk]:
    clock.set(NOW)
    yield from opened(sqlite_engine, scene_settings(tmp_path, mode="hold"), clock)


def test_an_empty_outbox_says_what_will_appear(desk):
    assert "Nothing is held." in desk.get()
    assert "Nothing was sent yet." in desk.get("?state=sent")
    assert "No email to an MP" in desk.get("/likeness")


def test_the_list_names_the_mp_and_no_supporter(desk):
    number = desk.scene.add_letter(is_held=True)
    page = desk.get()
    assert "Email to Member Number 1001" in page
    line = re.sub(r"<[^>]+>", "", page.partition(f'id="message-{number}"')[2])
    assert f"number {number}, written 13:00 today" in line
    for secret in ("writer", "High Street", "example.org"):
        assert secret not in page.partition("<main")[2]


def test_the_first_state_that_needs_somebody_is_shown_first(desk):
    held, uncertain = desk.scene.add_letter(is_held=True), desk.scene.add_letter()
    assert 'aria-current="true">Held (1)' in desk.get()
    desk.put(uncertain, MessageState.UNCERTAIN, "the sender stopped")
    page = desk.get()
    assert 'aria-current="true">Uncertain (1)' in page
    assert "The sender stopped." in page
    assert f'id="message-{held}"' not in page


def test_a_message_is_read_whole(desk):
    number = desk.scene.add_letter(is_held=True)
    page = desk.get(f"/{number}")
    message = desk.scene.message(number)
    assert message.body is not None
    assert message.body.splitlines()[0].partition("'")[0] in page
    assert message.reply_to in page


def test_releasing_queues_it_once_and_is_audited(desk):
    number = desk.scene.add_letter(is_held=True)
    answer = desk.post(f"{number}/release", back="/staff/outbox?state=held")
    assert answer.status_code == 303
    to = answer.headers["location"]
    assert to == f"/staff/outbox?state=held&done={number}#done"
    assert desk.scene.state(number) is MessageState.QUEUED
    assert f"Message {number} is queued" in desk.get(f"?state=held&done={number}")
    assert desk.post(f"{number}/release").status_code == 303
    assert desk.audit() == [("Ann", "outbox.release")]


def test_what_is_released_while_holding_is_said_to_wait(holding):
    number = holding.scene.add_letter(is_held=True)
    assert "Nothing leaves: mail.mode is hold" in holding.get()
    holding.post(f"{number}/release")
    assert "it leaves when mail.mode is send" in holding.get(f"/{number}?done=1")


def test_what_is_not_confirmed_can_not_be_released(desk):
    number = desk.scene.add_letter(is_confirmed=False)
    for page in (desk.get(), desk.get(f"/{number}")):
        assert "has not confirmed the address" in page
        assert "/release" not in page
    answer = desk.post(f"{number}/release")
    assert answer.status_code == 409
    assert "can&#39;t be released" in answer.text
    assert desk.scene.state(number) is MessageState.HELD
    assert desk.audit() == []


def test_what_is_held_for_a_signature_can_be_released_when_the_name_is_gone(desk):
    number = desk.scene.add_letter(is_held=True)
    desk.put(number, MessageState.HELD, HELD_SIGNED)
    assert f"{number}/release" in desk.get()
    desk.scene.sign()
    page = desk.get()
    assert f"{number}/release" not in page
    assert "the MP has signed" in page


def test_all_are_released_but_those_that_can_not_be(desk):
    held = [desk.scene.add_letter(is_held=True) for _ in range(2)]
    waiting = desk.scene.add_letter(is_confirmed=False)
    assert "Release 2 messages" in desk.get()
    answer = desk.post("release-all")
    assert answer.headers["location"] == "/staff/outbox?state=held&released=2"
    assert {desk.scene.state(number) for number in held} == {MessageState.QUEUED}
    assert desk.scene.state(waiting) is MessageState.HELD
    assert "2 released." in desk.get("?state=held&released=2")


def test_cancelling_is_for_what_has_not_left(desk):
    number = desk.scene.add_letter(is_held=True)
    assert "Never send it" in desk.get(f"/{number}")
    assert desk.post(f"{number}/cancel").status_code == 303
    assert desk.scene.state(number) is MessageState.CANCELLED
    assert desk.post(f"{number}/cancel").status_code == 303
    sent = desk.scene.add_letter()
    desk.put(sent, MessageState.SENT, None)
    assert "Never send it" not in desk.get(f"/{sent}")
    assert desk.post(f"{sent}/cancel").status_code == 409
    assert desk.audit() == [("Ann", "outbox.cancel")]


@pytest.mark.parametrize(
    ("decision", "state", "other"),
    [
        ("sent", MessageState.SENT, "resend"),
        ("resend", MessageState.QUEUED, "sent"),
    ],
)
def test_what_is_uncertain_is_settled_once(desk, decision, state, other):
    number = desk.scene.add_letter()
    desk.put(number, MessageState.UNCERTAIN, "the sender stopped")
    page = desk.get("?state=uncertain")
    assert "It was sent" in page
    assert "Send it again" in page
    assert desk.post(f"{number}/decide", decision=decision).status_code == 303
    assert desk.scene.state(number) is state
    assert desk.post(f"{number}/decide", decision=decision).status_code == 303
    assert desk.post(f"{number}/decide", decision=other).status_code == 409
    assert desk.scene.state(number) is state
    assert desk.audit() == [("Ann", f"outbox.decide.{decision}")]


def test_a_decision_that_is_none_is_told(desk):
    number = desk.scene.add_letter()
    assert desk.post(f"{number}/decide", decision="perhaps").status_code == 422


def test_a_parked_message_is_tried_again(desk):
    number = desk.scene.add_letter()
    desk.put(number, MessageState.PARKED, "three senders died")
    assert "Try it again" in desk.get("?state=parked")
    assert desk.post(f"{number}/unpark").status_code == 303
    assert desk.scene.state(number) is MessageState.QUEUED
    assert desk.audit() == [("Ann", "outbox.unpark")]


def test_a_stop_is_shown_with_its_reason_and_the_server_is_tried_again(desk):
    with store.write(desk.scene.engine) as session:
        store.record_pause(
            session,
            "the mail server answered 535 <bad> password",
            is_alert=True,
            until_at=NOW + timedelta(hours=1),
            now=NOW,
        )
    page = desk.get()
    assert "Sending has stopped: somebody must act" in page
    assert "The mail server answered 535 &lt;bad&gt; password." in page
    assert "Tried again at 14:00 today" in page
    assert desk.post("resume").status_code == 303
    assert "Sending has stopped" not in desk.get()
    assert desk.audit() == [("Ann", "outbox.resume")]


def test_the_meter_tells_how_alike_the_emails_are(desk):
    for _ in range(3):
        desk.scene.add_letter()
    with store.read(desk.scene.engine) as session:
        texts = store.latest_texts(session, desk.scene.motion_id, 1001)
    assert len(texts) == 3
    page = desk.get("/likeness")
    assert "Member Number 1001" in page
    assert "<meter" in page
    assert "<meter" in desk.get("/1")


def test_lists_go_on_in_both_orders(desk):
    numbers = [desk.scene.add_letter(is_held=True) for _ in range(PAGE_ROWS + 1)]
    page = desk.get("?state=held")
    assert f'id="message-{numbers[0]}"' in page
    assert f"after={numbers[-2]}" in page
    assert f'id="message-{numbers[-1]}"' in desk.get(f"?state=held&after={numbers[-2]}")
    for number in numbers:
        desk.put(number, MessageState.SENT, None)
    page = desk.get("?state=sent")
    assert f'id="message-{numbers[-1]}"' in page
    assert f"before={numbers[1]}" in page
    rest = desk.get(f"?state=sent&before={numbers[1]}")
    assert f'id="message-{numbers[0]}"' in rest
    assert "Further" not in rest


def test_a_text_that_is_gone_is_said_to_be(desk):
    number = desk.scene.add_letter()
    with store.write(desk.scene.engine) as session:
        message = session.get_one(Message, number)
        message.subject = message.body = None
    assert "The text is gone" in desk.get(f"/{number}")


@pytest.mark.parametrize("path", ["/999", "/x", "/0", "/-1", "/99999999999"])
def test_no_such_message_is_a_404(desk, path):
    assert desk.client.get(f"/staff/outbox{path}").status_code == 404
    assert desk.post(f"{path[1:]}/release").status_code == 404


def test_every_kind_of_message_has_words(desk):
    number = desk.scene.add_letter(is_held=True)
    for kind in MessageKind:
        with store.write(desk.scene.engine) as session:
            session.get_one(Message, number).kind = kind
        page = desk.get()
        assert kind.value not in page.partition("</nav>")[2]


def test_a_viewer_neither_reads_nor_acts(desk, clock):
    number = desk.scene.add_letter(is_held=True)
    add_staff(desk.scene.engine, clock, "Vi", Role.VIEWER)
    sign_in(desk.client, "Vi")
    for path in ("", f"/{number}", "/likeness"):
        assert desk.client.get(f"/staff/outbox{path}").status_code == 403
    assert desk.post(f"{number}/release").status_code == 403
    assert desk.scene.state(number) is MessageState.HELD
