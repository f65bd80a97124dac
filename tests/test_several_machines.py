"""Two workers and three web processes on one PostgreSQL, with one of the workers killed."""

import re
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.action_scene import JANE
from tests.conftest import FakeClock
from tests.live import listening
from tests.own_postgres import own_postgres
from tests.several_scene import (
    Machines,
    SeveralScene,
    configure,
    parliament_with,
    until,
)
from tests.smtp_server import Behaviour, Received, SmtpServer, smtp_server
from tests.upstream import FIRST_MEMBER, MOTION_ID, NUMBER
from tracker.clock import utc_now
from tracker.rehearsal.exchange import Exchange
from tracker.rehearsal.server import StandIn
from tracker.rules.changes import ChangeKind
from tracker.store.schema import open_database
from tracker.store.tables import MessageState

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

KNOWN = 3
DETAIL = f"/EarlyDayMotion/{MOTION_ID}"
TAKES_OVER_WITHIN_SECONDS = 30


@pytest.fixture
def parliament():
    with parliament_with(KNOWN) as stand_in:
        yield stand_in


@pytest.fixture
def server():
    with smtp_server() as server:
        yield server


@pytest.fixture
def scene(postgres_url, tmp_path, parliament, server):
    engine = open_database(postgres_url, is_upgraded=False)
    settings = configure(tmp_path, postgres_url, parliament, server.url)
    scene = SeveralScene(engine, settings, FakeClock(utc_now()))
    yield scene
    engine.dispose()


@pytest.fixture
def path(scene):
    return f"/motions/{scene.settings.motions[0].session}/{NUMBER}"


def test_a_worker_that_is_killed_is_replaced_and_every_web_process_goes_on(
    scene: SeveralScene,
    parliament: StandIn,
    server: SmtpServer,
    path: str,
    tmp_path: Path,
) -> None:
    with Machines(tmp_path) as machines, ExitStack() as open_streams:
        first = machines.worker("first")
        webs = machines.webs(3)
        until(lambda: len(scene.ledger()) == KNOWN, "the baseline", first.process)
        held = _hold_one_email(scene, server)
        second = machines.worker("second")
        streams = [
            open_streams.enter_context(listening(web, motion=f"/api/v1{path}"))
            for web in webs
        ]
        for stream in streams:
            stream.greeting()

        # A signature polled by one process reaches a browser at each of the others.
        _sign(parliament, 1)
        assert [stream.ids(1) for stream in streams] == [[KNOWN + 1]] * 3
        # The first sender hangs; the second one is enough.
        _form_goes_round(server, webs, path)
        until(lambda: "standing by" in second.log, "it stands by", second.process)
        assert (first.is_scheduling, second.is_scheduling) == (True, False)

        # Killed with an email and an answer of Parliament in its hands.
        asked = _hold_a_poll(parliament)
        first.kill()
        waiting = scene.add_letter(JANE)
        took = until(lambda: parliament.request_count(DETAIL) > asked, "it takes over")
        assert took < TAKES_OVER_WITHIN_SECONDS
        assert second.is_scheduling
        assert [stream.ids(2) for stream in streams] == [[KNOWN + 2, KNOWN + 3]] * 3
        until(lambda: scene.state(held) is MessageState.UNCERTAIN, "it is in doubt")
        until(lambda: scene.state(waiting) is MessageState.SENT, "the others go on")
        pages = [httpx.get(f"{web}/api/v1{path}", trust_env=False) for web in webs]
        assert [page.json()["signature_count"] for page in pages] == [KNOWN + 3] * 3

    assert max(Counter(server.ids()).values()) == 1
    # The one in doubt, the form's, and the one that waited meanwhile.
    assert len(to_the_mp(server)) == 3
    assert scene.ledger() == undisturbed(parliament)


def test_a_restart_of_the_database_server_ends_neither_polls_nor_streams(
    parliament: StandIn, tmp_path: Path
) -> None:
    with own_postgres() as database, Machines(tmp_path) as machines:
        engine = open_database(database.url, is_upgraded=False)
        settings = configure(tmp_path, database.url, parliament)
        scene = SeveralScene(engine, settings, FakeClock(utc_now()))
        worker = machines.worker("worker")
        [web] = machines.webs(1)
        motion = f"/api/v1/motions/{settings.motions[0].session}/{NUMBER}"
        until(lambda: len(scene.ledger()) == KNOWN, "the baseline", worker.process)
        with listening(web, motion=motion) as stream:
            stream.greeting()
            # Before what it missed was read, a lost database would end it.
            _sign(parliament, 1)
            assert stream.ids(1) == [KNOWN + 1]
            database.restart()
            _sign(parliament, 1)
            assert stream.ids(1) == [KNOWN + 2]
            # Its lock went with the connection: it has to take it anew.
            until(lambda: "let our lock go" in worker.log, "it notices")
            until(lambda: worker.log.count("scheduling: motions") == 2, "it goes on")
            _sign(parliament, 1)
            assert stream.ids(1) == [KNOWN + 3]
        assert scene.ledger() == undisturbed(parliament)
        assert httpx.get(web + motion, trust_env=False).status_code == 200
        engine.dispose()


def undisturbed(parliament: StandIn) -> list[tuple[object, ...]]:
    """Return the ledger as polls leave it that nobody disturbs."""
    rows = [row.row_id for row in parliament.world.rows(MOTION_ID)]
    return [
        (ChangeKind.SIGNED, signature_id, FIRST_MEMBER + place, place < KNOWN)
        for place, signature_id in enumerate(rows)
    ]


def _sign(parliament: StandIn, count: int) -> None:
    """Have the next Members sign."""
    world = parliament.world
    start = FIRST_MEMBER + len(world.rows(MOTION_ID))
    for member_id in range(start, start + count):
        world.sign(MOTION_ID, member_id)


def _form_goes_round(server: SmtpServer, webs: list[str], path: str) -> None:
    """Send the form in at all of them, look at the link at one, press at the next."""
    fields = {
        "member": str(JANE),
        "key": "a-key-of-this-page",
        "name": "Canary Featherstone",
        "email": "canary@example.org",
        "address": "7 Perch Street",
        "postcode": "ZZ1 1AA",
        "own_words": "My cousin is a journalist there.",
        "text": "Please sign.",
        "send": "yes",
        "is_13": "yes",
    }
    for web in webs:
        answer = httpx.post(f"{web}{path}/act", data=fields, trust_env=False)
        assert answer.status_code in (200, 303), answer.status_code
    until(lambda: len(server.received) == 2, "the confirmation is sent")
    link = re.search(r"http://[^/\s]+(/confirm/\S+)", _text(server.received[1]))
    assert link
    assert httpx.get(webs[1] + link[1], trust_env=False).status_code == 200
    assert httpx.post(webs[2] + link[1], trust_env=False).status_code == 200
    assert httpx.get(webs[0] + link[1], trust_env=False).status_code == 404
    until(lambda: len(to_the_mp(server)) == 2, "the email to the MP is sent")


def to_the_mp(server: SmtpServer) -> list[Received]:
    """Return what the server took for the MP's office."""
    mp = ["jane.carver.mp@parliament.example"]
    return [email for email in server.received if email.recipients == mp]


def _text(received: Received) -> str:
    body = received.email.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _hold_one_email(scene: SeveralScene, server: SmtpServer) -> int:
    """Have the server take an email and never say so; return its number."""
    server.behaviour = Behaviour(hang_at="after dot")
    number = scene.add_letter(JANE)
    until(lambda: len(server.received) == 1, "an email hangs")
    server.behaviour = Behaviour()
    return number


def _hold_a_poll(parliament: StandIn) -> int:
    """Have two sign, and the answer that says so never come; return how often was asked."""
    hanging = Hanging()
    parliament.fault(hanging, DETAIL)
    until(lambda: hanging.is_reached, "a poll hangs")
    _sign(parliament, 2)
    return parliament.request_count(DETAIL)


class Hanging:
    """No answer until the client gives up; it says when somebody waits."""

    def __init__(self) -> None:
        self.is_reached = False

    async def __call__(self, exchange: Exchange) -> None:
        self.is_reached = True
        await exchange.until_client_goes()
