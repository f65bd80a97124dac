"""A campaign for tests of follow-ups: MPs, who wrote to them and agreed to what, polls.

All people are fictional; every address is of example.org.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import col, select

from tests.conftest import FakeClock
from tests.factories import motion_answer, recorded, signature_row
from tests.outbox_scene import KEY, PRIVACY, QUICK
from tracker import store
from tracker.config import Settings, settings_from
from tracker.following.story import FollowUpReport, run_follow_ups
from tracker.outbox.links import Links
from tracker.outbox.mail_server import server_of
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.recording import PollReport
from tracker.store import Engine, SeatHeld, Session
from tracker.store.tables import (
    Consent,
    ConsentKind,
    EmailState,
    FollowUp,
    FollowUpState,
    MatchMethod,
    Member,
    MemberContact,
    Message,
    MessageKind,
    MessageState,
    Motion,
    Supporter,
    SupporterEmail,
    Way,
)

SESSION, NUMBER = "2026-27", 718
CLOSES_ON = date(2027, 5, 1)
# A Monday; London is an hour ahead of UTC.
MONDAY = datetime(2026, 6, 15, 8, tzinfo=UTC)


def follow_up_settings(folder: Path, url: str, **tables: Any) -> Settings:
    """Return a configuration over a database; `tables` are more of it."""
    mail = {
        "mode": "send",
        "smtp_url": "smtp://127.0.0.1:9",
        "sender": "campaign@example.org",
    }
    motions = [{"number": NUMBER, "session": SESSION, "closes_on": CLOSES_ON}]
    return settings_from(
        {
            "motions": motions,
            "parliament": {"contact": "test@example.org"},
            "database": {"url": url},
            "web": {"base_url": "https://campaign.example.org"},
            "privacy": PRIVACY,
            **tables,
            "mail": {**mail, **tables.get("mail", {})},
        },
        folder=folder,
    )


@dataclass
class FollowUpScene:
    """A motion that was polled once and has no signatures that matter, on a Monday."""

    engine: Engine
    settings: Settings
    clock: FakeClock
    motion_id: int = 0
    is_simulated: bool = False
    rows: list[dict[str, Any]] = field(default_factory=list)
    _people: int = 0

    def __post_init__(self) -> None:
        """Record the first poll: the sponsor's name, which is history."""
        self.clock.set(MONDAY)
        self.rows.append(signature_row(1, member_id=1))
        self.poll()
        with store.read(self.engine) as session:
            motion = store.motion_by_number(session, SESSION, NUMBER)
        assert motion is not None
        assert motion.id is not None
        self.motion_id = motion.id
        self.run()

    def configure(self, **tables: Any) -> None:
        """Start the program anew with another configuration."""
        url = self.engine.url.render_as_string(hide_password=False)
        folder = self.settings.source_folder
        self.settings = follow_up_settings(folder, url, **tables)

    def sender(self, smtp_url: str | None = None) -> OutboxSender:
        """Return a sender as the worker has one."""
        if smtp_url is not None:
            self.configure(mail={"smtp_url": smtp_url})
        return OutboxSender(
            self.settings,
            self.engine,
            self.clock,
            slot="sender-0",
            mailer=Mailer(server_of(self.settings.mail), QUICK),
            links=self.links,
        )

    def set(self, day: int, hour: int = 8, minute: int = 0) -> datetime:
        """Put the clock to a moment of June 2026, UTC (days above 30 are July's)."""
        month, day = (6, day) if day <= 30 else (7, day - 30)
        return self.clock.set(datetime(2026, month, day, hour, minute, tzinfo=UTC))

    def poll(self) -> PollReport:
        """Poll: Parliament's list is `rows`."""
        watched = self.settings.motions[0]
        return recorded(
            self.engine,
            watched,
            motion_answer(self.rows, number=NUMBER),
            self.clock(),
            missing_polls=1,
            missing_seconds=0,
        )

    def sign(self, member_id: int) -> None:
        """Put a Member's name on the list, and poll."""
        when = self.clock().replace(tzinfo=None).isoformat()
        row = signature_row(len(self.rows) + 1, member_id=member_id, created=when)
        self.rows.append(row)
        self.poll()

    def withdraw(self, member_id: int) -> None:
        """Show a Member's newest signature as withdrawn, and poll."""
        row = [row for row in self.rows if row["MemberId"] == member_id][-1]
        row["IsWithdrawn"] = True
        self.poll()

    def add_members(self, *ids: int, phone: str | None = "01407 000000") -> None:
        """Add sitting Members, each with a constituency office."""
        with store.write(self.engine) as session:
            for member_id in ids:
                name = f"Member {member_id}"
                session.add(
                    Member(member_id=member_id, name=name, synced_at=self.clock())
                )
            session.flush()
            seats = [
                SeatHeld(
                    one, f"Seat {one}", None, f"E{one}", "Labour", date(2024, 7, 4)
                )
                for one in ids
            ]
            store.record_seats(session, seats)
            for member_id in ids if phone else ():
                session.add(
                    MemberContact(
                        member_id=member_id,
                        kind="phone",
                        label="Constituency office",
                        value=phone or "",
                        checked_on=date(2026, 6, 1),
                    )
                )

    def add_supporter(
        self,
        member_id: int,
        *,
        wrote_at: datetime | None = None,
        reminders: bool = True,
        body: str | None = None,
    ) -> int:
        """Add somebody who wrote to the Member (now, unless told); return their id."""
        with store.write(self.engine) as session:
            store.lock_emails(session)
            [person] = self.add_people(session, member_id, [wrote_at or self.clock()])
            if reminders:
                self.agree(session, person, wrote_at or self.clock())
            if body is not None:
                session.add(self._letter(person, member_id, body))
            store.recount_member(session, self.motion_id, member_id)
        return person

    def add_people(
        self,
        session: Session,
        member_id: int,
        wrote_at: Sequence[datetime],
        name: str | None = None,
    ) -> list[int]:
        """Add a person with a counted email for each moment; the tally is not changed."""
        given = name
        people = []
        for at in wrote_at:
            self._people += 1
            name = given or f"writer{self._people}"
            address = f"{name}@example.org"
            if self.is_simulated:  # no connection is opened for it
                address = f"delivered+{name}@simulator.example"
            people.append(
                Supporter(
                    ref=f"ref-{name}",
                    email_key=name,
                    email=address,
                    name=given or f"Writer {self._people}",
                    created_at=at,
                    last_act_at=at,
                    confirmed_at=at,
                )
            )
        session.add_all(people)
        session.flush()
        for person, at in zip(people, wrote_at, strict=True):
            session.add(
                SupporterEmail(
                    motion_id=self.motion_id,
                    member_id=member_id,
                    supporter_id=person.id or 0,
                    way=Way.FORM,
                    state=EmailState.COUNTED,
                    method=MatchMethod.FORM,
                    sent_at=at,
                    sent_minute=int(at.timestamp()) // 60,
                )
            )
        session.flush()
        return [person.id for person in people if person.id is not None]

    def agree(self, session: Session, person: int, at: datetime) -> None:
        """Tick the box for reminders."""
        session.add(
            Consent(
                supporter_id=person,
                kind=ConsentKind.REMINDERS,
                wording="Email me about this motion",
                version="1",
                way=Way.FORM,
                given_at=at,
            )
        )

    def _letter(self, person: int, member_id: int, body: str) -> Message:
        return Message(
            kind=MessageKind.TO_MEMBER,
            state=MessageState.SENT,
            dedupe_key=f"form:{person}",
            motion_id=self.motion_id,
            member_id=member_id,
            supporter_id=person,
            body=body,
            message_id=f"<letter-{person}@example.org>",
            created_at=self.clock(),
            next_try_at=self.clock(),
            sent_at=self.clock(),
            finished_at=self.clock(),
        )

    def run(self) -> FollowUpReport:
        """Do what the worker does every minute."""
        return run_follow_ups(self.engine, self.settings, now=self.clock())

    def follow_ups(self, rule: str | None = None) -> list[FollowUp]:
        """Return the follow-ups, by supporter and rule."""
        with store.read(self.engine) as session:
            rows = session.exec(
                select(FollowUp).order_by(
                    col(FollowUp.supporter_id), col(FollowUp.rule)
                )
            ).all()
        return [row for row in rows if rule in (None, row.rule)]

    def states(self, rule: str) -> list[FollowUpState]:
        """Return the states of a rule's follow-ups, by supporter."""
        return [row.state for row in self.follow_ups(rule)]

    def messages(self) -> list[Message]:
        """Return the follow-ups in the outbox, oldest first."""
        with store.read(self.engine) as session:
            return list(
                session.exec(
                    select(Message)
                    .where(Message.kind == MessageKind.FOLLOW_UP)
                    .order_by(col(Message.id))
                ).all()
            )

    @property
    def motion(self) -> Motion:
        """The motion as it is stored."""
        with store.read(self.engine) as session:
            return session.get_one(Motion, self.motion_id)

    @property
    def links(self) -> Links:
        """The links that emails carry."""
        return Links(self.settings.web.base_url, KEY)
