"""Follow-ups on their way: what an email holds, and the last look before it leaves."""

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.conftest import FakeClock
from tests.follow_up_scene import FollowUpScene, follow_up_settings
from tests.smtp_server import SmtpServer, smtp_server
from tests.test_staff_follow_ups import LETTER
from tracker import store
from tracker.outbox.follow_up_texts import own_words
from tracker.outbox.simple_html import simple_html
from tracker.rules import follow_ups as rules
from tracker.store import Engine, follow_up_pauses
from tracker.store.tables import FollowUpState, Message, MessageState, Signature


@pytest.fixture
def scene(
    sqlite_engine: Engine, clock: FakeClock, tmp_path: Path, migrated_sqlite_url: str
) -> FollowUpScene:
    settings = follow_up_settings(tmp_path, migrated_sqlite_url)
    made = FollowUpScene(sqlite_engine, settings, clock)
    made.add_members(10, 11)
    return made


def due_on_friday(scene: FollowUpScene, count: int = 1) -> None:
    for _ in range(count):
        scene.add_supporter(10, body=LETTER)
    scene.run()
    scene.set(19)
    scene.run()


def send(scene: FollowUpScene, server: SmtpServer) -> None:
    sender = scene.sender(server.url)
    while sender.send_batch():
        pass


def parts(email: EmailMessage) -> tuple[str, str]:
    plain, html = email.get_body(("plain",)), email.get_body(("html",))
    assert plain is not None
    assert html is not None
    text, markup = (part.get_content() for part in (plain, html))
    return text.replace("\r\n", "\n"), markup.replace("\r\n", "\n")


def test_an_email_has_the_number_a_script_their_words_and_ways_to_stop(scene):
    due_on_friday(scene)
    with smtp_server() as server:
        send(scene, server)
    [received] = server.received
    email = received.email
    assert received.recipients == ["writer1@example.org"]
    assert email["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [link] = str(email["List-Unsubscribe"]).strip("<>").split()
    assert link.startswith("https://campaign.example.org/me/")
    assert link.endswith("/unsubscribe")
    assert email["Auto-Submitted"] == "auto-generated"
    text, html = parts(email)
    assert text.startswith("Dear Writer 1,\n")
    assert "On 15 June 2026 you wrote to Member 10" in text
    assert "The number is 01407 000000 (Constituency office)." in text
    assert "my name is Writer 1 and I live in Seat 10" in text
    assert "\n> My cousin is a journalist there.\n" in text
    assert "1 High Street" not in text
    assert link.removesuffix("/unsubscribe") in text
    assert f'<a href="{link}">' in html
    assert "<blockquote><p>Dear Member 10,<br>" in html
    assert "<img" not in html
    assert "style" not in html
    assert scene.messages()[0].state is MessageState.SENT


def test_words_that_are_gone_are_not_spoken_of(scene):
    due_on_friday(scene)
    with store.write(scene.engine) as session:
        letter = session.get_one(Message, 1)
        letter.body = letter.subject = None
    with smtp_server() as server:
        send(scene, server)
    text, _ = parts(server.received[0].email)
    assert "first time" not in text


def test_what_is_in_the_outbox_holds_nobodys_first_words(scene):
    due_on_friday(scene)
    assert "cousin" not in (scene.messages()[0].body or "")


def test_an_mp_who_signed_a_moment_ago_is_not_chased(scene):
    due_on_friday(scene)
    with store.write(scene.engine) as session:
        session.add(
            Signature(
                motion_id=scene.motion_id,
                signature_id=99,
                member_id=10,
                is_withdrawn=False,
                event_count=1,
                last_happened_at=scene.clock(),
            )
        )
    with smtp_server() as server:
        send(scene, server)
    assert server.received == []
    [message] = scene.messages()
    assert (message.state, message.error) == (MessageState.CANCELLED, rules.HAS_SIGNED)
    [row] = scene.follow_ups("ask-and-ring")
    assert (row.state, row.reason) == (FollowUpState.CANCELLED, rules.HAS_SIGNED)


def test_one_that_waited_into_the_evening_leaves_in_the_morning(scene):
    due_on_friday(scene)
    scene.set(19, 17, 0)
    with smtp_server() as server:
        send(scene, server)
        assert server.received == []
        scene.set(22, 7, 59)
        send(scene, server)
        assert server.received == []
        scene.set(22, 8)
        send(scene, server)
        assert len(server.received) == 1


def test_what_was_held_and_is_released_at_once_is_spread_all_the_same(scene):
    scene.configure(mail={"mode": "hold"})
    due_on_friday(scene, 3)
    for minute in (12, 24):
        scene.set(19, 8, minute)
        scene.run()
    assert [m.state for m in scene.messages()] == [MessageState.HELD] * 3
    scene.set(19, 9)
    with store.write(scene.engine) as session:
        store.release_all(session, actor="Ann", now=scene.clock())
    times: list[int] = []
    with smtp_server() as server:
        for minute in range(30):
            scene.set(19, 9, minute)
            send(scene, server)
            times += [minute] * (len(server.received) - len(times))
    assert times == [0, 12, 24]


def test_a_pause_holds_back_what_is_in_the_outbox_already(scene):
    due_on_friday(scene)
    with store.write(scene.engine) as session:
        rules_paused = "rule:ask-and-ring"
        follow_up_pauses.record_follow_up_pause(
            session, rules_paused, by="Ann", now=scene.clock()
        )
    with smtp_server() as server:
        send(scene, server)
        assert server.received == []
        with store.write(scene.engine) as session:
            follow_up_pauses.end_follow_up_pause(session, rules_paused)
        scene.clock.advance(timedelta(minutes=10).total_seconds())
        send(scene, server)
        assert len(server.received) == 1


def test_own_words_are_what_is_between_the_address_and_the_last_lines():
    assert own_words(LETTER) == (
        "Dear Member 10,\n\nMy cousin is a journalist there.\n\n"
        "Yours sincerely,\nWriter 1"
    )
    assert own_words(None) == ""


def test_html_says_what_the_text_says_and_nothing_in_it_is_markup():
    html = simple_html('Hi <b>&\n\n    Hello "x"\n\n> my words\n\nSee https://a.org/x.')
    assert "<p>Hi &lt;b&gt;&amp;</p>" in html
    assert "<blockquote><p>Hello &quot;x&quot;</p></blockquote>" in html
    assert "<blockquote><p>my words</p></blockquote>" in html
    assert '<p>See <a href="https://a.org/x">https://a.org/x</a>.</p>' in html
