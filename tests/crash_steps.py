"""Steps of a process of ours, at the nth of which it is killed (checks.md 1.2).

A step is what a power cut could come before or after: each statement that writes, each
begin and commit, each word to or from a mail server, each file that is made, renamed,
linked or removed, each fsync. Owns counting and killing, and running work in a fork.
"""

import os
import signal
import smtplib
import sys
import traceback
from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine as AnyEngine
from sqlalchemy.engine.default import DefaultDialect

_FILES = (
    "os.rename",
    "os.link",
    "os.remove",
    "os.mkdir",
    "os.chmod",
    "sqlite3.connect",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND


class Steps:
    """Counts steps, and kills this process at one of them (0: at none)."""

    def __init__(self, kill_at: int) -> None:
        self.count = 0
        self._kill_at = kill_at
        self._owner = os.getpid()

    def __call__(self, *_: Any) -> None:
        if os.getpid() != self._owner:
            return  # a helper of the process that is meant
        self.count += 1
        if self.count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """Make a method or function a step, before and after it."""
        original = getattr(owner, name)

        def replaced(*args: Any, **kwargs: Any) -> Any:
            self()
            result = original(*args, **kwargs)
            self()
            return result

        setattr(owner, name, replaced)

    def watch(self) -> None:
        """Let everything that could be interrupted be a step, in this process for good."""
        event.listen(AnyEngine, "begin", self)
        event.listen(AnyEngine, "before_cursor_execute", self._statement)
        self.around(DefaultDialect, "do_commit")
        for name in ("connect", "send", "getreply"):
            self.around(smtplib.SMTP, name)
        self.around(os, "fsync")
        sys.addaudithook(self._audit)

    def _statement(self, _c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            self()

    def _audit(self, name: str, args: tuple[Any, ...]) -> None:
        if name in _FILES or (name == "open" and _is_for_writing(args)):
            self()


def forked(work: Callable[[], object], kill_at: int, *, is_quiet: bool = True) -> int:
    """Do work in a process of its own, killed at its nth step; return how many it took.

    -1 if it was killed. Whatever it raises is an AssertionError here, with its trace.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        if is_quiet:
            for stream in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        os.write(writing, _done(work, kill_at))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        said = answer.read().decode()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return -1
    assert said.isdigit(), said or f"ended with {status}"
    return int(said)


def _done(work: Callable[[], object], kill_at: int) -> bytes:
    steps = Steps(kill_at)
    steps.watch()
    try:
        work()
    except BaseException:  # noqa: BLE001 - told to whoever forked
        return traceback.format_exc().encode()
    return str(steps.count).encode()


def _is_for_writing(args: tuple[Any, ...]) -> bool:
    path, _mode, flags = args
    return isinstance(flags, int) and bool(flags & _WRITING) and path != os.devnull
