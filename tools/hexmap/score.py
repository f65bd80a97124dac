"""How good a map is: the share of each seat's six nearest that lie within two cells."""

from collections.abc import Sequence

from tools.hexmap.grid import Grid

NEAR_STEPS = 2


def near_shares(
    grid: Grid, cells: Sequence[int], near: Sequence[Sequence[int]]
) -> list[float]:
    """Return for each seat the share of its nearest at most two cells away, 0 to 1."""
    return [
        sum(grid.distance(cells[seat], cells[other]) <= NEAR_STEPS for other in others)
        / len(others)
        for seat, others in enumerate(near)
    ]
