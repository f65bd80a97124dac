"""What a process that was killed left half-written, and what of it goes."""

import os
import time
from pathlib import Path

from tracker.operations.files import LEFT_SECONDS, beside, remove_leftovers


def left(folder: Path, name: str, seconds: float) -> Path:
    """Make a file that was last written to so long ago."""
    path = folder / name
    path.write_text("canary")
    at = time.time() - seconds
    os.utime(path, (at, at))
    return path


def test_what_was_left_for_an_hour_goes_with_all_that_lies_beside_it(tmp_path):
    left(tmp_path, ".tracker.db.0123abcd.part", LEFT_SECONDS + 9)
    left(tmp_path, ".tracker.db.0123abcd.part-wal", LEFT_SECONDS + 9)
    remove_leftovers(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_may_be_in_use_or_is_not_ours_stays(tmp_path):
    kept = {
        left(tmp_path, ".tracker.db.0123abcd.part", LEFT_SECONDS - 60),
        left(tmp_path, "tracker.db.part", LEFT_SECONDS * 99),
        left(tmp_path, ".video.mp4.part", LEFT_SECONDS * 99),
        left(tmp_path, "tracker.db", LEFT_SECONDS * 99),
    }
    remove_leftovers(tmp_path)
    assert set(tmp_path.iterdir()) == kept


def test_whatever_is_written_there_next_sweeps_the_folder(tmp_path):
    left(tmp_path, ".copy-of-monday.db.0123abcd.part", LEFT_SECONDS + 9)
    with beside(tmp_path / "copy-of-tuesday.db"):
        assert list(tmp_path.iterdir()) == []
