"""A campaign in a database for tests of the outbox: MPs, supporters, emails, a sender.

All people are fictional; every address is of example.org or parliament.uk.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

from sqlmodel import col, select

from tests.conftest import FakeClock
from tracker import store
from tracker.config import Settings, settings_from
from tracker.outbox.links import Links
from tracker.outbox.mail_server import Patience, server_of
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.store import Engine, NewMessage, Session
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    MatchMethod,
    Member,
    MemberContact,
    Membership,
    Message,
    MessageKind,
    MessageState,
    Motion,
    Signature,
    Supporter,
    SupporterEmail,
    Way,
)

SESSION = "2026-27"
CLOSES_ON = date(2026, 7, 20)
KEY = b"a key for tests"
QUICK = Patience(step_seconds=0.4, before_text_seconds=1, text_seconds=0.6)
PRIVACY = {
    "controller": "The Campaign",
    "controller_address": "1 Example Street",
    "contact": "privacy@example.org",
    "complaints_contact": "complaints@example.org",
}


def scene_settings(
    folder: Path,
    *,
    mode: str = "send",
    smtp_url: str = "smtp://127.0.0.1:9",
    per_member_per_hour: int = 1000,
    database_url: str | None = None,
    ping_url: str = "",
) -> Settings:
    """Return a configuration that sends to `smtp_url`."""
    return settings_from(
        {
            "motions": [{"number": 718, "session": SESSION, "closes_on": CLOSES_ON}],
            "parliament": {"contact": "test@example.org"},
            "database": {"url": database_url} if database_url else {},
            "mail": {
                "mode": mode,
                "smtp_url": smtp_url,
                "sender": "campaign@example.org",
                "per_member_per_hour": per_member_per_hour,
            },
            "web": {"base_url": "https://campaign.example.org"},
            "privacy": PRIVACY,
            "health": {"send_ping_url": ping_url},
        },
        folder=folder,
    )


@dataclass
class Scene:
    """A motion, its Members and supporters; what is written is committed at once.

    `is_simulated`: emails to supporters open no connection.
    """

    engine: Engine
    settings: Settings
    clock: FakeClock
    motion_id: int = 0
    is_simulated: bool = False
    _letters: int = field(default=0)

    def __post_init__(self) -> None:
        with store.write(self.engine) as session:
            known = store.motion_by_number(session, SESSION, 718)
            motion = known or Motion(session=SESSION, number=718, parliament_id=46718)
            session.add(motion)
            session.flush()
            assert motion.id is not None
            self.motion_id = motion.id

    def add_member(self, member_id: int = 1001, address: str | None = None) -> int:
        """Add a sitting Member with one email address."""
        with store.write(self.engine) as session:
            session.add(
                Member(
                    member_id=member_id,
                    name=f"Member Number {member_id}",
                    synced_at=self.clock(),
                )
            )
            session.flush()
            session.add(
                Membership(
                    member_id=member_id,
                    constituency=f"Seat {member_id}",
                    started_on=date(2024, 7, 4),
                )
            )
            session.add(
                MemberContact(
                    member_id=member_id,
                    kind="email",
                    label="Parliamentary office",
                    value=address or f"mp{member_id}@parliament.uk",
                    checked_on=date(2026, 6, 1),
                )
            )
        return member_id

    def add_letter(
        self,
        member_id: int = 1001,
        *,
        is_confirmed: bool = True,
        is_held: bool = False,
        reminders: bool = False,
        to_address: str | None = None,
        supporter_address: str | None = None,
        body: str = "I am your constituent at 1 High Street\n\nPlease sign.\n",
    ) -> int:
        """Write an email of a new supporter to the Member; return its number."""
        self._letters += 1
        name = f"writer{self._letters}"
        with store.write(self.engine) as session:
            supporter_id = self._supporter(session, name, supporter_address, reminders)
            email = SupporterEmail(
                motion_id=self.motion_id,
                member_id=member_id,
                supporter_id=supporter_id,
                way=Way.FORM,
                state=EmailState.OUTGOING,
                method=MatchMethod.FORM,
                sent_at=self.clock(),
                sent_minute=int(self.clock().timestamp()) // 60,
            )
            session.add(email)
            session.flush()
            message = store.queue_message(
                session,
                NewMessage(
                    kind=MessageKind.TO_MEMBER,
                    dedupe_key=f"form:{name}",
                    to_address=to_address or f"mp{member_id}@parliament.uk",
                    subject=f"EDM 718: from your constituent {name}",
                    body=body,
                    motion_id=self.motion_id,
                    member_id=member_id,
                    supporter_id=supporter_id,
                    supporter_email_id=email.id,
                    reply_to=f"{name}@example.org",
                    confirmed_at=self.clock() if is_confirmed else None,
                ),
                is_held=is_held,
                domain="example.org",
                now=self.clock(),
            )
            assert message.id is not None
            return message.id

    def _address(self, name: str) -> str:
        if self.is_simulated:
            return f"delivered+{name}@simulator.example"
        return f"{name}@example.org"

    def _supporter(
        self, session: Session, name: str, address: str | None, reminders: bool
    ) -> int:
        supporter = Supporter(
            ref=f"ref-{name}",
            email=address or self._address(name),
            name=f"Writer {name}",
            created_at=self.clock(),
            last_act_at=self.clock(),
            confirmed_at=self.clock(),
        )
        session.add(supporter)
        session.flush()
        assert supporter.id is not None
        kinds = [ConsentKind.SEND] + ([ConsentKind.REMINDERS] if reminders else [])
        for kind in kinds:
            session.add(
                Consent(
                    supporter_id=supporter.id,
                    kind=kind,
                    wording="I agree",
                    version="1",
                    way=Way.FORM,
                    given_at=self.clock(),
                )
            )
        return supporter.id

    def sign(self, member_id: int = 1001) -> None:
        """Put the Member's name on Parliament's list, as the ledger holds it."""
        with store.write(self.engine) as session:
            session.add(
                Signature(
                    motion_id=self.motion_id,
                    signature_id=member_id,
                    member_id=member_id,
                    is_withdrawn=False,
                    event_count=1,
                    last_happened_at=self.clock(),
                )
            )

    def message(self, message_id: int) -> Message:
        """Return the Message as it is stored now."""
        with store.read(self.engine) as session:
            message = store.message_by_id(session, message_id)
            assert message is not None
            return message

    def email_of(self, message_id: int) -> SupporterEmail:
        """Return the SupporterEmail behind a Message."""
        with store.read(self.engine) as session:
            message = session.get_one(Message, message_id)
            return session.get_one(SupporterEmail, message.supporter_email_id)

    def state(self, message_id: int) -> MessageState:
        """Return the Message's state."""
        return self.message(message_id).state

    def notices(self, kind: MessageKind | None = None) -> list[Message]:
        """Return what was written to supporters, oldest first."""
        with store.read(self.engine) as session:
            found = session.exec(
                select(Message)
                .where(Message.kind != MessageKind.TO_MEMBER)
                .order_by(col(Message.id))
            ).all()
        return [message for message in found if kind in (None, message.kind)]

    def sender(
        self, *, slot: str = "sender-0", patience: Patience = QUICK
    ) -> OutboxSender:
        """Return a sender as the worker has one."""
        return OutboxSender(
            self.settings,
            self.engine,
            self.clock,
            slot=slot,
            mailer=Mailer(server_of(self.settings.mail), patience),
            links=Links(self.settings.web.base_url, KEY),
        )

    def send_all(self) -> None:
        """Send until nothing more is due at this moment."""
        sender = self.sender()
        while sender.send_batch():
            pass


def at(hour: int, minute: int = 0, *, day: int = 15) -> datetime:
    """Return a moment of June 2026, UTC."""
    return datetime(2026, 6, day, hour, minute, tzinfo=UTC)
