"""The sender against a real SMTP server: sent once, and every fault of checks.md M2-M6."""

import threading
import time
from datetime import timedelta

import pytest

from tests.outbox_scene import QUICK, Scene, scene_settings
from tests.smtp_server import Behaviour, SmtpServer, certificate, smtp_server
from tracker import store
from tracker.outbox.mail_server import Patience
from tracker.rules.sending import RETRY_WAITS
from tracker.store.tables import EmailState, MessageKind, MessageState

pytestmark = pytest.mark.filterwarnings(
    "ignore:Session.login_data is deprecated:DeprecationWarning"
)


@pytest.fixture
def server():
    with smtp_server() as server:
        yield server


@pytest.fixture
def scene(engine, clock, tmp_path, server):
    scene = Scene(engine, scene_settings(tmp_path, smtp_url=server.url), clock)
    scene.add_member()
    return scene


@pytest.fixture
def lite(sqlite_engine, clock, tmp_path, server):
    """The same on SQLite only, where the database is not what is tried."""
    scene = Scene(sqlite_engine, scene_settings(tmp_path, smtp_url=server.url), clock)
    scene.add_member()
    return scene


def members_mail(server: SmtpServer) -> list[str]:
    return [m for r in server.received for m in r.recipients if "parliament" in m]


def test_an_email_is_sent_once_counted_from_its_hand_over_and_a_receipt_follows(
    scene, server, clock
):
    number = scene.add_letter()
    asked_at = clock()
    clock.advance(3600)
    scene.send_all()
    scene.send_all()
    assert scene.state(number) is MessageState.SENT
    assert members_mail(server) == ["mp1001@parliament.uk"]
    email = scene.email_of(number)
    assert email.state is EmailState.COUNTED
    assert email.sent_at == asked_at + timedelta(hours=1)
    with store.read(scene.engine) as session:
        assert store.message_counts(session)[MessageState.SENT] == 2
    [receipt] = scene.notices()
    assert receipt.kind is MessageKind.RECEIPT
    assert server.received[1].recipients == ["writer1@example.org"]


def test_what_leaves_is_plain_text_from_the_campaign_with_replies_to_the_supporter(
    lite, server
):
    number = lite.add_letter(body="Dear MP,\n.a leading dot\n" + "long " * 400 + "\n")
    lite.send_all()
    [received] = server.received[:1]
    email = received.email
    assert received.mail_from == "campaign@example.org"
    assert email["From"].addresses[0].addr_spec == "campaign@example.org"
    assert email["Reply-To"] == "writer1@example.org"
    assert email["Message-ID"] == lite.message(number).message_id
    assert email.get_content_type() == "text/plain"
    assert email.get_content().replace("\r\n", "\n") == lite.message(number).body
    assert "Auto-Submitted" not in email
    assert max(map(len, received.content.splitlines())) < 998


def test_a_notice_to_a_supporter_can_be_stopped_with_one_click(lite, server):
    lite.add_letter()
    lite.send_all()
    email = server.received[1].email
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = str(email["List-Unsubscribe"]).strip("<>")
    assert link.startswith("https://campaign.example.org/me/ref-writer1-")
    assert email["Auto-Submitted"] == "auto-generated"
    text = email.get_content()
    assert "https://campaign.example.org/privacy" in text
    assert link in text


@pytest.mark.parametrize("step", ["RCPT", "DATA", "dot"])
def test_a_permanent_refusal_fails_at_once_with_its_reason(lite, server, step):
    """M3, M4."""
    server.behaviour = Behaviour(answers={step: "550 5.1.1 no such mailbox"}, times=1)
    number = lite.add_letter()
    lite.send_all()
    message = lite.message(number)
    assert message.state is MessageState.FAILED
    assert message.error == "the mail server answered 550 5.1.1 no such mailbox"
    assert lite.email_of(number).state is EmailState.FAILED
    [notice] = lite.notices()
    assert notice.kind is MessageKind.FAILURE_NOTICE
    assert "5.1.1 no such mailbox" in (notice.body or "")
    assert notice.state is MessageState.SENT


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize("code", ["451", "452"])
def test_a_temporary_refusal_is_tried_again_in_five_minutes(
    lite, server, clock, step, code
):
    """M3."""
    server.behaviour = Behaviour(answers={step: f"{code} later"}, times=1)
    number = lite.add_letter()
    lite.send_all()
    assert lite.state(number) is MessageState.QUEUED
    clock.advance(299)
    lite.send_all()
    assert server.received == []
    clock.advance(1)
    lite.send_all()
    assert lite.state(number) is MessageState.SENT
    assert len(members_mail(server)) == 1


def test_after_four_days_of_temporary_refusals_it_has_failed(lite, server, clock):
    """M3."""
    server.behaviour = Behaviour(answers={"RCPT": "451 greylisted"})
    number = lite.add_letter()
    started = clock()
    for wait in RETRY_WAITS:
        lite.send_all()
        assert lite.state(number) is MessageState.QUEUED
        clock.advance(wait.total_seconds())
    lite.send_all()
    assert lite.state(number) is MessageState.FAILED
    assert clock() - started == timedelta(days=4)
    assert "451 greylisted" in (lite.message(number).error or "")


def test_too_much_at_once_halves_the_batch(lite, server):
    """M3: 452."""
    for _ in range(4):
        lite.add_letter()
    server.behaviour = Behaviour(answers={"RCPT": "452 too many recipients"}, times=1)
    sender = lite.sender()
    assert sender.send_batch() is False
    assert sender._batch_size == 50
    while sender.send_batch():
        pass
    assert len(members_mail(server)) == 3


def test_an_email_stored_and_then_dropped_is_uncertain_and_never_sent_again(
    scene, server, clock
):
    """M2: the server has it, the client saw the connection die."""
    server.behaviour = Behaviour(lose_after_dot=True)
    number = scene.add_letter()
    scene.send_all()
    assert scene.state(number) is MessageState.UNCERTAIN
    server.behaviour = Behaviour()
    for _ in range(5):
        clock.advance(86_400)
        scene.send_all()
    assert scene.state(number) is MessageState.UNCERTAIN
    assert len(members_mail(server)) == 1
    assert scene.email_of(number).state is EmailState.OUTGOING


@pytest.mark.parametrize("step", ["connect", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_server_that_hangs_before_the_text_is_left_and_tried_again(
    lite, server, clock, step
):
    """M5."""
    server.behaviour = Behaviour(hang_at=step)
    number = lite.add_letter()
    started = time.monotonic()
    lite.send_all()
    assert time.monotonic() - started < 20
    assert lite.state(number) is MessageState.QUEUED
    server.behaviour = Behaviour()
    clock.advance(300)
    lite.send_all()
    assert lite.state(number) is MessageState.SENT
    assert len(members_mail(server)) == 1


@pytest.mark.parametrize("step", ["dot", "after dot"])
def test_a_server_that_hangs_after_the_dot_leaves_uncertain_and_others_go_on(
    lite, server, clock, step
):
    """M5."""
    server.behaviour = Behaviour(hang_at=step)
    number, other = lite.add_letter(), lite.add_letter()
    started = time.monotonic()
    lite.send_all()
    assert time.monotonic() - started < 20
    assert lite.state(number) is MessageState.UNCERTAIN
    server.behaviour = Behaviour()
    clock.advance(60)
    lite.send_all()
    assert lite.state(other) is MessageState.SENT
    assert lite.state(number) is MessageState.UNCERTAIN


def test_a_server_that_drips_is_left_when_the_whole_takes_too_long(lite, server):
    """M5: each byte comes in time, the answer never ends."""
    server.behaviour = Behaviour(drip_at="MAIL")
    number = lite.add_letter()
    started = time.monotonic()
    lite.send_all()
    assert time.monotonic() - started < 20
    assert lite.state(number) is MessageState.QUEUED
    assert "in time" in (lite.message(number).error or "")


def test_a_refused_password_stops_the_queue_and_burns_no_try(
    sqlite_engine, clock, tmp_path, server, caplog
):
    """M4: 535."""
    url = server.url.replace("smtp://", "smtp://user@")
    scene = Scene(sqlite_engine, scene_settings(tmp_path, smtp_url=url), clock)
    scene.add_member()
    server.behaviour = Behaviour(password="right")
    numbers = [scene.add_letter(), scene.add_letter()]
    scene.send_all()
    scene.send_all()
    assert server.connections == 1
    assert {scene.message(number).attempt_count for number in numbers} == {0}
    assert {scene.state(number) for number in numbers} == {MessageState.QUEUED}
    with store.read(scene.engine) as session:
        pause = store.sender_pause(session)
        assert pause is not None
        assert pause.is_alert
        assert "535" in pause.reason
    assert "stands still" in caplog.text
    server.behaviour = Behaviour()
    clock.advance(3600)
    scene.send_all()
    assert {scene.state(number) for number in numbers} == {MessageState.SENT}
    with store.read(scene.engine) as session:
        assert store.sender_pause(session) is None


def test_a_refused_sender_stops_the_queue_instead_of_failing_every_email(lite, server):
    """M4: refusal at MAIL FROM."""
    server.behaviour = Behaviour(answers={"MAIL": "550 5.7.1 sender not allowed"})
    number, other = lite.add_letter(), lite.add_letter()
    lite.send_all()
    assert lite.state(number) is MessageState.QUEUED
    assert lite.state(other) is MessageState.QUEUED
    assert lite.message(number).attempt_count == 0


def test_a_server_that_is_away_is_not_asked_for_every_email(lite, server, clock):
    server.behaviour = Behaviour(answers={"connect": "421 4.3.2 shutting down"})
    for _ in range(20):
        lite.add_letter()
    for _ in range(10):
        lite.send_all()
    assert server.connections == 1
    clock.advance(60)
    lite.send_all()
    assert server.connections == 2
    clock.advance(60)
    lite.send_all()
    assert server.connections == 2, "the second pause is two minutes"


def test_a_connection_that_the_server_ends_between_emails_is_made_anew(lite, server):
    server.behaviour = Behaviour(per_connection=2)
    for _ in range(5):
        lite.add_letter()
    lite.send_all()
    assert len(members_mail(server)) == 5
    with store.read(lite.engine) as session:
        assert store.message_counts(session)[MessageState.QUEUED] == 0


def test_one_connection_carries_a_batch(lite, server):
    for _ in range(10):
        lite.add_letter()
    lite.sender().send_batch()
    assert server.connections == 1
    assert len(server.received) == 20


def test_without_the_starttls_that_was_asked_for_nothing_is_sent(
    sqlite_engine, clock, tmp_path, server
):
    """M6."""
    url = server.url.replace("smtp://", "smtp+starttls://")
    scene = Scene(sqlite_engine, scene_settings(tmp_path, smtp_url=url), clock)
    scene.add_member()
    number = scene.add_letter()
    scene.send_all()
    assert scene.state(number) is MessageState.QUEUED
    assert server.received == []
    with store.read(scene.engine) as session:
        pause = store.sender_pause(session)
    assert pause is not None
    assert "does not offer STARTTLS" in pause.reason


@pytest.mark.parametrize("scheme", ["smtps", "smtp+starttls"])
@pytest.mark.parametrize("is_trusted", [True, False])
def test_only_a_good_certificate_is_sent_to(
    sqlite_engine, clock, tmp_path, monkeypatch, scheme, is_trusted
):
    """M6."""
    context, pem = certificate(tmp_path)
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with smtp_server(tls=context, starttls="starttls" in scheme) as server:
        url = f"{scheme}://127.0.0.1:{server.port}"
        scene = Scene(sqlite_engine, scene_settings(tmp_path, smtp_url=url), clock)
        scene.add_member()
        number = scene.add_letter()
        scene.send_all()
        assert len(members_mail(server)) == (1 if is_trusted else 0)
    expected = MessageState.SENT if is_trusted else MessageState.QUEUED
    assert scene.state(number) is expected


def test_what_cannot_be_written_as_an_email_fails_and_stops_nobody_else(lite, server):
    bad = lite.add_letter()
    good = lite.add_letter()
    with store.write(lite.engine) as session:
        message = store.message_by_id(session, bad)
        assert message is not None
        message.subject = "two\nBcc: everybody@example.org"
    lite.send_all()
    assert lite.state(bad) is MessageState.FAILED
    assert lite.state(good) is MessageState.SENT
    assert len(members_mail(server)) == 1


def test_in_hold_nothing_leaves_whatever_is_queued(
    sqlite_engine, clock, tmp_path, server
):
    """M14."""
    settings = scene_settings(tmp_path, smtp_url=server.url, mode="hold")
    scene = Scene(sqlite_engine, settings, clock)
    scene.add_member()
    queued, held = scene.add_letter(), scene.add_letter(is_held=True)
    scene.send_all()
    assert server.connections == 0
    scene.settings = scene_settings(tmp_path, smtp_url=server.url)
    scene.send_all()
    assert scene.state(held) is MessageState.HELD, "changing the mode releases nothing"
    assert scene.state(queued) is MessageState.SENT
    with store.write(scene.engine) as session:
        store.release_message(session, held, actor="staff", now=clock())
    scene.send_all()
    assert scene.state(held) is MessageState.SENT


def test_an_email_that_nobody_confirmed_can_neither_leave_nor_be_released(lite, server):
    number = lite.add_letter(is_confirmed=False)
    with store.write(lite.engine) as session:
        assert store.release_all(session, actor="staff", now=lite.clock()) == 0
        with pytest.raises(store.OutboxError, match="has not confirmed"):
            store.release_message(session, number, actor="staff", now=lite.clock())
    lite.send_all()
    assert server.received == []
    with store.write(lite.engine) as session:
        email_id = lite.message(number).supporter_email_id
        assert email_id is not None
        store.confirm_message(session, email_id, is_held=False, now=lite.clock())
    lite.send_all()
    assert lite.state(number) is MessageState.SENT


def test_the_simulators_addresses_open_no_connection(lite, server):
    """M14."""
    numbers = {}
    for index, name in enumerate(
        ["delivered", "refused", "later", "uncertain", "bounced"]
    ):
        member_id = lite.add_member(2000 + index, f"{name}@simulator.example")
        address = f"{name}@simulator.example"
        numbers[name] = lite.add_letter(
            member_id,
            to_address=address,
            supporter_address="delivered@simulator.example",
        )
    lite.send_all()
    assert server.connections == 0
    assert {name: lite.state(number) for name, number in numbers.items()} == {
        "delivered": MessageState.SENT,
        "refused": MessageState.FAILED,
        "later": MessageState.QUEUED,
        "uncertain": MessageState.UNCERTAIN,
        "bounced": MessageState.FAILED,
    }
    assert lite.email_of(numbers["bounced"]).state is EmailState.BOUNCED
    assert lite.email_of(numbers["delivered"]).state is EmailState.COUNTED


def test_an_abort_ends_a_conversation_that_hangs(lite, server):
    """C5: the program is told to stop while the server says nothing."""
    server.behaviour = Behaviour(hang_at="after dot")
    number = lite.add_letter()
    sender = lite.sender(patience=Patience(30, 30, 30))
    thread = threading.Thread(target=sender.send_batch)
    thread.start()
    for _ in range(200):
        if server.received:
            break
        time.sleep(0.01)
    sender.abort()
    thread.join(5)
    assert not thread.is_alive()
    assert lite.state(number) is MessageState.UNCERTAIN


def test_a_confirmation_waits_behind_no_email_to_an_mp(lite, server):
    for _ in range(3):
        lite.add_letter()
    with store.write(lite.engine) as session:
        supporter_email = lite.message(1).supporter_email_id
        store.queue_message(
            session,
            store.NewMessage(
                kind=MessageKind.CONFIRMATION,
                dedupe_key="confirm:1",
                to_address="writer1@example.org",
                subject="Please confirm",
                body="Press the button on the page below.\n",
                supporter_id=1,
                supporter_email_id=supporter_email,
            ),
            is_held=False,
            domain="example.org",
            now=lite.clock(),
        )
    lite.send_all()
    first = server.received[0]
    assert first.recipients == ["writer1@example.org"]
    assert "https://campaign.example.org/confirm/1-" in first.email.get_content()


def test_patience_is_quick_only_in_tests():
    assert Patience().text_seconds > QUICK.text_seconds
