"""Importing without looking for garbage: a start makes a great many objects, all to stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports() -> Iterator[None]:
    """Keep the collector out until the end of the block; then it passes over what is there.

    It would go through every class and function again and again while more are made: a
    quarter of a start. In a block within a block it comes back with the inner one's end.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
