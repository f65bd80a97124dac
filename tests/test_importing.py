"""Importing emails: each awkward row's outcome, twice, killed, dry; on both databases."""

import csv
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import DateTime, text
from sqlalchemy.dialects import sqlite

from tests.supporters_house import KEY, NOW, WATCHED, load_postcodes, seat_a_house
from tracker import store
from tracker.keys import email_key
from tracker.store import Engine, moments_of
from tracker.store.batches import ADD_TALLIES
from tracker.store.bulk import sent_moments_of
from tracker.store.tables import Supporter, SupporterEmail, Suppressed
from tracker.supporters import batches
from tracker.supporters.csv_file import csv_records
from tracker.supporters.files import open_records
from tracker.supporters.importing import ImportDesk, ImportResult, import_emails

AWKWARD = Path(__file__).parent / "data" / "awkward-emails.csv"
LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


@pytest.fixture
def house(engine: Engine) -> Engine:
    """A database with a House, a postcode, and a person who was erased."""
    seat_a_house(engine)
    with store.write(engine) as session:
        key = email_key(KEY, "gone@example.org")
        session.add(Suppressed(email_key=key, erased_at=NOW))
    return engine


def desk(engine: Engine) -> ImportDesk:
    return ImportDesk(engine, KEY, lambda: NOW)


def imported(engine: Engine, path: Path, **options: Any) -> ImportResult:
    with open_records(path, NOW) as records:
        return import_emails(desk(engine), WATCHED, records, source="test", **options)


def written(folder: Path, *rows: str, header: str | None = None) -> Path:
    """Write a small CSV; its columns are those of most tests unless told."""
    path = folder / "emails.csv"
    header = header or "supporter_email,supporter_name,mp_name,sent_at,message_id"
    path.write_text("\n".join([header, *rows, ""]), "utf-8")
    return path


def content(engine: Engine) -> list[tuple[Any, ...]]:
    """Return all that an import writes, but ids, references and counts of runs."""
    with store.read(engine) as session:
        rows = session.connection().execute(
            text(
                "SELECT s.email, s.name, s.ons_code, s.last_act_at, e.member_id, e.state,"
                " e.method, e.reason, e.suggested_ids, e.sent_at, e.message_id,"
                " e.subject, e.row_key, e.told_name, e.told_constituency"
                " FROM supporter_email e JOIN supporter s ON s.id = e.supporter_id"
            )
        )
        tallies = session.connection().execute(text("SELECT * FROM tally"))
        consents = session.connection().execute(
            text("SELECT kind, wording, version, way, given_at FROM consent")
        )
        people = session.connection().execute(text("SELECT email_key FROM supporter"))
        found = [*rows, *tallies, *consents, *people]
    return sorted((tuple(map(_plain, row)) for row in found), key=repr)


def _plain(value: Any) -> Any:
    """Return a moment as SQLite has it, whatever the database."""
    is_moment = isinstance(value, datetime)
    return value.isoformat(" ", "microseconds") if is_moment else value


def numbers(result: ImportResult) -> tuple[int, int, int, int, int]:
    return (
        result.read,
        result.counted,
        result.duplicates,
        result.review,
        len(result.rejected),
    )


def awkward_rows() -> Iterator[tuple[int, dict[str, str]]]:
    """Give each row with its first physical line."""
    with AWKWARD.open(encoding="cp1252", newline="") as file:
        reader = csv.DictReader(file)
        line = 2
        for row in reader:
            yield line, row
            line = reader.line_num + 1


def alone(folder: Path, row: dict[str, str]) -> Path:
    path = folder / "alone.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        writer.writeheader()
        writer.writerow(row)
    return path


def newest_emails(engine: Engine, after_id: int) -> Sequence[SupporterEmail]:
    with store.read(engine) as session:
        rows = session.connection().execute(
            text("SELECT id FROM supporter_email WHERE id > :id ORDER BY id"),
            {"id": after_id},
        )
        return [session.get_one(SupporterEmail, row[0]) for row in rows]


def test_each_awkward_row_has_the_outcome_written_beside_it(
    house: Engine, tmp_path: Path
) -> None:
    after_id = 0
    for line, row in awkward_rows():
        result = imported(house, alone(tmp_path, row))
        new = newest_emails(house, after_id)
        after_id = max([after_id, *(email.id or 0 for email in new)])
        outcome, _, reason = row["expect"].partition(": ")
        members = sorted(int(part) for part in row["member_id"].split())
        seen = {
            "counted": result.counted,
            "duplicate": result.duplicates,
            "review": result.review,
            "rejected": len(result.rejected),
        }
        assert {kind for kind, count in seen.items() if count} == {outcome}, (line, row)
        assert sorted(e.member_id for e in new if e.member_id) == members, (line, row)
        methods = {email.method.value for email in new if email.method}
        assert methods == ({row["method"]} if row["method"] else set()), (line, row)
        assert [r.reason for r in result.rejected] == ([reason] if reason else [])


def test_the_whole_file_gives_the_same_as_its_rows_and_again_nothing(
    house: Engine,
) -> None:
    rows = list(awkward_rows())
    assert len(rows) == 40
    kinds = [row["expect"].partition(":")[0] for _, row in rows]
    first = imported(house, AWKWARD)
    before = content(house)
    again = imported(house, AWKWARD)

    lines = [
        line for line, row in rows if row["expect"].partition(":")[0] == "rejected"
    ]
    assert [row.line for row in first.rejected] == lines
    assert first.read == 40
    assert first.duplicates == kinds.count("duplicate")
    # One row is an email to two Members: it is counted twice; another waits twice.
    assert first.counted == kinds.count("counted") + 1
    assert first.review == kinds.count("review") + 1
    assert content(house) == before
    assert (again.counted, again.review) == (0, 0)
    assert again.duplicates == first.duplicates + first.counted + first.review
    assert again.rejected == first.rejected


def test_a_dry_run_writes_nothing_and_says_the_same_numbers(
    house: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 7)
    empty = content(house)
    dry = imported(house, AWKWARD, is_dry=True)
    assert content(house) == empty
    assert numbers(dry) == numbers(imported(house, AWKWARD))


@pytest.mark.parametrize("size", [1, 3, 39, 40, 41])
def test_batches_of_any_size_give_the_same(
    house: Engine, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(batches, "BATCH", size)
    result = imported(house, AWKWARD)
    counted = sum(r["expect"].startswith("counted") for _, r in awkward_rows()) + 1
    assert result.counted == counted
    with store.read(house) as session:
        assert store.tally_differences(session) == []


def test_tallies_are_of_distinct_supporters(house: Engine) -> None:
    imported(house, AWKWARD)
    with store.read(house) as session:
        assert store.tally_differences(session) == []
        tally = store.tallies_of(session, 1)[101]
    rows = [row for _, row in awkward_rows() if row["member_id"] == "101"]
    people = {row["supporter_email"] for row in rows}
    assert (tally.supporter_count, tally.email_count) == (len(people), len(rows))


def test_a_consent_needs_both_columns(house: Engine) -> None:
    imported(house, AWKWARD)
    with store.read(house) as session:
        rows = session.connection().execute(
            text(
                "SELECT s.email, c.wording FROM consent c"
                " JOIN supporter s ON s.id = c.supporter_id"
            )
        )
        assert [tuple(r) for r in rows] == [
            ("gil@example.org", "Email me about this motion")
        ]


def test_only_the_code_of_the_seat_is_kept_of_a_postcode(house: Engine) -> None:
    imported(house, AWKWARD)
    with store.read(house) as session:
        ann = store.supporter_by_key(session, email_key(KEY, "ann@example.org"))
    assert isinstance(ann, Supporter)
    assert (ann.postcode, ann.ons_code) == (None, "W07000112")


def test_the_mps_own_email_is_not_counted(house: Engine, tmp_path: Path) -> None:
    path = written(
        tmp_path, "Toby.Ash.MP@parliament.example,Toby,Toby Ash,2026-06-01 10:00,"
    )
    result = imported(house, path)
    assert [tuple(row) for row in result.rejected] == [(2, batches.REPLY)]


def test_a_table_of_other_boundaries_gives_no_answer(
    engine: Engine, tmp_path: Path
) -> None:
    seat_a_house(engine)
    with store.write(engine) as session:
        session.connection().execute(
            text("UPDATE postcode_table SET boundaries='2010'")
        )
    path = written(
        tmp_path,
        "ann@example.org,ZZ1 1AA,2026-06-01 10:00",
        header="email,Postcode,date",
    )
    result = imported(engine, path)
    assert result.review == 1
    assert result.unknown_postcodes is not None
    assert "seats of 2010" in result.unknown_postcodes


def test_the_file_read_again_when_postcodes_are_loaded_settles_its_reviews(
    engine: Engine, tmp_path: Path
) -> None:
    seat_a_house(engine)
    with store.write(engine) as session:
        session.connection().execute(text("DELETE FROM postcode_table"))
        session.connection().execute(text("DELETE FROM postcode_seat"))
    path = written(
        tmp_path,
        "ann@example.org,ZZ1 1AA,2026-06-01 10:00",
        "bob@example.org,ZZ1 1AA,2026-06-01 10:00",
        header="email,Postcode,date",
    )
    assert imported(engine, path).review == 2
    with store.write(engine) as session:
        [_, bob] = store.review_queue(session)
        store.dismiss_review(session, bob.id or 0, by="staff", at=NOW)
    load_postcodes(engine)

    assert numbers(imported(engine, path)) == (2, 1, 1, 0, 0)
    assert numbers(imported(engine, path)) == (2, 0, 2, 0, 0)
    with store.read(engine) as session:
        assert store.tally_differences(session) == []
        assert store.supporter_counts(session, 1) == {101: 1}


@pytest.mark.parametrize("most", [0, 50_000])
def test_a_review_is_settled_however_many_there_are_and_in_whichever_normal_form(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """What emails in review told is remembered up to a limit, and as rows are compared."""
    monkeypatch.setattr("tracker.supporters.importing.MOST_TELLINGS", most)
    seat_a_house(engine)
    with store.write(engine) as session:
        session.connection().execute(text("DELETE FROM postcode_table"))
        session.connection().execute(text("DELETE FROM postcode_seat"))
    row = "ann@example.org,ZZ1 1AA,Zo\u00eb Nobody,2026-06-01 10:00"
    header = "email,Postcode,MP,date"
    assert imported(engine, written(tmp_path, row, header=header)).review == 1
    load_postcodes(engine)
    again = written(tmp_path, unicodedata.normalize("NFD", row), header=header)
    assert numbers(imported(engine, again)) == (1, 1, 0, 0, 0)
    with store.read(engine) as session:
        assert store.review_queue(session) == []
        assert store.supporter_counts(session, 1) == {101: 1}


def test_a_person_who_writes_again_is_one_person(house: Engine, tmp_path: Path) -> None:
    first = written(tmp_path, "ann@example.org,,Toby Ash,2026-06-01 10:00,")
    imported(house, first)
    second = written(tmp_path, "Ann@example.org,Ann E,Toby Ash,2026-06-03 10:00,")
    imported(house, second)
    with store.read(house) as session:
        [tally] = store.tallies_of(session, 1).values()
        ann = store.supporter_by_key(session, email_key(KEY, "ann@example.org"))
    assert (tally.supporter_count, tally.email_count) == (1, 2)
    assert ann is not None
    assert ann.name == "Ann E"
    assert ann.last_act_at.day == 3


def test_the_run_is_kept_with_its_source_and_numbers(house: Engine) -> None:
    with csv_records(AWKWARD, NOW) as records:
        result = import_emails(
            desk(house), WATCHED, records, source="Action Network, May"
        )
    with store.read(house) as session:
        [run] = session.connection().execute(text("SELECT * FROM import_run"))
    assert (run.source, run.read_count) == ("Action Network, May", 40)
    assert run.counted_count == result.counted
    assert run.finished_at is not None


def test_a_batchs_tallies_are_counted_of_its_own_rows(sqlite_engine: Engine) -> None:
    """However many emails there are: a range of ids is read, no index from end to end."""
    given = dict.fromkeys(("motion", "last", "people", "import"), 1)
    with store.read(sqlite_engine) as session:
        plan = session.connection().execute(
            text(f"EXPLAIN QUERY PLAN {ADD_TALLIES}"), given
        )
        steps = [row.detail for row in plan]
    assert any(step.startswith("SEARCH added USING INTEGER PRIMARY") for step in steps)
    assert not any(step.startswith("SCAN") for step in steps)


@pytest.mark.parametrize("moment", [datetime(1990, 1, 1, tzinfo=UTC), NOW, LATEST])
def test_a_moment_is_written_as_sqlalchemy_writes_it(moment: datetime) -> None:
    processor = (
        DateTime().dialect_impl(sqlite.dialect()).bind_processor(sqlite.dialect())
    )
    assert processor is not None
    assert moments_of(is_sqlite=True)(moment) == processor(moment)


@given(
    seconds=st.integers(0, 3_000_000_000),
    later=st.lists(st.timedeltas(timedelta(0), timedelta(minutes=3)), max_size=8),
)
@pytest.mark.parametrize("is_sqlite", [True, False])
def test_moments_of_one_minute_are_each_their_own(
    is_sqlite: bool, seconds: int, later: list[timedelta]
) -> None:
    """What moments of a minute have in common is made once."""
    start = datetime.fromtimestamp(seconds, UTC)
    quick = sent_moments_of(is_sqlite=is_sqlite)
    plain = moments_of(is_sqlite=is_sqlite)
    for moment in (start, *(start + more for more in later)):
        assert quick(moment, int(moment.timestamp()) // 60) == plain(moment)
