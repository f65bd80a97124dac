"""Readers of the drop mailbox in processes of their own that kill themselves at a step.

A step is each transaction's begin and commit, and each command to the IMAP server,
before and after it. One line of input, "DATABASE URL STEP" (0: never), one reader, one
line of output: "killed", or how many steps it took.
"""

import imaplib
import os
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine as AnyEngine

from tests.imap_server import mailbox_settings
from tests.supporters_house import KEY
from tracker.store.engine import open_engine
from tracker.supporters.mailbox import read_mailbox
from tracker.supporters.mailbox_desk import MailboxDesk


class Steps:
    """Counts steps, and kills this process at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.count = 0
        self._kill_at = kill_at

    def __call__(self, *_: Any) -> None:
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def main(database: str, url: str, kill_at: int) -> int:
    """Read the mailbox once and return how many steps it took."""
    steps = Steps(kill_at)
    event.listen(AnyEngine, "begin", steps)
    event.listen(AnyEngine, "commit", steps)
    command = imaplib.IMAP4.uid

    def uid(client: imaplib.IMAP4, *words: Any) -> Any:
        steps()
        result = command(client, *words)
        steps()
        return result

    imaplib.IMAP4.uid = uid  # type: ignore[method-assign,assignment]
    settings = mailbox_settings(Path(tempfile.gettempdir()), url)
    engine = open_engine(f"sqlite:///{database}")
    now = datetime(2026, 6, 15, 12, tzinfo=UTC)
    read_mailbox(MailboxDesk(settings, engine, KEY, lambda: now))
    engine.dispose()
    return steps.count


def forked(database: str, url: str, kill_at: int) -> str:
    """Return how a reader in a process of its own ended."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, str(main(database, url, kill_at)).encode())
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    said = os.read(reading, 100).decode()
    os.close(reading)
    return "killed" if os.WIFSIGNALED(status) else said


if __name__ == "__main__":
    for line in sys.stdin:
        name, url, step = line.split()
        sys.stdout.write(forked(name, url, int(step)) + "\n")
        sys.stdout.flush()
