"""What is told on what grounds: signatures, standings, Parliament failing. Both databases."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from tests.conftest import FakeClock, MakeSettings
from tests.factories import PARLIAMENT_ID, motion_answer, signature_row
from tracker import store
from tracker.config import Settings
from tracker.outbox.audience import audience_of
from tracker.parliament.http import Answer
from tracker.recording import record_answered, record_ended, start_poll
from tracker.rules.diff import Limits
from tracker.rules.event_types import EventType
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store import Engine
from tracker.store.tables import (
    Member,
    Membership,
    Message,
    MessageKind,
    OutgoingEvent,
    Tally,
)
from tracker.telling import standings
from tracker.telling.failing import tell_failing
from tracker.telling.standings import tell_standings

SESSION = "2026-27"
NEVER_ASKED, WRITTEN_TO, LATE = 1001, 1002, 1003


class Campaign:
    """A motion that is polled and a House of three; everything tells whoever listens."""

    def __init__(self, engine: Engine, settings: Settings, clock: FakeClock) -> None:
        self.engine, self.settings, self.clock = engine, settings, clock
        self.audience = audience_of(settings)
        with store.write(engine) as session:
            for number in (NEVER_ASKED, WRITTEN_TO, LATE):
                self._add_member(session, number)

    def _add_member(self, session: store.Session, member_id: int) -> None:
        session.add(
            Member(
                member_id=member_id,
                name=f"Member Number {member_id}",
                party="Labour",
                synced_at=self.clock(),
            )
        )
        session.flush()
        session.add(
            Membership(
                member_id=member_id,
                constituency=f"Seat {member_id}",
                ons_code=f"E{member_id:08}",
                started_on=date(2024, 7, 4),
            )
        )

    def poll(self, *rows: dict[str, Any], **changes: Any) -> None:
        """Have a poll bring these rows, beside one that was always there."""
        self.clock.advance(60)
        now = self.clock()
        record_answered(
            self.engine,
            self.started(),
            Answer(motion_answer([signature_row(9), *rows], **changes), now, now),
            parliament_id=PARLIAMENT_ID,
            seen_at=now,
            audience=self.audience,
        )

    def fail(self, seconds: float = 60) -> None:
        """Have a poll fail."""
        self.clock.advance(seconds)
        record_ended(
            self.engine,
            self.started(),
            Outcome.FAILED,
            "answered 503, 200 is right",
            failure_kind=FailureKind.UNAVAILABLE,
            ended_at=self.clock(),
        )

    def started(self) -> Any:
        return start_poll(
            self.engine,
            self.settings.motions[0],
            Limits(1, 0),
            is_accepted=False,
            started_at=self.clock(),
        )

    def write_to(self, member_id: int) -> None:
        """Have six supporters write to a Member now."""
        with store.write(self.engine) as session:
            session.add(
                Tally(
                    motion_id=1,
                    member_id=member_id,
                    supporter_count=6,
                    email_count=6,
                    first_email_at=self.clock(),
                    last_email_at=self.clock(),
                )
            )

    def look(self) -> None:
        """Do what is done every minute."""
        now = self.clock()
        tell_standings(self.engine, self.settings, self.audience, now=now)
        tell_failing(self.engine, self.settings, self.audience, now=now)

    def told(self) -> list[OutgoingEvent]:
        """Return what was told since the last time this was asked."""
        with store.read(self.engine) as session:
            found = store.outgoing_after(
                session,
                getattr(self, "last_id", 0),
                types=None,
                since=datetime(2000, 1, 1, tzinfo=UTC),
                limit=1000,
            )
            self.last_id = store.last_outgoing_id(session)
        return list(found)

    def types(self) -> list[tuple[str, int | None]]:
        return [(event.type.value, event.member_id) for event in self.told()]

    def notices(self) -> list[str]:
        with store.read(self.engine) as session:
            found = session.exec(
                select(Message.body)
                .where(Message.kind == MessageKind.STAFF_NOTICE)
                .order_by(col(Message.id))
            ).all()
        return [body or "" for body in found]


@pytest.fixture
def campaign(engine: Engine, settings: MakeSettings, clock: FakeClock) -> Campaign:
    made = settings(
        motions=[
            {"number": 718, "session": SESSION, "closes_on": date(2026, 7, 20)},
        ],
        webhooks=[
            {
                "name": "crm",
                "url": "https://hooks.example.org/edm",
                "events": [type_.value for type_ in EventType],
            }
        ],
        notify={"urls": ["json://127.0.0.1"]},
    )
    return Campaign(engine, made, clock)


def data(event: OutgoingEvent) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(event.data)
    return found


# Signatures


def test_history_is_not_told_and_what_follows_is(campaign):
    campaign.poll(signature_row(1))
    assert campaign.types() == []
    campaign.poll(signature_row(1), signature_row(2))
    [event] = campaign.told()
    assert (event.type, event.member_id) == (EventType.SIGNATURE_SIGNED, 1002)
    told = data(event)
    assert (told["session"], told["number"]) == (SESSION, 718)
    assert (told["kind"], told["again"]) == ("signed", False)
    assert told["ons_code"] == "E00001002"
    with store.read(campaign.engine) as session:
        assert told["id"] == store.last_event_id(session)


def test_a_withdrawal_and_a_removal_are_told_without_a_motive(campaign):
    campaign.poll(signature_row(1), signature_row(2))
    campaign.poll(signature_row(1, withdrawn=True), signature_row(2))
    campaign.poll(signature_row(1, withdrawn=True))
    assert campaign.types() == [
        ("signature.withdrawn", 1001),
        ("signature.removed", 1002),
    ]
    assert campaign.notices() == [
        "Parliament shows the signature of Member Number 1 (Labour, Seat 1) on EDM 718"
        " of 2026-27 as withdrawn.",
        "Member Number 2 (Labour, Seat 2) is no longer on Parliament's list for EDM 718"
        " of 2026-27.",
    ]


def test_the_same_answer_twice_is_told_once(campaign):
    campaign.poll()
    campaign.poll(signature_row(1))
    campaign.poll(signature_row(1))
    assert campaign.types() == [("signature.signed", 1001)]


# Standings


def test_the_first_look_tells_nothing_and_is_not_taken_before_the_ledger_is_there(
    campaign,
):
    campaign.look()
    campaign.poll()
    campaign.look()
    campaign.look()
    assert campaign.types() == []


def test_a_member_who_comes_to_need_a_nudge_is_told_once_each_time(campaign):
    campaign.poll()
    campaign.look()
    campaign.write_to(WRITTEN_TO)
    campaign.look()
    [event] = campaign.told()
    assert event.type is EventType.MEMBER_STATUS_CHANGED
    assert (data(event)["from"], data(event)["to"]) == ("not_asked", "waiting")
    campaign.clock.advance(4 * 86_400 - 1)
    campaign.look()
    assert campaign.types() == []
    campaign.clock.advance(1)
    campaign.look()
    campaign.look()
    told = campaign.told()
    assert [event.type.value for event in told] == [
        "member.status_changed",
        "member.needs_nudge",
    ]
    assert data(told[1])["supporters"] == 6
    assert data(told[1])["name"] == "Member Number 1002"
    [notice] = campaign.notices()
    assert (
        notice
        == "Member Number 1002 (Labour, Seat 1002) now needs a nudge about EDM 718."
    )


def test_many_are_told_of_in_steps_each_once(campaign, monkeypatch):
    monkeypatch.setattr(standings, "AT_ONCE", 1)
    campaign.poll()
    campaign.look()
    assert campaign.types() == []
    for member_id in (NEVER_ASKED, WRITTEN_TO, LATE):
        campaign.write_to(member_id)
    commits: list[object] = []
    event.listen(campaign.engine, "commit", commits.append)
    campaign.look()
    commit_count = len(commits)
    assert campaign.types() == [
        ("member.status_changed", member_id)
        for member_id in (NEVER_ASKED, WRITTEN_TO, LATE)
    ]
    assert commit_count >= 3
    campaign.look()
    assert campaign.types() == []


def test_a_first_look_at_many_tells_of_none_of_them(campaign, monkeypatch):
    monkeypatch.setattr(standings, "AT_ONCE", 1)
    campaign.poll()
    for member_id in (NEVER_ASKED, WRITTEN_TO, LATE):
        campaign.write_to(member_id)
    campaign.clock.advance(5 * 86_400)
    campaign.look()
    assert campaign.types() == []


def test_a_state_that_was_over_before_anyone_looked_is_not_told(campaign):
    """Signed and withdrawn between two looks: the Member stands where they stood."""
    campaign.poll()
    campaign.look()
    campaign.poll(signature_row(1))
    campaign.poll(signature_row(1, withdrawn=True))
    with store.write(campaign.engine) as session:
        session.get_one(Member, NEVER_ASKED).posts_checked_at = campaign.clock()
    campaign.look()
    found = [
        event for event in campaign.told() if event.type.value.startswith("member")
    ]
    assert [(data(e)["from"], data(e)["to"]) for e in found] == [
        ("not_asked", "withdrew")
    ]


def test_where_a_member_stands_whose_name_was_taken_off_waits_for_their_posts(campaign):
    campaign.poll(signature_row(1))
    campaign.look()
    campaign.poll(signature_row(1, withdrawn=True))
    campaign.look()
    assert campaign.types() == [("signature.withdrawn", 1001)]
    with store.write(campaign.engine) as session:
        session.get_one(Member, 1001).posts_checked_at = campaign.clock()
    campaign.look()
    assert campaign.types() == [("member.status_changed", 1001)]


def test_it_does_not_wait_for_ever(campaign):
    campaign.poll(signature_row(1))
    campaign.look()
    campaign.poll(signature_row(1, withdrawn=True))
    campaign.clock.advance(6 * 3600 - 1)
    campaign.look()
    assert campaign.types() == [("signature.withdrawn", 1001)]
    campaign.clock.advance(1)
    campaign.look()
    assert campaign.types() == [("member.status_changed", 1001)]


@pytest.mark.parametrize("member_id", [NEVER_ASKED, LATE])
def test_a_member_who_leaves_is_told_once_signed_or_not(campaign, member_id):
    campaign.poll(signature_row(1))
    campaign.look()
    with store.write(campaign.engine) as session:
        store.record_departure(
            session, member_id, ended_on=date(2026, 6, 14), reason="Resigned"
        )
    campaign.look()
    campaign.look()
    assert campaign.types() == [("member.left", member_id)]
    assert campaign.notices()[-1].endswith("is no longer an MP.")


def test_when_the_motion_is_over_nobody_stands_elsewhere(campaign):
    campaign.poll()
    campaign.look()
    campaign.write_to(WRITTEN_TO)
    campaign.clock.set(datetime(2026, 7, 22, 12, tzinfo=UTC))
    campaign.look()
    assert campaign.types() == []


# Parliament and mail failing


def test_parliament_failing_for_an_hour_is_told_once_and_its_recovery_once(campaign):
    campaign.poll()
    campaign.look()
    for _ in range(3):
        campaign.fail()
    campaign.look()
    assert campaign.types() == []
    campaign.clock.advance(3600 - 121)
    campaign.look()
    assert campaign.types() == []
    campaign.clock.advance(1)
    campaign.look()
    campaign.look()
    [event] = campaign.told()
    assert event.type is EventType.POLL_FAILING
    assert (
        data(event)["reason"] == "Parliament's service is out of order at the moment."
    )
    campaign.poll()
    campaign.look()
    campaign.look()
    assert campaign.types() == [("poll.recovered", None)]
    assert campaign.notices()[-2:] == [
        "EDM 718 of 2026-27 has not been read for an hour. Parliament's service is out"
        " of order at the moment.",
        "EDM 718 of 2026-27 can be read again.",
    ]


def test_two_failures_however_old_are_not_failing_for_an_hour(campaign):
    campaign.poll()
    campaign.fail()
    campaign.fail(7200)
    campaign.look()
    assert campaign.types() == []


@pytest.mark.parametrize(("is_alert", "minutes"), [(True, 0), (False, 15)])
def test_mail_that_fails_is_told_once(campaign, is_alert, minutes):
    now = campaign.clock()
    with store.write(campaign.engine) as session:
        store.record_pause(session, "535", is_alert=is_alert, until_at=now, now=now)
    campaign.clock.advance(minutes * 60 - 1)
    campaign.look()
    assert campaign.notices() == (
        [] if minutes else ["Sending mail needs somebody: see the outbox."]
    )
    campaign.clock.advance(1)
    campaign.look()
    campaign.look()
    assert len(campaign.notices()) == 1


def test_nobody_on_staff_means_no_notice(campaign, settings):
    campaign.audience = audience_of(settings())
    campaign.poll()
    campaign.poll(signature_row(1))
    assert campaign.notices() == []
    assert campaign.types() == [("signature.signed", 1001)]
