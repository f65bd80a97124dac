"""The hex map's tables and dashboard.hexmap: near stays near, and Britain is Britain."""

import csv
import math
from collections.abc import Sequence, Set
from functools import cache
from heapq import nsmallest
from pathlib import Path
from statistics import mean

import pytest

from dashboard.hexmap import HexCell, hex_cells, map_size
from tracker.parliament.seats import Boundaries, Seat, region_name, seats_of

DATA = Path(__file__).parents[1] / "tracker" / "data"
Place = tuple[int, int]  # column and row

BOTH = pytest.mark.parametrize("boundaries", ["2010", "2024"])
ISLANDS = {
    "Isle of Wight",
    "Isle of Wight East",
    "Isle of Wight West",
    "Na h-Eileanan an Iar",
    "Orkney and Shetland",
    "Ynys Môn",
}
# the six steps from a cell of an even row, and of an odd one (odd-r)
STEPS = {
    0: ((-1, 0), (1, 0), (-1, -1), (0, -1), (-1, 1), (0, 1)),
    1: ((-1, 0), (1, 0), (0, -1), (1, -1), (0, 1), (1, 1)),
}


def around(place: Place) -> set[Place]:
    column, row = place
    return {(column + right, row + down) for right, down in STEPS[row % 2]}


def within_two(place: Place) -> set[Place]:
    return set().union(*(around(near) for near in around(place))) - {place}


def pieces(places: set[Place]) -> list[set[Place]]:
    left, found = set(places), list[set[Place]]()
    while left:
        piece, edge = set[Place](), {left.pop()}
        while edge:
            piece |= edge
            edge = set().union(*map(around, edge)) & left
            left -= edge
        found.append(piece)
    return found


@cache
def places(boundaries: Boundaries) -> dict[str, Place]:
    return {c.ons_code: (c.column, c.row) for c in hex_cells(boundaries)}


def places_in(
    boundaries: Boundaries, *regions: str, but: Set[str] = frozenset()
) -> set[Place]:
    return {
        (c.column, c.row)
        for c in hex_cells(boundaries)
        if region_name(c.region) in regions and c.constituency not in but
    }


def middle(places: set[Place]) -> tuple[float, float]:
    return mean(c + r % 2 / 2 for c, r in places), mean(r for _, r in places)


def great_circle(one: Seat, other: Seat) -> float:
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    across = math.radians(one.longitude - other.longitude)
    half = math.sin((a - b) / 2) ** 2
    half += math.cos(a) * math.cos(b) * math.sin(across / 2) ** 2
    return math.asin(math.sqrt(half))


def six_nearest(seat: Seat, seats: Sequence[Seat]) -> list[Seat]:
    return nsmallest(7, seats, key=lambda other: great_circle(seat, other))[1:]


def near_share(boundaries: Boundaries) -> float:
    seats, placed = seats_of(boundaries), places(boundaries)
    shares: list[float] = []
    for seat in seats:
        reach = within_two(placed[seat.ons_code])
        near = six_nearest(seat, seats)
        shares.append(mean(placed[other.ons_code] in reach for other in near))
    return mean(shares)


def cell(boundaries: Boundaries, constituency: str) -> HexCell:
    [found] = [c for c in hex_cells(boundaries) if c.constituency == constituency]
    return found


@BOTH
def test_every_seat_is_on_the_map_once_and_no_cell_holds_two(boundaries):
    text = (DATA / f"hexmap-{boundaries}.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == 650
    assert {r["ons_code"] for r in rows} == {s.ons_code for s in seats_of(boundaries)}
    assert len({(r["column"], r["row"]) for r in rows}) == 650
    assert min(int(r["column"]) for r in rows) == 0
    assert min(int(r["row"]) for r in rows) == 0


@BOTH
def test_of_the_six_nearest_seats_most_are_within_two_cells(boundaries):
    assert near_share(boundaries) >= 0.84


@BOTH
def test_every_region_is_one_piece_but_for_islands(boundaries):
    for region in {region_name(s.region) for s in seats_of(boundaries)}:
        mainland = places_in(boundaries, region, but=ISLANDS)
        assert len(pieces(mainland)) == 1, region


@BOTH
def test_london_is_whole_and_the_regions_around_it_surround_it(boundaries):
    london = places_in(boundaries, "London")
    beside = set().union(*map(around, london)) - london
    assert len(london) == (73 if boundaries == "2010" else 75)
    assert beside <= places_in(boundaries, "South East", "East of England")


@BOTH
def test_water_is_around_islands_and_northern_ireland(boundaries):
    occupied = set(places(boundaries).values())
    irish = places_in(boundaries, "Northern Ireland")
    assert not set().union(*map(within_two, irish)) & (occupied - irish)
    for one in (c for c in hex_cells(boundaries) if c.constituency in ISLANDS):
        beside = around((one.column, one.row)) & occupied
        names = {
            c.constituency for c in hex_cells(boundaries) if (c.column, c.row) in beside
        }
        assert names <= ISLANDS


@BOTH
def test_britain_is_one_piece_without_lakes(boundaries):
    occupied = set(places(boundaries).values())
    irish = places_in(boundaries, "Northern Ireland")
    islands = {
        (c.column, c.row) for c in hex_cells(boundaries) if c.constituency in ISLANDS
    }
    assert len(pieces(occupied - irish - islands)) == 1
    width, height = (max(p[axis] for p in occupied) + 1 for axis in (0, 1))
    field = {(c, r) for c in range(-1, width + 1) for r in range(-1, height + 1)}
    assert len(pieces(field - occupied)) == 1


@BOTH
def test_the_map_looks_like_britain(boundaries):
    of = {
        name: middle(places_in(boundaries, name))
        for name in {region_name(s.region) for s in seats_of(boundaries)}
    }
    right, down = 0, 1
    assert min(of, key=lambda name: of[name][down]) == "Scotland"
    assert min(of, key=lambda name: of[name][right]) == "Northern Ireland"
    assert max(of, key=lambda name: of[name][right]) == "East of England"
    assert of["North East"][down] < of["Yorkshire and The Humber"][down]
    assert of["Yorkshire and The Humber"][down] < of["East Midlands"][down]
    assert of["Wales"][right] < of["West Midlands"][right] < of["East Midlands"][right]
    assert of["London"][down] < of["South East"][down]


@BOTH
def test_cornwall_is_a_tail_in_the_south_west(boundaries):
    st_ives, cells = cell(boundaries, "St Ives"), hex_cells(boundaries)
    beside = around((st_ives.column, st_ives.row))
    assert len(beside & set(places(boundaries).values())) <= 3
    assert st_ives.x <= min(c.x for c in cells if c.row >= st_ives.row) + 1
    assert st_ives.x < middle(places_in(boundaries, "South West"))[0] - 4
    assert st_ives.y > cell(boundaries, "North Devon").y


@BOTH
def test_cells_that_touch_are_one_width_apart(boundaries):
    by_place = {(c.column, c.row): c for c in hex_cells(boundaries)}
    for place, one in by_place.items():
        for other in around(place) & by_place.keys():
            far = by_place[other]
            assert math.dist((one.x, one.y), (far.x, far.y)) == pytest.approx(1)


@BOTH
def test_all_cells_lie_whole_within_the_size_of_the_map(boundaries):
    width, height = map_size(boundaries)
    cells = hex_cells(boundaries)
    tall = 2 / math.sqrt(3)
    assert all(c.x - 0.5 >= 0 and c.x + 0.5 <= width for c in cells)
    assert min(c.y for c in cells) == pytest.approx(tall / 2)
    assert max(c.y for c in cells) == pytest.approx(height - tall / 2)


@BOTH
def test_cells_come_row_by_row_with_their_names(boundaries):
    cells = hex_cells(boundaries)
    assert list(cells) == sorted(cells, key=lambda c: (c.row, c.column))
    names = {s.ons_code: (s.constituency, s.region) for s in seats_of(boundaries)}
    assert all(names[c.ons_code] == (c.constituency, c.region) for c in cells)


def test_a_cell_says_where_it_is():
    first = hex_cells("2024")[0]
    assert isinstance(first, HexCell)
    assert first.constituency == "Orkney and Shetland"
    assert (first.row, first.x) == (0, first.column + 0.5)
