"""The first placing: every seat on a cell near where a map of equal seats has it.

Owns which seats belong in one piece, and where Northern Ireland lies. What is wrong with
the first placing (a seat cut off from its region) is mended by `annealing`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from tools.hexmap.grid import ROW_HEIGHT, Grid
from tools.hexmap.plane import Points, projected, spread
from tracker.parliament.seats import Seat, region_name

_SEA_WIDTH = 4.0  # between Northern Ireland and Britain, in cells
_MARGIN = 3  # empty cells around the map, for seats to move through
_ISLANDS = {
    "Isle of Wight": "Wight",
    "Isle of Wight East": "Wight",
    "Isle of Wight West": "Wight",
    "Na h-Eileanan an Iar": "Eileanan",
    "Orkney and Shetland": "Orkney",
    "Ynys Môn": "Môn",
}
_APART = {*_ISLANDS.values(), "Northern Ireland"}


@dataclass(frozen=True)
class Placing:
    """Where each seat should be (`wanted`, in cells) and the cell it starts on.

    `pieces` names for each seat the piece it belongs to: its region or its island.
    `is_apart` tells of a seat whose piece has water all around.
    """

    grid: Grid
    wanted: list[tuple[float, float]]
    cells: list[int]
    pieces: list[str]
    is_apart: list[bool]


def placed(seats: Sequence[Seat]) -> Placing:
    """Return the first placing of these seats."""
    pieces = [_ISLANDS.get(s.constituency, region_name(s.region)) for s in seats]
    wanted = _wanted(seats)
    wanted += (_MARGIN, _MARGIN * ROW_HEIGHT) - wanted.min(axis=0)
    right, bottom = wanted.max(axis=0)
    grid = Grid(int(right) + _MARGIN + 2, int(bottom / ROW_HEIGHT) + _MARGIN + 2)
    return Placing(
        grid,
        [(float(x), float(y)) for x, y in wanted.round(4)],
        _nearest_cells(grid, wanted),
        pieces,
        [piece in _APART for piece in pieces],
    )


def _wanted(seats: Sequence[Seat]) -> Points:
    """Return the middles of the seats on a map of equal seats."""
    is_irish = np.array([region_name(s.region) == "Northern Ireland" for s in seats])
    points = projected(seats)
    wanted = np.zeros_like(points)
    wanted[~is_irish] = spread(points[~is_irish])
    wanted[is_irish] = spread(points[is_irish])
    wanted[is_irish] += _irish_move(points, wanted, is_irish)
    return wanted


def _irish_move(
    points: Points, wanted: Points, is_irish: Points
) -> tuple[float, float]:
    """Return how far Northern Ireland moves: left of what lies as far north in Britain."""
    irish, british = wanted[is_irish], wanted[~is_irish]
    top, bottom = points[is_irish][:, 1].min(), points[is_irish][:, 1].max()
    across = (points[~is_irish][:, 1] >= top) & (points[~is_irish][:, 1] <= bottom)
    down = british[across][:, 1].mean() - irish[:, 1].mean()
    irish_y = irish[:, 1] + down
    beside = (british[:, 1] > irish_y.min() - 1) & (british[:, 1] < irish_y.max() + 1)
    return british[beside][:, 0].min() - _SEA_WIDTH - irish[:, 0].max(), down


def _nearest_cells(grid: Grid, wanted: Points) -> list[int]:
    """Return a cell for each seat, the squares of the distances least in sum."""
    centres = np.array([grid.centre(cell) for cell in range(grid.size)])
    apart = wanted[:, None, :] - centres[None, :, :]
    cells: list[int] = linear_sum_assignment((apart**2).sum(axis=2))[1].tolist()
    return cells
