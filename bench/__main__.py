"""What is measured, and how: `make bench` prints min, median and max of several rounds.

Every measure stands beside its anchor, taken in the same run on the same machine; the
ratio counts, not the time. Nothing here passes or fails. `make bench ARGS="board forms"`
measures only what is named.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence

from bench.board import measure_board
from bench.forms import measure_forms
from bench.front_page import measure_front_page
from bench.imports import measure_imports
from bench.motions import measure_motions
from bench.polls import measure_unchanged_poll
from bench.postcodes import measure_postcodes
from bench.retention import measure_retention
from bench.staff_board import measure_staff_board
from bench.starts import measure_starts
from bench.stream import measure_stream

MEASURES: dict[str, Callable[[], Iterator[str]]] = {
    "poll": measure_unchanged_poll,
    "motions": measure_motions,
    "postcodes": measure_postcodes,
    "imports": measure_imports,
    "board": measure_board,
    "front-page": measure_front_page,
    "staff-board": measure_staff_board,
    "forms": measure_forms,
    "retention": measure_retention,
    "starts": measure_starts,
    "stream": measure_stream,
}


def main(names: Sequence[str]) -> int:
    """Run the measures that are named, all if none is, and print their lines."""
    unknown = [name for name in names if name not in MEASURES]
    if unknown:
        known = ", ".join(MEASURES)
        print(f"There is no measure {unknown[0]}: there are {known}.", file=sys.stderr)
        return 2
    for name in names or MEASURES:
        measure = MEASURES[name]
        told = (measure.__doc__ or name).splitlines()[0]
        print(f"{name}: {told}", flush=True)
        # Other work makes slower whatever is measured by the clock.
        print(f"    (load of the machine before: {os.getloadavg()[0]:.1f})", flush=True)
        for line in measure():
            print("   ", line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
