"""kill -9 at the steps of each work, and each time the end is that of an undisturbed run.

Short: one step of several, the first and the last always. `python -m tests.crash_loop`
takes every step, and each migration from each revision on both databases.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def killed_count(template: Path, work: str, **environ: str) -> int:
    """Do the loop of one work in a process without threads; return how often it was killed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.crash_loop", "--short", work],
        cwd=ROOT,
        env={**os.environ, **environ, "CRASH_LOOP_TEMPLATE": str(template)},
        capture_output=True,
        text=True,
        timeout=290,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.match(rf"{work}: \d+ steps, killed at (\d+) of them", done.stdout)
    assert found, done.stdout
    return int(found[1])


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("work", "fewest"),
    [
        ("poll", 8),
        ("import", 8),
        ("send", 12),
        ("follow-up", 8),
        ("erase", 4),
        ("backup", 5),
        ("restore", 6),
        ("migration-0001", 4),
    ],
)
def test_killed_at_any_step_the_end_is_that_of_an_undisturbed_run(
    sqlite_template, work, fewest
):
    assert killed_count(sqlite_template, work) >= fewest


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(300)
def test_a_migration_killed_on_postgresql_leaves_the_old_database_and_starts_again(
    sqlite_template, postgres_server
):
    url = postgres_server.replace("postgresql+psycopg://", "postgresql://", 1)
    work = "postgres-migration-0001"
    assert killed_count(sqlite_template, work, TEST_POSTGRES_URL=url) >= 3
