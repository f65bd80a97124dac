"""kill -9 at every step of sending: nothing is lost, and nobody gets two (checks.md C3)."""

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import FakeClock
from tests.outbox_scene import Scene, scene_settings
from tests.smtp_server import SmtpServer, smtp_server
from tracker.store.engine import open_engine
from tracker.store.tables import EmailState, MessageState

Run = Callable[[Path, SmtpServer, int], str]


@pytest.fixture
def run() -> Iterator[Run]:
    """A function that runs a sender until its nth step, and returns how it ended."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.sender_process"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        asked, answers = process.stdin, process.stdout
        assert asked is not None
        assert answers is not None

        def ask(folder: Path, server: SmtpServer, kill_at: int) -> str:
            asked.write(f"{folder} {server.url} {kill_at}\n")
            asked.flush()
            return answers.readline().strip()

        yield ask
        asked.close()


@pytest.fixture
def pattern(tmp_path: Path, sqlite_template: Path) -> Path:
    """A folder with a database that holds one email to an MP, ready to leave."""
    folder = tmp_path / "pattern"
    folder.mkdir()
    shutil.copy(sqlite_template, folder / "tracker.db")
    scene = opened(folder, "smtp://127.0.0.1:9")
    scene.add_member()
    scene.add_letter()
    scene.engine.dispose()
    return folder


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_any_step_nothing_is_lost_and_nobody_gets_two(
    run: Run, pattern: Path, tmp_path: Path
) -> None:
    ends: Counter[MessageState] = Counter()
    with smtp_server() as server:
        total = int(run(copied(pattern, tmp_path / "whole"), server, 0))
        assert total > 20
        for kill_at in range(1, total + 1):
            server.received.clear()
            folder = copied(pattern, tmp_path / str(kill_at))
            assert run(folder, server, kill_at) == "killed"
            taken = len(server.received)
            assert run(folder, server, 0) != "killed"
            ends[check_survived(folder, server, taken)] += 1
    assert set(ends) == {MessageState.SENT, MessageState.UNCERTAIN}
    # Only what happens while the text is handed over may leave a doubt.
    assert ends[MessageState.UNCERTAIN] < total / 2


def check_survived(folder: Path, server: SmtpServer, taken: int) -> MessageState:
    """Return how the email ended after a second sender took up what the first had left.

    `taken` is how many the server had by the first one's end.
    """
    scene = opened(folder, server.url)
    message, email = scene.message(1), scene.email_of(1)
    assert len(server.received) <= 1, "nobody gets two"
    if message.state is MessageState.SENT:
        assert len(server.received) == 1, "what counts as sent was taken"
        assert email.state is EmailState.COUNTED
        assert len(scene.notices()) == 1
    else:
        assert message.state is MessageState.UNCERTAIN, "nothing is lost"
        assert len(server.received) == taken, "what is in doubt is not sent again"
        assert email.state is EmailState.OUTGOING
    scene.engine.dispose()
    return message.state


def opened(folder: Path, url: str) -> Scene:
    engine = open_engine(f"sqlite:///{folder / 'tracker.db'}")
    settings = scene_settings(folder, smtp_url=url)
    return Scene(engine, settings, FakeClock(), is_simulated=True)


def copied(pattern: Path, folder: Path) -> Path:
    shutil.copytree(pattern, folder)
    return folder
