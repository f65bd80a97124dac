"""One campaign in which everybody is called something that is no name, by every way in.

Owns the table of strings and how each of them comes in: by Parliament's answers, the
form, the API, files, the drop mailbox, staff's notes, the mail server's words and the
configuration. What becomes of them on each way out is in tests/test_attack_strings.py and
tests/browser/test_attack_strings.py.
"""

import csv
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

from sqlmodel import select
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock
from tests.factories import motion_answer, recorded, signature_row
from tests.imap_server import DROP, PASSWORD, copy, imap_server
from tests.outbox_scene import PRIVACY, QUICK
from tests.person_scene import MEMBER, NOW
from tests.route_scene import Cookie, RouteScene, seeded
from tests.smtp_server import Behaviour, SmtpServer, smtp_server
from tests.staff import add_staff
from tests.supporters_house import code_of
from tracker import store
from tracker.config import MotionSettings, Settings, settings_from
from tracker.keys import secret_key
from tracker.outbox.links import links_of
from tracker.outbox.mail_server import server_of
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.parliament.fields import text_or_none
from tracker.rules.roles import Role
from tracker.store.schema import open_database
from tracker.store.tables import (
    Member,
    MemberContact,
    Membership,
    Message,
    Post,
    PostcodeSeat,
)
from tracker.supporters.files import open_records
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.mailbox import read_mailbox
from tracker.supporters.mailbox_desk import MailboxDesk

IMAGE = '"><img src=x onerror=alert(1)>'
SCRIPT = "</script><script>alert(2)</script>"
ATTACKS = {
    "at": "@SUM(1+1)",
    "comment": "--><!--]]>",
    "entity": "&lt;img src=x onerror=alert(7)&gt;",
    "image": IMAGE,
    "script": SCRIPT,
    "single": "'><svg/onload=alert(3)>",
    "textarea": "</textarea></title><iframe src=javascript:alert(4)>",
    "rich": "<b>x</b><a href=//e.uk>y",  # what a chart would take for its own
    "template": "{{7*7}}${7*7}<%= 7*7 %>",
    "format": "{name}{0.__class__} %s %(x)s",
    "link": "javascript:alert(5)",
    "anchor": '<a href="javascript:alert(6)">click</a>',
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+1+1",
    "minus": "-1+1",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "nul": "\0=1+1",
    "header": "x\r\nBcc: victim@example.org\r\n\r\nbody",
    "event": "x\n\nevent: signature\ndata: {}\n\n",
    "separator": "a\u2028b\u2029c\x85d",
    "turned": "\u202egpj.exe\u2066x",
    "terminal": "\x1b[2J\x1b]0;owned\x07red",
    "long": "W" * 400,
    "surrogate": "\ud800x",
}
"""By name; `surrogate` only where JSON can carry one."""
WRITABLE = {name: text for name, text in ATTACKS.items() if name != "surrogate"}
MARKUP = (IMAGE, SCRIPT, ATTACKS["single"], ATTACKS["textarea"], ATTACKS["anchor"])

SESSION, NUMBER = "2026-27", 240
WATCHED = MotionSettings(session=SESSION, number=NUMBER)
PATH = f"/motions/{SESSION}/{NUMBER}"
MOST_FORMS = 20
"""So many are taken from one address a minute."""
FIRST_MEMBER = 2000
"""Parliament's members with attacks for names come after this id, in the table's order."""
FILE = '"><img src=x onerror=alert(1)>=cmd.csv'.replace("/", "")


def attack_settings(folder: Path, smtp_url: str, imap_url: str) -> Settings:
    """Return a configuration whose texts are attacks wherever a text is taken."""
    return settings_from(
        {
            "motions": [{"number": NUMBER, "session": SESSION}],
            "parliament": {"contact": "test@example.org"},
            "database": {"url": f"sqlite:///{folder / 'tracker.db'}"},
            "web": {"port": 0},
            "campaign": {
                "name": f"{IMAGE}{{{{7*7}}}}",
                "goal": 10,
                "message_subject": "EDM {number}: {mp} {name}",
            },
            "mail": {
                "mode": "send",
                "smtp_url": smtp_url,
                "sender": "campaign@example.org",
                "drop_address": DROP,
                "imap_url": imap_url,
            },
            "privacy": {
                **PRIVACY,
                "controller": SCRIPT,
                "controller_address": IMAGE,
                "joint_with": [IMAGE],
            },
            "oidc": {
                "issuer": "http://127.0.0.1:9",
                "client_id": "tracker",
                "name": IMAGE,
                "users": ["ann@example.org"],
            },
            "webhooks": [
                {
                    "name": "crm",
                    "url": 'https://hooks.example.org/"><img/src=x/onerror=alert(1)>',
                }
            ],
        },
        folder=folder,
        environ={
            "TRACKER__MAIL__IMAP_PASSWORD": PASSWORD,
            "TRACKER_WEBHOOK_CRM_SECRET": "whsec_" + "QUJD" * 11,
        },
    )


@contextmanager
def attacked(folder: Path, template: Path) -> Iterator[tuple[RouteScene, SmtpServer]]:
    """Give the scene with everything in it, and the mail server that took what left."""
    shutil.copy(template, folder / "tracker.db")
    engine = open_database(f"sqlite:///{folder / 'tracker.db'}", is_upgraded=False)
    clock = FakeClock(NOW)
    with smtp_server() as smtp, imap_server() as imap:
        made = attack_settings(folder, smtp.url, imap.url)
        app = create_app(made, engine, clock=clock)
        with TestClient(app, raise_server_exceptions=False) as client:
            scene = seeded(client, engine, made, clock)
            _by_parliament(scene)
            _by_staff(scene)
            _by_form(scene)
            _by_api(scene)
            _by_files(scene, folder)
            imap.deliver(*_copies("bcc"))
            desk = MailboxDesk(made, engine, secret_key(made), clock)
            assert read_mailbox(desk).read > 20
            _by_the_mail_server(scene, smtp)
            yield scene, smtp
    engine.dispose()


def _by_parliament(scene: RouteScene) -> None:
    rows = [
        signature_row(
            n,
            member_id=FIRST_MEMBER + n,
            name=text,
            party=text,
            constituency=text,
            created="2026-06-10T10:00:00",
        )
        for n, text in enumerate(WRITABLE.values(), 1)
    ]
    told = {"Title": " ".join(MARKUP), "MotionText": "\n".join(WRITABLE.values())}
    rows[-1]["IsWithdrawn"] = True
    # The first answer is the baseline: what comes after it is told to others.
    for seen_at, found in ((NOW - timedelta(days=1), rows[:1]), (NOW, rows)):
        body = motion_answer(found, number=NUMBER, parliament_id=46_240, **told)
        recorded(scene.engine, WATCHED, body, seen_at, parliament_id=46_240)
    with store.write(scene.engine) as session:
        known = session.get_one(Member, MEMBER)
        known.name = known.party = f"{IMAGE}\r\nBcc: victim@example.org"
        for kind in ("phone", "email", "website"):
            session.add(_contact(kind))
        session.add(Post(member_id=MEMBER, kind="opposition", name=SCRIPT))
        session.add(PostcodeSeat(postcode="ZZ22BB", ons_code=code_of("Tooting")))
        for n, raw in enumerate(WRITABLE.values(), 1):
            text = text_or_none(raw) or ""  # as the Members API's names are taken
            session.add(
                Member(member_id=FIRST_MEMBER + n, name=text, party=text, synced_at=NOW)
            )
            session.flush()
            session.add(
                Membership(
                    member_id=FIRST_MEMBER + n,
                    constituency=text,
                    party=text,
                    started_on=date(2024, 7, 4),
                )
            )


def _contact(kind: str) -> MemberContact:
    return MemberContact(
        member_id=MEMBER,
        kind=kind,
        label=SCRIPT,
        value=IMAGE if kind != "email" else "office@parliament.example",
        checked_on=NOW.date(),
    )


def _by_staff(scene: RouteScene) -> None:
    cookie = scene.session("Staff")
    for text in ATTACKS.values():
        _post_contact(scene, cookie, text)
    for n, kind in enumerate(("no_email", "cannot_sign"), 1):
        form = {"csrf": cookie.csrf, "kind": kind, "value": IMAGE}
        page = f"/staff/mps/{FIRST_MEMBER + n}/corrections"
        assert scene.ask("POST", page, cookie, form=form).status_code == 303
    add_staff(scene.engine, scene.clock, IMAGE, Role.VIEWER)


def _post_contact(scene: RouteScene, cookie: Cookie, text: str) -> None:
    answer = scene.client.post(
        f"/api/v1{PATH}/contacts",
        content=json.dumps({**_CALL, "note": text}),
        headers={
            "cookie": f"session={cookie.token}",
            "x-csrf-token": cookie.csrf,
            "content-type": "application/json",
        },
    )
    assert answer.status_code in (200, 422), answer.text


_CALL = {
    "member_id": MEMBER,
    "channel": "phone",
    "outcome": "contact",
    "stance": "considering",
    "call_back_on": (NOW.date() + timedelta(days=2)).isoformat(),
}


def _by_form(scene: RouteScene) -> None:
    """Each attack in the fields that show it; whatever is refused is refused politely."""
    answers = {}
    for n, (name, text) in enumerate([*WRITABLE.items()][-MOST_FORMS:]):
        answers[name] = scene.ask("POST", f"{PATH}/act", form=_letter(n, name, text))
    assert {answer.status_code for answer in answers.values()} == {303, 422}
    scene.ask("POST", f"{PATH}/mps/{MEMBER}/alert", form={"email": f"{IMAGE}@x.org"})


def _letter(n: int, name: str, text: str) -> dict[str, str]:
    return {
        "member": str(MEMBER),
        "key": f"key-{n}",
        "name": text,
        "email": f"{name}@form.example.org",
        "address": f"1 {text}",
        "postcode": "ZZ1 1AA",
        "own_words": text.replace("{", "").replace("}", ""),
        "text": "Please sign.",
        "send": "yes",
        "reminders": "yes",
        "is_13": "yes",
    }


def _row(name: str, text: str, way: str) -> dict[str, str]:
    mp = text if way == "api" else f"{text} x"  # nobody's name: it waits for staff
    return {
        "supporter_email": f"{name}@{way}.example.org",
        "supporter_name": text,
        "postcode": text,
        "mp_name": mp,
        "constituency": mp,
        "subject": text,
        "message_id": f"{text}{name}@{way}",
        "sent_at": "2026-06-01T10:00:00Z",
    }


def _by_api(scene: RouteScene) -> None:
    cookie = scene.session("Staff")
    emails = [_row(name, text, "api") for name, text in ATTACKS.items()]
    emails.append({"supporter_email": IMAGE, "sent_at": SCRIPT})
    told = {"session": SESSION, "number": NUMBER, "emails": emails}
    answer = scene.client.post(
        "/api/v1/emails",
        content=json.dumps(told),
        headers={
            "cookie": f"session={cookie.token}",
            "x-csrf-token": cookie.csrf,
            "content-type": "application/json",
        },
    )
    assert answer.status_code in (200, 422), answer.text
    if answer.status_code == 422:  # for the lone surrogate: without it all is taken
        told["emails"] = [one for one in emails if "\ud800" not in str(one)]
        headers = {"cookie": f"session={cookie.token}", "x-csrf-token": cookie.csrf}
        answer = scene.client.post("/api/v1/emails", json=told, headers=headers)
    assert answer.json()["counted"] > 10, answer.text


def _by_files(scene: RouteScene, folder: Path) -> None:
    desk = ImportDesk(scene.engine, secret_key(scene.settings), scene.clock)
    rows = [_row(name, text, "file") for name, text in WRITABLE.items()]
    with (folder / FILE).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for suffix, data in ((".eml", _copies()[0]), (".mbox", _mailbox())):
        (folder / f"{FILE}{suffix}").write_bytes(data)
    for name in (FILE, f"{FILE}.eml", f"{FILE}.mbox"):
        with open_records(folder / name, scene.clock()) as records:
            import_emails(desk, WATCHED, records, source=name)


def _copies(way: str = "file") -> list[bytes]:
    """Each attack as somebody's name and subject, as it stands and encoded."""
    found = []
    for n, text in enumerate(WRITABLE.values()):
        line = text.replace("\r", " ").replace("\n", " ")
        for to in ("nobody@unknown.example", "jane.carver.mp@parliament.example"):
            raw = copy(f"mail{n}", to=to, subject=line, message_id=f"{n}{way}{to}")
            name = f"Mail{n} Example".encode()
            found.append(raw.replace(name, f'"{line}"'.encode("utf-8", "replace")))
    return found


def _mailbox() -> bytes:
    envelope = b"From a@example.org Mon Jun  1 09:00:00 2026\n"
    return b"\n\n".join(envelope + one for one in _copies())


def _by_the_mail_server(scene: RouteScene, smtp: SmtpServer) -> None:
    """Send the confirmations, confirm, and send the letters: two are refused in words."""
    links = links_of(scene.settings)
    sender = OutboxSender(
        scene.settings,
        scene.engine,
        scene.clock,
        slot="sender-0",
        mailer=Mailer(server_of(scene.settings.mail), QUICK),
        links=links,
    )
    while sender.send_batch():
        pass
    with store.read(scene.engine) as session:
        waiting = session.exec(select(Message.supporter_email_id)).all()
    for email_id in {one for one in waiting if one}:
        path = links.confirmation(email_id).removeprefix(scene.settings.web.base_url)
        scene.ask("POST", path)
    smtp.behaviour = Behaviour(answers={"RCPT": f"550 5.1.1 {IMAGE}"}, times=2)
    for _ in range(20):
        scene.clock.advance(600)
        sender.send_batch()
