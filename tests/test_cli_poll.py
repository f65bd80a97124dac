"""`tracker poll`, `status`, `members sync` and `export` against the stand-in Parliament."""

import fcntl
import json
from datetime import UTC, datetime, timedelta
from io import BytesIO

import openpyxl
import pytest

from tests.program import program_asking
from tests.upstream import FIRST_MEMBER, MOTION_ID, NUMBER, house
from tracker import store
from tracker.board import event_object, member_object, motion_object, motion_view
from tracker.board.members import members_view
from tracker.cli import polling
from tracker.cli.polling import failure_sentence, report_line
from tracker.cli.status import event_text
from tracker.clock import utc_now
from tracker.config import load_settings
from tracker.recording import PollReport
from tracker.rehearsal.faults import HtmlPage, TooManyRequests
from tracker.rehearsal.server import StandIn
from tracker.rehearsal.world import World
from tracker.rules.changes import ChangeKind, TimeFrom
from tracker.rules.outcomes import Outcome
from tracker.store.schema import open_database
from tracker.store.tables import SignatureEvent

KEYS = [
    "session", "number", "ok", "outcome", "error", "signature_count", "signed",
    "withdrawn", "removed",
]  # fmt: skip


@pytest.fixture
def world():
    world = World(house(), clock=utc_now)
    tabled_on = world.sessions[0].starts_on
    world.add_motion(MOTION_ID, NUMBER, "A title", "Text.", tabled_on, FIRST_MEMBER)
    for place in range(5):
        world.sign(MOTION_ID, FIRST_MEMBER + place, utc_now() - timedelta(hours=1))
    return world


@pytest.fixture
def parliament(world):
    with StandIn(world) as stand_in:
        yield stand_in


@pytest.fixture
def program(tmp_path, monkeypatch, parliament):
    return program_asking(parliament, NUMBER, tmp_path, monkeypatch)


def test_a_poll_brings_one_object_per_motion_and_nothing_else(program, world):
    world.withdraw(world.sign(MOTION_ID, FIRST_MEMBER + 9))
    done = program.run("poll", "--json")
    assert (done.code, done.err) == (0, "")
    [motion] = done.document.pop("motions")
    assert done.document.keys() == {"motions"}
    assert list(motion) == KEYS
    signers = [*range(FIRST_MEMBER, FIRST_MEMBER + 5), FIRST_MEMBER + 9]
    assert motion == {
        "session": world.sessions[0].name,
        "number": NUMBER,
        "ok": True,
        "outcome": "changed",
        "error": None,
        "signature_count": 5,
        "signed": signers,
        "withdrawn": [FIRST_MEMBER + 9],
        "removed": [],
    }


def test_a_poll_fetches_the_members_that_it_named_anew(program, capsys):
    assert program.here(capsys, "poll").code == 0
    engine = open_database(program.settings.database.url, is_upgraded=False)
    with store.read(engine) as session:
        assert store.unknown_signers(session) == []
        known = store.members_by_id(session, [FIRST_MEMBER])
    engine.dispose()
    assert known[FIRST_MEMBER].name


def test_a_poll_goes_on_only_so_long_for_members_that_it_named_anew(
    program, capsys, monkeypatch
):
    """A motion's first poll names two hundred: the rest are left for the next time."""
    monkeypatch.setattr(polling, "AFTERWARDS_SECONDS", 0.3)  # of 10 requests each
    left = []
    for _ in range(2):
        assert program.here(capsys, "poll").code == 0
        engine = open_database(program.settings.database.url, is_upgraded=False)
        with store.read(engine) as session:
            left.append(len(store.unknown_signers(session)))
        engine.dispose()
    assert left == [2, 0]


def test_a_poll_says_what_it_brought_before_members_are_fetched(
    program, capsys, monkeypatch
):
    said = []

    async def fetch(*_arguments, **_options):
        said.append(capsys.readouterr().out)

    monkeypatch.setattr(polling, "fetch_after_poll", fetch)
    assert program.here(capsys, "poll", "--json").out == ""
    assert json.loads(said[0])["motions"][0]["signature_count"] == 5


def test_members_that_cannot_be_fetched_do_not_fail_the_poll(
    program, capsys, parliament
):
    parliament.fault(HtmlPage(503), "/api/Members/", None)
    done = program.here(capsys, "poll", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.document["motions"][0]["signature_count"] == 5


def test_a_poll_asks_again_though_the_last_answer_is_fresh(program, capsys, parliament):
    program.here(capsys, "poll")
    asked = parliament.request_count("/EarlyDayMotion/")
    assert program.here(capsys, "poll", "--json").document["motions"][0]["ok"]
    assert parliament.request_count("/EarlyDayMotion/") == asked + 1


def test_a_poll_asks_though_the_schedule_backs_off(program, capsys, parliament):
    parliament.fault(HtmlPage(403))
    assert program.here(capsys, "poll").code == 1
    assert program.here(capsys, "poll").code == 0


def test_a_failed_poll_ends_with_1_and_its_reason_on_one_line(
    program, capsys, parliament
):
    parliament.fault(HtmlPage(503))
    done = program.here(capsys, "poll", "--json")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert f"EDM {NUMBER} of" in done.err
    assert "answered 503" in done.err
    [motion] = done.document["motions"]
    assert (motion["ok"], motion["outcome"]) == (False, "failed")
    assert "answered 503" in motion["error"]


def test_a_poll_obeys_a_brake_that_is_not_over_without_asking(
    program, capsys, parliament
):
    parliament.fault(TooManyRequests("600"))
    assert program.here(capsys, "poll").code == 1
    asked = parliament.request_count()
    done = program.here(capsys, "poll", "--json")
    assert done.code == 1
    assert done.document["motions"][0]["outcome"] == "braked"
    assert "asked us to wait" in done.err
    assert parliament.request_count() == asked


def test_a_motion_that_there_is_not_ends_with_1(program, capsys, world, parliament):
    program.configure(
        session=world.sessions[0].name, number=9, motions_url=parliament.url
    )
    done = program.here(capsys, "poll")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "EDM 9 of" in done.err


def test_one_failure_of_two_motions_ends_with_1(program, capsys, world, parliament):
    name = world.sessions[0].name
    program.configure(
        session=name,
        number=NUMBER,
        more=f'[[motions]]\nnumber = 9\nsession = "{name}"',
        motions_url=parliament.url,
        members_url=parliament.url,
    )
    done = program.here(capsys, "poll")
    assert done.code == 1
    assert [line.split(":")[0] for line in done.out.splitlines()] == [
        f"EDM {NUMBER} of {name}",
        f"EDM 9 of {name}",
    ]
    assert "EDM 718" not in done.err


def test_an_answer_in_doubt_is_believed_when_a_person_accepts_it(
    program, capsys, world
):
    program.here(capsys, "poll")
    for row in world.rows(MOTION_ID)[:3]:
        world.vanish(row.row_id)
    [doubted] = program.here(capsys, "poll", "--json").document["motions"]
    assert (doubted["ok"], doubted["outcome"]) == (True, "suspect")
    assert doubted["signature_count"] == 5
    [accepted] = program.here(capsys, "poll", "--json", "--accept").document["motions"]
    assert accepted["removed"] == [FIRST_MEMBER, FIRST_MEMBER + 1, FIRST_MEMBER + 2]
    assert accepted["signature_count"] == 2


def test_people_read_a_line_per_motion():
    report = PollReport("2014-15", 718, Outcome.CHANGED, None, 1, (4,), (5, 6), ())
    assert report_line(report) == (
        "EDM 718 of 2014-15: changed; 1 signature, 1 signed, 2 withdrawn"
    )
    failed = PollReport("2014-15", 718, Outcome.FAILED, "too slow", 3)
    assert report_line(failed) == "EDM 718 of 2014-15: failed; 3 signatures"
    assert failure_sentence([failed, failed]) == (
        "EDM 718 of 2014-15 was not read: too slow; "
        "EDM 718 of 2014-15 was not read: too slow"
    )


def test_before_parliament_was_ever_read_people_are_told_no_number(
    program, capsys, parliament
):
    unread = program.here(capsys, "status").out
    assert "\n  No number yet; 100 signatures aimed at\n" in unread
    parliament.fault(HtmlPage(503))
    failed = program.here(capsys, "poll").out
    assert failed.endswith(": failed; no number yet\n")
    for said in (unread, failed, program.here(capsys, "status").out):
        assert "0 signatures" not in said.replace("100 signatures", "")
        assert "0 of the" not in said


def test_a_failure_after_an_answer_keeps_its_number(program, capsys, parliament):
    program.here(capsys, "poll")
    parliament.fault(HtmlPage(503))
    assert ": failed; 5 signatures\n" in program.here(capsys, "poll").out


def test_status_is_the_object_of_the_api(program, capsys):
    program.here(capsys, "poll")
    done = program.here(capsys, "status", "--json")
    assert done.code == 0
    settings = program.settings
    engine = open_database(settings.database.url, is_upgraded=False)
    with store.read(engine) as session:
        view = motion_view(session, settings, settings.motions[0], now=utc_now())
    engine.dispose()
    assert done.document == {"motions": [motion_object(view)]}
    assert list(done.document["motions"][0]) == [
        "session", "number", "parliament_id", "title", "text", "url", "tabled_on",
        "state", "signature_count", "withdrawn_count", "member_count",
        "eligible_count", "first_poll_at", "last_poll_at", "last_good_poll_at",
        "last_changed_at", "health", "health_note",
    ]  # fmt: skip
    assert done.document["motions"][0]["last_poll_at"].endswith("Z")


def test_status_tells_people_the_count_the_state_and_the_latest_changes(
    program, capsys, world
):
    world.change_motion(MOTION_ID, title="A title\x1b[31m with a colour")
    program.here(capsys, "poll")
    done = program.here(capsys, "status")
    assert done.code == 0
    assert "\x1b" not in done.out
    assert f"EDM {NUMBER} of {world.sessions[0].name}: A title" in done.out
    assert "5 of the 100 signatures aimed at" in done.out
    assert "\n  Open" in done.out
    assert "Read from Parliament at" in done.out
    assert done.out.count(": signed") == 5


def test_status_says_why_parliament_is_not_read(program, capsys, parliament):
    program.here(capsys, "poll")
    parliament.fault(HtmlPage(503))
    program.here(capsys, "poll")
    assert "Why: answered 503" in program.here(capsys, "status").out


@pytest.mark.parametrize(
    ("kind", "again", "says"),
    [
        (ChangeKind.SIGNED, False, "Ann Lee (Labour, Ayr): signed"),
        (ChangeKind.SIGNED, True, "Ann Lee (Labour, Ayr): signed again"),
        (
            ChangeKind.WITHDRAWN,
            False,
            "Ann Lee (Labour, Ayr): Parliament shows the signature as withdrawn",
        ),
        (
            ChangeKind.REMOVED,
            False,
            "Ann Lee (Labour, Ayr): the name is no longer on Parliament's list",
        ),
    ],
)
def test_a_change_is_told_without_a_motive(kind, again, says):
    assert event_text(event(kind, again)) == f"23 June 2015, 13:00  {says}"


def test_objects_have_the_keys_of_the_api_in_order():
    told = event_object(event(ChangeKind.SIGNED, False))
    assert list(told) == [
        "id", "kind", "again", "member_id", "name", "party", "constituency",
        "happened_at", "time_from", "observed_at", "backfilled",
    ]  # fmt: skip
    assert told["happened_at"] == "2015-06-23T12:00:00Z"


def test_a_member_object_has_the_keys_of_the_api(program, capsys):
    program.here(capsys, "poll")
    settings = program.settings
    engine = open_database(settings.database.url, is_upgraded=False)
    with store.read(engine) as session:
        view = members_view(session, settings, settings.motions[0], now=utc_now())
    engine.dispose()
    assert list(member_object(view.members[0], url="https://x.example/1")) == [
        "member_id", "name", "party", "constituency", "ons_code", "status", "why",
        "signed_on", "withdrawn_on", "supporters", "url",
    ]  # fmt: skip


def event(kind: ChangeKind, again: bool) -> SignatureEvent:
    at = datetime(2015, 6, 23, 12, tzinfo=UTC)
    return SignatureEvent(
        id=7, motion_id=1, poll_id=1, signature_id=1, ordinal=1, kind=kind,
        again=again, member_id=4, name="Ann Lee", party="Labour", constituency="Ayr",
        happened_at=at, time_from=TimeFrom.PARLIAMENT, observed_at=at, backfilled=False,
    )  # fmt: skip


def test_members_that_cannot_be_brought_are_named_with_the_server(
    program, capsys, monkeypatch
):
    nowhere = load_settings(
        program.folder / "config.toml",
        environ={"TRACKER__PARLIAMENT__MEMBERS_URL": "http://127.0.0.1:1"},
        rehearsal=True,
    )
    monkeypatch.setattr("tracker.cli.shell.Shell.settings", lambda _self: nowhere)
    done = program.here(capsys, "members", "sync")
    assert done.code == 1
    assert done.err.startswith("tracker: the MPs could not be brought from 127.0.0.1: ")


def test_members_are_synced_without_a_bar_in_a_pipe(program, capsys, monkeypatch):
    quick = load_settings(
        program.folder / "config.toml",
        environ={"TRACKER__PARLIAMENT__REQUESTS_PER_SECOND": "1000"},
        rehearsal=True,
    )
    monkeypatch.setattr("tracker.cli.shell.Shell.settings", lambda _self: quick)
    few = [FIRST_MEMBER, FIRST_MEMBER + 1]
    monkeypatch.setattr(
        "tracker.store.members_without_contacts", lambda _session, **_: few
    )
    done = program.here(capsys, "members", "sync")
    assert (done.code, done.err) == (0, "")
    assert "650 Members of the House of" in done.out
    assert "contacts of 2 Members" in done.out
    status = program.here(capsys, "status", "--json")
    assert status.document["motions"][0]["member_count"] == 650


def test_members_that_cannot_be_read_end_with_1(program, capsys, parliament):
    parliament.fault(HtmlPage(503), "/api/", None)
    done = program.here(capsys, "members", "sync")
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "answered 503" in done.err


def test_exports_hold_the_ledger_in_each_format(program, capsys, tmp_path):
    program.here(capsys, "poll")
    lines = program.run("export", "signatures", "--format", "csv").out.splitlines()
    assert len(lines) == 6
    events = json.loads(program.run("export", "events", "--format", "json").out)
    assert [event["member_id"] for event in events] == [
        FIRST_MEMBER + place for place in range(5)
    ]
    book = tmp_path / "book.xlsx"
    done = program.here(
        capsys, "export", "events", "--format", "xlsx", "--output", str(book)
    )
    assert (done.code, done.out) == (0, "")
    [sheet] = openpyxl.load_workbook(BytesIO(book.read_bytes())).worksheets
    assert sheet.max_row == 6


def test_an_export_replaces_a_file_whole_and_leaves_nothing_beside_it(
    program, capsys, tmp_path
):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "out.csv").write_text("old")
    done = program.here(
        capsys, "export", "events", "--format", "csv", "--output",
        str(folder / "out.csv"),
    )  # fmt: skip
    assert done.code == 0
    assert "member_id" in (folder / "out.csv").read_text()
    assert [file.name for file in folder.iterdir()] == ["out.csv"]


def test_an_export_to_a_folder_that_is_not_there_is_one_line(program, capsys, tmp_path):
    done = program.here(
        capsys, "export", "events", "--format", "csv", "--output",
        str(tmp_path / "no" / "out.csv"),
    )  # fmt: skip
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert "No such file or directory" in done.err


def test_xlsx_is_not_written_to_a_terminal(program, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    done = program.here(capsys, "export", "events", "--format", "xlsx")
    assert done.code == 2
    assert "xlsx is no text for a terminal" in done.err


def test_two_polls_at_once_of_one_motion_are_not_made(program, capsys):
    program.here(capsys, "poll")
    lock = program.database.with_name("tracker.db-poll-1.lock")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = program.here(capsys, "poll", "--json")
    assert done.code == 1
    assert done.document["motions"][0]["outcome"] == "busy"
