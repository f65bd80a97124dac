"""A fortnight whose worker is killed at random, again and again: for a test, and by hand.

`python -m tests.killing` kills 200 times among 2,000 supporters and says what came of it.
"""

import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import col, select

from tests.conftest import FakeClock
from tests.follow_up_scene import FollowUpScene, follow_up_settings
from tests.fortnight import (
    RECESS,
    STEPS,
    Fortnight,
    Sent,
    expected,
    make_story,
)
from tests.smtp_server import SmtpServer, smtp_server
from tracker import store
from tracker.rules.sending import MOST_DEATHS
from tracker.store.engine import open_engine
from tracker.store.schema import open_database
from tracker.store.tables import FollowUp, Message, MessageState, Supporter

Work = Callable[[datetime, int], str]


@dataclass
class Outcome:
    """What came of it: what was expected, sent, and left in doubt; what servers took.

    `parked` is what three workers died on (checks.md M13), whatever ended it afterwards.
    """

    kills: int = 0
    expected: set[Sent] = field(default_factory=set)
    sent: set[Sent] = field(default_factory=set)
    uncertain: set[Sent] = field(default_factory=set)
    parked: set[Sent] = field(default_factory=set)
    taken: Counter[str] = field(default_factory=Counter)

    @property
    def is_right(self) -> bool:
        """Whether sent and uncertain together are the list, and nothing went twice."""
        return (
            self.sent | self.uncertain | self.parked == self.expected
            and not self.sent & self.uncertain
            and max(self.taken.values(), default=0) <= 1
            and len(self.sent) <= self.taken.total()
            and self.taken.total() <= len(self.expected)
        )


def killed_fortnight(
    folder: Path, template: Path, *, kills: int, seed: int, people: int, mps: int
) -> Outcome:
    """Play a fortnight in which the worker is killed so many times; return the outcome."""
    story = make_story(seed, people=people, mps=mps, signers=mps * 6 // 10)
    shutil.copy(template, folder / "tracker.db")
    url = f"sqlite:///{folder / 'tracker.db'}"
    recess = [{"from": RECESS[0], "to": RECESS[1]}]
    settings = follow_up_settings(folder, url, recess=recess)
    scene = FollowUpScene(open_engine(url), settings, FakeClock())
    played = Fortnight(scene, story)
    played.prepare()
    wanted = expected(story)
    outcome = Outcome(expected=set(wanted))
    draw = random.Random(seed)
    # A worker is started at each moment at which something is to go.
    at_work = sorted(set(wanted.values()))
    with smtp_server() as server, workers(folder, server) as work:
        for step in STEPS:
            played.act(step)
            if step not in at_work:
                continue
            ahead = len(at_work) - at_work.index(step)
            for _ in range(-(-(kills - outcome.kills) // ahead)):
                _kill_once(work, step, draw)
                outcome.kills += 1
            assert work(step, 0) != "killed"
        outcome.taken = Counter(server.ids())
    _tell(scene, outcome)
    scene.engine.dispose()
    return outcome


def _kill_once(work: Work, step: datetime, draw: random.Random) -> None:
    """Have a worker killed at one of its steps, wherever it is then."""
    limit = 40
    while (said := work(step, draw.randrange(1, limit))) != "killed":
        limit = max(2, min(limit - 1, int(said)))


@contextmanager
def workers(folder: Path, server: SmtpServer) -> Iterator[Work]:
    """Give a function that runs one worker at a moment, until its nth step."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.follow_up_process"],
        cwd=Path(__file__).parents[1],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        asked, answers = process.stdin, process.stdout
        assert asked is not None
        assert answers is not None

        def work(now: datetime, kill_at: int) -> str:
            asked.write(f"{folder} {server.url} {now.isoformat()} {kill_at}\n")
            asked.flush()
            return answers.readline().strip()

        yield work
        asked.close()


def _tell(scene: FollowUpScene, outcome: Outcome) -> None:
    with store.read(scene.engine) as session:
        rows = session.exec(
            select(Supporter.name, FollowUp.rule, Message.state, Message.death_count)
            .join(FollowUp, col(FollowUp.supporter_id) == col(Supporter.id))
            .join(Message, col(FollowUp.outbox_id) == col(Message.id))
        ).all()
    for name, rule, state, deaths in rows:
        if state is MessageState.SENT:
            outcome.sent.add((str(name), rule))
        elif state is MessageState.UNCERTAIN:
            outcome.uncertain.add((str(name), rule))
        elif deaths >= MOST_DEATHS:
            outcome.parked.add((str(name), rule))
        else:
            assert state is MessageState.CANCELLED, state


def main() -> None:
    """Kill 200 times among 2,000 people, and say what came of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        template = folder / "template.db"
        open_database(f"sqlite:///{template}", is_upgraded=True).dispose()
        outcome = killed_fortnight(
            folder, template, kills=200, seed=5, people=2000, mps=100
        )
    sys.stdout.write(
        f"killed {outcome.kills} times; expected {len(outcome.expected)}, sent"
        f" {len(outcome.sent)}, uncertain {len(outcome.uncertain)}, taken by the server"
        f" {outcome.taken.total()}, at most {max(outcome.taken.values())} times each:"
        f" {'right' if outcome.is_right else 'WRONG'}\n"
    )
    for key in sorted(outcome.expected ^ (outcome.sent | outcome.uncertain)):
        # Parked ones are told too: staff see them in the outbox.
        sys.stdout.write(f"  not alike: {key}\n")
    sys.exit(0 if outcome.is_right else 1)


if __name__ == "__main__":
    main()
