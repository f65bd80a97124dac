"""The improving: seats change places until regions are whole and neighbours near.

Owns what makes a map good, as one number to be made small, and simulated annealing over
it. The regions come first: without regard to neighbours until none is in two pieces,
after that too dear to break. The same placing and seed give the same map.
"""

import math
import random
from collections.abc import Sequence

from tools.hexmap.placing import Placing

_SEED = 718
_REGION_MOVE_COUNT = 200_000
_NEIGHBOUR_MOVE_COUNT = 1_000_000
_HOT, _COLD = 1.2, 0.04
_REACH = 2  # a move goes this many cells

# What a pair of near seats costs at a distance of 0, 1, 2, 3, … cells: the map is judged
# by how many are within two.
_PAIR_COSTS = (0.0, 0.0, 0.15, 1.5, 2.0)
_PAIR_COST_MORE = 0.35
_WANTED_COST = 0.3  # for the square of the way to the wanted place
_BORDER_COST = 0.12  # for each side between two regions
_COAST_COST = 0.5  # for each side towards the sea
_TOUCH_COST = 8.0  # for each side between an island and anything else
_PIECE_COST = 20.0  # for each piece of a region beyond the first, and for each lake

_SEA = -1


def annealed(placing: Placing, near: Sequence[Sequence[int]]) -> list[int]:
    """Return the cell of each seat. `near` lists for each seat its six nearest."""
    chance = random.Random(_SEED)
    without = [()] * len(near)
    cells = _cooled(_Board(placing, placing.cells, without), _REGION_MOVE_COUNT, chance)
    return _cooled(_Board(placing, cells, near), _NEIGHBOUR_MOVE_COUNT, chance)


def _cooled(board: "_Board", move_count: int, chance: random.Random) -> list[int]:
    """Return the cells after so many moves, the costly ones ever less likely."""
    grid = board.grid
    reach = [grid.within(cell, _REACH) for cell in range(grid.size)]
    for move in range(move_count):
        heat = _HOT * (_COLD / _HOT) ** (move / move_count)
        seat = chance.randrange(len(board.cells))
        cell = chance.choice(reach[board.cells[seat]])
        board.move(seat, cell, most=-heat * math.log(1 - chance.random()))
    return board.cells


class _Board:
    """The seats on their cells, and what a move costs."""

    def __init__(
        self, placing: Placing, cells: Sequence[int], near: Sequence[Sequence[int]]
    ) -> None:
        self.cells = list(cells)
        self.grid = placing.grid
        self._touching = placing.grid.touching
        self._pairs = _pairs(near)
        self._pair_costs = _pair_costs(placing)
        self._wanted_costs = _wanted_costs(placing)
        names = sorted(set(placing.pieces))
        self._piece = [names.index(name) for name in placing.pieces]
        apart = {
            p
            for p, is_apart in zip(self._piece, placing.is_apart, strict=True)
            if is_apart
        }
        self._side_costs = _side_costs(len(names), apart)
        self._seat_on = [_SEA] * self.grid.size
        self._piece_on = [_SEA] * self.grid.size
        for seat, cell in enumerate(self.cells):
            self._put(seat, cell)
        self._piece_counts = [
            self._count(piece) for piece in [*range(len(names)), _SEA]
        ]

    def move(self, seat: int, cell: int, *, most: float) -> None:
        """Move the seat, whoever is there takes its place; back if it costs over `most`."""
        old, other = self.cells[seat], self._seat_on[cell]
        pieces = {self._piece[seat], self._piece_on[cell]}  # the sea is one as well
        is_within = other != _SEA and len(pieces) == 1
        before = self._pull(seat) + self._pull(other)
        if not is_within:
            before += self._sides(old) + self._sides(cell)
        self._swap(seat, old, other, cell)
        cost = self._pull(seat) + self._pull(other) - before
        if not is_within:
            cost += self._sides(old) + self._sides(cell)
        counts = {}
        broken_count = sum(self._piece_counts[piece] - 1 for piece in pieces)
        if not is_within and cost <= most + _PIECE_COST * broken_count:
            counts = {piece: self._count(piece) for piece in pieces}
            cost += _PIECE_COST * sum(
                n - self._piece_counts[p] for p, n in counts.items()
            )
        if cost > most:
            self._swap(seat, cell, other, old)
            return
        for piece, count in counts.items():
            self._piece_counts[piece] = count

    def _swap(self, seat: int, old: int, other: int, cell: int) -> None:
        self._put(seat, cell)
        if other == _SEA:
            self._seat_on[old] = self._piece_on[old] = _SEA
        else:
            self._put(other, old)

    def _put(self, seat: int, cell: int) -> None:
        self.cells[seat] = cell
        self._seat_on[cell] = seat
        self._piece_on[cell] = self._piece[seat]

    def _pull(self, seat: int) -> float:
        """Return what the seat's own place costs."""
        if seat == _SEA:
            return 0.0
        cell, cells = self.cells[seat], self.cells
        costs = self._pair_costs[cell]
        return self._wanted_costs[seat][cell] + sum(
            [costs[cells[other]] * weight for other, weight in self._pairs[seat]]
        )

    def _sides(self, cell: int) -> float:
        """Return what the cell's sides cost."""
        costs, piece_on = self._side_costs[self._piece_on[cell]], self._piece_on
        return sum([costs[piece_on[other]] for other in self._touching[cell]])

    def _count(self, piece: int) -> int:
        cells = [cell for cell, on in enumerate(self._piece_on) if on == piece]
        return self.grid.piece_count(cells)


def _pairs(near: Sequence[Sequence[int]]) -> list[list[tuple[int, int]]]:
    """Return for each seat those it is paired with, twice if each is near the other."""
    weights: list[dict[int, int]] = [{} for _ in near]
    for seat, others in enumerate(near):
        for other in others:
            weights[seat][other] = weights[seat].get(other, 0) + 1
            weights[other][seat] = weights[other].get(seat, 0) + 1
    return [list(found.items()) for found in weights]


def _pair_costs(placing: Placing) -> list[list[float]]:
    grid = placing.grid
    last = len(_PAIR_COSTS) - 1
    by_distance = [
        _PAIR_COSTS[min(d, last)] + max(0, d - last) * _PAIR_COST_MORE
        for d in range(grid.width + grid.height)
    ]
    cells = range(grid.size)
    return [[by_distance[grid.distance(a, b)] for b in cells] for a in cells]


def _wanted_costs(placing: Placing) -> list[list[float]]:
    centres = [placing.grid.centre(cell) for cell in range(placing.grid.size)]
    return [
        [_WANTED_COST * ((x - cx) ** 2 + (y - cy) ** 2) for cx, cy in centres]
        for x, y in placing.wanted
    ]


def _side_costs(count: int, apart: set[int]) -> list[list[float]]:
    """Return the cost of a side between two pieces; the last row and column are the sea."""
    sea = count
    return [
        [_side_cost(a, b, sea, apart) for b in range(count + 1)]
        for a in range(count + 1)
    ]


def _side_cost(one: int, other: int, sea: int, apart: set[int]) -> float:
    if one == other:
        return 0.0
    is_island = one in apart or other in apart
    if sea in (one, other):
        return 0.0 if is_island else _COAST_COST
    return _TOUCH_COST if is_island else _BORDER_COST
