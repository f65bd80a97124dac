"""Workers in processes of their own that follow up and send, and kill themselves.

A step is each transaction's begin and commit, and each word to or from the mail server.
One line of input, "FOLDER URL MOMENT STEP" (0: never), is one worker that starts, does
what it does every minute, and sends what is due; one line of output: "killed", or how
many steps it took.
"""

import os
import smtplib
import sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine as AnyEngine

from tests.crash_steps import Steps
from tests.follow_up_scene import follow_up_settings
from tests.fortnight import RECESS
from tests.outbox_scene import KEY
from tracker.following.story import run_follow_ups
from tracker.outbox.links import Links
from tracker.outbox.loop import _record_deaths
from tracker.outbox.mail_server import Patience, server_of
from tracker.outbox.sender import OutboxSender
from tracker.outbox.smtp import Mailer
from tracker.store.engine import open_engine


def work(folder: Path, url: str, now: datetime, steps: Steps) -> None:
    """Work once, and count each step of it."""
    event.listen(AnyEngine, "begin", steps)
    event.listen(AnyEngine, "commit", steps)
    for name in ("connect", "send", "getreply"):
        steps.around(smtplib.SMTP, name)
    work_once(folder, url, now)


def work_once(folder: Path, url: str, now: datetime) -> None:
    """Do what a worker does when it starts, then what it does every minute, once."""
    database = f"sqlite:///{folder / 'tracker.db'}"
    recess = [{"from": RECESS[0], "to": RECESS[1]}]
    mail = {"smtp_url": url}
    settings = follow_up_settings(folder, database, recess=recess, mail=mail)
    engine = open_engine(database)

    def clock() -> datetime:
        return now

    _record_deaths(engine, clock, "sender-0")
    run_follow_ups(engine, settings, now=now)
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


def forked(folder: Path, url: str, now: datetime, kill_at: int) -> str:
    """Return how a worker in a process of its own ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        steps = Steps(kill_at)
        work(folder, url, now, steps)
        os.write(writing, str(steps.count).encode())
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    said = os.read(reading, 100).decode()
    os.close(reading)
    return "killed" if os.WIFSIGNALED(status) else said


if __name__ == "__main__":
    for line in sys.stdin:
        name, url, moment, step = line.split()
        at = datetime.fromisoformat(moment)
        sys.stdout.write(forked(Path(name), url, at, int(step)) + "\n")
        sys.stdout.flush()
