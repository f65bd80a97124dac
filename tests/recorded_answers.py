"""Parliament's recorded answers, which lie beside this checkout where there are any."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "shared" / "parliament" / "recorded"


def recorded_answer(name: str) -> bytes:
    """Return the recorded body; the test is skipped where it is not to be had."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"Parliament's recorded answer {name} is not beside this checkout")
    return path.read_bytes()
