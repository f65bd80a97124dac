"""Canary persons by every way in, looked for in every public answer, log and file (W14, P2, P3, P7).

At every stage: when they came, confirmed, while their email is in a sender's hands, when
it has left, when the MP signed and others were told; and after they were erased.
"""

import csv
import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.attack_scene import NUMBER, PATH, SESSION, WATCHED
from tests.conftest import FakeClock
from tests.factories import motion_answer, recorded, signature_row
from tests.imap_server import DROP, PASSWORD, ImapServer, copy, imap_server
from tests.live import served
from tests.outbox_scene import PRIVACY, QUICK
from tests.person_scene import MEMBER, NOW, add_campaign
from tests.route_scene import OPEN, STREAM, Route, RouteScene, routes_of
from tests.smtp_server import SmtpServer, smtp_server
from tests.staff import add_staff
from tests.supporters_house import code_of
from tracker import store
from tracker.chores import Hands, chores_of
from tracker.config import Settings, settings_from
from tracker.keys import secret_key
from tracker.logs import OneLine
from tracker.operations.backups import back_up, restore
from tracker.outbox.links import links_of
from tracker.outbox.mail_server import server_of
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.rules.roles import Role
from tracker.store.schema import open_database
from tracker.store.tables import (
    Message,
    OutgoingEvent,
    PostcodeSeat,
    SignAlert,
    Supporter,
)
from tracker.supporters.erasure import erase_person, known_erasures
from tracker.supporters.files import open_records
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.mailbox import read_mailbox
from tracker.supporters.mailbox_desk import MailboxDesk

WORD = "zqcanary"
WORDS = (WORD, "zq9 9zz", "zq99zz")
WAYS = ("form", "api", "csv", "mbox", "bcc", "alert")
API = f"/api/v1{PATH}"


def address(way: str) -> str:
    return f"{WORD}.{way}@example.org"


def canary_settings(folder: Path, smtp_url: str, imap_url: str) -> Settings:
    return settings_from(
        {
            "motions": [{"number": NUMBER, "session": SESSION}],
            "parliament": {"contact": "test@example.org"},
            "database": {"url": f"sqlite:///{folder / 'tracker.db'}"},
            "campaign": {"nudge_after_days": 0},
            "mail": {
                "mode": "send",
                "smtp_url": smtp_url,
                "sender": "campaign@example.org",
                "drop_address": DROP,
                "imap_url": imap_url,
            },
            "privacy": PRIVACY,
            "web": {"port": 0},
            "webhooks": [{"name": "crm", "url": "https://hooks.example.org/edm"}],
        },
        folder=folder,
        environ={
            "TRACKER__MAIL__IMAP_PASSWORD": PASSWORD,
            "TRACKER_WEBHOOK_CRM_SECRET": "whsec_" + "QUJD" * 11,
        },
    )


@dataclass
class Life:
    """The program with canaries in it, and what it has said so far."""

    scene: RouteScene
    smtp: SmtpServer
    imap: ImapServer
    folder: Path
    logged: list[str] = field(default_factory=list)

    def ask(self, path: str, form: dict[str, str]) -> None:
        answer = self.scene.ask("POST", path, form=form)
        assert answer.status_code in (200, 303), answer.text[:500]

    def path(self, url: str) -> str:
        return url.removeprefix(self.scene.settings.web.base_url)

    def sender(self) -> OutboxSender:
        settings = self.scene.settings
        return OutboxSender(
            settings,
            self.scene.engine,
            self.scene.clock,
            slot="sender-0",
            mailer=Mailer(server_of(settings.mail), QUICK),
            links=links_of(settings),
        )

    def send_all(self) -> None:
        for _ in range(30):
            self.scene.clock.advance(300)
            self.sender().send_batch()

    def chores(self) -> None:
        """Do what the scheduler does every minute: plan and tell."""
        scene = self.scene
        hands = Hands(scene.settings, scene.engine, scene.clock, lambda: False)
        for chore in chores_of(scene.settings):
            if chore.every <= timedelta(minutes=5):
                chore.do(hands)


@pytest.fixture
def life(tmp_path: Path, sqlite_template: Path) -> Iterator[Life]:
    shutil.copy(sqlite_template, tmp_path / "tracker.db")
    engine = open_database(f"sqlite:///{tmp_path / 'tracker.db'}", is_upgraded=False)
    clock = FakeClock(NOW)
    with smtp_server() as smtp, imap_server() as imap:
        made = canary_settings(tmp_path, smtp.url, imap.url)
        app = create_app(made, engine, clock=clock)
        with TestClient(app, raise_server_exceptions=False) as client:
            add_campaign(engine)
            for role in Role:
                add_staff(engine, clock, role.value.title(), role)
            fills = {
                "session": SESSION,
                "number": str(NUMBER),
                "member_id": str(MEMBER),
                "version": "x",
                "tag": "0123456789abcdef",
            }
            scene = RouteScene(engine, made, clock, client, fills)
            found = Life(scene, smtp, imap, tmp_path)
            with listening(found.logged):
                yield found
    engine.dispose()


def listening(lines: list[str]) -> "Listening":
    return Listening(lines)


class Listening(logging.Handler):
    """Keeps every line of every log, as it would be written, while it is entered."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(OneLine())
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        # The tests' own mail server and client say what passes through them.
        if not record.name.startswith(("mail.", "httpx", "httpcore", "asyncio")):
            self._lines.append(self.format(record))

    def __enter__(self) -> "Listening":
        root = logging.getLogger()
        self._level = root.level
        root.addHandler(self)
        root.setLevel(logging.DEBUG)
        return self

    def __exit__(self, *_: object) -> None:
        root = logging.getLogger()
        root.removeHandler(self)
        root.setLevel(self._level)


def come(life: Life) -> None:
    """Bring one canary in by each way."""
    scene = life.scene
    with store.write(scene.engine) as session:
        session.add(PostcodeSeat(postcode="ZQ99ZZ", ons_code=code_of("Ynys Môn")))
    answer = recorded(
        scene.engine,
        WATCHED,
        motion_answer(
            [signature_row(1)], number=NUMBER, parliament_id=46_240, Title="T"
        ),
        scene.clock(),
        parliament_id=46_240,
    )
    assert answer.outcome.is_good
    life.ask(f"{PATH}/act", _letter())
    life.ask(f"{PATH}/mps/{MEMBER}/alert", {"email": address("alert")})
    cookie = scene.session("Staff")
    told = {"session": SESSION, "number": NUMBER, "emails": [_row("api")]}
    headers = {"cookie": f"session={cookie.token}", "x-csrf-token": cookie.csrf}
    assert scene.client.post("/api/v1/emails", json=told, headers=headers).is_success
    _import(life, "emails.csv")
    mailbox = b"From a@example.org Mon Jun  1 09:00:00 2026\n" + _mail("mbox")
    (life.folder / f"{WORD}.mbox").write_bytes(mailbox)
    _import(life, f"{WORD}.mbox")
    life.imap.deliver(_mail("bcc"))
    desk = MailboxDesk(
        scene.settings, scene.engine, secret_key(scene.settings), scene.clock
    )
    assert read_mailbox(desk).read == 1


def _letter() -> dict[str, str]:
    return {
        "member": str(MEMBER),
        "key": "a-key",
        "name": f"Ann {WORD}",
        "email": address("form"),
        "address": f"1 {WORD} Street",
        "postcode": "ZQ9 9ZZ",
        "own_words": f"My {WORD} cousin.",
        "text": "Please sign.",
        "send": "yes",
        "reminders": "yes",
        "is_13": "yes",
    }


def _row(way: str) -> dict[str, str]:
    return {
        "supporter_email": address(way),
        "supporter_name": f"Bob {WORD}",
        "postcode": "ZQ9 9ZZ",
        "mp_name": "Jane Carver",
        "sent_at": "2026-06-10T10:00:00Z",
        "message_id": f"{WORD}.{way}@mail",
        "subject": f"EDM 240 {WORD}",
    }


def _mail(way: str) -> bytes:
    raw = copy(f"{WORD}.{way}", subject=f"EDM 240 {WORD}", body=f"I am {WORD}")
    return raw.replace(f"{WORD}.{way}@mail".encode(), f"{WORD}{way}@mail".encode())


def _import(life: Life, name: str) -> None:
    if name.endswith(".csv"):
        with (life.folder / name).open("w", encoding="utf-8", newline="") as file:
            rows = [
                _row("csv"),
                _row("csv2") | {"mp_name": f"{WORD} MP", "postcode": ""},
            ]
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    scene = life.scene
    desk = ImportDesk(scene.engine, secret_key(scene.settings), scene.clock)
    with open_records(life.folder / name, scene.clock()) as records:
        import_emails(desk, WATCHED, records, source="a list")
    (life.folder / name).unlink()


def check_public(life: Life, stage: str) -> None:
    """No answer that anybody gets, no line of the log, no webhook names a canary."""
    life.scene.clock.advance(30)  # what is kept ready is made anew
    count = 0
    for route in routes_of(life.scene.client.app):  # type: ignore[arg-type]
        if route.path in OPEN and route.path != STREAM and route.takes("GET"):
            count += _check_route(life, route, stage)
    assert count > 25, stage
    for line in life.logged:
        check_words(line, f"{stage}: the log")
    with store.read(life.scene.engine) as session:
        for event in session.exec(select(OutgoingEvent)).all():
            told = json.dumps(store.outgoing_object(event), default=str)
            check_words(told, f"{stage}: a webhook")
        for message in session.exec(select(Message)).all():
            if message.to_address is None:  # to webhooks and staff, who are no office
                check_words(f"{message.subject} {message.body}", f"{stage}: a notice")
    members = life.scene.ask("GET", f"{API}/members").json()["members"]
    for one in members:
        told = one["supporters"]
        assert told in (None, 0) or told >= 5, "a number so small names somebody"


def _check_route(life: Life, route: Route, stage: str) -> int:
    paths = [life.scene.path(route)]
    if route.path.endswith("/feed.atom"):
        paths.append(f"{paths[0]}?party=Labour")
    is_answered = False
    for path in paths:
        answer = life.scene.ask("GET", path)
        is_answered = answer.status_code == 200
        check_words(answer.text, f"{stage}: {path}")
        check_words(str(answer.headers), f"{stage}: the headers of {path}")
    return is_answered


def check_words(text: str, where: str) -> None:
    found = text.casefold()
    for word in WORDS:
        at = found.find(word)
        assert at < 0, f"{where} has {text[max(0, at - 80) : at + 80]!r}"


def people(life: Life) -> set[str]:
    with store.read(life.scene.engine) as session:
        found = session.exec(select(Supporter.email)).all()
    return {one for one in found if one}


def test_a_canary_is_in_no_public_answer_log_or_webhook_at_any_stage(life):
    come(life)
    assert {address(way) for way in WAYS} <= people(life), "all are in"
    check_public(life, "came")

    links = links_of(life.scene.settings)
    with store.read(life.scene.engine) as session:
        [letter] = session.exec(
            select(Message).where(Message.reply_to == address("form"))
        ).all()
        [alert] = session.exec(select(SignAlert)).all()
    life.send_all()  # the question whether they are who they say
    assert letter.supporter_email_id is not None
    life.ask(life.path(links.confirmation(letter.supporter_email_id)), {})
    life.ask(life.path(links.alert(alert.id or 0)), {})
    check_public(life, "confirmed")

    life.scene.clock.advance(300)
    claim = life.sender()._claim()
    assert claim is not None, "nothing is due"
    check_public(life, "in a sender's hands")
    with store.write(life.scene.engine) as session:
        store.record_deaths(session, "sender-0", life.scene.clock(), is_alive=True)
    life.send_all()
    assert any(WORD in str(one.email["Reply-To"]) for one in life.smtp.received)
    check_public(life, "sent")

    ref = claim.supporter_ref
    form = {"do": "report", "about": f"{SESSION}/{NUMBER}/{MEMBER}", "kind": "rang"}
    life.ask(life.path(links.own_page(ref)), form)
    rows = [signature_row(1), signature_row(2, member_id=MEMBER, name="Jane Carver")]
    body = motion_answer(rows, number=NUMBER, parliament_id=46_240, Title="T")
    now = life.scene.clock.advance(120)
    recorded(life.scene.engine, WATCHED, body, now, parliament_id=46_240)
    life.chores()
    life.send_all()
    told = [one for one in life.smtp.received if address("alert") in one.recipients]
    assert len(told) > 1, "the subscriber was told of the signature"
    check_public(life, "the MP signed")
    check_stream(life)


def check_stream(life: Life) -> None:
    """The live stream, read over a socket to the last event there is."""
    scene = life.scene
    with (
        served(scene.client.app, scene.settings) as server,  # type: ignore[arg-type]
        httpx.Client(base_url=server.url, trust_env=False) as client,
        client.stream("GET", f"{API}/stream?after=0") as response,
    ):
        read = ""
        for part in response.iter_text():
            read += part
            if read.count("event: signature") >= 2:
                break
    check_words(read, "the stream")


def test_an_erased_canary_is_in_no_file_whatever_way_it_came(life):
    come(life)
    links = links_of(life.scene.settings)
    with store.read(life.scene.engine) as session:
        [alert] = session.exec(select(SignAlert)).all()
    life.ask(life.path(links.alert(alert.id or 0)), {})
    life.send_all()
    database = life.folder / "tracker.db"
    kept = life.folder / "kept"
    kept.mkdir()
    back_up(database, kept / "before.db")
    assert in_file(kept / "before.db"), "the backup has them"

    for way in (*WAYS, "csv2"):
        report = erase_person(
            life.scene.engine,
            life.scene.settings,
            secret_key(life.scene.settings),
            address(way),
            now=life.scene.clock(),
            actor="Admin",
        )
        assert report.not_reached, "old backups are named"
    assert people(life) == set()
    assert life.imap.uids() == [], "the drop mailbox was emptied of theirs"
    check_public(life, "erased")
    held = [p.name for p in life.folder.iterdir() if p.is_file() and in_file(p)]
    assert held == []

    again = life.folder / "again.db"
    engine = open_database(f"sqlite:///{again}", is_upgraded=True)
    erasures = known_erasures(life.scene.engine, life.scene.settings)
    restored = restore(
        kept / "before.db", again, engine, erasures, now=life.scene.clock()
    )
    engine.dispose()
    assert restored.erased_count == len(WAYS) + 1
    assert not in_file(again), "a backup's restore does not bring them back"


def in_file(path: Path) -> bool:
    """Return whether a canary's word is anywhere in a file's bytes.

    The postcode stands in the table of postcodes and its index, whoever lives there: of
    a person it would be written once more.
    """
    found = path.read_bytes().lower()
    is_named = WORD.encode() in found or b"zq9 9zz" in found
    return is_named or found.count(b"zq99zz") > 2
