"""What is measured, and how: `make bench` prints min, median and max of several rounds.

Every measure stands beside its anchor, taken in the same run on the same machine; the
ratio counts, not the time. Nothing here passes or fails.
"""

from bench.board import measure_board
from bench.front_page import measure_front_page
from bench.imports import measure_imports
from bench.polls import measure_unchanged_poll
from bench.postcodes import measure_postcodes

MEASURES = (
    *(measure_unchanged_poll, measure_postcodes),
    *(measure_imports, measure_board, measure_front_page),
)


def main() -> None:
    """Run every measure and print its lines."""
    for measure in MEASURES:
        print(measure.__doc__.splitlines()[0] if measure.__doc__ else measure.__name__)
        for line in measure():
            print("   ", line)


if __name__ == "__main__":
    main()
