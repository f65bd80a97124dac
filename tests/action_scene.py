"""A motion that is open, a small House with offices, and a form to fill in. All invented."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlmodel import col, select
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.factories import signature_row
from tests.page_data import record_rows
from tests.supporters_house import code_of, seat_a_house
from tracker import store
from tracker.config import MotionSettings, Settings
from tracker.outbox.links import Links, links_of
from tracker.store import Engine
from tracker.store.tables import (
    Consent,
    Member,
    Message,
    MessageKind,
    PostcodeSeat,
    Supporter,
    SupporterEmail,
)

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
SESSION, NUMBER = "2026-27", 718
WATCHED = MotionSettings(session=SESSION, number=NUMBER)
PATH = f"/motions/{SESSION}/{NUMBER}"
ACT = f"{PATH}/act"
JANE = 101
"""The Member for Ynys Môn, whose postcode is ZZ1 1AA."""
JOSE = 102
"""The Member for Brighton Kemptown and Peacehaven, who has signed."""
PRIVACY = {
    "controller": "Prisoners' Friends",
    "controller_address": "1 Example Street, London",
    "contact": "privacy@example.org",
    "complaints_contact": "complaints@example.org",
}
MAIL = {
    "mode": "send",
    "smtp_url": "smtp://127.0.0.1:9",
    "sender": "campaign@example.org",
}
CANARY = {
    "name": "Canary Featherstone",
    "email": "canary.featherstone@example.org",
    "address": "7 Canary Perch\nHolyhead",
    "postcode": "ZZ1 1AA",
    "own_words": "My canary-coloured cousin is a journalist there.",
    "text": "Please put it on record.",
    "send": "yes",
    "is_13": "yes",
}
CANARY_WORDS = ("anary", "eatherstone", "ZZ1 1AA", "ZZ11AA", "Perch")


@dataclass
class ActionScene:
    """An app over a database; `post` sends the form as a browser without script would."""

    engine: Engine
    clock: FakeClock
    make_settings: MakeSettings
    settings: Settings = field(init=False)
    client: TestClient = field(init=False)

    def __post_init__(self) -> None:
        self.clock.set(NOW)
        seat_a_house(self.engine)
        with store.write(self.engine) as session:
            session.add(PostcodeSeat(postcode="ZZ22BB", ons_code=code_of("Tooting")))
            for member in session.exec(select(Member)).all():
                member.contacts_checked_at = NOW
        signed = signature_row(1, member_id=JOSE, created="2026-11-12T14:00:00")
        record_rows(self.engine, [signed], NOW, WATCHED)
        self.open()

    def open(self, **tables: Any) -> TestClient:
        """Start the app anew with other settings, and return its client."""
        given = {"mail": MAIL, "privacy": PRIVACY, **tables}
        motions = given.pop("motions", [{"session": SESSION, "number": NUMBER}])
        url = self.engine.url.render_as_string(hide_password=False)
        self.settings = self.make_settings(
            motions=motions, database={"url": url}, **given
        )
        app = create_app(self.settings, self.engine, clock=self.clock)
        self.client = TestClient(app, headers={"accept": "text/html"})
        return self.client

    def post(self, **changes: str | None) -> Any:
        """Send the form for Jane Carver; None leaves a field out."""
        given: dict[str, str | None] = {
            "member": str(JANE),
            "key": "a-key-of-this-page",
            **CANARY,
            **changes,
        }
        fields = {name: value for name, value in given.items() if value is not None}
        return self.client.post(ACT, data=fields)

    @property
    def links(self) -> Links:
        """The links of this installation."""
        return links_of(self.settings)

    def messages(self, kind: MessageKind | None = None) -> list[Message]:
        """Return what is in the outbox, oldest first."""
        with store.read(self.engine) as session:
            rows = session.exec(select(Message).order_by(col(Message.id))).all()
        return [row for row in rows if kind in (None, row.kind)]

    def emails(self) -> list[SupporterEmail]:
        """Return the SupporterEmails, oldest first."""
        with store.read(self.engine) as session:
            found = select(SupporterEmail).order_by(col(SupporterEmail.id))
            return [*session.exec(found).all()]

    def supporters(self) -> list[Supporter]:
        """Return all people, oldest first."""
        with store.read(self.engine) as session:
            return [*session.exec(select(Supporter).order_by(col(Supporter.id))).all()]

    def consents(self) -> list[Consent]:
        """Return all boxes ticked, oldest first."""
        with store.read(self.engine) as session:
            return [*session.exec(select(Consent).order_by(col(Consent.id))).all()]

    def confirm_path(self, number: int = 0) -> str:
        """Return the path of the confirmation of the `number`-th email."""
        email_id = self.emails()[number].id
        assert email_id is not None
        return self.links.confirmation(email_id).removeprefix(self.links.base_url)

    def own_path(self) -> str:
        """Return the path of the first person's own page."""
        ref = self.supporters()[0].ref
        return self.links.own_page(ref).removeprefix(self.links.base_url)

    def vacate(self, member_id: int = JANE) -> None:
        """Have the Member's seat fall vacant today."""
        with store.write(self.engine) as session:
            store.record_departure(
                session, member_id, ended_on=date(2026, 11, 23), reason="Resigned"
            )
