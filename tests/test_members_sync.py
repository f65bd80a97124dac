"""The House is read from the stand-in whole, or what was known stays."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from tests.conftest import FakeClock, MakeSettings
from tests.upstream import (
    FIRST_MEMBER,
    MOTION_ID,
    NUMBER,
    Watch,
    house,
    small_world,
    watching,
)
from tracker import store
from tracker.board import MemberView, members_view
from tracker.config import Settings, settings_from
from tracker.due import poll_due_at
from tracker.members import SyncReport, fetch_after_poll, sync_calendar, sync_members
from tracker.parliament.errors import ParliamentError
from tracker.rehearsal import faults, parties, transforms, wire_faults
from tracker.rehearsal.exchange import Exchange, Fault
from tracker.rehearsal.faults import Transformed
from tracker.rehearsal.people import Person
from tracker.rehearsal.sessions import NonSitting, RehearsalSession
from tracker.rehearsal.world import World
from tracker.rules.calendar import MotionState
from tracker.rules.eligibility import PostHeld
from tracker.rules.status import NudgeStatus
from tracker.store import Engine
from tracker.store.schema import open_database
from tracker.store.tables import EmailState, MemberName, SupporterEmail
from tracker.supporters.importing import ImportDesk, import_emails
from tracker.supporters.rows import read_object

SEARCH = "/api/Members/Search"
BY_2014 = {"number": NUMBER, "session": "2014-15", "id": MOTION_ID}
LAST_DAY = date(2015, 3, 26)
READ_ON = date(2026, 6, 15)


@dataclass(frozen=True, slots=True)
class Synced:
    """A database in which the motion was polled and the whole House was read, once."""

    path: Path
    report: SyncReport
    told: list[tuple[str, int, int]]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Synced:
    path = tmp_path_factory.mktemp("synced") / "tracker.db"
    shutil.copy(sqlite_template, path)

    def make(*, rehearsal: bool, **tables: Any) -> Settings:
        tables["parliament"]["contact"] = "test@example.org"
        return settings_from(tables, folder=path.parent, rehearsal=rehearsal)

    engine = open_database(f"sqlite:///{path}", is_upgraded=False)
    told: list[tuple[str, int, int]] = []

    def tell(what: str, done: int, total: int) -> None:
        told.append((what, done, total))

    with watching(engine, make, FakeClock()) as watch:
        watch.poll()
        report = watch.run(lambda desk: sync_members(desk.members, progress=tell))
    engine.dispose()
    return Synced(path, report, told)


@pytest.fixture
def known(
    synced: Synced, tmp_path: Path, settings: MakeSettings, clock: FakeClock
) -> Iterator[Watch]:
    """A watch, a day after the House was read."""
    path = tmp_path / "tracker.db"
    shutil.copy(synced.path, path)
    engine = open_database(f"sqlite:///{path}", is_upgraded=False)
    world = small_world(clock)
    clock.advance(86_400)
    with watching(engine, settings, clock, world=world) as made:
        yield made
    engine.dispose()


@pytest.fixture
def watch(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[Watch]:
    with watching(sqlite_engine, settings, clock) as made:
        yield made


def sync(watch: Watch) -> SyncReport:
    return watch.run(lambda desk: sync_members(desk.members))


def board(watch: Watch) -> dict[int, MemberView]:
    """Return every Member of the motion's board, by id."""
    with store.read(watch.engine) as session:
        view = members_view(session, watch.settings, watch.motion, now=watch.clock())
    return {member.member_id: member for member in view.members}


def barred(watch: Watch) -> set[int]:
    """Return who by convention cannot sign."""
    shown = board(watch).values()
    return {m.member_id for m in shown if m.status is NudgeStatus.CANNOT_SIGN}


def person(watch: Watch, member_id: int) -> Person:
    found = watch.world.person(member_id)
    assert found is not None
    return found


def posts(watch: Watch, member_id: int) -> list[PostHeld]:
    with store.read(watch.engine) as session:
        return store.posts_by_member(session).get(member_id, [])


def old_names(watch: Watch) -> list[MemberName]:
    with store.read(watch.engine) as session:
        return list(session.exec(select(MemberName)).all())


def in_posts(watch: Watch, *, since: date = date.max) -> set[int]:
    """Return who holds a post of the government in the World, begun by then."""
    held = [post.holdings for post in watch.world.posts() if post.side == "government"]
    return {h.member_id for holdings in held for h in holdings if h.starts_on <= since}


def in_chair(watch: Watch) -> set[int]:
    return {watch.world.speaker_id, *watch.world.deputy_ids}


def absent(watch: Watch, day: date) -> set[int]:
    """Return who does not take their seat on that day."""
    members = watch.world.members_on(day)
    return {m.member_id for m in members if m.party_on(day) is parties.SINN_FEIN}


class Breaking:
    """Good answers, but for the `place`-th, which meets a fault."""

    def __init__(self, place: int, fault: Fault) -> None:
        self.place, self.fault, self.count = place, fault, 0

    async def __call__(self, exchange: Exchange) -> None:
        self.count += 1
        if self.count == self.place:
            await self.fault(exchange)
        else:
            await exchange.send(exchange.good_answer())


def break_contacts(watch: Watch, breaking: Breaking, count: int = 650) -> None:
    """Have the contacts of the first Members answered so."""
    for member_id in range(FIRST_MEMBER, FIRST_MEMBER + count):
        watch.stand_in.fault(breaking, f"/api/Members/{member_id}/Contact")


def test_a_house_of_650_is_read_whole_with_progress(synced, known):
    assert synced.report.house_counts == {READ_ON: 650}
    assert (synced.report.contact_count, synced.report.problems) == (650, ())
    assert ("Members", 650, 650) in synced.told
    assert ("contacts", 0, 650) in synced.told
    assert synced.told[-1] == ("contacts", 650, 650)
    assert known.view().member_count == 650
    codes = {member.ons_code for member in board(known).values()}
    assert codes == {seat.ons_code for seat in known.world.seats}


def test_ministers_whips_the_chair_and_sinn_fein_cannot_sign(known):
    today = known.world.today()
    ministers, chair = in_posts(known) & set(board(known)), in_chair(known)
    assert len(ministers) > 60  # of every department, not the Cabinet only
    assert (len(chair), len(absent(known, today))) == (4, 7)
    signed = {row.member_id for row in known.world.rows(MOTION_ID)}
    expected = (ministers | chair | absent(known, today)) - signed
    assert barred(known) == expected
    assert known.view().eligible_count == 650 - len(expected)


def test_every_email_and_phone_has_its_label_and_when_it_was_checked(known):
    with store.read(known.engine) as session:
        contacts = store.contacts_of(session, FIRST_MEMBER)
    wanted = {
        (block["type"], block[key])
        for block in person(known, FIRST_MEMBER).contacts
        for key in ("phone", "email")
        if block.get(key)
    }
    told = {(c.label, c.value) for c in contacts if c.kind in ("phone", "email")}
    assert told == wanted
    assert {contact.checked_on for contact in contacts} == {READ_ON}


@pytest.mark.parametrize(
    ("seconds", "fault", "count"),
    [
        (-1, faults.TooManyRequests("60"), 0),
        (1, faults.TooManyRequests("60"), 3),
        (1, faults.HtmlPage(503), 3),
        (1, wire_faults.ResetAtOnce(), 3),
    ],
)
def test_contacts_are_read_after_a_week_and_no_further_than_parliament_lets_us(
    known, seconds, fault, count
):
    known.clock.advance(6 * 86_400 + seconds)
    breaking = Breaking(3, fault)
    break_contacts(known, breaking)
    report = sync(known)
    assert breaking.count == count
    assert report.contact_count == max(count - 1, 0)
    assert [problem.startswith("contacts: ") for problem in report.problems] == (
        [True] if count else []
    )


def test_contacts_of_one_that_cannot_be_read_do_not_stop_the_rest(known, caplog):
    known.clock.advance(6 * 86_400 + 1)
    breaking = Breaking(3, faults.StatusOnly(404))
    break_contacts(known, breaking, 4)
    known.stand_in.fault(faults.HtmlPage(503), "/api/Members/9", times=None)
    report = sync(known)
    assert (breaking.count, report.contact_count) == (4, 3)
    assert f"contacts of Member {FIRST_MEMBER + 2}" in caplog.text


# --- From one sync to the next ---------------------------------------------------------


def test_a_by_election_keeps_the_signature_and_starts_the_successor_anew(known):
    seat = person(known, FIRST_MEMBER).latest_membership.seat
    today = known.world.today()
    winner = known.world.by_election(seat.name, "Nova Newcombe", "Labour", today)
    sync(known)
    shown = board(known)
    former = shown[FIRST_MEMBER]
    assert (former.status, former.is_sitting) == (NudgeStatus.SIGNED, False)
    assert "No longer an MP; the signature stays." in former.why
    assert shown[winner].status is NudgeStatus.NOT_ASKED
    assert shown[winner].ons_code == seat.ons_code
    assert known.view().member_count == 650
    assert known.view().signature_count == 40
    with store.read(known.engine) as session:
        assert FIRST_MEMBER not in store.sitting_members(session)
        [seat_held] = store.last_seats(session, [FIRST_MEMBER]).values()
    assert seat_held.ended_on == today - timedelta(days=1)
    assert seat_held.end_reason == "Resigned"


def test_emails_to_a_winner_nobody_knew_are_matched_when_they_are_brought(known):
    """But for those about which staff decided meanwhile."""
    desk = ImportDesk(known.engine, b"a key for tests", known.clock)
    rows = [
        read_object(
            number,
            {
                "supporter_email": f"p{number}@example.org",
                "mp_name": "Nova Newcombe",
                "sent_at": known.clock().isoformat(),
            },
            known.clock(),
        )
        for number in (1, 2)
    ]
    assert import_emails(desk, known.motion, rows, source="test").review == 2
    with store.write(known.engine) as session:
        first, second = store.review_queue(session)
        store.dismiss_review(session, first.id or 0, by="staff", at=known.clock())
    seat = person(known, FIRST_MEMBER).latest_membership.seat
    today = known.world.today()
    winner = known.world.by_election(seat.name, "Nova Newcombe", "Labour", today)
    sync(known)
    with store.read(known.engine) as session:
        emails = [session.get_one(SupporterEmail, one.id) for one in (first, second)]
        assert [(email.state, email.member_id) for email in emails] == [
            (EmailState.DISMISSED, None),
            (EmailState.COUNTED, winner),
        ]
        assert not store.tally_differences(session)


def test_one_who_left_without_signing_is_off_the_board_and_the_seat_is_vacant(known):
    gone = FIRST_MEMBER + 600
    known.world.leave(gone, known.world.today() - timedelta(days=1), "Resigned")
    sync(known)
    assert gone not in board(known)
    assert known.view().member_count == 649


def test_a_change_of_party_or_name_keeps_the_old_one(known):
    known.world.change_party(FIRST_MEMBER + 1, "Independent", known.world.today())
    known.world.rename(FIRST_MEMBER + 2, "Nova Newcombe")
    old = {i: board(known)[FIRST_MEMBER + i] for i in (1, 2)}
    sync(known)
    shown = board(known)
    assert shown[FIRST_MEMBER + 1].party == "Independent"
    assert shown[FIRST_MEMBER + 2].name == "Nova Newcombe"
    assert {(k.member_id, k.name, k.party, k.until_on) for k in old_names(known)} == {
        (m.member_id, m.name, m.party, known.world.today()) for m in old.values()
    }
    sync(known)
    assert len(old_names(known)) == 2


def test_a_new_minister_cannot_sign_and_one_who_was_dismissed_can_again(known):
    new = FIRST_MEMBER + 600
    old = min(in_posts(known) & barred(known))
    yesterday = known.world.today() - timedelta(days=1)
    known.world.appoint(new, "Minister of Rehearsal", 3, yesterday)
    known.world.dismiss(old, yesterday)
    assert board(known)[old].status is NudgeStatus.CANNOT_SIGN
    sync(known)
    shown = board(known)
    assert shown[new].status is NudgeStatus.CANNOT_SIGN
    assert "Minister of Rehearsal" in shown[new].why
    assert shown[old].status is not NudgeStatus.CANNOT_SIGN


def test_posts_of_one_whose_name_is_gone_are_read_again_at_once(known):
    """A new minister's name is taken off: the reason is known before anyone is told."""
    signer = FIRST_MEMBER + 1
    assert posts(known, signer) == []
    known.world.appoint(signer, "Minister of Rehearsal", 3, known.world.today())
    known.world.withdraw(known.world.rows(MOTION_ID)[1].row_id)
    report = known.poll()
    assert report.withdrawn == (signer,)
    known.run(lambda desk: fetch_after_poll(desk.members, report.withdrawn))
    assert [post.name for post in posts(known, signer)] == ["Minister of Rehearsal"]


def test_posts_are_read_again_although_a_signer_is_known_to_nobody(known):
    known.world.sign(MOTION_ID, 99_999)
    signer = FIRST_MEMBER + 1
    known.world.appoint(signer, "Minister of Rehearsal", 3, known.world.today())
    known.poll()
    with pytest.raises(ParliamentError, match="Member 99999: answered 404"):
        known.run(lambda desk: fetch_after_poll(desk.members, [signer]))
    assert [post.name for post in posts(known, signer)] == ["Minister of Rehearsal"]


def no_items(answer: dict[str, Any]) -> object:
    return answer | {"items": [], "totalResults": 0}


def fewer(answer: dict[str, Any]) -> object:
    return answer | {"totalResults": 560}


def half_a_page(answer: dict[str, Any]) -> object:
    return answer | {"items": answer["items"][:10]}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Transformed(no_items), "gave 0 Members where 650 were known"),
        (Transformed(fewer), "gave 560 Members where 650 were known"),
        (Transformed(half_a_page), "spoke of 650 Members and gave 330"),
        (Transformed(transforms.lying_total(651)), "spoke of 651 Members and gave 650"),
        (faults.EndlessPages(), "did not end after 100 pages"),
        (faults.HtmlPage(503), "answered 503"),
        (faults.HtmlPage(200), "text/html"),
    ],
)
def test_a_house_that_cannot_be_whole_is_refused_and_the_known_one_stays(
    known, fault, words
):
    before = board(known)
    known.stand_in.fault(fault, SEARCH, times=None)
    with pytest.raises(ParliamentError) as caught:
        sync(known)
    assert words in str(caught.value)
    assert board(known) == before
    assert known.view().member_count == 650


def test_a_page_that_fails_in_the_middle_leaves_the_known_house(known):
    before = board(known)
    known.world.rename(FIRST_MEMBER, "Nova Newcombe")
    known.stand_in.fault(Breaking(5, faults.HtmlPage(503)), SEARCH, times=None)
    with pytest.raises(ParliamentError, match="503"):
        sync(known)
    assert board(known) == before


def test_a_member_who_moves_between_pages_is_not_lost(known):
    """The total tells that one is missing: refused, and right the next time."""

    class Moving:
        count = 0

        async def __call__(self, exchange):
            Moving.count += 1
            if Moving.count == 2:
                known.world.rename(FIRST_MEMBER + 649, "Aaron Aardvark")
                known.world.rename(FIRST_MEMBER, "Zelda Zzyzx")
            await exchange.send(exchange.good_answer())

    known.stand_in.fault(Moving(), SEARCH, times=40)
    try:
        sync(known)
    except ParliamentError as error:
        assert "650" in str(error)  # noqa: PT017 - either way is right
    known.stand_in.clear_faults()
    sync(known)
    assert known.view().member_count == 650


def test_posts_that_fail_leave_the_house_and_are_told(known):
    before = barred(known)
    known.stand_in.fault(faults.HtmlPage(503), "/api/Posts/", times=None)
    report = sync(known)
    assert report.house_counts == {known.world.today(): 650}
    assert report.problems == ("posts: answered 503, 200 is right",)
    assert barred(known) == before


# --- The House of a past day -----------------------------------------------------------


@pytest.fixture
def past(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[Watch]:
    """EDM 718 of 2014-15 over the House of 2010, looked at eleven years later."""
    world = World(
        house("2010"),
        clock=clock,
        sessions=[
            RehearsalSession(40, "2014-15", date(2014, 6, 4), date(2015, 3, 26)),
        ],
        non_sitting=[],
    )
    tabled = date(2015, 1, 21)
    world.add_motion(MOTION_ID, NUMBER, "Rehearsed", "Text.", tabled, FIRST_MEMBER)
    for place in range(5):
        at = datetime(2015, 1, 21, 14, place, tzinfo=UTC)
        world.sign(MOTION_ID, FIRST_MEMBER + place, at)
    with watching(sqlite_engine, settings, clock, motion=BY_2014, world=world) as made:
        yield made


def test_a_closed_motion_is_shown_over_the_house_of_its_last_day(past):
    world = past.world
    # One left before the end, one after it, and a by-election filled the first seat.
    early, late = FIRST_MEMBER + 100, FIRST_MEMBER + 101
    seat = person(past, early).latest_membership.seat
    winner = world.by_election(seat.name, "Nova Newcombe", "Labour", date(2014, 10, 9))
    world.change_party(FIRST_MEMBER + 102, "Independent", date(2015, 1, 1))
    world.change_party(FIRST_MEMBER + 103, "Independent", date(2015, 4, 1))
    world.leave(late, date(2015, 3, 30), "Dissolution")
    was = person(past, FIRST_MEMBER + 103).party_on(LAST_DAY).name
    then, later = FIRST_MEMBER + 600, FIRST_MEMBER + 601
    world.appoint(then, "Minister of Then", 3, date(2014, 7, 1))
    world.appoint(later, "Minister of Later", 3, date(2015, 5, 11))

    assert past.poll().signature_count == 5
    report = sync(past)
    assert (report.house_counts, report.problems) == ({LAST_DAY: 650}, ())
    assert report.contact_count == 0

    view = past.view()
    assert (view.state, view.closes_on) == (MotionState.CLOSED, LAST_DAY)
    assert (view.member_count, view.signature_count) == (650, 5)
    shown = board(past)
    assert early not in shown
    assert shown[winner].ons_code == seat.ons_code
    assert shown[late].is_sitting is True
    assert shown[FIRST_MEMBER + 102].party == "Independent"
    assert shown[FIRST_MEMBER + 103].party == was
    codes = {member.ons_code for member in shown.values()}
    assert codes == {seat.ons_code for seat in world.seats}

    # Only posts whose dates cover the last day bar anyone.
    always = in_chair(past) | absent(past, LAST_DAY)
    assert always <= barred(past) <= always | in_posts(past, since=LAST_DAY)
    assert shown[then].status is NudgeStatus.CANNOT_SIGN
    assert shown[later].status is NudgeStatus.NOT_ASKED


def test_a_closed_motion_is_polled_once_a_day(past):
    past.poll()
    polled_at = past.clock()
    for seconds in (60, 3600, 86_399):
        past.clock.set(polled_at + timedelta(seconds=seconds))
        assert due(past) == polled_at + timedelta(days=1)


def due(watch: Watch) -> datetime:
    return poll_due_at(watch.engine, watch.settings, watch.motion, now=watch.clock())


def test_a_past_house_that_cannot_be_read_leaves_the_known_one(past):
    past.poll()
    sync(past)
    before = board(past)
    past.stand_in.fault(Transformed(no_items), SEARCH, times=None)
    with pytest.raises(ParliamentError, match="knows nobody who sat on 2015-03-26"):
        sync(past)
    assert board(past) == before
    past.stand_in.clear_faults()
    past.stand_in.fault(faults.HtmlPage(503), "/api/Members/History", times=1)
    with pytest.raises(ParliamentError, match="503"):
        sync(past)
    assert board(past) == before


# --- The calendar ----------------------------------------------------------------------


def sync_days(watch: Watch) -> None:
    watch.run(lambda desk: sync_calendar(desk.members))


def test_in_a_recess_the_board_says_until_when_no_name_can_appear(watch):
    today = watch.world.today()
    ahead = NonSitting(
        1, "Recess", "Rehearsal Recess", today + timedelta(3), today + timedelta(9)
    )
    friday = today + timedelta(1)
    off = NonSitting(2, "Non-sitting Friday", "Non-sitting Friday", friday, friday)
    watch.world.set_calendar(watch.world.sessions, [ahead, off])
    sync_days(watch)
    watch.poll()
    assert watch.view().no_name_until_on is None
    assert watch.view().next_spell.from_on == today + timedelta(3)
    watch.clock.advance(3 * 86_400)
    view = watch.view()
    assert view.no_name_until_on == today + timedelta(9)
    assert view.spell_name == "Rehearsal Recess"
    watch.clock.advance(7 * 86_400)
    assert watch.view().no_name_until_on is None


def test_a_recess_and_a_prorogation_that_touch_are_one(watch):
    today = watch.world.today()
    recess = NonSitting(1, "Recess", "Recess", today, today + timedelta(4))
    end = NonSitting(
        2, "Prorogation", "Prorogation", today + timedelta(5), today + timedelta(12)
    )
    watch.world.set_calendar(watch.world.sessions, [recess, end])
    sync_days(watch)
    assert watch.view().no_name_until_on == today + timedelta(12)


def test_the_end_of_a_session_that_our_table_does_not_know_comes_from_the_calendar(
    sqlite_engine, settings, clock
):
    motion = {"number": NUMBER, "session": "2031-32", "id": MOTION_ID}
    clock.set(datetime(2032, 3, 1, 12, tzinfo=UTC))
    with watching(sqlite_engine, settings, clock, motion=motion) as watch:
        watch.poll()
        assert (watch.view().state, watch.view().closes_on) == (MotionState.OPEN, None)
        ends_on = date(2032, 4, 20)
        watch.world.set_calendar(
            [RehearsalSession(900, "2031-32", date(2031, 5, 13), ends_on)], []
        )
        sync_days(watch)
        assert (watch.view().state, watch.view().closes_on) == (
            MotionState.OPEN,
            ends_on,
        )
        clock.set(datetime(2032, 4, 20, 22, 59, tzinfo=UTC))
        assert watch.view().state is MotionState.OPEN
        clock.set(datetime(2032, 4, 20, 23, 0, tzinfo=UTC))  # midnight in London
        assert watch.view().state is MotionState.CLOSED


@pytest.mark.parametrize("path", ["/calendar/sessions", "/calendar/events"])
def test_a_calendar_that_cannot_be_read_leaves_the_known_days(watch, path):
    today = watch.world.today()
    recess = NonSitting(1, "Recess", "Recess", today, today + timedelta(4))
    watch.world.set_calendar(watch.world.sessions, [recess])
    sync_days(watch)
    watch.world.set_calendar(watch.world.sessions, [])
    watch.stand_in.fault(faults.HtmlPage(200), path)
    with pytest.raises(ParliamentError, match="text/html"):
        sync_days(watch)
    assert watch.view().no_name_until_on == today + timedelta(4)
    sync_days(watch)
    assert watch.view().no_name_until_on is None
