"""A campaign in the middle of its work, for the staff's desks in a browser."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from tests.conftest import FakeClock, MakeSettings
from tests.factories import motion_answer, recorded, signature_row
from tests.outbox_scene import Scene
from tests.page_data import record_failure
from tests.staff import add_staff, stored_hash
from tests.supporters_house import KEY, seat_a_house
from tracker import store
from tracker.config import MotionSettings, Settings
from tracker.rules.access import TokenScope
from tracker.rules.matching import UNPROVEN_SENDER
from tracker.rules.roles import Role
from tracker.rules.sending import HELD_SIGNED
from tracker.store import Engine, access, staff_sessions, users
from tracker.store.tables import Message, MessageState, SupporterEmail
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.rows import COLUMNS, read_cells

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
WATCHED = MotionSettings(number=718, session="2026-27")
LONG_NAME = "Admiral Sir Marmaduke Featherstonehaugh-Cholmondeley de Vere"
ROWS = [
    *({"mp_name": "Alex Morgan"} for _ in range(12)),
    {"constituency": "Nowhere West", "mp_name": LONG_NAME},
    {"mp_email": "office@unknown.example", "constituency": "St Ives"},
    {"mp_email": "jane.carver.mp@parliament.example", "constituency": "Tooting"},
    {"mp_name": "Nobody Known"},
]


@dataclass
class DeskScene:
    """The database with everything in it, and settings to serve it with."""

    engine: Engine
    settings: Settings
    clock: FakeClock
    letters: Scene
    messages: dict[str, int]

    def cookie(self, name: str) -> str:
        """Return the cookie of a new session of a user."""
        with store.write(self.engine) as session:
            user = users.user_named(session, name)
            assert user is not None
            assert user.id is not None
            opened = staff_sessions.open_session(
                session, user.id, verified_hash=stored_hash(), at=self.clock()
            )
        assert opened is not None
        return opened.token


def desk_scene(
    engine: Engine, clock: FakeClock, make_settings: MakeSettings, *, mode: str = "send"
) -> DeskScene:
    """Return the scene: emails in review, messages in every state, an answer in doubt."""
    clock.set(NOW)
    seat_a_house(engine)
    made = make_settings(
        motions=[{"number": WATCHED.number, "session": WATCHED.session}],
        mail={
            "mode": mode,
            "smtp_url": "smtp://127.0.0.1:9",
            "sender": "campaign@example.org",
        },
        privacy={
            "controller": "The Campaign",
            "controller_address": "1 Example Street",
            "contact": "privacy@example.org",
            "complaints_contact": "complaints@example.org",
        },
        web={"port": 0},
    )
    letters = Scene(engine, made, clock)
    _review(engine)
    _polls(engine)
    _people(engine, clock)
    return DeskScene(engine, made, clock, letters, _messages(engine, letters))


def _review(engine: Engine) -> None:
    records = [
        read_cells(line, [_told(line, row).get(column, "") for column in COLUMNS], NOW)
        for line, row in enumerate(ROWS, 1)
    ]
    desk = ImportDesk(engine, KEY, lambda: NOW)
    import_emails(desk, WATCHED, records, source="a list")
    with store.write(engine) as session:
        *_, last = store.review_queue(session)
        last.reason = UNPROVEN_SENDER
        session.add(last)
        session.flush()
        store.assign_review(session, 15, 101, by="Ann", at=NOW - timedelta(hours=2))
        session.get_one(SupporterEmail, 15)


def _told(line: int, row: dict[str, str]) -> dict[str, str]:
    return {
        "supporter_email": f"writer.{line}@example.org",
        "supporter_name": f"Writer Number {line}",
        "sent_at": f"2026-06-{1 + line % 9:02}T10:00:00Z",
    } | row


def _messages(engine: Engine, letters: Scene) -> dict[str, int]:
    made = {
        "held": letters.add_letter(101, is_held=True),
        "also held": letters.add_letter(102, is_held=True, body="My own words."),
        "unconfirmed": letters.add_letter(101, is_confirmed=False),
        "signed": letters.add_letter(103, is_held=True),
        "uncertain": letters.add_letter(104),
        "parked": letters.add_letter(104),
        "sent": letters.add_letter(101),
    }
    letters.sign(103)
    with store.write(engine) as session:
        for name, state, error in (
            ("signed", MessageState.HELD, HELD_SIGNED),
            ("uncertain", MessageState.UNCERTAIN, "the sender stopped while sending"),
            ("parked", MessageState.PARKED, "three senders died on it"),
            ("sent", MessageState.SENT, None),
        ):
            message = session.get_one(Message, made[name])
            message.state, message.error = state, error
            message.sent_at = NOW if state is MessageState.SENT else None
    with store.write(engine) as session:
        store.record_pause(
            session,
            "the mail server refuses the password: 535 Authentication failed",
            is_alert=True,
            until_at=NOW + timedelta(minutes=40),
            now=NOW - timedelta(hours=1),
        )
    return made


def _polls(engine: Engine) -> None:
    rows = [signature_row(n, name=f"Member Number {n}") for n in range(1, 11)]
    recorded(engine, WATCHED, motion_answer(rows), NOW - timedelta(minutes=30))
    record_failure(engine, NOW - timedelta(minutes=20), WATCHED)
    recorded(engine, WATCHED, motion_answer(rows[:5]), NOW - timedelta(minutes=1))
    with store.write(engine) as session:
        store.record_job_done(session, "members", NOW - timedelta(hours=20))
        store.record_job_done(session, "backup", NOW - timedelta(days=2))
        store.record_brake(
            session, NOW + timedelta(minutes=10), "429, Retry-After: 600"
        )


def _people(engine: Engine, clock: FakeClock) -> None:
    add_staff(engine, clock, "Ann")
    add_staff(engine, clock, "Ada", Role.ADMIN)
    add_staff(engine, clock, LONG_NAME, Role.VIEWER)
    with store.write(engine) as session:
        access.add_token(
            session,
            "crm",
            "edm_x",
            [TokenScope.NUDGES_READ, TokenScope.EVENTS_READ],
            by="Ada",
            at=NOW,
        )
        told = "16 emails about EDM 718 of 2026-27, csv"
        store.record_audit(session, "Ada", "export", told, at=NOW)
