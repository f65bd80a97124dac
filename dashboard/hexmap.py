"""The hexagons of the map: which seat lies where. Pure.

Owns the way from a column and a row to a point. What a seat's cell looks like, and what
is said of it, is not known here. The tables are computed by `tools/hexmap`.
"""

import csv
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from tracker.parliament.seats import Boundaries, Seat, seats_of

ROW_HEIGHT = math.sqrt(3) / 2  # from row to row, in widths of a cell
CELL_HEIGHT = 2 / math.sqrt(3)  # from the upper point to the lower, likewise


@dataclass(frozen=True, slots=True)
class HexCell:
    """A seat's pointy-top hexagon: `x` and `y` are its middle, in widths of a cell.

    `y` grows downwards. Odd rows lie half a cell to the right ("odd-r"). `region` is the
    code of the seat's table, as in `Seat`.
    """

    ons_code: str
    constituency: str
    region: str
    column: int
    row: int
    x: float
    y: float


@cache
def hex_cells(boundaries: Boundaries) -> tuple[HexCell, ...]:
    """Return the 650 cells of these boundaries, row by row from the upper left."""
    seats = {seat.ons_code: seat for seat in seats_of(boundaries)}
    text = (
        files("tracker").joinpath("data", f"hexmap-{boundaries}.csv").read_text("utf-8")
    )
    cells = (
        _cell(seats[row["ons_code"]], int(row["column"]), int(row["row"]))
        for row in csv.DictReader(text.splitlines())
    )
    return tuple(sorted(cells, key=lambda cell: (cell.row, cell.column)))


@cache
def map_size(boundaries: Boundaries) -> tuple[float, float]:
    """Return the width and height that all cells fill, from 0, in widths of a cell."""
    cells = hex_cells(boundaries)
    width = max(cell.x for cell in cells) + 0.5
    return width, max(cell.y for cell in cells) + CELL_HEIGHT / 2


def _cell(seat: Seat, column: int, row: int) -> HexCell:
    return HexCell(
        ons_code=seat.ons_code,
        constituency=seat.constituency,
        region=seat.region,
        column=column,
        row=row,
        x=column + (row % 2) / 2 + 0.5,
        y=row * ROW_HEIGHT + CELL_HEIGHT / 2,
    )
