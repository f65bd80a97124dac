import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import openpyxl
import pytest

from tests.conftest import MakeSettings
from tests.factories import motion_answer, recorded, signature_row
from tracker import board, store
from tracker.exports import (
    Cell,
    Table,
    events_table,
    render,
    signatures_table,
    utc_text,
)
from tracker.store import Engine

DANGEROUS = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
]
HARMLESS = [
    "",
    "Labour",
    "Ynys Môn",
    "a=b",
    "'quoted",
    "5 - 4",
    'with "quotes", commas',
]


def table(*cells: Cell) -> Table:
    return Table("things", ("cell", "other"), tuple((cell, 1) for cell in cells))


def csv_cells(made: Table) -> list[str]:
    text = render(made, "csv").decode("utf-8-sig")
    return [row["cell"] for row in csv.DictReader(io.StringIO(text, newline=""))]


def xlsx_cells(made: Table) -> list[object]:
    sheet = openpyxl.load_workbook(io.BytesIO(render(made, "xlsx")))[made.name]
    return [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert csv_cells(table(text)) == [f"'{text}"]
    [cell] = xlsx_cells(table(text))
    assert str(cell).startswith("'" + text[0].strip("\0\r"))


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert csv_cells(table(text)) == [text]
    assert xlsx_cells(table(text)) == [text or None]


def test_no_cell_of_a_workbook_is_a_formula_or_a_link() -> None:
    made = table("=1+1", "https://example.org", "1e5")
    sheet = openpyxl.load_workbook(io.BytesIO(render(made, "xlsx")))["things"]
    cells = [row[0] for row in sheet.iter_rows(min_row=2)]
    assert [cell.data_type for cell in cells] == ["s", "s", "s"]
    assert [cell.hyperlink for cell in cells] == [None, None, None]


def test_json_has_texts_as_they_are_and_types_of_its_own() -> None:
    made = table("=1", None, True, 7)
    cells = [row["cell"] for row in json.loads(render(made, "json"))]
    assert cells == ["=1", None, True, 7]


def test_numbers_and_truth_are_no_text_in_a_workbook() -> None:
    assert xlsx_cells(table(-5, True, None)) == [-5, True, None]
    assert csv_cells(table(-5, True, None)) == ["-5", "true", ""]


def test_a_csv_begins_with_the_mark_by_which_excel_knows_utf_8() -> None:
    assert render(table("é"), "csv").startswith(b"\xef\xbb\xbfcell,other\r\n")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2015, 1, 2, 3, 4, 5, tzinfo=UTC), "2015-01-02T03:04:05Z"),
        (datetime(2015, 1, 2, 3, 4, 5, 600, tzinfo=UTC), "2015-01-02T03:04:05.000600Z"),
        (
            datetime(2015, 7, 2, 1, tzinfo=timezone(timedelta(hours=1))),
            "2015-07-02T00:00:00Z",
        ),
    ],
)
def test_moments_are_utc_with_a_z(moment: datetime, text: str) -> None:
    assert utc_text(moment) == text
    assert csv_cells(table(moment)) == xlsx_cells(table(moment)) == [text]


def test_the_same_table_is_the_same_workbook() -> None:
    assert render(table("a"), "xlsx") == render(table("a"), "xlsx")


def test_a_text_longer_than_a_cell_is_cut_and_not_lost() -> None:
    [cell] = xlsx_cells(table("x" * 40_000))
    assert cell == "x" * 32_767


def test_every_row_and_every_event_of_the_ledger_has_its_line(
    sqlite_engine: Engine, settings: MakeSettings
) -> None:
    watched = settings().motions[0]
    rows = [
        signature_row(1),
        signature_row(2, name="=danger", withdrawn="2015-01-22T11:00:00"),
    ]
    recorded(sqlite_engine, watched, motion_answer(rows))
    with store.read(sqlite_engine) as session:
        motion = store.motion_by_number(session, watched.session, watched.number)
        assert motion is not None
        assert motion.id is not None
        lines = board.signature_lines(session, motion)
        events = store.all_events(session, motion.id)
    signatures = json.loads(render(signatures_table(lines), "json"))
    assert [row["state"] for row in signatures] == ["signed", "withdrawn"]
    assert signatures[1]["withdrawn_at"] == "2015-01-22T11:00:00Z"
    kinds = [row["kind"] for row in json.loads(render(events_table(events), "json"))]
    assert kinds == ["signed", "signed", "withdrawn"]
    assert b"'=danger" in render(events_table(events), "csv")
