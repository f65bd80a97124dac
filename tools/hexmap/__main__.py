"""The command: read the seats, compute the maps, say how good they are, write them."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tools.hexmap.annealing import annealed
from tools.hexmap.grid import Grid
from tools.hexmap.placing import placed
from tools.hexmap.plane import six_nearest
from tools.hexmap.score import near_shares
from tracker.parliament.seats import Boundaries, Seat, region_name, seats_of

_DATA = Path(__file__).parents[2] / "tracker" / "data"
_BOUNDARIES: tuple[Boundaries, ...] = ("2010", "2024")


def main() -> int:
    """Write the maps, or with --check compare them; 1 if they differ."""
    parser = argparse.ArgumentParser(prog="tools.hexmap", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument(
        "boundaries", nargs="*", help="2010, 2024; both if none is named"
    )
    wanted = parser.parse_args()
    is_same = True
    for boundaries in _BOUNDARIES:
        if wanted.boundaries and boundaries not in wanted.boundaries:
            continue
        text = _map_of(boundaries)
        path = _DATA / f"hexmap-{boundaries}.csv"
        if wanted.check:
            is_same = is_same and path.read_text("utf-8") == text
        else:
            path.write_text(text, "utf-8")
    return 0 if is_same else 1


def _map_of(boundaries: Boundaries) -> str:
    """Return the file of these boundaries, and print its score."""
    seats = seats_of(boundaries)
    near = six_nearest(seats)
    placing = placed(seats)
    cells = annealed(placing, near)
    for line in _report(boundaries, seats, near_shares(placing.grid, cells, near)):
        sys.stdout.write(f"{line}\n")
    return _csv(seats, placing.grid, cells)


def _report(
    boundaries: Boundaries, seats: Sequence[Seat], shares: Sequence[float]
) -> list[str]:
    """Return the mean share of all seats and of each region, a line each."""
    by_region: dict[str, list[float]] = {}
    for seat, share in zip(seats, shares, strict=True):
        by_region.setdefault(region_name(seat.region), []).append(share)
    return [
        f"{boundaries}  {sum(shares) / len(shares):.4f}  all {len(shares)} seats",
        *(
            f"      {sum(of) / len(of):.4f}  {name} ({len(of)})"
            for name, of in sorted(by_region.items())
        ),
    ]


def _csv(seats: Sequence[Seat], grid: Grid, cells: Sequence[int]) -> str:
    """Return the table in odd-r offset coordinates; columns and rows begin at 0."""
    rows = [cell // grid.width for cell in cells]
    columns = [cell % grid.width for cell in cells]
    top = min(rows)
    if top % 2:  # rows at half a cell change with those that are not
        columns = [c - (r % 2 == 0) for c, r in zip(columns, rows, strict=True)]
    left = min(columns)
    lines = [
        f"{seat.ons_code},{column - left},{row - top}"
        for seat, column, row in zip(seats, columns, rows, strict=True)
    ]
    return "\n".join(["ons_code,column,row", *lines, ""])


if __name__ == "__main__":
    sys.exit(main())
