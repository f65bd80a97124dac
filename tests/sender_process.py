"""Senders in processes of their own that kill themselves at their nth step.

A step is each transaction's begin and commit, and each word to or from the mail server,
before and after it. One line of input, "FOLDER URL STEP" (0: never), one sender, one line
of output: "killed", or how many steps it took. Each is forked from here, which is quick
and, without a thread, safe.
"""

import os
import signal
import smtplib
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine as AnyEngine

from tests.outbox_scene import KEY, scene_settings
from tracker.outbox.links import Links
from tracker.outbox.loop import _record_deaths
from tracker.outbox.mail_server import Patience, server_of
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.store.engine import open_engine


class Steps:
    """Counts steps, and kills this process at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.count = 0
        self._kill_at = kill_at

    def __call__(self, *_: Any) -> None:
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str) -> None:
        """Make a method of smtplib a step, before and after it."""
        original = getattr(smtplib.SMTP, name)

        def method(smtp: smtplib.SMTP, *args: Any, **kwargs: Any) -> Any:
            self()
            result = original(smtp, *args, **kwargs)
            self()
            return result

        setattr(smtplib.SMTP, name, method)


def clock() -> datetime:
    return datetime(2026, 6, 15, 12, 30, tzinfo=UTC)


def send(folder: Path, url: str, steps: Steps) -> None:
    """Do what a worker does when it starts, and send all that is due."""
    event.listen(AnyEngine, "begin", steps)
    event.listen(AnyEngine, "commit", steps)
    for name in ("connect", "send", "getreply"):
        steps.around(name)
    settings = scene_settings(folder, smtp_url=url)
    engine = open_engine(f"sqlite:///{folder / 'tracker.db'}")
    _record_deaths(engine, clock, "sender-0")
    sender = OutboxSender(
        settings,
        engine,
        clock,
        slot="sender-0",
        mailer=Mailer(server_of(settings.mail), Patience(5, 10, 10)),
        links=Links(settings.web.base_url, KEY),
    )
    while sender.send_batch():
        pass
    engine.dispose()


def forked(folder: Path, url: str, kill_at: int) -> str:
    """Return how a sender in a process of its own ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        steps = Steps(kill_at)
        send(folder, url, steps)
        os.write(writing, str(steps.count).encode())
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    said = os.read(reading, 100).decode()
    os.close(reading)
    return "killed" if os.WIFSIGNALED(status) else said


if __name__ == "__main__":
    for line in sys.stdin:
        name, url, step = line.split()
        sys.stdout.write(forked(Path(name), url, int(step)) + "\n")
        sys.stdout.flush()
