"""Rows of CSV files: encodings, delimiters, quotes, names of columns, what is rejected."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.supporters.csv_file import FileRefusedError, csv_records
from tracker.supporters.rows import (
    COLUMNS,
    EmailRow,
    Rejected,
    RowError,
    read_address,
    read_cells,
    read_moment,
    read_object,
    read_recipients,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
HEADER = "supporter_email,supporter_name,sent_at"


def records_of(path: Path, data: bytes) -> list[EmailRow | Rejected]:
    file = path / "emails.csv"
    file.write_bytes(data)
    with csv_records(file, NOW) as records:
        return list(records)


def rows_of(path: Path, data: bytes) -> list[EmailRow]:
    found = records_of(path, data)
    assert all(isinstance(row, EmailRow) for row in found), found
    return [row for row in found if isinstance(row, EmailRow)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_encodings_delimiters_and_line_ends(tmp_path, encoding, delimiter, end):
    lines = [HEADER, 'zoe@example.org,"Zoë, or ""Zo""; Café",2026-06-01 10:00', ""]
    text = end.join(lines)
    if delimiter != ",":
        text = end.join(
            [
                HEADER.replace(",", delimiter),
                delimiter.join(
                    ("zoe@example.org", '"Zoë, or ""Zo""; Café"', "2026-06-01 10:00")
                ),
                "",
            ]
        )
    [row] = rows_of(tmp_path, text.encode(encoding))
    assert row.supporter_name == 'Zoë, or "Zo"; Café'
    assert row.sent_at == datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_a_line_that_names_the_separator_is_obeyed(tmp_path):
    data = b"sep=;\nemail;date\nann@example.org;2026-06-01\n"
    assert [row.line for row in rows_of(tmp_path, data)] == [3]


@pytest.mark.parametrize(
    ("header", "cells", "told"),
    [
        ("email,first_name,last_name,can2_zip,created_at", "x,A,B,ZZ1 1AA,{}", "A B"),
        (
            "Supporter Email,First Name,Last Name,Postcode,Date Created,Target",
            "x,A,B,ZZ1 1AA,{},Toby Ash",
            "A B",
        ),
        (
            "Email Address,name,zip_code,area,target_email,privacy.givenAt,date",
            "x,A B,ZZ1 1AA,Tooting,t@p.example,2026-06-01,{}",
            "A B",
        ),
        ("EMAIL , Name,postcode,Date", "x,A B,ZZ1 1AA,{}", "A B"),
    ],
)
def test_other_systems_names_of_columns(tmp_path, header, cells, told):
    cells = cells.replace("x", "ann@example.org", 1).format("2026-06-01T10:00:00Z")
    [row] = rows_of(tmp_path, f"{header}\n{cells}\n".encode())
    assert (row.supporter_name, row.postcode) == (told, "ZZ1 1AA")


def test_the_line_is_the_first_physical_one_of_the_record(tmp_path):
    data = (
        f"{HEADER}\n"
        'ann@example.org,"Ann\nof\nThree Lines",2026-06-01\n'
        "\n"
        "bad,Bob,2026-06-01\n"
        'cat@example.org,"Cat\nTwo",never\n'
        "dan@example.org,Dan,2026-06-01\n"
    )
    found = records_of(tmp_path, data.encode())
    assert [row.line for row in found] == [2, 6, 7, 9]
    assert [type(row) for row in found] == [EmailRow, Rejected, Rejected, EmailRow]


def test_short_long_and_empty_records(tmp_path):
    data = f"{HEADER}\nann@example.org\n,,\nbob@example.org,B,2026-06-01,more,cells\n"
    [short, long] = records_of(tmp_path, data.encode())
    assert short == Rejected(2, "sent_at is empty")
    assert isinstance(long, EmailRow)
    assert long.line == 4


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ('x@example.org,"open,2026-06-01\n', "never closed"),
        ('x@example.org,"a"b,2026-06-01\n', "must be doubled"),
        (f"x@example.org,{'a' * 200_000},2026-06-01\n", "far too long"),
    ],
)
def test_broken_quotes_and_giant_cells_are_rejected_not_fatal(tmp_path, bad, says):
    data = f"{HEADER}\nann@example.org,A,2026-06-01\n{bad}"
    [first, second] = records_of(tmp_path, data.encode())
    assert isinstance(first, EmailRow)
    assert isinstance(second, Rejected)
    assert second.line == 3
    assert says in second.reason


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"name,sent_at\nAnn,2026-06-01\n", "no column supporter_email"),
        (b"email,name\nann@example.org,Ann\n", "no column sent_at"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"\x1f\x8brest", "compressed"),
        ("email,date\n".encode("utf-16"), "UTF-16"),
        (b"email,date," + b"x," * 2000 + b"\n", "columns"),
    ],
)
def test_files_that_are_no_such_csv_are_refused_with_a_sentence(tmp_path, data, says):
    with pytest.raises(FileRefusedError, match=says):
        records_of(tmp_path, data)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-06-01T10:00:00", "2026-06-01T09:00:00"),
        ("2026-01-01T10:00:00", "2026-01-01T10:00:00"),
        ("2026-06-01T10:00:00Z", "2026-06-01T10:00:00"),
        ("2026-06-01 10:00:00 UTC", "2026-06-01T10:00:00"),
        ("2026-06-01T10:00:00.5+02:00", "2026-06-01T08:00:00.5"),
        ("01/06/2026 10:00", "2026-06-01T09:00:00"),
        ("1/6/2026 9:05:07", "2026-06-01T08:05:07"),
        ("01/06/2026 10:00 +02:00", "2026-06-01T08:00:00"),
        ("01/06/2026 10:00 GMT", "2026-06-01T10:00:00"),
        ("29/02/2024 10:00", "2024-02-29T10:00:00"),
        ("25/10/2026 01:30", "2026-10-25T00:30:00"),
        ("2026-06-01", "2026-05-31T23:00:00"),
    ],
)
def test_times_are_londons_unless_they_say_otherwise(text, moment):
    assert read_moment(text) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["29/02/2026 10:00", "06/13/2026", "now", "1/6/26 10:00", "2026-06-31", "1"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        read_moment(text)


def cells(**given: str) -> list[str]:
    told = {"supporter_email": "ann@example.org", "sent_at": "2026-06-01"} | given
    return [told.get(column, "") for column in COLUMNS]


@pytest.mark.parametrize(("ahead", "is_taken"), [(86_400, True), (86_401, False)])
def test_a_time_may_be_a_day_ahead_and_no_more(ahead, is_taken):
    sent = (NOW + timedelta(seconds=ahead)).isoformat()
    row = read_cells(1, cells(sent_at=sent), NOW)
    assert isinstance(row, EmailRow) is is_taken


@pytest.mark.parametrize(
    "address", ["a@b.example", "First.Last+tag@sub.example.org", "jörg@bücher.example"]
)
def test_addresses_that_are_taken(address):
    assert read_address(f" {address.upper()} ") == address.lower()


@pytest.mark.parametrize(
    "address",
    [
        *("", "a", "a@", "@b.example", "a@b", "a b@c.example", "a..b@c.example"),
        *(".a@c.example", "a.@c.example", "a@b.example,c@d.example", "<a@b.example>"),
        *(
            "a\x01b@c.example",
            "a\x1b[1m@c.example",
            "a\u202eb@c.example",
            "\ud800@c.uk",
        ),
        *(
            "a@-b.example",
            "a@b..example",
            f"{'a' * 65}@b.example",
            "a@b.example\nBcc: x",
        ),
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.example",
    ],
)
def test_addresses_that_are_refused(address):
    with pytest.raises(RowError):
        read_address(address)


def test_recipients_may_have_names_and_be_several():
    assert read_recipients("Ash, <a@p.example>; b@p.example") == (
        "a@p.example",
        "b@p.example",
    )


def test_an_object_of_the_api_is_read_like_a_row():
    given = {"supporter_email": "ann@example.org", "sent_at": "2026-06-01", "x": 1}
    assert read_object(1, given, NOW) == read_cells(1, cells(), NOW)
    assert read_object(2, {**given, "sent_at": 5}, NOW) == Rejected(
        2, "sent_at must be text"
    )


@given(st.lists(st.text(), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_no_cells_break_the_reader(texts):
    record = read_cells(1, texts, NOW)
    assert isinstance(record, EmailRow | Rejected)
