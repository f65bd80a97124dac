"""The wheel works outside the checkout: its own migrations, tables and templates inside."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's files, in a folder that is no checkout."""
    made = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", made, ROOT],
        check=True,
        capture_output=True,
    )
    [wheel] = made.glob("*.whl")
    site = made / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def run_program(
    site: Path, folder: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TRACKER")
    }
    return subprocess.run(
        [sys.executable, "-m", "tracker", *words],
        cwd=folder,
        env=environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_program_in_the_wheel_makes_its_database_outside_the_checkout(
    unpacked, tmp_path
):
    (tmp_path / "config.toml").write_text(
        '[[motions]]\nnumber = 718\nsession = "2014-15"\n'
        '[parliament]\ncontact = "campaign@example.org"\n'
    )
    shown = subprocess.run(
        [sys.executable, "-c", "import tracker; print(tracker.__file__)"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout.strip()).is_relative_to(unpacked)
    result = run_program(unpacked, tmp_path, "status", "--json")
    assert result.returncode == 0, result.stderr
    [motion] = json.loads(result.stdout)["motions"]
    assert (motion["number"], motion["state"], motion["health"]) == (
        718,
        "closed",
        "never",
    )
    assert (tmp_path / "data" / "tracker.db").exists()


@pytest.mark.parametrize(
    "inside",
    [
        "tracker/_alembic/env.py",
        "tracker/_alembic/versions/0001_create_the_ledger_and_the_house.py",
        "tracker/data/seats-2010.csv",
        "tracker/data/sessions.csv",
        "dashboard/templates",
        "dashboard/static",
    ],
)
def test_what_the_program_reads_is_in_the_wheel(unpacked, inside):
    assert (unpacked / inside).exists()


def test_no_alembic_of_ours_hides_the_installed_one(unpacked):
    assert not (unpacked / "alembic").exists()
