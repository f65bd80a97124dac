"""The board as it stands on stored facts: statuses, the nudge list, what is public of it."""

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.factories import motion_answer, recorded, signature_row
from tests.program import program_in
from tests.supporters_house import KEY, NOW, WATCHED, seat_a_house
from tracker import board, store
from tracker.board import MemberView, NudgeRow, NudgesView
from tracker.config import Settings
from tracker.contacts import NewContact, log_contact
from tracker.exports import nudges_table
from tracker.rules.nudge import Stance
from tracker.rules.reports import ReportKind
from tracker.rules.stances import Channel, ContactOutcome
from tracker.rules.status import NudgeStatus
from tracker.store import Engine
from tracker.store.schema import open_database
from tracker.store.tables import Member, Membership, Post, RelatedSigner
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.rows import read_object

MOTION = f"/api/v1/motions/{WATCHED.session}/{WATCHED.number}"
DAY = timedelta(days=1)
TABLED = {"DateTabled": "2026-06-01T00:00:00", "StatusDate": "2026-06-01T00:00:00"}


@pytest.fixture
def seated(engine: Engine, clock: FakeClock) -> Engine:
    clock.set(NOW)
    seat_a_house(engine)
    return engine


@pytest.fixture
def made(settings: MakeSettings) -> Settings:
    return settings(motions=[WATCHED.model_dump(exclude_none=True)])


def write(
    engine: Engine, constituency: str, count: int, at: datetime, **cells: Any
) -> None:
    """Have so many supporters write to whoever held the seat then, a minute apart."""
    emails = [
        {
            "supporter_email": f"{number}@{constituency.split()[0].lower()}.example",
            "constituency": constituency,
            "sent_at": (at + timedelta(minutes=number)).isoformat(),
            **cells,
        }
        for number in range(count)
    ]
    records = [read_object(line, one, NOW) for line, one in enumerate(emails, 1)]
    desk = ImportDesk(engine, KEY, lambda: NOW)
    result = import_emails(desk, WATCHED, records, source="a test")
    assert (result.counted, result.review) == (count, 0)


def contact(engine: Engine, member_id: int, at: datetime = NOW, **more: Any) -> None:
    told = {"channel": Channel.PHONE, "outcome": ContactOutcome.CONTACT} | more
    with store.write(engine) as session:
        new = NewContact(member_id=member_id, **told)
        log_contact(session, WATCHED, new, by="Ann", at=at)


def poll(engine: Engine, *rows: dict[str, Any], at: datetime, **changes: Any) -> None:
    body = motion_answer(rows, number=WATCHED.number, **(TABLED | changes))
    recorded(engine, WATCHED, body, at)


def row(member_id: int, **changes: Any) -> dict[str, Any]:
    told = {"created": "2026-06-02T10:00:00"} | changes
    return signature_row(member_id, member_id=member_id, **told)


def members(
    engine: Engine, made: Settings, now: datetime = NOW
) -> dict[int, MemberView]:
    with store.read(engine) as session:
        view = board.members_view(session, made, made.motions[0], now=now)
    return {member.member_id: member for member in view.members}


def nudges(
    engine: Engine,
    made: Settings,
    now: datetime = NOW,
    order: board.Order = "rank",
) -> NudgesView:
    with store.read(engine) as session:
        return board.nudges_view(session, made, made.motions[0], now=now, order=order)


def listed(*args: Any, **more: Any) -> list[int]:
    return [one.member_id for one in nudges(*args, **more).rows]


def only(view: NudgesView, member_id: int) -> NudgeRow:
    [found] = [one for one in view.rows if one.member_id == member_id]
    return found


# Statuses, from emails, contacts and the ledger


def test_who_was_asked_waits_and_then_needs_a_nudge(seated, made):
    write(seated, "Ynys Môn", 2, NOW - 4 * DAY + timedelta(seconds=1))
    assert members(seated, made)[101].status is NudgeStatus.WAITING
    assert listed(seated, made) == []
    later = NOW + timedelta(seconds=1)
    assert members(seated, made, later)[101].status is NudgeStatus.NEEDS_NUDGE
    assert listed(seated, made, later) == [101]
    assert members(seated, made)[102].status is NudgeStatus.NOT_ASKED


def test_a_contact_quietens_and_a_vain_one_does_not(seated, made):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    contact(seated, 101, outcome=ContactOutcome.BUSY)
    assert listed(seated, made) == [101]
    assert only(nudges(seated, made), 101).last_contact_at == NOW
    contact(seated, 101)
    assert listed(seated, made) == []
    assert members(seated, made)[101].status is NudgeStatus.CHASED
    assert listed(seated, made, NOW + 7 * DAY) == [101]


def test_after_a_by_election_the_successor_is_not_asked_and_emails_stay(seated, made):
    write(seated, "Runcorn and Helsby", 7, datetime(2026, 2, 1, 12, tzinfo=NOW.tzinfo))
    with store.read(seated) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        assert motion is not None
        tallies = store.tallies_of(session, motion.id or 0)
    assert {key: one.supporter_count for key, one in tallies.items()} == {105: 7}
    shown = members(seated, made)
    assert shown[106].status is NudgeStatus.NOT_ASKED
    assert shown[106].supporters is None
    assert 105 not in shown
    assert listed(seated, made) == []


def test_a_predecessor_who_signed_is_shown_and_is_never_nudged(seated, made):
    poll(seated, row(105), at=NOW - 9 * DAY)
    shown = members(seated, made)
    assert shown[105].status is NudgeStatus.SIGNED
    assert not shown[105].is_sitting
    assert shown[105].why.endswith("No longer an MP; the signature stays.")
    assert shown[106].status is NudgeStatus.NOT_ASKED


def test_a_withdrawn_signature_puts_its_member_on_the_list(seated, made):
    poll(seated, row(101), row(102), at=NOW - 9 * DAY)
    withdrawn = row(101, withdrawn="2026-06-10T10:00:00")
    poll(seated, withdrawn, row(102), at=NOW - 5 * DAY)
    assert members(seated, made)[101].status is NudgeStatus.WITHDREW
    found = only(nudges(seated, made), 101)
    assert (found.status, found.supporters, found.first_email_at) == (
        NudgeStatus.WITHDREW,
        0,
        None,
    )
    assert found.why == ("Parliament shows the signature as withdrawn on 10 June 2026.")


def test_a_name_that_is_gone_is_not_withdrawn_and_staff_read_of_it(seated, made):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    poll(seated, row(101), row(102), at=NOW - 9 * DAY)
    assert listed(seated, made) == []
    for turn in range(3):
        poll(seated, row(102), at=NOW - 8 * DAY + turn * timedelta(minutes=1))
    shown = members(seated, made)[101]
    assert (shown.status, shown.withdrawn_on) == (NudgeStatus.NEEDS_NUDGE, None)
    assert "Parliament's list" not in shown.why
    assert "no longer on Parliament's list" in only(nudges(seated, made), 101).why


@pytest.mark.parametrize(
    ("posts", "correction", "says"),
    [
        (
            [Post(member_id=101, kind="government", name="Minister of Rehearsals")],
            None,
            "Minister of Rehearsals",
        ),
        ([], "A parliamentary private secretary", "A parliamentary private secretary."),
    ],
)
def test_who_cannot_sign_by_convention_is_not_nudged(
    seated, made, posts, correction, says
):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    with store.write(seated) as session:
        session.add_all([Post(**post.model_dump()) for post in posts])
        store.record_correction(session, 101, correction, by="Ann", at=NOW)
    shown = members(seated, made)[101]
    assert shown.status is NudgeStatus.CANNOT_SIGN
    assert says in shown.why
    assert listed(seated, made) == []
    with store.write(seated) as session:
        store.record_correction(session, 101, None, by="Ann", at=NOW)
    assert (listed(seated, made) == [101]) is bool(correction)


def test_a_closed_or_withdrawn_motion_has_an_empty_list(seated, made, settings):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    assert listed(seated, made) == [101]
    closed = {"number": WATCHED.number, "session": WATCHED.session}
    for closes_on, found in ((date(2026, 6, 15), [101]), (date(2026, 6, 14), [])):
        over = settings(motions=[closed | {"closes_on": closes_on}])
        assert listed(seated, over) == found
    poll(seated, row(102), at=NOW, Status=1)
    assert listed(seated, made) == []


def test_a_recess_in_the_middle_counts_for_nothing(seated, made, settings):
    write(seated, "Ynys Môn", 1, NOW - 5 * DAY)
    assert listed(seated, made) == [101]
    recess = {"from": date(2026, 6, 11), "to": date(2026, 6, 12)}
    away = settings(motions=[WATCHED.model_dump(exclude_none=True)], recess=[recess])
    assert members(seated, away)[101].status is NudgeStatus.WAITING
    assert listed(seated, away) == []
    assert listed(seated, away, NOW + DAY) == [101]


def test_in_a_recess_the_list_stays_and_says_until_when(seated, settings):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    recess = {"from": date(2026, 6, 15), "to": date(2026, 8, 31)}
    away = settings(motions=[WATCHED.model_dump(exclude_none=True)], recess=[recess])
    view = nudges(seated, away)
    assert view.in_constituency_until_on == date(2026, 8, 31)
    assert only(view, 101).why == (
        "1 person wrote, first on 6 June 2026; not signed."
        " In the constituency until 31 August 2026."
    )


def test_a_refusal_is_public_only_if_it_may_be_shown(seated, made):
    write(seated, "Ynys Môn", 1, NOW - 9 * DAY)
    contact(seated, 101, NOW - 8 * DAY, stance=Stance.WILL_NOT_SIGN)
    assert listed(seated, made) == []
    assert members(seated, made)[101].status is NudgeStatus.NEEDS_NUDGE
    with store.write(seated) as session:
        store.record_position(
            session,
            101,
            position_url="https://jane.example/edms",
            no_email_reason=None,
        )
    assert members(seated, made)[101].status is NudgeStatus.DECLINED
    with store.write(seated) as session:
        store.record_position(session, 101, position_url=None, no_email_reason=None)
    contact(seated, 101, stance=Stance.SIGNS_NO_EDMS, may_be_shown=True)
    assert members(seated, made)[101].status is NudgeStatus.DECLINED


def test_that_an_office_signs_none_is_kept_for_a_later_motion(seated, settings):
    contact(seated, 101, stance=Stance.SIGNS_NO_EDMS, may_be_shown=True)
    contact(seated, 103, stance=Stance.WILL_NOT_SIGN, may_be_shown=True)
    later = settings(motions=[{"number": 500, "session": WATCHED.session}])
    shown = members(seated, later)
    assert shown[101].status is NudgeStatus.DECLINED
    assert shown[103].status is NudgeStatus.NOT_ASKED


# The list's order, and what is in a row


def test_the_list_is_ranked(seated, made):
    write(seated, "Tooting", 2, NOW - 9 * DAY)
    write(seated, "Ynys Môn", 3, NOW - 9 * DAY)
    write(seated, "St Ives", 2, NOW - 20 * DAY)
    write(seated, "Brighton Kemptown and Peacehaven", 1, NOW - 30 * DAY)
    write(seated, "Aberdeen North", 1, NOW - 30 * DAY)
    by_number = [101, 103, 104, 102, 107]
    assert listed(seated, made) == by_number
    contact(
        seated,
        107,
        NOW - 8 * DAY,
        outcome=ContactOutcome.UNAVAILABLE,
        call_back_on=NOW.date(),
    )
    assert listed(seated, made) == [107, 101, 103, 104, 102]
    assert "A call-back is due today." in only(nudges(seated, made), 107).why
    assert listed(seated, made, NOW - DAY) == by_number[:-1]


def test_likely_ones_go_first_when_that_is_asked_for(seated, made):
    write(seated, "Tooting", 2, NOW - 9 * DAY)
    write(seated, "Ynys Môn", 3, NOW - 9 * DAY)
    write(seated, "Runcorn and Helsby", 1, NOW - 9 * DAY)
    contact(seated, 104, NOW - 8 * DAY, stance=Stance.WILL_SIGN)
    with store.write(seated) as session:
        motion = store.record_motion(session, WATCHED.session, WATCHED.number)
        signer = RelatedSigner(
            motion_id=motion.id or 0,
            related_id=1,
            member_id=106,
            title="EDM 5: Like",
            is_sponsor=False,
            is_continued=False,
        )
        store.record_related(session, motion.id or 0, 1, [signer])
        session.add(Post(member_id=101, kind="opposition", name="Shadow Minister"))
    assert listed(seated, made) == [101, 104, 106]
    assert listed(seated, made, order="likely") == [104, 106, 101]
    view = nudges(seated, made)
    assert [(h.text, h.source) for h in only(view, 104).hints] == [
        ("Said they would sign", "contact of 7 June 2026")
    ]
    assert [(h.text, h.source) for h in only(view, 106).hints] == [
        ("Signed a related motion", "EDM 5: Like"),
        ("New since the election", "MP since 7 May 2026"),
    ]
    assert [h.text for h in only(view, 101).hints] == ["Holds a front-bench post"]


def test_a_row_has_the_current_ways_to_the_office_and_no_old_one(seated, made):
    write(seated, "Aberdeen North", 1, NOW - 9 * DAY)
    found = only(nudges(seated, made), 107)
    assert [(way.value, way.checked_on) for way in found.emails] == [
        ("toby.ash.mp@parliament.example", NOW.date())
    ]
    assert found.phones == ()


def test_the_table_to_take_away_has_the_same_rows(seated, made):
    write(seated, "Aberdeen North", 1, NOW - 9 * DAY)
    with store.write(seated) as session:
        session.get_one(Member, 107).name = "=cmd|x"
    table = nudges_table(nudges(seated, made).rows)
    [cells] = [dict(zip(table.columns, one, strict=True)) for one in table.rows]
    assert cells["emails"] == (
        "Parliamentary office · toby.ash.mp@parliament.example · 2026-06-15"
    )
    assert (cells["status"], cells["supporters"]) == ("needs_nudge", 1)
    assert cells["first_email_at"] == "2026-06-06T12:00:00Z"


# What it costs


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_board_reads_kept_tallies_and_never_an_email(seated, made):
    write(seated, "Ynys Môn", 3, NOW - 9 * DAY)
    with statements(seated) as seen:
        nudges(seated, made)
        members(seated, made)
        with store.read(seated) as session:
            board.page_view(session, made, made.motions[0], now=NOW)
    assert any("FROM tally" in one for one in seen)
    for one in seen:
        assert "supporter_email" not in one
        assert not re.search(r"FROM supporter\b", one)


def test_a_page_costs_as_many_queries_with_six_members_as_with_sixty(seated, made):
    def count() -> int:
        with statements(seated) as seen, store.read(seated) as session:
            board.page_view(session, made, made.motions[0], now=NOW)
        return len(seen)

    few = count()
    with store.write(seated) as session:
        for number in range(1000, 1060):
            session.add(Member(member_id=number, name=f"M {number}", synced_at=NOW))
            session.flush()
            session.add(
                Membership(
                    member_id=number,
                    constituency=f"Seat {number}",
                    started_on=date(2024, 7, 4),
                )
            )
    assert count() == few


# What is public


CANARY = "Zebedee Quackenbush"


def test_no_public_answer_holds_a_person_a_note_or_a_small_number(seated, made, clock):
    at = NOW - 9 * DAY
    write(seated, "Ynys Môn", 4, at, supporter_name=CANARY, postcode="ZZ1 1AA")
    write(seated, "Tooting", 5, at, supporter_name=CANARY, subject=CANARY)
    contact(
        seated,
        101,
        NOW - 8 * DAY,
        stance=Stance.WILL_NOT_SIGN,
        note=f"Spoke to {CANARY}",
        call_back_on=NOW.date() + DAY,
    )
    contact(seated, 104, NOW - 3 * DAY, note=CANARY)
    poll(seated, row(102), at=NOW - DAY)
    app = create_app(made, seated, clock=clock)
    page = f"/motions/{WATCHED.session}/{WATCHED.number}"
    paths = [
        *("", "/members", "/members/101", "/members/104", "/events", "/history"),
        *("/lookup?postcode=ZZ1+1AA", "/signatures.csv", "/signatures.json"),
        *("/feed.atom", "/badge.svg"),
    ]
    with TestClient(app) as client:
        answers = [client.get(MOTION + path) for path in paths]
        answers += [
            client.get(path, headers={"Accept": "text/html"})
            for path in ("/", page, f"{page}/mps/101", f"{page}/mps/104")
        ]
        answers.append(client.get("/metrics"))
        shown = client.get(MOTION + "/members").json()["members"]
    for answer in answers:
        assert answer.status_code == 200, answer.url
        for secret in ("Quackenbush", "ynys.example", "tooting.example", "will_not"):
            assert secret not in answer.text, answer.url
    by_id = {one["member_id"]: one for one in shown}
    few, five = by_id[101], by_id[104]
    assert (few["supporters"], five["supporters"]) == (None, 5)
    assert few["status"] == "chased"
    for one in (few, five):
        assert "4" not in one["why"]
        assert "June" not in one["why"]
    assert few["why"] == "The office has been contacted; not signed yet."


def test_the_command_writes_the_list_in_each_format(tmp_path, monkeypatch, capsys):
    program = program_in(tmp_path, monkeypatch)
    program.configure(session=WATCHED.session, number=WATCHED.number)
    engine = open_database(program.settings.database.url, is_upgraded=True)
    seat_a_house(engine)
    write(engine, "Ynys Môn", 2, NOW - 9 * DAY)
    with store.write(engine) as session:
        session.get_one(Member, 101).name = "=Jane Carver"
    engine.dispose()
    files = {}
    for fmt in ("json", "csv", "xlsx"):
        path = tmp_path / f"nudges.{fmt}"
        done = program.here(
            capsys, *("export", "nudges", "--format", fmt, "--output", str(path))
        )
        assert (done.code, done.out, done.err) == (0, "", "")
        files[fmt] = path
    [found] = json.loads(files["json"].read_text())
    assert (found["member_id"], found["name"], found["supporters"]) == (
        101,
        "=Jane Carver",
        2,
    )
    [cells] = csv.DictReader(io.StringIO(files["csv"].read_text("utf-8-sig")))
    assert cells["name"] == "'=Jane Carver"
    assert cells["status"] == "needs_nudge"
    assert files["xlsx"].read_bytes().startswith(b"PK")


def test_a_row_tells_how_many_supporters_reported_a_reply(seated, made):
    poll(seated, at=NOW - 9 * DAY)
    write(seated, "Ynys Môn", 3, NOW - 5 * DAY)
    with store.write(seated) as session:
        motion = store.motion_by_number(session, WATCHED.session, WATCHED.number)
        assert motion is not None
        assert motion.id is not None
        kinds = (ReportKind.DISAGREES, ReportKind.THANKS_ONLY, ReportKind.NOTHING_YET)
        for person_id, kind in enumerate(kinds, 1):
            store.record_report(
                session,
                kind,
                supporter_id=person_id,
                motion_id=motion.id,
                member_id=101,
                now=NOW,
            )
    [told] = nudges(seated, made).rows
    assert told.replies_reported == 2
    assert ("2 supporters reported a reply", "supporters' reports") in [
        (hint.text, hint.source) for hint in told.hints
    ]
