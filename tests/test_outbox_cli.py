"""`tracker outbox`: what it shows, what it does, and what it refuses."""

from datetime import timedelta

import pytest

from tests.outbox_scene import PRIVACY, SESSION, Scene, scene_settings
from tests.program import Program
from tracker import store
from tracker.clock import utc_now
from tracker.store.schema import open_database
from tracker.store.tables import Message, MessageState


@pytest.fixture
def program(tmp_path, monkeypatch):
    monkeypatch.delenv("TRACKER_CONFIG", raising=False)
    program = Program(tmp_path)
    configure(program, "send")
    return program


def configure(program: Program, mode: str) -> None:
    mail = (
        f'[mail]\nmode = "{mode}"\nsmtp_url = "smtp://127.0.0.1:9"\n'
        'sender = "campaign@example.org"\n[privacy]\n'
    )
    privacy = "\n".join(f'{key} = "{value}"' for key, value in PRIVACY.items())
    program.configure(session=SESSION, more=f"closes_on = 2099-01-01\n{mail}{privacy}")


@pytest.fixture
def scene(program, clock, tmp_path):
    program.database.parent.mkdir()
    engine = open_database(f"sqlite:///{program.database}", is_upgraded=True)
    clock.set(utc_now())
    scene = Scene(engine, scene_settings(tmp_path), clock)
    scene.add_member()
    yield scene
    engine.dispose()


def put(scene: Scene, message_id: int, state: MessageState) -> None:
    with store.write(scene.engine) as session:
        session.get_one(Message, message_id).state = state


def test_an_empty_outbox_is_said_to_be_empty(program, capsys):
    ended = program.here(capsys, "outbox")
    assert ended.code == 0
    assert ended.out == "the outbox is empty\n"


def test_it_shows_counts_and_what_needs_somebody_but_no_persons_data(
    program, scene, capsys
):
    scene.add_letter()
    held = scene.add_letter(is_held=True)
    ended = program.here(capsys, "outbox")
    assert ended.code == 0
    assert "1 held, 1 queued" in ended.out
    assert f"  {held}  held  to_member" in ended.out
    for secret in ("writer", "example.org", "High Street"):
        assert secret not in ended.out


def test_json_is_one_document_without_a_persons_data(program, scene, capsys):
    held = scene.add_letter(is_held=True)
    with store.write(scene.engine) as session:
        store.record_pause(
            session,
            "the mail server answered 535",
            is_alert=True,
            until_at=scene.clock() + timedelta(hours=1),
            now=scene.clock(),
        )
    ended = program.here(capsys, "outbox", "--json")
    document = ended.document
    assert document["mode"] == "send"
    assert document["counts"]["held"] == 1
    assert document["pause"]["alert"] is True
    assert [message["id"] for message in document["messages"]] == [held]
    assert "writer" not in ended.out


def test_release_cancel_decide_and_unpark_do_what_they_say(program, scene, capsys):
    held, queued, doubted, parked = (
        scene.add_letter(is_held=True),
        *(scene.add_letter() for _ in range(3)),
    )
    put(scene, doubted, MessageState.UNCERTAIN)
    put(scene, parked, MessageState.PARKED)
    for arguments, number, state in [
        (["--release", str(held)], held, MessageState.QUEUED),
        (["--cancel", str(queued)], queued, MessageState.CANCELLED),
        (["--decide", str(doubted), "sent"], doubted, MessageState.SENT),
        (["--unpark", str(parked)], parked, MessageState.QUEUED),
    ]:
        assert program.here(capsys, "outbox", *arguments).code == 0
        assert scene.state(number) is state


def test_help_writes_the_word_for_all_that_is_held_as_it_is_taken(program, capsys):
    assert "--release ID|all " in program.here(capsys, "outbox", "--help").out


def test_all_that_is_held_is_released_but_in_hold_it_waits(program, scene, capsys):
    held = [scene.add_letter(is_held=True) for _ in range(3)]
    configure(program, "hold")
    ended = program.here(capsys, "outbox", "--release", "all")
    assert ended.code == 0
    assert "released 3 messages" in ended.out
    assert "nothing leaves until it is send" in ended.out
    assert {scene.state(number) for number in held} == {MessageState.QUEUED}


def test_a_paused_sender_can_be_told_to_try_again(program, scene, capsys):
    with store.write(scene.engine) as session:
        store.record_pause(
            session, "535", is_alert=True, until_at=scene.clock(), now=scene.clock()
        )
    assert "needs somebody: 535" in program.here(capsys, "outbox").out
    ended = program.here(capsys, "outbox", "--resume")
    assert "tried again at once" in ended.out
    with store.read(scene.engine) as session:
        assert store.sender_pause(session) is None


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--release", "99"], 1, "there is no message 99 in the outbox"),
        (["--cancel", "0"], 1, "there is no message 0 in the outbox"),
        (["--release", "some"], 2, "neither a number nor all"),
        (["--decide", "1", "maybe"], 2, "'maybe' is not one of"),
        (["--cancel", "1", "--release", "2"], 2, "one thing to do at a time"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(program, capsys, arguments, code, says):
    ended = program.here(capsys, "outbox", *arguments)
    assert ended.code == code
    assert says in ended.err
    assert ended.err.count("\n") == 1
