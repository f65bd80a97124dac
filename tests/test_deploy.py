"""What runs the program elsewhere names only commands, settings and metrics that exist."""

import json
import re
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboard.app import create_app
from tests.conftest import FakeClock, MakeSettings
from tests.factories import SEEN_AT, motion_answer, recorded, signature_row
from tracker import store
from tracker.cli.root import COMMANDS
from tracker.store import Engine

DEPLOY = Path(__file__).parents[1] / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
METRIC = re.compile(r"\btracker_[a-z_]+")


@pytest.fixture
def known(settings: MakeSettings, sqlite_engine: Engine, clock: FakeClock) -> set[str]:
    """The names of the metrics of a program at work."""
    configured = settings()
    recorded(sqlite_engine, configured.motions[0], motion_answer([signature_row(1)]))
    clock.set(SEEN_AT + timedelta(seconds=90))
    with store.write(sqlite_engine) as session:
        store.record_job_done(session, "backup", SEEN_AT)
    app = create_app(configured, sqlite_engine, clock=clock)
    with TestClient(app) as client:
        return set(METRIC.findall(client.get("/metrics").text))


@pytest.mark.parametrize("name", ["alerts.yml", "dashboard.json"])
def test_alerts_and_charts_ask_for_metrics_that_there_are(
    known: set[str], name: str
) -> None:
    asked = set(METRIC.findall((DEPLOY / "prometheus" / name).read_text()))
    assert asked, "it asks for nothing"
    assert asked <= known


def test_the_chart_board_is_readable() -> None:
    board = json.loads((DEPLOY / "prometheus" / "dashboard.json").read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_start_commands_that_there_are(unit: Path) -> None:
    for command in re.findall(r"/bin/tracker (\w+)", unit.read_text()):
        assert command in COMMANDS


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_the_units(unit: Path, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    for each in UNITS:
        text = each.read_text().replace("/opt/tracker/.venv/bin/tracker", "/bin/true")
        (tmp_path / each.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--recursive-errors=no", tmp_path / unit.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_container_starts_a_command_that_there_is() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    [command] = re.findall(r'^CMD \["(\w+)"\]', text, re.MULTILINE)
    assert command in COMMANDS


def test_compose_starts_commands_and_names_settings_that_there_are(
    settings: MakeSettings,
) -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    for command in re.findall(r'^    command: \["(\w+)"\]', text, re.MULTILINE):
        assert command in COMMANDS
    made = settings()
    for section, key in re.findall(r"TRACKER__([A-Z]+)__([A-Z_]+?)(?:_FILE)?:", text):
        assert hasattr(getattr(made, section.lower()), key.lower())


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_names_no_place_that_packages_come_from(name: str) -> None:
    lines = (DEPLOY.parent / name).read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert packages
    assert [line for line in packages if "==" not in line] == []
