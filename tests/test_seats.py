"""tracker.parliament.seats: 650 seats twice, found by name."""

import csv
from datetime import date
from pathlib import Path

import pytest

from tracker.parliament.seats import (
    boundaries_on,
    normal_name,
    region_name,
    seat_named,
    seat_with_code,
    seats_of,
)

SHARED = Path(__file__).parents[2] / "shared" / "parliament"


@pytest.mark.parametrize("boundaries", ["2010", "2024"])
def test_there_are_650_seats_with_a_name_of_their_own_in_a_named_region(boundaries):
    seats = seats_of(boundaries)
    assert len(seats) == 650
    assert len({normal_name(s.constituency) for s in seats}) == 650
    assert len({s.ons_code for s in seats}) == 650
    assert len({region_name(s.region) for s in seats}) == 12
    assert all(region_name(s.region) != s.region for s in seats)
    assert all(49 < s.latitude < 61 and -9 < s.longitude < 2 for s in seats)


@pytest.mark.parametrize("boundaries", ["2010", "2024"])
def test_every_seat_is_found_by_its_own_name_and_code(boundaries):
    for seat in seats_of(boundaries):
        assert seat_named(seat.constituency, boundaries) is seat


@pytest.mark.parametrize(
    ("file", "column", "boundaries"),
    [
        ("mps-2010-2015.csv", "pcon10cd", "2010"),
        ("mps-current.csv", "pcon24cd", "2024"),
    ],
)
def test_every_constituency_of_the_lists_of_mps_is_the_seat_with_its_code(
    file, column, boundaries
):
    path = SHARED / file
    if not path.exists():
        pytest.skip(f"the list of MPs {file} is not beside this checkout")
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    assert len(rows) >= 650
    for row in rows:
        seat = seat_named(row["constituency"], boundaries)
        assert seat is not None, row["constituency"]
        assert seat.ons_code == row[column]


@pytest.mark.parametrize(
    ("name", "boundaries", "ons_code"),
    [
        ("Sheffield, Brightside and Hillsborough", "2010", "E14000921"),
        ("Sheffield Brightside & Hillsborough", "2010", "E14000921"),
        ("Montgomeryshire and Glyndŵr", "2024", "W07000102"),
        ("Montgomeryshire and Glyndwr", "2024", "W07000102"),
        ("saint ives", "2024", "E14001511"),
        ("St. Ives", "2024", "E14001511"),
        ("YNYS MON", "2024", "W07000112"),
    ],
)
def test_spellings_of_one_name_are_one_seat(name, boundaries, ons_code):
    seat = seat_named(name, boundaries)
    assert seat is not None
    assert seat.ons_code == ons_code
    assert seat.boundaries == boundaries


@pytest.mark.parametrize("name", ["", "Nowhere North", "Sheffield", "St", "and"])
def test_a_name_that_is_no_seat_s_is_none(name):
    assert seat_named(name, "2024") is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kingston-upon-Hull", "kingston upon  HULL"),
        ("King's Lynn", "Kings Lynn"),
        ("King’s Lynn", "Kings Lynn"),  # noqa: RUF001 - as word processors write it
        ("Brighton & Hove", "Brighton and Hove"),
        ("Brighton&Hove", "Brighton and Hove"),
        ("Saint Albans", "ST ALBANS"),
        ("Aberafan_Maesteg", "Aberafan Maesteg"),
        ("Straße", "STRASSE"),
        ("Ynys Mo\u0302n", "Ynys Môn"),
    ],
)
def test_names_are_compared_without_case_accents_and_punctuation(one, other):
    assert normal_name(one) == normal_name(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brighton and Hove", "Brighton Hove"),
        ("Leeds East", "Leeds West"),
        ("St Ives", "Ives"),
        ("Stretford", "Saintretford"),
    ],
)
def test_other_names_stay_other_names(one, other):
    assert normal_name(one) != normal_name(other)


def test_a_code_names_one_seat_and_the_newer_one_if_both_tables_have_it():
    by_code = seat_with_code("E14000530")
    assert by_code is not None
    assert (by_code.constituency, by_code.boundaries) == ("Aldershot", "2010")
    kept = seat_with_code("S14000027")
    assert kept is not None
    assert kept.boundaries == "2024"
    assert seat_with_code("E99999999") is None


@pytest.mark.parametrize(
    ("day", "boundaries"),
    [
        (date(2015, 1, 20), "2010"),
        (date(2024, 5, 30), "2010"),
        (date(2024, 5, 31), "2024"),
        (date(2024, 7, 4), "2024"),
    ],
)
def test_the_boundaries_changed_after_the_dissolution_of_30_may_2024(day, boundaries):
    assert boundaries_on(day) == boundaries


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("E12000002", "North West"),
        ("NW", "North West"),
        ("W92000004", "Wales"),
        ("EA", "East of England"),
        ("XX", "XX"),
    ],
)
def test_a_region_has_a_name(region, name):
    assert region_name(region) == name
