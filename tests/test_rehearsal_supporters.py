"""The invented supporters of `tracker demo`, and the mail server that takes their emails."""

import asyncio
import csv
import random
import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.page_data import house, record_house, record_rows, rows_of
from tracker import store
from tracker.config import MotionSettings, Settings
from tracker.outbox.links import links_of
from tracker.outbox.mail_server import server_of
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.rehearsal import mail_sink as sinks
from tracker.rehearsal.crowd import Crowd
from tracker.rehearsal.demo import demo_world
from tracker.rehearsal.hearing import report_answer
from tracker.rehearsal.mail_sink import MOST_KEPT, mail_sink
from tracker.rehearsal.show import demo_settings
from tracker.rehearsal.supporters import (
    press_button,
    supporters_write,
    write_form,
)
from tracker.rehearsal.world import World
from tracker.rules.reports import ReportKind
from tracker.rules.status import NudgeStatus
from tracker.store import Engine
from tracker.store.tables import MemberContact

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def world() -> World:
    return demo_world(lambda: NOW)


def an_email(number: int) -> EmailMessage:
    email = EmailMessage()
    email["From"], email["To"] = "a@example.org", "b@example.org"
    email["Subject"] = f"Number {number}"
    email.set_content(f".leading dot\nand the number {number}\n")
    return email


def hand_over(port: int, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for number in range(1, count + 1):
            smtp.send_message(an_email(number))


def test_the_mail_server_keeps_what_it_takes_and_only_the_latest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sinks, "MOST_KEPT", 3)
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "00099.eml").write_text("of an earlier rehearsal")

    async def scene() -> None:
        async with mail_sink(tmp_path) as port:
            await asyncio.to_thread(hand_over, port, 5)
            left = await asyncio.to_thread(smtplib.SMTP, "127.0.0.1", port)
        left.close()  # it said nothing more, and the server did not wait for it

    asyncio.run(scene())
    kept = sorted((tmp_path / "mail").glob("*.eml"))
    assert [path.name for path in kept] == ["00003.eml", "00004.eml", "00005.eml"]
    assert b"\r\n.leading dot\r\nand the number 5\r\n" in kept[-1].read_bytes()
    assert MOST_KEPT == 200


def test_the_same_seed_gives_the_same_people_in_their_own_seats(world):
    one, two = Crowd(world, 1), Crowd(world, 1)
    assert one.past_file(NOW) == two.past_file(NOW)
    assert one.writer() == two.writer()
    for _ in range(50):
        person = one.writer()
        seat = world.seat_of_postcode(person.postcode)
        assert seat == person.member.membership_on(NOW.date()).seat
        assert person.email.endswith("@supporters.example")


def test_past_days_are_past_and_nobody_wrote_twice(world):
    rows = list(csv.DictReader(Crowd(world).past_file(NOW).splitlines()))
    times = [datetime.fromisoformat(row["sent_at"]) for row in rows]
    assert len({row["supporter_email"] for row in rows}) == len(rows)
    assert len({row["constituency"] for row in rows}) == 45
    assert all(NOW - timedelta(days=12) < at < NOW for at in times)


def seat_the_house(engine: Engine, world: World) -> None:
    record_house(engine, house(), NOW.date())
    with store.write(engine) as session:
        for member_id in store.sitting_members(session):
            session.add(
                MemberContact(
                    member_id=member_id,
                    kind="email",
                    label="Parliamentary office",
                    value=f"mp{member_id}@parliament.example",
                    checked_on=NOW.date(),
                )
            )
    first_at = NOW - timedelta(days=9)
    record_rows(
        engine, rows_of(house(), 3, first_at=first_at), NOW, demo_watched(world)
    )


def demo_watched(world: World) -> MotionSettings:
    made = demo_settings(world, "http://127.0.0.1:9", Path("/"), 8000, 9)
    return made.motions[0]


def test_people_write_confirm_are_sent_counted_and_seen_on_the_page_of_emails(
    sqlite_engine: Engine, world: World, clock: FakeClock, tmp_path: Path
) -> None:
    clock.set(NOW)
    seat_the_house(sqlite_engine, world)
    signed = {row["MemberId"] for row in rows_of_the_house()}

    async def scene() -> None:
        async with mail_sink(tmp_path) as port:
            made = demo_settings(world, "http://127.0.0.1:9", tmp_path, 8000, port)
            await asyncio.to_thread(rehearse, made)

    def rehearse(made: Settings) -> None:
        crowd = Crowd(world)
        person = crowd.writer()
        while person.member.member_id in signed:
            person = crowd.writer()
        write_form(made, sqlite_engine, person, random.Random(1), clock)
        assert press_button(made, sqlite_engine, person, clock)
        assert not press_button(made, sqlite_engine, crowd.writer(), clock)
        mailer = Mailer(server_of(made.mail))
        sender = OutboxSender(
            made,
            sqlite_engine,
            clock,
            slot="sender-0",
            mailer=mailer,
            links=links_of(made),
        )
        told = (made, sqlite_engine, person, ReportKind.THANKS_ONLY, clock)
        assert not report_answer(*told), "it has not left yet"
        while sender.send_batch():
            pass
        mailer.close()
        assert report_answer(*told)
        app = create_app(made, sqlite_engine, clock=clock, rehearsal=True)
        page = TestClient(app).get("/rehearsal/mail").text
        assert f"Sent: your email to {person.member.name.display}" in page
        assert f"Reply-To: {person.email}" in page
        assert 'href="/confirm/' in page
        assert "REHEARSAL" in page
        with store.read(sqlite_engine) as session:
            motion = store.all_motions(session)[0]
            counts = store.supporter_counts(session, motion.id or 0)
        assert counts == {person.member.member_id: 1}

    asyncio.run(scene())


def rows_of_the_house() -> list[dict[str, Any]]:
    return rows_of(house(), 3, first_at=NOW - timedelta(days=9))


def test_nudges_are_there_at_once_and_the_crowd_ends_when_told(
    sqlite_engine: Engine, world: World, clock: FakeClock, tmp_path: Path
) -> None:
    clock.set(NOW)
    seat_the_house(sqlite_engine, world)
    made = demo_settings(world, "http://127.0.0.1:9", tmp_path, 8000, 9)

    async def scene() -> None:
        stop = asyncio.Event()
        crowd = asyncio.create_task(
            supporters_write(made, sqlite_engine, world, clock=clock, stop=stop)
        )
        for _ in range(600):
            if await asyncio.to_thread(tallied, sqlite_engine) >= 40:
                break
            await asyncio.sleep(0.05)
        stop.set()
        await asyncio.wait_for(crowd, 10)

    asyncio.run(scene())
    app = create_app(made, sqlite_engine, clock=clock, rehearsal=True)
    path = f"/api/v1/motions/{made.motions[0].session}/718/members"
    counts = TestClient(app).get(path).json()["counts"]
    assert counts[NudgeStatus.NEEDS_NUDGE] > 5
    assert counts[NudgeStatus.WAITING] > 5


def tallied(engine: Engine) -> int:
    with store.read(engine) as session:
        motion = store.all_motions(session)[0]
        assert motion.id is not None
        return len(store.supporter_counts(session, motion.id))


def test_there_is_no_page_of_emails_outside_a_rehearsal(
    sqlite_engine: Engine, settings: MakeSettings
) -> None:
    client = TestClient(create_app(settings(), sqlite_engine))
    assert client.get("/rehearsal/mail").status_code == 404
    assert "/rehearsal/mail" not in client.get("/").text
