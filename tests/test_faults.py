"""Every fault of Parliament's side, over a real socket: nothing false enters the ledger."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import FakeClock, MakeSettings
from tests.upstream import FIRST_MEMBER, MOTION_ID, ROWS, Watch, watching
from tracker import store
from tracker.members import fetch_after_poll
from tracker.parliament.errors import ParliamentError
from tracker.poll import poll_motion
from tracker.rehearsal import catalogue, faults, transforms, wire, wire_faults
from tracker.rehearsal.faults import Transformed
from tracker.rehearsal.transforms import with_field, without_rows
from tracker.rules.health import Health
from tracker.rules.outcomes import FailureKind, Outcome
from tracker.store import Engine

DETAIL = f"/EarlyDayMotion/{MOTION_ID}"

BLOCKED, NOT_FOUND = FailureKind.BLOCKED, FailureKind.NOT_FOUND
CONNECTION, UNREADABLE = FailureKind.CONNECTION, FailureKind.UNREADABLE

EXPECTED: dict[str, tuple[FailureKind, str]] = {
    "U1 cloudflare challenge": (BLOCKED, "Cloudflare"),
    "U2 503 page": (FailureKind.UNAVAILABLE, "answered 503"),
    **{
        f"U2 {status} page": (FailureKind.UNAVAILABLE, f"answered {status}")
        for status in range(520, 527)
    },
    "U4 200 page": (UNREADABLE, "text/html, application/json is right"),
    "U6 sponsors null": (UNREADABLE, "Sponsors"),
    "U6 sponsors missing": (UNREADABLE, "Sponsors"),
    "U15 truncated, length told": (CONNECTION, "in the middle of the answer"),
    "U15 truncated, clean close": (UNREADABLE, "not JSON"),
    "U15 truncated, chunked": (CONNECTION, "in the middle of the answer"),
    "U16 success false": (UNREADABLE, "StatusCode 500"),
    "recorded 400 inside 200": (UNREADABLE, "StatusCode 400"),
    "U17 response null": (UNREADABLE, "Response"),
    "U17 response list": (UNREADABLE, "Response"),
    "U17 strings": (UNREADABLE, "MemberId"),
    "U17 floats": (UNREADABLE, "MemberId"),
    "U17 booleans": (UNREADABLE, "MemberId"),
    **{
        f"U18 without {path}": (UNREADABLE, path.rpartition(".")[2])
        for path in transforms.REQUIRED_FIELDS
    },
    "unreadable time": (UNREADABLE, "CreatedWhen"),
    "another motion": (UNREADABLE, "another motion"),
    "U19 to itself": (UNREADABLE, "a redirect, which is not followed"),
    "U19 to another host": (UNREADABLE, "a redirect, which is not followed"),
    "U19 to http": (UNREADABLE, "a redirect, which is not followed"),
    "U19 to a file": (UNREADABLE, "a redirect, which is not followed"),
    "U21 huge body": (UNREADABLE, "larger than 8 MiB"),
    "U21 huge body, chunked": (UNREADABLE, "larger than 8 MiB"),
    "U21 gzip bomb": (UNREADABLE, "larger than 8 MiB"),
    "U22 NaN": (UNREADABLE, "NaN"),
    "U22 long number": (UNREADABLE, "a number of 5000 characters"),
    "U22 deep nesting": (UNREADABLE, "nested too deeply"),
    "U22 unclosed nesting": (UNREADABLE, "nested too deeply"),
    "U23 duplicate key": (UNREADABLE, "twice in one object"),
    "U23 lone surrogate": (UNREADABLE, "surrogate"),
    "U24 byte order mark": (UNREADABLE, "byte order mark"),
    "U24 latin-1": (UNREADABLE, "not UTF-8"),
    "U24 br that is not": (UNREADABLE, "coded as 'br'"),
    "U24 gzip that is not": (UNREADABLE, "not valid gzip"),
    "U25 204": (UNREADABLE, "answered 204"),
    "U25 empty 200": (UNREADABLE, "empty"),
    "U26 header flood": (CONNECTION, "headers are too long"),
    "U27 reset in the body": (CONNECTION, "was reset"),
    "U27 reset at once": (CONNECTION, "was reset"),
    "U31 404": (NOT_FOUND, "answered 404"),
    "U31 410": (NOT_FOUND, "answered 410"),
}
BACKING_OFF = {BLOCKED, FailureKind.UNAVAILABLE, FailureKind.TIMEOUT}
# From the bodies and pages that the faults send: none of it may be shown to anyone.
BODY_MARKS = ("<", "{", "[", "script", "Just a moment", "Down for maintenance")


@pytest.fixture
def watch(
    sqlite_engine: Engine, settings: MakeSettings, clock: FakeClock
) -> Iterator[Watch]:
    with watching(
        sqlite_engine, settings, clock, parliament={"timeout_seconds": 5}
    ) as made:
        yield made


def warnings_in(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING]


def assert_quiet(watch: Watch, before: Any, caplog: Any, kind: FailureKind) -> str:
    """Check that the last poll failed and changed nothing; return its reason."""
    poll = watch.last_poll()
    assert (poll.outcome, poll.failure_kind) == (Outcome.FAILED, kind)
    assert poll.error is not None
    assert watch.state() == before
    [warning] = warnings_in(caplog)
    assert poll.error in warning
    view = watch.view()
    assert view.failure == poll.error
    assert "has not given a readable answer since" in view.health_note
    assert not [mark for mark in BODY_MARKS if mark in poll.error]
    assert len(poll.error) < 300
    return poll.error


def assert_polls_on(watch: Watch) -> None:
    """Check that a change that came meanwhile is seen by the next good poll, once."""
    watch.sign()
    report = watch.poll_later()
    assert (report.outcome, len(report.signed)) == (Outcome.CHANGED, 1)
    assert report.signature_count == ROWS + 1
    assert (report.withdrawn, report.removed) == ((), ())
    assert watch.view().failing_since_at is None
    assert watch.poll_later().outcome is Outcome.UNCHANGED
    assert len(watch.events()) == ROWS + 1


def test_every_failing_fault_has_an_expectation():
    assert set(EXPECTED) == set(catalogue.FAILING)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_bad_answer_fails_the_poll_and_changes_nothing(watch, caplog, name):
    kind, words = EXPECTED[name]
    watch.baseline()
    before, asked = watch.state(), watch.stand_in.request_count()
    watch.stand_in.fault(catalogue.FAILING[name])
    report = watch.poll()
    assert (report.outcome, report.outcome.is_ok) == (Outcome.FAILED, False)
    assert report.signature_count == ROWS
    reason = assert_quiet(watch, before, caplog, kind)
    assert words in reason
    assert report.error == reason
    # One request: no redirect is followed, nothing is tried twice (U19).
    assert watch.stand_in.request_count() == asked + 1
    assert_polls_on(watch)


def test_no_bad_first_answer_is_a_baseline(watch):
    for name, fault in catalogue.FAILING.items():
        watch.stand_in.fault(fault)
        assert (name, watch.poll().outcome) == (name, Outcome.FAILED)
        assert watch.state()[1:] == ([], [])
    assert watch.view().health is Health.NEVER
    assert watch.baseline().signature_count == ROWS
    assert all(event.backfilled for event in watch.events())


@pytest.mark.parametrize("name", catalogue.SLOW)
def test_an_answer_that_drips_for_ever_ends_at_the_deadline(
    sqlite_engine, settings, clock, caplog, name
):
    limit = {"timeout_seconds": 0.5}
    with watching(sqlite_engine, settings, clock, parliament=limit) as watch:
        watch.baseline()
        before = watch.state()
        watch.stand_in.fault(catalogue.SLOW[name])

        async def timed(desk):
            loop = asyncio.get_running_loop()
            started = loop.time()
            await poll_motion(desk.poll, watch.motion)
            return loop.time() - started

        assert 0.45 < watch.run(timed) < 1.5
        reason = assert_quiet(watch, before, caplog, FailureKind.TIMEOUT)
        assert "0.5 seconds" in reason or "timed out" in reason
        assert_polls_on(watch)


@pytest.mark.parametrize("name", catalogue.BRAKING)
def test_429_puts_on_the_brake_and_changes_nothing(watch, caplog, name):
    watch.baseline()
    before = watch.state()
    watch.stand_in.fault(catalogue.BRAKING[name])
    assert watch.poll().outcome is Outcome.FAILED
    reason = assert_quiet(watch, before, caplog, FailureKind.THROTTLED)
    assert "asked us to wait" in reason
    asked = watch.stand_in.request_count()
    assert watch.poll_later(10).outcome is Outcome.BRAKED
    assert watch.stand_in.request_count() == asked
    assert watch.state() == before
    watch.clock.advance(3600)
    assert_polls_on(watch)


@pytest.mark.parametrize(
    ("name", "words"),
    [("U5 no sponsors", "40 were known"), ("U7 half gone", "lacks 20 of the 40")],
)
def test_an_answer_that_lacks_many_is_suspect_and_never_believed_by_itself(
    watch, name, words
):
    watch.baseline()
    before = watch.state()
    watch.stand_in.fault(catalogue.SUSPECT[name], times=None)
    for _ in range(5):
        report = watch.poll_later(100)
        assert (report.outcome, report.signature_count) == (Outcome.SUSPECT, ROWS)
        assert words in (report.note or "")
    assert watch.state() == before
    assert (watch.view().health, watch.view().signature_count) == (Health.SUSPECT, ROWS)
    watch.stand_in.clear_faults()
    assert_polls_on(watch)
    assert watch.view().health is Health.OK


def test_what_a_person_accepts_is_believed_at_once(watch):
    watch.baseline()
    watch.stand_in.fault(catalogue.SUSPECT["U7 half gone"])
    report = watch.poll(is_accepted=True)
    assert (len(report.removed), report.withdrawn) == (20, ())
    assert report.signature_count == 20


@pytest.mark.parametrize("name", catalogue.HARMLESS)
def test_an_odd_but_readable_answer_is_as_good_as_any(watch, caplog, name):
    watch.baseline()
    before = watch.state()
    watch.stand_in.fault(catalogue.HARMLESS[name])
    report = watch.poll()
    assert (report.outcome, report.signature_count) == (Outcome.UNCHANGED, ROWS)
    assert watch.state() == before
    assert warnings_in(caplog) == []
    assert_polls_on(watch)


@pytest.mark.parametrize("name", catalogue.HARMLESS)
def test_an_odd_but_readable_first_answer_is_a_baseline(watch, name):
    watch.stand_in.fault(catalogue.HARMLESS[name])
    assert watch.poll().signature_count == ROWS
    assert len(watch.events()) == ROWS
    assert watch.poll_later().outcome is Outcome.UNCHANGED


def test_parliaments_own_count_is_never_read(watch):
    watch.stand_in.fault(Transformed(with_field("Response.SponsorsCount", 1_000)))
    assert watch.poll().signature_count == ROWS


# --- U8 to U13: rows that change -------------------------------------------------------


def test_a_vanished_row_is_removed_after_three_good_polls_and_never_withdrawn(
    watch,
):
    watch.baseline()
    row_id = watch.world.rows(MOTION_ID)[0].row_id
    watch.stand_in.fault(Transformed(without_rows({row_id})), times=2)
    assert watch.poll().outcome is Outcome.SUSPECT
    assert watch.poll_later(50).outcome is Outcome.SUSPECT
    assert watch.view().health is Health.SUSPECT
    assert watch.view().signature_count == ROWS
    watch.world.vanish(row_id)
    # A failed poll in between neither counts nor resets.
    watch.stand_in.fault(faults.HtmlPage(503))
    assert watch.poll_later(49).outcome is Outcome.FAILED
    report = watch.poll_later(1)
    assert (report.removed, report.withdrawn) == ((FIRST_MEMBER,), ())
    assert report.signature_count == ROWS - 1
    assert watch.poll_later().outcome is Outcome.UNCHANGED
    assert [e.kind for e in watch.events()].count("removed") == 1


def test_a_withdrawal_comes_once_with_parliaments_time_or_marked_as_ours(watch):
    watch.baseline()
    rows = watch.world.rows(MOTION_ID)
    told_at = watch.clock() - timedelta(minutes=3)
    watch.world.withdraw(rows[0].row_id, told_at)
    watch.world.withdraw(rows[1].row_id, None)
    report = watch.poll()
    assert set(report.withdrawn) == {FIRST_MEMBER, FIRST_MEMBER + 1}
    first, second = [e for e in watch.events() if e.kind == "withdrawn"]
    assert (first.happened_at, first.time_from) == (told_at, "parliament")
    assert (second.happened_at, second.time_from) == (watch.clock(), "observed")
    assert watch.poll_later().outcome is Outcome.UNCHANGED


def test_signing_again_on_a_new_row_or_on_the_same_keeps_both_in_the_history(
    watch,
):
    watch.baseline()
    first, second, *_ = watch.world.rows(MOTION_ID)
    watch.world.withdraw(first.row_id)
    watch.world.withdraw(second.row_id)
    assert watch.poll_later().signature_count == ROWS - 2
    watch.world.sign(MOTION_ID, first.member_id)
    report = watch.poll_later()
    assert (report.signed, report.signature_count) == ((first.member_id,), ROWS - 1)
    assert watch.events()[-1].again is True
    watch.world.unwithdraw(second.row_id)
    slow = [watch.poll_later(50) for _ in range(3)]
    assert [report.outcome for report in slow] == ["suspect", "suspect", "changed"]
    assert (slow[-1].signed, slow[-1].signature_count) == ((second.member_id,), ROWS)
    kinds = [e.kind for e in watch.events() if e.member_id == second.member_id]
    assert kinds == ["signed", "withdrawn", "signed"]


def test_two_live_rows_of_one_member_count_once(watch):
    watch.baseline()
    watch.world.sign(MOTION_ID, FIRST_MEMBER)
    report = watch.poll()
    assert (report.signed, report.signature_count) == ((FIRST_MEMBER,), ROWS)
    assert watch.events()[-1].again is True


def test_a_known_row_with_another_member_fails_the_poll_naming_it(watch, caplog):
    watch.baseline()
    before = watch.state()
    row_id = watch.world.rows(MOTION_ID)[0].row_id
    moved = Transformed(with_field("Response.Sponsors.0.MemberId", 95_555))
    watch.stand_in.fault(moved)
    assert watch.poll().outcome is Outcome.FAILED
    reason = assert_quiet(watch, before, caplog, UNREADABLE)
    assert str(row_id) in reason
    assert "95555" in reason
    assert_polls_on(watch)


def test_an_unknown_members_signature_counts_at_once_and_they_are_fetched_after(
    watch,
):
    watch.baseline()
    watch.run(lambda desk: fetch_after_poll(desk.members, []))
    winner = watch.world.by_election(
        watch.world.seats[600].seat_id, "Nova Newcombe", "Labour", watch.world.today()
    )
    watch.world.sign(MOTION_ID, winner)
    watch.stand_in.fault(faults.HtmlPage(503), path_prefix="/api/Members", times=1)
    report = watch.poll()
    assert (report.signed, report.signature_count) == ((winner,), ROWS + 1)
    with pytest.raises(ParliamentError):
        watch.run(lambda desk: fetch_after_poll(desk.members, []))
    assert known(watch, winner) == {}
    watch.run(lambda desk: fetch_after_poll(desk.members, []))
    assert known(watch, winner)[winner].name == "Nova Newcombe"


def test_a_signer_whom_nobody_knows_does_not_keep_the_others_from_being_fetched(
    watch,
):
    watch.baseline()
    watch.stand_in.fault(
        faults.StatusOnly(404), path_prefix=f"/api/Members/{FIRST_MEMBER}", times=None
    )
    with pytest.raises(ParliamentError, match="404"):
        watch.run(lambda desk: fetch_after_poll(desk.members, []))
    everyone = range(FIRST_MEMBER, FIRST_MEMBER + ROWS)
    assert set(known(watch, *everyone)) == {*everyone} - {FIRST_MEMBER}


def known(watch: Watch, *member_ids: int) -> dict[int, Any]:
    with store.read(watch.engine) as session:
        return store.members_by_id(session, member_ids)


# --- U28 to U30: copies and clocks -----------------------------------------------------


def test_a_copy_from_the_cache_is_the_same_answer(watch):
    watch.baseline()
    watch.stand_in.fault(faults.Replayed(watch.stand_in.body(DETAIL), age=59))
    assert watch.poll().outcome is Outcome.UNCHANGED


@pytest.mark.parametrize("by", ["age", "date"])
def test_an_older_answer_after_a_newer_one_is_ignored(watch, by):
    watch.baseline()
    older = watch.stand_in.body(DETAIL)
    older_at = watch.clock()
    row_id = watch.world.rows(MOTION_ID)[0].row_id
    watch.clock.advance(30)
    watch.sign(5)
    watch.world.withdraw(row_id)
    assert watch.poll().outcome is Outcome.CHANGED
    before = watch.state()
    watch.clock.advance(20)
    age = {"age": 50} if by == "age" else {"date": older_at}
    watch.stand_in.fault(faults.Replayed(older, **age), times=None)
    report = watch.poll()
    assert (report.outcome, report.outcome.is_ok) == (Outcome.STALE, True)
    for _ in range(5):
        assert watch.poll().outcome is Outcome.STALE
    assert watch.state() == before
    assert watch.view().signature_count == ROWS + 4
    watch.stand_in.clear_faults()
    assert watch.poll_later().outcome is Outcome.UNCHANGED


def test_an_older_answer_without_an_age_is_believed_as_slowly_as_a_vanished_row(
    watch,
):
    """Nothing tells that it is older: what it takes back is seen again before it counts."""
    watch.baseline()
    older = watch.stand_in.body(DETAIL)
    row_id = watch.world.rows(MOTION_ID)[0].row_id
    watch.sign(2)
    watch.world.withdraw(row_id)
    assert watch.poll().outcome is Outcome.CHANGED
    count = len(watch.events())
    watch.stand_in.fault(faults.Replayed(older))
    assert watch.poll_later().outcome is Outcome.SUSPECT
    assert watch.poll_later().outcome is Outcome.UNCHANGED
    assert len(watch.events()) == count
    assert watch.view().signature_count == ROWS + 1


@pytest.mark.parametrize("days", [-2, 2])
def test_our_clock_may_be_two_days_off(sqlite_engine, settings, clock, days):
    """Parliament's order holds, and what it dates in our future is dated by us."""
    with watching(sqlite_engine, settings, clock) as watch:
        theirs = FakeClock(clock() - timedelta(days=days))
        watch.world.clock = theirs
        watch.baseline()
        signed_at = theirs.advance(60)
        watch.sign(at=signed_at)
        assert len(watch.poll().signed) == 1
        event = watch.events()[-1]
        is_ahead = signed_at > clock()
        assert event.time_from == ("observed" if is_ahead else "parliament")
        assert event.happened_at == (clock() if is_ahead else signed_at)
        assert event.happened_at <= event.observed_at
        theirs.advance(60)
        assert watch.poll_later().outcome is Outcome.UNCHANGED


def test_parliaments_clock_an_hour_ahead_keeps_the_order(watch):
    watch.baseline()
    ahead = watch.clock() + timedelta(hours=1)
    watch.sign()
    watch.stand_in.fault(faults.Replayed(watch.stand_in.body(DETAIL), date=ahead))
    assert watch.poll().outcome is Outcome.CHANGED
    watch.sign()
    # Back to the right time: older by their own account, until an hour has gone by.
    assert watch.poll_later(1800).outcome is Outcome.STALE
    assert len(watch.poll_later(1801).signed) == 1


def test_in_the_night_of_two_half_past_ones_the_first_is_meant(
    sqlite_engine, settings, clock
):
    clock.set(datetime(2026, 10, 25, 3, 0, tzinfo=UTC))
    with watching(sqlite_engine, settings, clock) as watch:
        watch.baseline()
        watch.sign(at=datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
        watch.sign(at=datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
        assert len(watch.poll().signed) == 2
        times = [event.happened_at for event in watch.events()[-2:]]
        # Both are written 01:30, and nothing says which is which.
        assert times == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC)] * 2


def test_a_leap_second_is_read(watch):
    stamp = with_field("Response.Sponsors.0.CreatedWhen", "2026-06-08T23:59:60")
    watch.stand_in.fault(Transformed(stamp))
    assert watch.poll().signature_count == ROWS


def test_our_clock_stepping_back_between_polls_loses_and_repeats_nothing(watch):
    watch.baseline()
    watch.sign()
    watch.world.clock = FakeClock(watch.clock() + timedelta(minutes=1))
    report = watch.poll_later(-3600)
    assert (report.outcome, len(report.signed)) == (Outcome.CHANGED, 1)
    view = watch.view()
    assert view.health is Health.OK
    assert view.last_good_poll_at == watch.clock()
    assert watch.poll_later().outcome is Outcome.UNCHANGED


# --- U31 to U33: the motion itself -----------------------------------------------------


def test_a_motion_that_is_not_found_for_a_day_is_kept_since_when_and_never_deleted(
    watch,
):
    watch.baseline()
    before = watch.state()
    since = watch.clock()
    watch.stand_in.fault(faults.StatusOnly(404), times=None)
    for _ in range(24):
        assert watch.poll().outcome is Outcome.FAILED
        watch.clock.advance(3600)
    assert watch.stored().not_found_since_at == since
    assert watch.state() == before
    assert watch.view().signature_count == ROWS
    assert watch.view().health is Health.STALE
    assert watch.view().failing_since_at == since
    watch.stand_in.clear_faults()
    assert watch.poll().outcome is Outcome.UNCHANGED
    assert watch.stored().not_found_since_at is None


def test_a_failure_of_another_kind_does_not_say_that_the_motion_is_gone(watch):
    watch.baseline()
    watch.stand_in.fault(faults.HtmlPage(503))
    watch.poll()
    assert watch.stored().not_found_since_at is None


def test_a_new_title_and_text_are_shown_and_an_amendment_changes_nothing(watch):
    watch.baseline()
    watch.world.change_motion(MOTION_ID, title="Another title", text="Another text.")
    watch.world.add_motion(
        MOTION_ID + 1, 718, "Amendment", "leave out all", watch.world.today(),
        FIRST_MEMBER + 50, amendment_suffix="1", amends=MOTION_ID,
    )  # fmt: skip
    watch.world.sign(MOTION_ID + 1, FIRST_MEMBER + 50)
    assert watch.poll().outcome is Outcome.UNCHANGED
    assert (watch.view().title, watch.view().text) == ("Another title", "Another text.")
    assert len(watch.events()) == ROWS


def test_a_withdrawn_motion_is_shown_so_with_its_signatures(watch):
    watch.baseline()
    watch.world.set_status(MOTION_ID, 1)
    assert watch.poll().outcome is Outcome.UNCHANGED
    view = watch.view()
    assert (view.state, view.signature_count) == ("withdrawn", ROWS)
    assert view.closes_on == watch.world.today()


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert('x')</script>",
        "Aoife O'Testa",
        "N" * 400,
        "‮drawkcaB emaN‬",
        "Line\nand\x1b[31mcolour",
    ],
)
def test_an_odd_name_is_kept_as_it_is_and_breaks_nothing(watch, name):
    watch.stand_in.fault(
        Transformed(with_field("Response.Sponsors.0.Member.Name", name))
    )
    watch.poll()
    assert watch.events()[0].name == name
    assert watch.view().signature_count == ROWS


def test_a_change_of_party_in_a_row_is_no_event(watch):
    watch.baseline()
    changed = with_field("Response.Sponsors.0.Member.Party", "Another Party")
    watch.stand_in.fault(Transformed(changed))
    assert watch.poll().outcome is Outcome.UNCHANGED
    assert len(watch.events()) == ROWS
    assert watch.events()[0].party != "Another Party"


# --- U35 to U37: at once, late, after a long time --------------------------------------


def test_of_two_polls_at_once_one_is_busy_and_the_change_is_stored_once(watch):
    watch.baseline()
    watch.sign()
    asked = watch.stand_in.request_count()
    watch.stand_in.fault(wire_faults.Delayed(0.2))

    async def both(desk):
        return await asyncio.gather(
            poll_motion(desk.poll, watch.motion), poll_motion(desk.poll, watch.motion)
        )

    reports = watch.run(both)
    assert sorted(report.outcome for report in reports) == ["busy", "changed"]
    busy = next(r for r in reports if r.outcome is Outcome.BUSY)
    assert (busy.outcome.is_ok, busy.error) == (
        False,
        "another poll of this motion is under way",
    )
    assert watch.stand_in.request_count() == asked + 1
    assert len(watch.events()) == ROWS + 1
    assert watch.poll_later().outcome is Outcome.UNCHANGED


def test_a_busy_or_braked_poll_is_no_failure_of_parliaments(watch):
    watch.baseline()
    with store.write(watch.engine) as session:
        until = watch.clock() + timedelta(seconds=60)
        store.record_brake(session, until, "because")
    assert watch.poll().outcome is Outcome.BRAKED
    assert watch.view().failing_since_at is None


def test_after_three_days_down_sixty_changes_come_once_with_parliaments_times(
    watch,
):
    watch.baseline()
    started = watch.clock()
    with watch.stand_in.refusing():
        for hour in range(0, 72, 12):
            assert watch.poll().outcome is Outcome.FAILED
            at = started + timedelta(hours=hour)
            for minute in range(10):
                watch.sign(at=at + timedelta(minutes=minute))
            watch.clock.advance(12 * 3600)
        assert "refused" in (watch.last_poll().error or "")
    report = watch.poll()
    assert (len(report.signed), report.signature_count) == (60, ROWS + 60)
    new = watch.events()[ROWS:]
    assert [event.happened_at for event in new] == [
        started + timedelta(hours=12 * (i // 10), minutes=i % 10) for i in range(60)
    ]
    assert {event.time_from for event in new} == {"parliament"}
    assert {event.observed_at for event in new} == {watch.clock()}
    assert not any(event.backfilled for event in new)
    assert watch.poll_later().outcome is Outcome.UNCHANGED


def test_an_http_date_asks_to_wait_as_well(watch):
    watch.baseline()
    until = watch.clock() + timedelta(seconds=300)
    watch.stand_in.fault(faults.TooManyRequests(wire.http_date(until)))
    watch.poll()
    assert watch.poll_later(299).outcome is Outcome.BRAKED
    assert watch.poll_later(1).outcome is Outcome.UNCHANGED
