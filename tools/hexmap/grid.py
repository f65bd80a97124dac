"""A field of pointy-top hexagons, numbered row by row.

Owns which cells touch and how far apart two are. Knows no seat. A cell is the number
`row * width + column` in odd-r offset coordinates: odd rows are half a cell to the right.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

ROW_HEIGHT = math.sqrt(3) / 2  # from row to row, when a cell is 1 wide

_EVEN = ((1, 0), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1))
_ODD = ((1, 0), (1, -1), (0, -1), (-1, 0), (0, 1), (1, 1))


@dataclass(frozen=True)
class Grid:
    """`width` times `height` cells."""

    width: int
    height: int

    @property
    def size(self) -> int:
        """Return the number of cells."""
        return self.width * self.height

    @cached_property
    def touching(self) -> list[list[int]]:
        """Return for every cell those it touches, in order around it.

        Six of them, fewer at the edge of the field.
        """
        return [self._touching(cell) for cell in range(self.size)]

    def centre(self, cell: int) -> tuple[float, float]:
        """Return x and y of the cell's middle, in widths of a cell; y grows downwards."""
        row, column = divmod(cell, self.width)
        return column + (row % 2) / 2, row * ROW_HEIGHT

    def distance(self, one: int, other: int) -> int:
        """Return the least number of steps from cell to cell."""
        row, column = divmod(one, self.width)
        other_row, other_column = divmod(other, self.width)
        down = other_row - row
        right = (other_column - other_row // 2) - (column - row // 2)
        return max(abs(down), abs(right), abs(down + right))

    def within(self, cell: int, steps: int) -> list[int]:
        """Return the cells at most `steps` away, the cell itself left out."""
        seen, edge = {cell}, [cell]
        for _ in range(steps):
            edge = [n for c in edge for n in self.touching[c] if n not in seen]
            edge = list(dict.fromkeys(edge))
            seen.update(edge)
        return sorted(seen - {cell})

    def piece_count(self, cells: Collection[int]) -> int:
        """Return into how many connected pieces these cells fall."""
        left, count = set(cells), 0
        while left:
            count += 1
            stack = [left.pop()]
            while stack:
                near = left.intersection(self.touching[stack.pop()])
                left -= near
                stack.extend(near)
        return count

    def _touching(self, cell: int) -> list[int]:
        row, column = divmod(cell, self.width)
        around = ((column + dc, row + dr) for dc, dr in (_ODD if row % 2 else _EVEN))
        return [
            r * self.width + c
            for c, r in around
            if 0 <= c < self.width and 0 <= r < self.height
        ]
