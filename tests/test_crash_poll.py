"""C1: kill -9 at every step of a poll, and the ledger is that of an undisturbed run."""

import tempfile
from pathlib import Path

import pytest

from tests.processes import run_python

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_at_any_step_a_poll_leaves_the_ledger_of_an_undisturbed_run(
    sqlite_template,
):
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        code, out = run_python(
            "from tests.poll_process import main; main()",
            str(sqlite_template),
            folder,
            timeout=290,
        )
    assert code == 0
    assert int(out) > 30, "each poll has several steps at which it was killed"
