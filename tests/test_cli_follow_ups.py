"""`tracker follow-ups`: what is due and why, a rehearsal, pausing; in a pipe and as JSON."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.conftest import FakeClock
from tests.follow_up_scene import FollowUpScene, follow_up_settings
from tracker.cli.follow_ups import follow_ups
from tracker.cli.shell import Shell
from tracker.config import Settings
from tracker.rules import follow_ups as rules
from tracker.store import Engine


@pytest.fixture
def scene(
    sqlite_engine: Engine, clock: FakeClock, tmp_path: Path, migrated_sqlite_url: str
) -> FollowUpScene:
    settings = follow_up_settings(tmp_path, migrated_sqlite_url)
    made = FollowUpScene(sqlite_engine, settings, clock)
    made.add_members(10)
    made.add_supporter(10)
    made.add_supporter(10)
    made.set(19)
    return made


def run(
    scene: FollowUpScene, monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> Result:
    def settings(_: Shell) -> Settings:
        return scene.settings

    monkeypatch.setattr(Shell, "settings", settings)
    shell = Shell(clock=scene.clock)
    return CliRunner().invoke(follow_ups, arguments, obj=shell)


def test_a_dry_run_lists_what_would_go_and_nothing_goes(scene, monkeypatch):
    told = run(scene, monkeypatch, "--dry-run").output
    assert "would go now: 1 follow-up\n" in told
    assert f"ask-and-ring  Member 10: 1 would go, 1 wait ({rules.SPREAD})" in told
    assert scene.follow_ups() == []
    found = json.loads(run(scene, monkeypatch, "--dry-run", "--json").output)
    assert found["dry_run"] is True
    [gone] = found["would_go"]
    assert (gone["rule"], gone["count"], gone["waiting"]) == ("ask-and-ring", 1, 1)


def test_it_says_what_is_due_and_what_became_of_it(scene, monkeypatch):
    scene.run()
    found = json.loads(run(scene, monkeypatch, "--json").output)
    [motion] = found["motions"]
    ask = motion["rules"][0]
    assert (ask["name"], ask["planned"], ask["out"]) == ("ask-and-ring", 1, 1)
    [due] = motion["due_today"]
    assert (due["due"], due["today"], due["send"]) == (1, 1, "supporter")
    assert due["reason"] == rules.SPREAD
    told = run(scene, monkeypatch).output
    assert "follow-ups go out now" in told
    assert "Writer" not in told


def test_at_night_it_says_why_nothing_goes(scene, monkeypatch):
    scene.set(19, 20)
    told = run(scene, monkeypatch, "--dry-run").output
    assert "nothing would go now: they go from 9 to 18 o'clock" in told
    assert "22 June 2026, 09:00" in told


def test_what_is_paused_does_not_go_until_it_is_resumed(scene, monkeypatch):
    assert "paused: all" in run(scene, monkeypatch, "--pause", "all").output
    assert scene.run().gone_count == 0
    assert "would go now: 0" in run(scene, monkeypatch, "--dry-run").output
    assert "resumed: all" in run(scene, monkeypatch, "--resume", "all").output
    assert scene.run().gone_count == 1


@pytest.mark.parametrize(
    "arguments",
    [("--pause", "rule:x"), ("--resume", "all"), ("--pause", "all", "--resume", "all")],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(scene, monkeypatch, arguments):
    assert run(scene, monkeypatch, *arguments).exit_code != 0
    assert scene.run().gone_count == 1
